# SPDX-License-Identifier: GPL-2.0-or-later
# Work for an interpreter that keeps no frame pointers: its C stack goes up and down, 20
# frames deep on average, through many of its functions. work.py ROUNDS
import json
import re
import sys


class Key:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return int(self) < int(other)

    def __int__(self):
        return len(re.sub("[13]", "22", str(self.value))) + self.value % 7

    def __repr__(self):
        return "%s!%r" % (self.value, "{:>4}".format(self.value % 100))


def leaf(n):
    keys = sorted(Key(i * 7919 % (101 + n)) for i in range(5))
    table = {str(k): [n, k.value, {"of": repr(k).split("!")}] for k in keys}
    return len(json.dumps(table)) + len("".join(reversed(repr(keys))).title())


def walk(n):
    if not n:
        return leaf(3)
    return sum(map(lambda k: walk(n - 1) + leaf(n), range(2)))


for turn in range(int(sys.argv[1])):
    if turn % 4 == 0:
        walk(1)
    leaf(2)
    leaf(5)
    leaf(7)
