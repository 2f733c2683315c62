# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk of a guest after power cuts at random moments.

usage: powercut.py make DIR          DIR/disk, with an ext4 and an f2fs on it
       powercut.py cut DIR           its states after each cut become DIR/cuts
       powercut.py judge DIR TOOL    of what a guest found in them, in DIR/found

DIR/disk.log is the disk's writes as dm-log-writes notes them
(Documentation/admin-guide/device-mapper/log-writes.rst). A disk has a cache: of what was
written since its last flush any part may be there. What is in the logs then is compared
with what they became later.
"""
import json
import os
import random
import re
import struct
import subprocess
import sys

MIB = 1 << 20
PART = 64 * MIB
WHOLE = MIB + 2 * PART
SYSTEMS = ("ext4", "f2fs")
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
CUTS = 50


def make(folder):
    """A partition for each file system, and what the disk was at first."""
    with open(f"{folder}/disk", "wb") as disk:
        table = b"".join(struct.pack("<B3sB3sII", 0, b"", 0x83, b"", (MIB + i * PART) // 512,
                                     PART // 512) for i in range(2))
        disk.write(bytes(446) + table + bytes(32) + b"\x55\xaa")
        for i, system in enumerate(SYSTEMS):
            part = f"{folder}/part"
            with open(part, "wb") as file:
                file.truncate(PART)
            subprocess.run([f"/sbin/mkfs.{system}", "-q", part], check=True)
            for at, data in blocks(part):
                disk.seek(MIB + i * PART + at)
                disk.write(data)
            os.remove(part)
        disk.truncate(WHOLE)
    with open(f"{folder}/disk.before", "wb") as before:
        for at, data in blocks(f"{folder}/disk"):
            before.write(struct.pack("<QQ", at, len(data)) + data)


def blocks(path):
    """(offset, data) of what isn't zeros."""
    with open(path, "rb") as file:
        at = 0
        while data := file.read(4096):
            if data.count(0) < len(data):
                yield at, data
            at += len(data)


def first(folder):
    """(offset, data) of the disk at first."""
    with open(f"{folder}/disk.before", "rb") as file:
        while head := file.read(16):
            at, n = struct.unpack("<QQ", head)
            yield at, file.read(n)


def entries(folder):
    """(flags, offset, data) of each write and flush, in their order."""
    with open(f"{folder}/disk.log", "rb") as log:
        magic, _, count, sector = struct.unpack("<QQQI", log.read(28))
        assert magic == 0x6A736677736872, hex(magic)
        at = sector
        for _ in range(count):
            log.seek(at)
            start, sectors, flags, _ = struct.unpack("<QQQQ", log.read(32))
            at += sector
            data = b""
            if not flags & (DISCARD | MARK):
                log.seek(at)
                data = log.read(sectors * sector)
                at += len(data)
            yield flags, start * sector, data


def cut(folder):
    """The states, one behind the other, and which is what."""
    chance = random.Random(1)
    log = list(entries(folder))
    before = list(first(folder))
    flushes = [i for i, (f, _, _) in enumerate(log) if f & FLUSH]
    print(f"# {len(log)} writes and flushes, {len(flushes)} of these")
    states, cuts = {}, []
    with open(f"{folder}/cuts", "wb") as disks:

        def state(name, writes):
            if name not in states:
                at = len(states) * WHOLE
                states[name] = len(states)
                disks.truncate(at + WHOLE)
                for offset, data in before + writes:
                    disks.seek(at + offset)
                    disks.write(data)
            return states[name]

        last = state("last", [(o, d) for _, o, d in log])
        for _ in range(CUTS):
            here = chance.randrange(len(log))
            done = [i for i in flushes if i < here]
            flushed = done[-1] if done else 0
            kept = chance.random()
            writes = [(o, d) for _, o, d in log[:flushed]]
            writes += [(o, d) for f, o, d in log[flushed:here]
                       if f & FUA or chance.random() < kept]
            # The flush before the last one was finished whatever became of the last.
            sure = done[-2] if len(done) > 1 else 0
            cuts.append((here, state(f"cut {here}", writes),
                         state(f"flush {sure}", [(o, d) for _, o, d in log[:sure + 1]])
                         if sure else None))
    with open(f"{folder}/states", "w", encoding="ascii") as file:
        file.write(f"{len(states)} {WHOLE}")
    with open(f"{folder}/plan", "w", encoding="ascii") as file:
        json.dump([last, cuts], file)


def found(folder, state, system):
    """{name: bytes} of the logs in a state."""
    logs = f"{folder}/found/{state}/{system}"
    return {name: open(f"{logs}/{name}", "rb").read() for name in os.listdir(logs)}


def judge(folder, tool, system):
    """Results, as TAP has them."""
    with open(f"{folder}/plan", encoding="ascii") as file:
        last, cuts = json.load(file)
    final = found(folder, last, system)
    bad, torn, read = [], 0, 0
    for here, state, sure in cuts:
        logs = found(folder, state, system)
        for name, data in logs.items():
            # What isn't there yet may read as zeros, up to the length that is.
            if not final.get(name, b"").startswith(data.rstrip(b"\0")):
                bad.append(f"cut {here}: {name} has what was never written")
        n = sum(len(b) for b in logs.values())
        flushed = sum(len(b) for b in found(folder, sure, system).values()) if sure else 0
        if n < flushed:
            bad.append(f"cut {here}: {n} bytes, and {flushed} were flushed")
        if not n:
            continue
        said = subprocess.run([tool, "report", "--format", "folded", "-o", "/dev/null",
                               f"{folder}/found/{state}/{system}"], capture_output=True, text=True, check=False)
        read += said.returncode == 0
        if said.returncode:
            sizes = {name: len(data) for name, data in logs.items()}
            bad.append(f"cut {here}: {sizes}: {said.stderr.strip()}")
        torn += bool(re.search("incomplete|missing", said.stderr))
    print(f"# {system}: {sum(len(b) for b in final.values())} bytes of logs at the end; {len(cuts)} cuts, "
          f"{read} with logs, each of them read, {torn} of them torn, and said to be")
    for line in bad[:10]:
        print(f"# {line}")
    print(("not ok" if bad else "ok") + f" - {system}: after each cut logs are what they were, up to the last flush")
    print(("ok" if read > len(cuts) / 2 else "not ok") + f" - {system}: most cuts fall where there are logs")


def main():
    verb, folder = sys.argv[1:3]
    if verb == "make":
        make(folder)
    elif verb == "cut":
        cut(folder)
    else:
        for system in SYSTEMS:
            judge(folder, sys.argv[3], system)


main()
