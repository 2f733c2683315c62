# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a log whose processes have labels: doc/log-vectors/labels.ember, byte for byte.

usage: labels.py OUT
"""
import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0])
from wire import (CLOCK, DEFLATED, EXTENTS, FILE, HELLO, LABEL, LAST, NEEDS, SAMPLES, SENT, STACKS, THREADS, chunk,
                  column, data, deflate, deltas, number, zigzag)

STREAM = 0x2b
SINCE = 5000000000
REAL = 1764000000000000000


def clock(after):
    return data(CLOCK, number(1, SINCE + after) + number(2, SINCE + after + 385) + number(3, REAL + after) +
                number(4, 1))


def label(at, key, value, following=0):
    return data(LABEL, (number(1, at) if at else b"") + data(2, key) + data(3, value) +
                (number(4, following) if following else b""))


def definitions():
    """One stack; a service and one of its threads in a group below it, a user's service, one without labels."""
    user = "/user.slice/user-1000.slice/user@1000.service/app.slice/player.service"
    return (data(FILE, data(2, "/usr/bin/work") + data(3, b"\xab" * 20) + number(4, 77)) +
            data(EXTENTS, column(2, [0]) + column(3, [4096]) + column(4, [8192]) + column(5, [4096])) +
            label(0, "unit", "work.service") + label(1, "cgroup", "/system.slice/work.service", 1) +
            label(2, "cgroup", "/system.slice/work.service/inner", 1) +
            label(3, "unit", "player.service") + label(4, "cgroup", user, 4) +
            data(THREADS, deltas(2, [41, 41, 50, 60]) + column(3, [0, zigzag(1), 0, 0]) +
                 deltas(4, [0, 0, 0, 0]) + column(5, [0, 0, 0, 0]) + data(6, "work") + data(6, "work") +
                 data(6, "play") + data(6, "shell") + column(7, [2, 3, 5, 0])) +
            data(STACKS, column(2, [0]) + column(3, [0]) + column(4, [1]) + deltas(5, [1]) + deltas(7, [0x1234])))


def samples(n):
    of = list(range(n))
    return data(SAMPLES, number(2, 5010) + deltas(3, of) + deltas(4, [i % 4 for i in of]) + deltas(5, [0] * n))


with open(sys.argv[1], "wb") as out:
    out.write(chunk(STREAM, 0, data(HELLO, data(1, "board-1") + data(2, "00000000-0000-0000-0000-000000000001") +
                                    number(3, 1) + data(4, "6.1.0") + number(9, 2) + number(10, 10000000) +
                                    number(11, 1000000)) + clock(0)) +
              chunk(STREAM, 1, deflate(definitions() + samples(10) + number(SENT, 10) + number(NEEDS, 2)), DEFLATED) +
              chunk(STREAM, 2, number(SENT, 10) + clock(100000000) + number(LAST, 1)))
