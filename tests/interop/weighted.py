# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes logs that have weighted samples.

usage: weighted.py OUT [SAMPLES [WEIGHTED [EVENT [STREAM]]]]: so many of the clock's (7) and of growth (5), or
of block; with 0 of the clock's it doesn't run. The default is doc/log-vectors/growth.ember, byte for byte.
"""
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0])
from wire import (CLOCK, DEFLATED, EVENT, EVENT_COUNTS, EXTENTS, FILE, HELLO, LAST, LOSSES, NEEDS, SAMPLES,
                  SENT, STACKS, THREADS, WEIGHTED, chunk, column, data, deflate, deltas, number, zigzag)

STREAM = int(sys.argv[5]) if len(sys.argv) > 5 else 0x2a
SINCE = 5000000000
REAL = 1764000000000000000
EVENTS = {"growth": number(2, 1) + data(3, "growth") + number(4, 2) + number(5, 65536),
          "block": number(2, 2) + data(3, "block") + number(4, 1) + number(5, 10000000)}
NAME = sys.argv[4] if len(sys.argv) > 4 else "growth"
WEIGHTS = [65536, 2097152, 65536, 131072, 65536]


def detail(i):
    """Of block: its kind, and for how many waits it counts."""
    return i % 3 if NAME == "growth" else (1 + i % 4) << 4 | i % 3


def clock(after):
    return data(CLOCK, number(1, SINCE + after) + number(2, SINCE + after + 385) + number(3, REAL + after) +
                number(4, 1))


def hello(clocked):
    return data(HELLO, data(1, "board-1") + data(2, "00000000-0000-0000-0000-000000000001") + number(3, 1) +
                data(4, "6.1.0") + number(9, 2) + number(10, 10000000) + number(11, 1000000) +
                (b"" if clocked else number(14, 1)))


def definitions():
    """Two threads; three stacks: two functions below a third, and the kernel below one of them."""
    return (data(FILE, data(2, "/usr/bin/work") + data(3, b"\xab" * 20) + number(4, 77)) +
            data(EXTENTS, column(2, [0]) + column(3, [4096]) + column(4, [8192]) + column(5, [4096])) +
            data(THREADS, deltas(2, [41, 41]) + column(3, [0, zigzag(1)]) + deltas(4, [0, 0]) + column(5, [0, 0]) +
                 data(6, "work") + data(6, "work")) +
            data(STACKS, column(2, [0, 0, 0]) + column(3, [0, 1, 0]) + column(4, [2, 2, 2]) +
                 deltas(5, [1, 1, 1]) + deltas(6, [0xffffffff81234567 - (1 << 64)]) +
                 deltas(7, [0x1234, 0x2345, 0x1400]) + column(8, [0, 1, 2]) + column(9, [0, 2, 1])) +
            data(EVENT, EVENTS[NAME]))


def samples(cpu, first, n):
    """The clock's, from the first-th on."""
    of = range(first, first + n)
    return data(SAMPLES, (number(1, cpu) if cpu else b"") + number(2, 5010 + first) +
                deltas(3, [i - first for i in of]) + deltas(4, [i // 3 % 2 for i in of]) +
                deltas(5, [i % 2 for i in of])) if n else b""


def weighted(cpu, first, n):
    of = range(first, first + n)
    return data(WEIGHTED, (number(1, cpu) if cpu else b"") + number(2, 5011 + first) +
                deltas(3, [i - first for i in of]) + deltas(4, [i % 2 for i in of]) +
                deltas(5, [1 + i % 2 for i in of]) + column(6, [0] * n) +
                column(7, [WEIGHTS[i % 5] for i in of]) + column(8, [detail(i) for i in of])) if n else b""


def counts(n, lost):
    return data(EVENT_COUNTS, number(2, n) + number(3, sum(WEIGHTS[i % 5] for i in range(n))) + lost)


def log(clocks, grows):
    early, much = clocks * 5 // 7, grows * 4 // 5
    return (chunk(STREAM, 0, hello(clocks) + clock(0)) +
            chunk(STREAM, 1, deflate(definitions() + samples(0, 0, early) + weighted(0, 0, much) +
                                     counts(much, b"") + number(SENT, early) + number(NEEDS, 2)), DEFLATED) +
            chunk(STREAM, 2, samples(1, early, clocks - early) + weighted(1, much, grows - much) +
                  counts(grows, number(4, 3) + number(5, 200000)) +
                  (data(LOSSES, number(1, 2) + number(2, 1)) if clocks else b"") + number(SENT, clocks) +
                  number(NEEDS, 2) + clock(100000000) + number(LAST, 1)))


numbers = [int(n) for n in sys.argv[2:4]] + [7, 5][len(sys.argv) - 2:]
with open(sys.argv[1], "wb") as out:
    out.write(log(*numbers))
