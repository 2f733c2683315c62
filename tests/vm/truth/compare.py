# SPDX-License-Identifier: GPL-2.0-or-later
"""Stacks of a recording against those that gdb found at the same instants.

usage: compare.py PROFILE STOPS PERCENT POINTS FUNCTIONS EDGES
PROFILE is pprof, STOPS what stops.py wrote; each sample in user code was a stop. Prints how
many are equal, frame by frame, and those that aren't, most frequent first. Exit status 1 if
less than PERCENT are, or if there are fewer points, functions, or points in prologues and
epilogues than that.
"""
import collections
import gzip
import sys

import wire  # beside it in the guest


def stacks(path):
    """Of user code: count by stack."""
    with gzip.open(path) as f:
        data = f.read()
    strings, mapping, location, samples = [], {}, {}, []
    for number, value in wire.fields(data):
        if number == 2:
            samples.append(dict(wire.fields(value)))
        elif number == 3:
            m = dict(wire.fields(value))
            mapping[m[1]] = m
        elif number == 4:
            m = dict(wire.fields(value))
            location[m[1]] = m
        elif number == 6:
            strings.append(value.decode())
    found = collections.Counter()
    for sample in samples:
        stack = []
        for number in wire.packed(sample.get(1, b"")):
            here = location[number]
            m = mapping.get(here.get(2, 0))
            if not m:
                stack.append(f"?+{here.get(3, 0):x}")
                continue
            name = strings[m.get(5, 0)]
            stack.append(f"{name}+{here.get(3, 0) - m.get(2, 0) + m.get(4, 0):x}")
        if not any(frame.startswith("[kernel") for frame in stack):
            found[tuple(stack)] += next(wire.packed(sample[2]))
    return found


def main():
    profile, stops = sys.argv[1:3]
    percent, least, functions, edges = (float(v) for v in sys.argv[3:])
    ours = stacks(profile)
    wrong = collections.Counter()
    names, on_edge, same, points = set(), 0, 0, 0
    with open(stops, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    left = []
    for n, (edge, name, asm, text) in enumerate(rows):
        theirs = tuple(text.split())
        if not n:  # before there were tables
            first = [s for s in ours if s and s[0] == theirs[0]]
            if first:
                ours[min(first, key=len)] -= 1
            continue
        points += 1
        names.add(name)
        on_edge += edge == "1"
        if ours[theirs] > 0:
            ours[theirs] -= 1
            same += 1
        else:
            left.append((name, asm, theirs))
    by_leaf = collections.defaultdict(list)
    for stack, count in ours.items():
        if stack and count > 0:
            by_leaf[stack[0]].append(stack)
    for name, asm, theirs in left:
        other = by_leaf[theirs[0]][0] if by_leaf[theirs[0]] else None
        at = next((i for i, (a, b) in enumerate(zip(theirs, other or ())) if a != b),
                  min(len(theirs), len(other or ())))
        wrong[(name, asm, "no such sample" if other is None else
               f"frame {at}: {other[at] if at < len(other) else 'ends'}, "
               f"gdb: {theirs[at] if at < len(theirs) else 'ends'}")] += 1
    print(f"# {points} points, {len(names)} functions, {on_edge} in prologues or epilogues: "
          f"{same} equal, {points - same} not; {sum(v for v in ours.values() if v > 0)} "
          "samples more")
    for (name, asm, what), count in wrong.most_common(20):
        print(f"#   {count} {name} {asm}: {what}")
    sys.exit(not (points >= least and len(names) >= functions and on_edge >= edges and
                  same * 100 >= percent * points))


if __name__ == "__main__":
    main()
