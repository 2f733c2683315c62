#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unwind tables against what readelf reads from the same sections.

usage: rows.py EMBERPROF FILE...
At each place where readelf has a row the table is to have the same rule: CFA, return
address, frame pointer (and r7 on ARM). Prints a line for each file; exit status 1 if a
place differs, or if next to nothing was compared.
"""
import bisect
import re
import subprocess
import sys

SP = {"rsp", "esp", "sp", "r13"}
FP = {"X86-64": "rbp", "80386": "ebp", "AArch64": "x29", "ARM": "r11"}
RA = {"rbp": 16, "ebp": 8, "x29": 30, "r11": 14}


def offsets(path):
    """[(address, bytes, file offset)] of what is loaded."""
    text = subprocess.run(["readelf", "-lW", path], check=True, capture_output=True,
                          text=True).stdout
    return [(int(m[2], 16), int(m[4], 16), int(m[1], 16)) for m in re.finditer(
        r"LOAD +0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+)", text)]


def readelf_rows(path):
    """(address, (signal, return address' column), columns by name) for each row."""
    text = subprocess.run(["readelf", "-wNF", path], check=False,
                          capture_output=True, text=True, errors="replace").stdout
    first, cies, names, extent = None, {}, [], None
    for line in text.splitlines():
        if m := re.match(r"(\w+) \w+ \w+ (CIE|FDE) (.*)", line):
            if extent and first:  # nothing of its own: its CIE's
                yield extent, first[0], first[1]
            extent, names = None, []
            if m[2] == "CIE":
                kind = "S" in m[3].split('"')[1], int(re.search(r"ra=(\d+)", m[3])[1])
                cies[m[1].lstrip("0")] = [kind, None]
                cie = cies[m[1].lstrip("0")]
                first = None
            else:
                key = re.search(r"cie=(\w+)", m[3])[1].lstrip("0")
                cie = cies[key]
                first = cie
                extent, end = (int(v, 16) for v in
                               re.search(r"pc=(\w+)\.\.(\w+)", m[3]).groups())
        elif re.match(r" +LOC +CFA", line):
            names = line.split()[1:]
        elif names and (m := re.match(r"([0-9a-f]{16}|[0-9a-f]{8}) (?!ZERO)(.*)", line)):
            # A register that's in another one is written as "r3 (rbx)".
            columns = dict(zip(names, re.sub(r" \(\w+\)", "", m[2]).split()))
            if extent is None:
                cie[1] = columns
            else:
                first = None
                if int(m[1], 16) < end:  # some have one more behind it
                    yield int(m[1], 16), cie[0], columns
    if extent and first:
        yield extent, first[0], first[1]


def wanted(kind, row, link, fp):
    """What a row's rule may be, as the tool writes it: alternatives."""
    signal, column = kind
    if column != RA[fp]:
        return ["none"]
    if signal:
        return ["signal"]
    cfa = row["CFA"]
    if cfa == "exp":
        return None
    base, offset = re.match(r"(\w+?)([+-]\d+)$", cfa).groups()
    ra = row.get("ra", "u")
    if base in SP:
        rule = "sp" + offset
    elif base == fp:
        rule = "fp" + offset
    elif base == "r7":
        rule = "r7" + offset
    else:
        return ["none"]
    if ra == "u" and not link:
        return ["end"]
    saved = [("ra", ra)]
    saved += [("fp", v) for k, v in row.items() if k == fp]
    if link:
        saved += [("r7", v) for k, v in row.items() if k == "r7"]
    for name, value in saved:
        if value.startswith("c"):
            rule += f" {name}={value}"
        elif value not in ("u", "s"):
            return ["none"] if name == "ra" else None
    return [rule] + (["end"] if ra == "u" else [])


def rules(tool, path):
    lines = subprocess.run([tool, "check", "--unwind", "--rows", path], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return [(int(at, 16), rule) for at, rule in (l.split(" ", 1) for l in lines)]


def machine(path):
    text = subprocess.run(["readelf", "-h", path], check=True, capture_output=True,
                          text=True).stdout
    return re.search("Machine: +(.*)", text)[1]


def compare(tool, path):
    loads = offsets(path)
    header = machine(path)
    fp = next(v for k, v in FP.items() if k in header)
    link = fp in ("x29", "r11")
    ours = rules(tool, path)
    at = [place for place, _ in ours]
    same = other = expressions = 0
    for address, kind, row in readelf_rows(path):
        want = wanted(kind, row, link, fp)
        if want is None:
            expressions += 1
            continue
        place = next((address - a + o for a, n, o in loads if a <= address < a + n), None)
        if place is None:
            continue
        rule = ours[bisect.bisect_right(at, place) - 1][1]
        if not link:
            rule = re.sub(r" r7=\S+", "", rule)
        if rule in want:
            same += 1
        else:
            other += 1
            if other <= 5:
                print(f"# {path} {address:x}: {rule}, readelf: {want[0]} {row}")
    print(f"# {path}: {same} rows are the same, {other} aren't, {expressions} by expressions")
    return not other and same > 300


def main():
    good = True
    for path in sys.argv[2:]:
        good &= compare(sys.argv[1], path)
    sys.exit(not good)


if __name__ == "__main__":
    main()
