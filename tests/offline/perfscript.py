# SPDX-License-Identifier: GPL-2.0-or-later
"""Text as of perf script, read as its readers do: the same stacks as the folded ones.

usage: perfscript.py PERF FOLDED
The expressions are those that FlameScope and Firefox Profiler look for.
"""
import collections
import re
import sys

EVENT = re.compile(r" +([0-9.]+): .+?:")
FRAME = re.compile(r"^[\t ]*[0-9a-fA-F]+ (.+) \((.*?)\)$")
FIRST = re.compile(r"^(\S.+?)\s+(\d+)/*(\d+)*\s+(?:\[\d+\]\s+)?([\d.]+)")
START = re.compile(r"^(.*)\s+([\d.]+):")
THREAD = re.compile(r"^(.*?)\s+(?:(\d+)/)?(\d+)\b")


def main():
    stacks, times = collections.Counter(), []
    with open(sys.argv[1], encoding="utf-8") as file:
        for sample in file.read().split("\n\n"):
            lines = sample.splitlines()
            if not lines:
                continue
            start, event = START.match(lines[0]), EVENT.search(lines[0])
            assert FIRST.match(lines[0]) and start and event and event[1] == start[2], lines[0]
            times.append(float(event[1]))
            frames = [FRAME.match(line) for line in lines[1:]]
            assert all(frames), lines
            names = [f[1] + ("_[k]" if f[2].startswith("[kernel") else "") for f in frames]
            stacks[";".join([THREAD.match(start[1])[1]] + names[::-1])] += 1
    with open(sys.argv[2], encoding="utf-8") as file:
        folded = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in file}
    wrong = [(s, stacks[s], folded.get(s, 0)) for s in set(stacks) | set(folded) if stacks[s] != folded.get(s, 0)]
    print(f"# {sum(stacks.values())} samples, {len(stacks)} stacks, {len(wrong)} of them others than folded {wrong[:2]}")
    return bool(wrong) or times != sorted(times) or not stacks


sys.exit(main())
