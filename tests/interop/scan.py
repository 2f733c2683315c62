#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unwind rules scanned from stripped code, against the compiler's own.

usage: scan.py EMBERPROF PERCENT STRIPPED DEBUG
At each address that DEBUG's .debug_frame or .eh_frame covers (as readelf reads it), except
between functions, STRIPPED's table must have the return address at the same distance from
the CFA. Where both compute the CFA from the same register, it must be the same, too; from
different registers it can't be compared. Prints the counts; exit status 1 if fewer than
PERCENT of the addresses agree, or if next to nothing was compared.
"""
import bisect
import re
import subprocess
import sys

import rows

NAMES = {"sp": "sp", "r13": "sp", "r11": "fp", "r7": "r7", "rsp": "sp", "rbp": "fp", "x29": "fp"}
NOPS = (b"\x00\xbf", b"\xaf\xf3", b"\x00\x80", b"\x1f\x20")


def data(path):
    """Whether an address is of data, by the mapping symbols."""
    marks = []
    for line in subprocess.run(["readelf", "-sW", path], check=True, capture_output=True,
                               text=True).stdout.splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[7][:2] in ("$a", "$t", "$x", "$d"):
            marks.append((int(fields[1], 16), fields[7][1] == "d"))
    marks.sort()
    places = [at for at, _ in marks]
    return lambda at: marks[bisect.bisect_right(places, at) - 1][1] if marks else False


def ends(path):
    text = subprocess.run(["readelf", "-wNF", path], check=False, capture_output=True,
                          text=True, errors="replace").stdout
    return {int(m[1], 16): int(m[2], 16) for m in re.finditer(r"pc=(\w+)\.\.(\w+)", text)}


def spans(path):
    """(begin, end, columns) of each row."""
    end, last = ends(path), None
    stop = 0
    for address, _, row in rows.readelf_rows(path):
        if last and last[0] < min(address, stop):
            yield last[0], min(address, stop), last[1]
        stop = end.get(address, stop)
        last = address, row
    if last:
        yield last[0], stop, last[1]


def equal(rule, row, before):
    """None: by another register, or by lr, read back from where the compiler says it still is."""
    m = re.match(r"(sp|fp|r7)([+-]\d+)(?: ra=c([+-]\d+))?", rule)
    ra = row.get("ra", "u")
    if not m:
        return False
    if before and not m[3] and ra not in ("u", "s") and row["CFA"].endswith(m[2]):
        return None
    if (ra if ra not in ("u", "s") else None) != (m[3] and "c" + m[3]):
        return False
    if row["CFA"] == "exp":
        return None
    base, offset = re.match(r"(\w+?)([+-]\d+)$", row["CFA"]).groups()
    return None if NAMES.get(base) != m[1] else offset == m[2]


def main():
    tool, percent, stripped, debug = sys.argv[1:]
    loads = rows.offsets(stripped)
    ours = rows.rules(tool, stripped)
    at = [place for place, _ in ours]
    with open(stripped, "rb") as f:
        code = f.read()
    is_data = data(debug)
    unit = 4 if rows.machine(debug) == "AArch64" else 2
    count = {True: 0, False: 0, None: 0}
    for begin, end, row in spans(debug):
        shown = before = False
        for address in range(begin, end, unit):
            place = next((address - a + o for a, n, o in loads if a <= address < a + n), None)
            if place is None or is_data(address) or code[place:place + 2] in NOPS:
                continue
            rule = ours[bisect.bisect_right(at, place) - 1][1]
            same = equal(rule, row, before)
            before |= same is True
            count[same] += 1
            if same is False and not shown and count[False] < 200:
                print(f"# {address:x}: {rule}, the compiler: {row}")
                shown = True
    compared = sum(count.values())
    print(f"# {stripped}: {count[True]} places are the same, {count[None]} by another "
          f"register, {count[False]} aren't")
    sys.exit(compared < 5000 or 100 * (compared - count[False]) < float(percent) * compared)


if __name__ == "__main__":
    main()
