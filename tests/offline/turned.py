# SPDX-License-Identifier: GPL-2.0-or-later
"""Debug information with bytes turned: a report is made all the same.

usage: turned.py TOOL BINARY LOG DIR COUNT
"""
import os
import random
import re
import subprocess
import sys


def main():
    tool, binary, log, folder, count = sys.argv[1:]
    said = subprocess.run(["readelf", "-SW", binary], check=True, capture_output=True, text=True).stdout
    sections = [(int(at, 16), int(n, 16)) for at, n in
                re.findall(r"\.debug_\S+\s+PROGBITS\s+[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)", said)]
    good = open(binary, "rb").read()
    chance = random.Random(1)
    os.makedirs(folder, exist_ok=True)
    bad = []
    for turn in range(int(count)):
        bits = bytearray(good)
        for _ in range(1 << chance.randrange(12)):
            at, n = chance.choice(sections)
            bits[at + chance.randrange(n)] = chance.randrange(256)
        with open(f"{folder}/shapes", "wb") as file:
            file.write(bits)
        done = subprocess.run([tool, "report", "--format", "folded", "-o", f"{folder}/folded", "--symfs",
                               folder, log], capture_output=True, text=True, timeout=60, check=False)
        # The names from the symbol table must remain.
        samples = sum(int(line.rsplit(" ", 1)[1]) for line in open(f"{folder}/folded"))
        if done.returncode or samples != 1000 or "[shapes+0x" in open(f"{folder}/folded").read():
            bad.append((turn, done.returncode, samples, done.stderr))
    print(f"# {count} files, {len(bad)} of them with no whole report {bad[:3]}")
    return bool(bad)


sys.exit(main())
