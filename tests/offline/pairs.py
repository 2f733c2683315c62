# SPDX-License-Identifier: GPL-2.0-or-later
"""Pairs of random profiles with 200 functions and 20,000 samples each.

usage: pairs.py TOOL DIR PAIRS
Samples come in bursts, and each run does a little more of one thing and less of another.
In half of the pairs one function has two points more, which has to be reported; in the
other half nothing may be. The same of sides with three runs each. And what has nothing in
common is reported by its largest functions.
"""
import random
import re
import subprocess
import sys

NAMES = [f"f{i:03d}" for i in range(200)]
TOOL, FOLDER, PAIRS = sys.argv[1], sys.argv[2], int(sys.argv[3])


def run(chance, more, burst, wobble):
    """Folded stacks of a run."""
    weights = [chance.lognormvariate(0, wobble) for _ in NAMES]
    whole = sum(weights)
    weights = [w / whole * (1 - more) for w in weights]
    weights[77] += more
    counts = dict.fromkeys(NAMES, 0)
    left = 20000
    while left:
        n = min(left, 1 + int(chance.expovariate(1 / burst)) if burst else 1)
        counts[chance.choices(NAMES, weights)[0]] += n
        left -= n
    return "".join(f"work;main;group{i % 7};{name} {n}\n" for i, (name, n) in enumerate(counts.items()) if n)


def written(name, text):
    path = f"{FOLDER}/{name}.folded"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def compared(*arguments):
    """All that is said, and the functions that are marked."""
    said = subprocess.run([TOOL, "diff", *arguments], check=True, capture_output=True, text=True).stdout
    return said, [line.split()[-1] for line in said.splitlines() if "* " in line and " isn't noise" not in line]


def pairs(runs):
    right = {True: 0, False: 0}
    chance = random.Random(runs)
    for pair in range(PAIRS):
        for more in (0, 0.02):
            arguments = []
            for number in range(runs):
                for side, points in (("before", 0), ("after", more)):
                    path = written(f"{side}{number or ''}", run(chance, points, (0, 3)[pair % 2], 0.05))
                    arguments += [f"--{side}", path] if runs > 1 else [path]
            said, marked = compared(*arguments)
            none = "none of 208 functions has changed by more than noise" in said
            right[bool(more)] += "f077" in marked and len(marked) <= 3 if more else none and not marked
            if more and "f077" not in marked or not more and (marked or not none):
                print(f"# pair {pair}, {more}: {marked}\n# {said.splitlines()[:2]}")
    print(f"# {runs} a side: two points more were reported in {right[True]} of {PAIRS} pairs, and nothing in "
          f"{right[False]} of {PAIRS} without")
    return right == {True: PAIRS, False: PAIRS}


def halves():
    """Of many functions half on one side, half on the other: by their sizes, or too small each."""
    chance = random.Random(3)
    sizes = [int(chance.paretovariate(0.9) * 4) for _ in range(376)]
    paths = [written(f"half{side}", "".join(f"w;main;h{i} {n}\n" for i, n in enumerate(sizes) if i % 2 == side))
             for side in (0, 1)]
    said, marked = compared(*paths)
    order = sorted(range(376), key=lambda i: sizes[i], reverse=True)
    print(f"# disjoint: {len(marked)} marked, {said.splitlines()[1]}")
    good = "none of" not in said and f"h{order[0]}" in marked and f"h{order[1]}" in marked
    paths = [written(f"small{side}", "".join(f"w;main;s{i} 20\n" for i in range(side, 376, 2))) for side in (0, 1)]
    said, marked = compared(*paths)
    print(f"# small ones: {len(marked)} marked, {said.splitlines()[-1]}")
    shown = [line for line in said.splitlines() if re.search(r" s\d+$", line)]
    return good and "together have changed by more than noise" in said and len(shown) == 10


good = [pairs(1), pairs(3), halves()]
sys.exit(not all(good))
