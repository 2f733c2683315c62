#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The largest functions of a profile, as the tool and as another reader have them.

usage: sums.py EMBERPROF FILE [SPEEDSCOPE]
Adds up the samples of FILE, a pprof profile, from what the tool writes as JSON. All samples,
and self and total of the ten functions that are largest by either, have to be what go tool
pprof -top says of FILE; with SPEEDSCOPE, tests/interop/speedscope's output for it, what that
says, as exactly as it does.
"""
import collections
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
    if len(sys.argv) > 3:
        _, own, total = ours(tool, path, 1)
        with open(sys.argv[3], encoding="utf-8") as file:
            words = file.read().replace("&lt;", "<").replace("&gt;", ">").split("|")
        for name in names:
            at = words.index(name) if name in words else 0
            shown = [seconds(word) for word in (words[at - 1], words[at - 2])] if at else None
            # Three digits are shown.
            if not shown or any(abs(a - b / 1e9) > 0.006 * b / 1e9 for a, b in zip(shown, (own[name], total[name]))):
                wrong.append((name, own[name], total[name], shown))
    print(f"# {whole} samples, {len(names)} functions compared: {len(wrong)} differ")
    for line in wrong:
        print(f"# {line}")
    return bool(wrong) or not names


sys.exit(main())
