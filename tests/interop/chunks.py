# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes an .ember log apart by doc/log-format.md alone.

usage: chunks.py LOG OUTDIR: writes each chunk's payload to OUTDIR/STREAM-SEQUENCE.pb
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
    while at < len(log):
        magic, version, flags, header, _, stream, sequence, n, crc = struct.unpack_from(
            "<4sBBBBIIII", log, at)
        assert magic == b"\xe5MB\x1a" and version == 1 and header == 24, (at, magic, version)
        payload = log[at + header:at + header + n]
        assert len(payload) == n
        assert crc32c(log[at:at + 20] + payload) == crc, at
        if flags & 1:
            payload = zlib.decompress(payload, -15)
        with open(f"{sys.argv[2]}/{stream:08x}-{sequence}.pb", "wb") as out:
            out.write(payload)
        at += header + n


main()
