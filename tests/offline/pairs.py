# SPDX-License-Identifier: GPL-2.0-or-later
"""Pairs of profiles with 200 functions and 20,000 samples, as programs make them by chance.

usage: pairs.py TOOL DIR PAIRS
Samples come in bursts, and each run does a little more of one thing and less of another.
In half of the pairs one function has two points more, which has to be reported; in the
other half nothing may be.
"""
import random
import subprocess
import sys

NAMES = [f"f{i:03d}" for i in range(200)]


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


def main():
    tool, folder, pairs = sys.argv[1:]
    right = {True: 0, False: 0}
    chance = random.Random(1)
    for pair in range(int(pairs)):
        for more in (0, 0.02):
            paths = []
            for name, points in (("before", 0), ("after", more)):
                paths.append(f"{folder}/{name}.folded")
                with open(paths[-1], "w", encoding="ascii") as file:
                    file.write(run(chance, points, (0, 3)[pair % 2], 0.05))
            said = subprocess.run([tool, "diff", *paths], check=True, capture_output=True, text=True).stdout
            stars = [line.split()[-1] for line in said.splitlines() if "* f" in line or "* g" in line]
            right[bool(more)] += "f077" in stars and len(stars) <= 3 if more else not stars
            if more and "f077" not in stars or not more and stars:
                print(f"# pair {pair}, {more}: {stars}\n# {said.splitlines()[0]}")
    print(f"# two points more were reported in {right[True]} of {pairs} pairs, and nothing in {right[False]} of {pairs} "
          "without")
    return right != {True: int(pairs), False: int(pairs)}


sys.exit(main())
