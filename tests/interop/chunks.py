# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes an .ember log apart by doc/log-format.md alone.

usage: chunks.py LOG OUTDIR: writes each payload to OUTDIR/STREAM-SEQUENCE.pb, the number
being that of the chunk where it begins
"""
import struct
import sys
import zlib


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def main():
    log = open(sys.argv[1], "rb").read()
    at = 0
    whole = b""
    while at < len(log):
        magic, version, flags, header, _, stream, sequence, n, crc = struct.unpack_from(
            "<4sBBBBIIII", log, at)
        assert magic == b"\xe5MB\x1a" and version == 1 and header == 24, (at, magic, version)
        payload = log[at + header:at + header + n]
        assert len(payload) == n
        assert crc32c(log[at:at + 20] + payload) == crc, at
        at += header + n
        if flags & 4:
            assert sequence == last + 1
        else:
            whole, first = b"", sequence
        whole += payload
        last = sequence
        if flags & 2:
            continue
        with open(f"{sys.argv[2]}/{stream:08x}-{first}.pb", "wb") as out:
            out.write(zlib.decompress(whole, -15) if flags & 1 else whole)


main()
