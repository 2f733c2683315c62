# SPDX-License-Identifier: GPL-2.0-or-later
"""What System.map would say, of /proc/kallsyms: the kernel's own symbols, elsewhere.

usage: system_map.py KALLSYMS
"""
import sys

START = 0x10000000


def main():
    symbols = [line.split() for line in open(sys.argv[1], encoding="ascii")]
    symbols = [(int(s[0], 16), s[1], s[2]) for s in symbols if len(s) == 3]
    base = next(address for address, _, name in symbols if name == "_stext")
    for address, kind, name in symbols:
        if address >= base - START:
            print(f"{address - base + START:016x} {kind} {name}")


main()
