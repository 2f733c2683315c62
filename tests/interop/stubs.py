#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of PLT stubs, against the relocations that a linker has made for them.

usage: stubs.py EMBERPROF DIR FILE
FILE's linker lays stubs out in the order of its relocations (lld and mold do). Each instruction
of its PLT is reported from a log; what comes before the stubs has no name, and the others have
those of all JUMP_SLOT relocations, in that order, each at two or more.
"""
import itertools
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import wire  # pylint: disable=wrong-import-position


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    tool, folder, path = sys.argv[1:]
    path = os.path.abspath(path)
    slots = [re.match(r"\w+", line.split()[4])[0] for line in run("readelf", "-rW", path).splitlines() if "_JUMP_SLO" in line]
    sections = re.findall(r"\.plt(?:\.sec)?\s+PROGBITS\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) .* AX ", run("readelf", "-SW", path))
    # Of two the one behind has the jumps.
    address, offset, size = (int(word, 16) for word in sections[-1])
    build_id = bytes.fromhex(re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-nW", path))[1])
    places = list(range(offset, offset + size, 4))
    n = len(places)
    hello = (wire.data(1, "board") + wire.data(2, "boot") + wire.number(3, 1) + wire.data(4, "6.1")
             + wire.number(9, 1) + wire.number(10, 10000000) + wire.number(11, 1000000))
    define = (wire.data(2, wire.data(2, path) + wire.data(3, build_id))
              + wire.data(3, wire.column(2, [0]) + wire.column(3, [offset]) + wire.column(4, [size]) + wire.column(5, [offset]))
              + wire.data(4, wire.deltas(2, [100]) + wire.deltas(3, [0]) + wire.deltas(4, [1]) + wire.column(5, [0])
                          + wire.data(6, "stub")))
    sampled = (wire.data(5, wire.number(1, 0) + wire.column(2, [0] * n) + wire.column(3, [0] * n) + wire.column(4, [1] * n)
                         + wire.deltas(5, [1] * n) + wire.deltas(7, places))
               + wire.data(6, wire.number(2, 1000) + wire.deltas(3, list(range(1000, 1000 + n))) + wire.deltas(4, [0] * n)
                           + wire.deltas(5, list(range(n)))) + wire.number(9, n))
    log = os.path.join(folder, "stubs.ember")
    with open(log, "wb") as file:
        for i, payload in enumerate([wire.data(1, hello) + wire.data(8, wire.number(1, 10**9) + wire.number(2, 10**9)),
                                     define, sampled, wire.number(9, n) + wire.number(11, 1)]):
            file.write(wire.chunk(7, i, payload))
    # Each sample at its time: in order of place.
    names = re.findall(r"^\t +[0-9a-f]+ (\S+?)(?:\+0x[0-9a-f]+)? \(", run(tool, "report", "--format", "perf", "-o", "-", log), re.M)
    runs = [(name, len(list(same))) for name, same in itertools.groupby(names)]
    stubs = [(name[:-4], count) for name, count in runs if name.endswith("@plt")]
    print(f"# {n} instructions at {address:#x}: {runs}")
    wrong = len(names) != n or [name for name, _ in stubs] != slots or min(count for _, count in stubs) < 2
    if wrong:
        print(f"# {slots}")
    # What comes before them is one function, or two where it has a call in it.
    return wrong or len(runs) > len(stubs) + 2


sys.exit(main())
