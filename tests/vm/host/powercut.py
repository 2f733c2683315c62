# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk of a guest as it was when the power went, at moments by chance.

usage: powercut.py TOOL DIR
DIR/before is the disk at first, DIR/disk.log its writes as dm-log-writes notes them
(Documentation/admin-guide/device-mapper/log-writes.rst). A disk has a cache: of what was
written since its last flush any part may be there. Each state is repaired and read by
e2fsprogs, and what is in the logs is compared with what they became later.
"""
import os
import random
import re
import shutil
import struct
import subprocess
import sys

TOOL, DIR = sys.argv[1:]
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
CUTS = 50


def entries():
    """(flags, offset, data) of each write and flush, in their order."""
    log = open(f"{DIR}/disk.log", "rb")
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


def logs_at(applied):
    """{name: bytes} of the logs on a disk that had these writes."""
    shutil.copyfile(f"{DIR}/before", f"{DIR}/cut")
    with open(f"{DIR}/cut", "r+b") as disk:
        for offset, data in applied:
            disk.seek(offset)
            disk.write(data)
    # 1: it has repaired something, as it has to after a loss of power.
    fsck = subprocess.run(["/sbin/e2fsck", "-fy", f"{DIR}/cut"], capture_output=True, check=False)
    assert fsck.returncode in (0, 1), fsck.stdout
    shutil.rmtree(f"{DIR}/found", ignore_errors=True)
    os.mkdir(f"{DIR}/found")
    subprocess.run(["/sbin/debugfs", "-R", f"rdump /logs {DIR}/found", f"{DIR}/cut"],
                   capture_output=True, check=False)
    folder = f"{DIR}/found/logs"
    if not os.path.isdir(folder):
        return {}
    return {name: open(f"{folder}/{name}", "rb").read() for name in os.listdir(folder)}


def main():
    chance = random.Random(1)
    log = list(entries())
    last = logs_at([(o, d) for f, o, d in log])
    whole = sum(len(b) for b in last.values())
    flushes = [i for i, (f, _, _) in enumerate(log) if f & FLUSH]
    print(f"# {len(log)} writes and flushes, {len(flushes)} of these; {whole} bytes of logs at the end")
    bad, torn, read = [], 0, 0
    known = {}

    def safe(flush):
        """Bytes of logs that a finished flush has made sure of."""
        if flush not in known:
            known[flush] = sum(len(b) for b in logs_at([(o, d) for _, o, d in log[:flush + 1]]).values())
        return known[flush]

    for _ in range(CUTS):
        cut = chance.randrange(len(log))
        before = [i for i in flushes if i < cut]
        flushed = before[-1] if before else 0
        kept = chance.random()
        applied = [(o, d) for _, o, d in log[:flushed]]
        applied += [(o, d) for f, o, d in log[flushed:cut] if f & FUA or chance.random() < kept]
        # The flush before the last one was finished whatever became of the last.
        sure = safe(before[-2]) if len(before) > 1 else 0
        found = logs_at(applied)
        for name, data in found.items():
            # What isn't there yet may read as zeros, up to the length that is.
            if not last.get(name, b"").startswith(data.rstrip(b"\0")):
                bad.append(f"cut {cut}: {name} has what was never written")
        n = sum(len(b) for b in found.values())
        if n < sure:
            bad.append(f"cut {cut}: {n} bytes, and {sure} were flushed")
        if not n:
            continue
        said = subprocess.run([TOOL, "report", "--format", "folded", "-o", "/dev/null",
                               f"{DIR}/found/logs"], capture_output=True, text=True, check=False)
        read += said.returncode == 0
        if said.returncode:
            sizes = {name: len(data) for name, data in found.items()}
            bad.append(f"cut {cut}: {sizes}: {said.stderr.strip()}")
        torn += bool(re.search("torn|missing", said.stderr))
    print(f"# {CUTS} cuts: {read} with logs, each of them read, {torn} of them torn, and said to be")
    for line in bad[:10]:
        print(f"# {line}")
    print(("not ok" if bad else "ok") + " - after each cut logs are what they were, up to the last flush")
    print(("ok" if read > CUTS / 2 else "not ok") + " - most cuts fall where there are logs")


main()
