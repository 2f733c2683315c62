#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The largest functions of a profile, as the tool and as another reader have them.

usage: sums.py EMBERPROF FILE [OTHER...]
Adds up the samples of FILE, a pprof profile, from what the tool writes as JSON. All samples,
and self and total of the ten functions that are largest by either, have to be what go tool
pprof -top says of FILE. So has each OTHER: .rows, NAME<tab>SELF<tab>TOTAL that were recorded;
.svg, a flame graph as inferno's or Perl's scripts draw it of the tool's folded stacks; .folded,
nanoseconds of stacks as others have folded them of perf script's text; else tests/interop/speedscope's output for FILE, as exactly
as that says it.
"""
import bisect
import collections
import html
import json
import re
import subprocess
import sys

UNITS = {"ns": 1e-9, "\N{MICRO SIGN}s": 1e-6, "\N{GREEK SMALL LETTER MU}s": 1e-6, "ms": 1e-3, "s": 1, "min": 60}


def named(frame):
    """What stands for a frame in pprof: all of a file that has no name is one function."""
    return re.sub(r"^\[(.*)\+0x[0-9a-f]+\]$", r"[\1]", re.sub(r"_\[k\]$", "", frame))


def ours(tool, path, value):
    """(all samples, {function: self}, {function: total}) of one type of values."""
    done = subprocess.run([tool, "report", "--format", "json", "-o", "-", path], check=True, capture_output=True, text=True)
    own, total = collections.Counter(), collections.Counter()
    whole = 0
    for sample in json.loads(done.stdout)["samples"]:
        stack = [named(frame) for frame in sample["stack"]]
        whole += sample["values"][value]
        own[stack[-1]] += sample["values"][value]
        for function in set(stack):
            total[function] += sample["values"][value]
    return whole, own, total


def largest(own, total):
    return {name for name, _ in own.most_common(10)} | {name for name, _ in total.most_common(10)}


def by_pprof(path):
    done = subprocess.run(["go", "tool", "pprof", "-top", "-symbolize=none", "-sample_index=samples", "-nodecount=100000",
                           "-nodefraction=0", path], check=True, capture_output=True, text=True).stdout
    whole = int(re.search(r" of (\d+) total", done)[1])
    rows = re.findall(r"^ *(\d+) +[\d.]+% +[\d.]+% +(\d+) +[\d.]+%  (.*?)(?: \(inline\))?$", done, re.M)
    return whole, {name: (int(own), int(total)) for own, total, name in rows}


def seconds(text):
    value, unit = re.match(r"([\d.]+)(\D+) \(", text).groups()
    return float(value) * UNITS[unit]


def by_rows(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return {name: (int(own), int(total)) for name, own, total in rows}


def boxes(path):
    """(depth, from, to, samples, name) of each frame of a flame graph, the root too."""
    with open(path, encoding="utf-8") as file:
        svg = file.read()
    for title, rect in re.findall(r"<title>(.*?)</title><rect ([^>]*)>", svg.replace("\n", "")):
        name, samples = re.match(r"(.*) \(([\d,]+) samples, [\d.]+%\)$", title).groups()
        at = dict(re.findall(r'([\w:]+)="([^"%]*)%?"', rect))
        left, width = (float(at.get("fg:" + key[0], at[key])) for key in ("x", "width"))
        yield -float(at["y"]), left, left + width, int(samples.replace(",", "")), html.unescape(name)


def by_boxes(path):
    """{function: (self, samples of all of its boxes)}; what is above a box isn't its own."""
    rows = collections.defaultdict(list)
    for box in boxes(path):
        rows[box[0]].append(box)
    own, total = collections.Counter(), collections.Counter()
    levels = sorted(rows)
    for level, above in zip(levels, levels[1:] + [None]):
        over = sorted(rows.get(above, []), key=lambda box: box[1])
        middles = [(box[1] + box[2]) / 2 for box in over]
        for _, left, right, samples, name in rows[level]:
            inner = over[bisect.bisect(middles, left):bisect.bisect(middles, right)]
            own[named(name)] += samples - sum(box[3] for box in inner)
            total[named(name)] += samples
    return {name: (own[name], total[name]) for name in total}


def by_folded(path):
    own, total = collections.Counter(), collections.Counter()
    with open(path, encoding="utf-8") as file:
        for line in file:
            stack, count = line.rstrip("\n").rsplit(" ", 1)
            frames = [named(frame) for frame in stack.split(";")]
            own[frames[-1]] += int(count)
            for frame in frames:
                total[frame] += int(count)
    return {name: (own[name], total[name]) for name in total}


def often(tool, path, value):
    """What boxes add up to: a function that calls itself counts as often as it's there."""
    done = subprocess.run([tool, "report", "--format", "json", "-o", "-", path], check=True, capture_output=True, text=True)
    total = collections.Counter()
    for sample in json.loads(done.stdout)["samples"]:
        for frame in sample["stack"]:
            total[named(frame)] += sample["values"][value]
    return total


def by_speedscope(path, names, own, total):
    with open(path, encoding="utf-8") as file:
        words = file.read().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split("|")
    for name in names:
        at = words.index(name) if name in words else 0
        shown = [seconds(word) for word in (words[at - 1], words[at - 2])] if at else None
        # Three digits are shown.
        if not shown or any(abs(a - b / 1e9) > 0.006 * b / 1e9 for a, b in zip(shown, (own[name], total[name]))):
            yield name, own[name], total[name], shown


def main():
    tool, path = sys.argv[1:3]
    wrong = []
    whole, own, total = ours(tool, path, 0)
    sum_there, there = by_pprof(path)
    if sum_there != whole:
        wrong.append(("all", whole, sum_there))
    names = largest(own, total)
    wrong += [(name, own[name], total[name], there.get(name)) for name in names
              if there.get(name) != (own[name], total[name])]
    for other in sys.argv[3:]:
        if other.endswith((".svg", ".folded")):
            picture = other.endswith(".svg")
            there = by_boxes(other) if picture else by_folded(other)
            if picture and there["all"][1] != whole:
                wrong.append((other, "all", whole, there["all"]))
            counted, alone = often(tool, path, 0 if picture else 1), ours(tool, path, 0 if picture else 1)[1]
            wrong += [(other, name, alone[name], counted[name], there.get(name)) for name in names
                      if there.get(name) != (alone[name], counted[name])]
        elif other.endswith(".rows"):
            there = by_rows(other)
            wrong += [(other, name, own[name], total[name], there.get(name)) for name in names | set(there)
                      if there.get(name) != (own[name], total[name])]
        else:
            wrong += by_speedscope(other, names, *ours(tool, path, 1)[1:])
    print(f"# {whole} samples, {len(names)} functions compared: {len(wrong)} differ")
    for line in wrong:
        print(f"# {line}")
    return bool(wrong) or not names


sys.exit(main())
