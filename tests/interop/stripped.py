#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A log of samples in a stripped file, and what readers are to show of it.

usage: stripped.py OUT STRIPPED WHOLE [go]
Writes OUT.ember, stacks of functions of STRIPPED, each at several addresses, and OUT.rows, a
line NAME<tab>SELF<tab>TOTAL for each function. WHOLE is the twin that has its symbols, which
say where functions are; their names are only used for Go.
"""
import collections
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import wire  # pylint: disable=wrong-import-position

SAMPLES = 3000
FUNCTIONS = 40


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def functions(path):
    """(start, size, name) of those that aren't within each other."""
    found = {}
    for line in run("readelf", "-sW", path).splitlines():
        word = line.split(None, 7)
        if len(word) == 8 and word[3] == "FUNC" and word[6].isdigit() and int(word[2], 0) >= 16:
            # Go's table has no suffix for what is assembly.
            found[int(word[1], 16)] = (int(word[2], 0), word[7].removesuffix(".abi0"))
    return [(start, size, name) for start, (size, name) in sorted(found.items())]


def code(path):
    """(offset, address, bytes) of the segment that has it."""
    return [tuple(int(word, 16) for word in (f[1], f[2], f[4]))
            for f in (line.split() for line in run("readelf", "-lW", path).splitlines())
            if f and f[0] == "LOAD" and "E" in f[-2]][0]


def main():
    out, stripped, whole = sys.argv[1:4]
    stripped = os.path.abspath(stripped)
    begin, where, size = code(stripped)
    chance = random.Random(17)
    known = functions(whole)
    known = chance.sample([f for f in known if "." not in f[2] or len(sys.argv) > 4], FUNCTIONS)
    build_id = bytes.fromhex(re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-nW", stripped))[1])
    own, total, stacks = collections.Counter(), collections.Counter(), []
    for _ in range(SAMPLES):
        # Some are hotter than others.
        stack = [known[min(int(chance.expovariate(0.12)), FUNCTIONS - 1)] for _ in range(chance.randint(1, 6))]
        own[stack[0]] += 1
        for function in set(stack):
            total[function] += 1
        stacks.append([f[0] + chance.randrange(2, f[1]) for f in stack])
    frames = [address - where + begin for stack in stacks for address in stack]
    n = len(stacks)
    hello = (wire.data(1, "board") + wire.data(2, "boot") + wire.number(3, 1) + wire.data(4, "6.1")
             + wire.number(9, 1) + wire.number(10, 10000000) + wire.number(11, 1000000))
    clock = wire.number(1, 10**9) + wire.number(2, 10**9)
    define = (wire.data(2, wire.data(2, stripped) + wire.data(3, build_id))
              + wire.data(3, wire.column(2, [0]) + wire.column(3, [begin]) + wire.column(4, [size])
                          + wire.column(5, [begin]))
              + wire.data(4, wire.deltas(2, [100]) + wire.deltas(3, [0]) + wire.deltas(4, [1])
                          + wire.column(5, [0]) + wire.data(6, "worker")))
    sampled = (wire.data(5, wire.number(1, 0) + wire.column(2, [0] * n) + wire.column(3, [0] * n)
                         + wire.column(4, [len(stack) for stack in stacks]) + wire.deltas(5, [1] * len(frames))
                         + wire.deltas(7, frames))
               + wire.data(6, wire.number(2, 1000) + wire.deltas(3, list(range(1000, 1000 + n)))
                           + wire.deltas(4, [0] * n) + wire.deltas(5, list(range(n)))) + wire.number(9, n))
    with open(out + ".ember", "wb") as file:
        for i, payload in enumerate([wire.data(1, hello) + wire.data(8, clock), define, sampled,
                                     wire.number(9, n) + wire.number(11, 1)]):
            file.write(wire.chunk(7, i, payload))
    with open(out + ".rows", "w", encoding="utf-8") as file:
        for function in sorted(total):
            name = function[2] if len(sys.argv) > 4 else f"{os.path.basename(stripped)}+{function[0]:#x}"
            print(name, own[function], total[function], sep="\t", file=file)


main()
