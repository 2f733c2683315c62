# SPDX-License-Identifier: GPL-2.0-or-later
"""What a log costs, and whether a part of it accounts for the rest.

usage: steady.py LOG                             bytes a sample, in the log's last third
       steady.py LOG FOLDER FOLDED SAID          FOLDER's log is part of LOG; FOLDED and
            SAID are what `emberprof report` made of it: what it counts and what it says
            is missing must be what had been sent up to its last chunk
"""
import glob
import os
import re
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../.."))
import wire  # pylint: disable=wrong-import-position


def sent(payload):
    """Field 9 of a Chunk: samples so far."""
    return dict(wire.fields(payload)).get(9, 0)


def chunks(path):
    """(sequence, bytes, samples so far) of each chunk; of parts, the last one's."""
    data = open(path, "rb").read()
    at, whole, found = 0, b"", []
    while (at := data.find(b"\xe5MB\x1a", at)) >= 0:
        version, flags, head, _, stream, sequence, n, crc = struct.unpack("<BBBBIIII", data[at + 4:at + 24])
        whole = (whole if flags & 4 else b"") + data[at + 24:at + 24 + n]
        at += 24 + n
        if flags & 2 or flags & 32:
            continue
        found.append((sequence, at, sent(zlib.decompress(whole, -15) if flags & 1 else whole)))
    return found


def main():
    board = chunks(sys.argv[1])
    if len(sys.argv) == 2:
        third = next(c for c in board if c[2] >= board[-1][2] * 2 / 3)
        n = board[-1][2] - third[2]
        print(f"{(board[-1][1] - third[1]) / n:.2f} bytes a sample, of {n} samples; "
              f"{board[-1][1] / board[-1][2]:.2f} of all {board[-1][2]}")
        return 0
    last = max(c[0] for path in glob.glob(sys.argv[2] + "/*.ember") for c in chunks(path))
    expected = max(c[2] for c in board if c[0] <= last)
    counted = sum(int(line.rsplit(" ", 1)[1]) for line in open(sys.argv[3]))
    missing = [int(n) for n in re.findall(r"(\d+) samples with them, and (\d+)", open(sys.argv[4]).read() or "")[0]] \
        if "missing" in open(sys.argv[4]).read() else [0, 0]
    print(f"# {counted} samples came, {sum(missing)} known to be lost, {expected} sent of {board[-1][2]}")
    return counted + sum(missing) != expected or not counted


sys.exit(main())
