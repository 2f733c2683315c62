# SPDX-License-Identifier: GPL-2.0-or-later
"""Sealed chunks (doc/log-format.md, "Links"): XChaCha20-Poly1305 of libsodium.so.23."""
import ctypes
import hashlib
import os
import struct

MAGIC = b"\xe5\x4d\x42\x1c"
HEADER, TAG = 44, 16
SODIUM = []


def sodium():
    """The library, loaded at the first use."""
    if not SODIUM:
        SODIUM.append(ctypes.CDLL("libsodium.so.23"))
        assert SODIUM[0].sodium_init() >= 0
    return SODIUM[0]


def header(key, session, counter, n):
    """The header of n bytes that follow; `key` may be 8 bytes of a forged key id."""
    name = key if len(key) == 8 else hashlib.blake2b(key, digest_size=8).digest()
    return struct.pack("<4sBBBBI", MAGIC, 1, 0, HEADER, 0, n) + name + session + struct.pack("<Q", counter)


def seal(key, session, counter, plain):
    """A sealed packet."""
    begin = header(key, session, counter, len(plain) + TAG)
    out = ctypes.create_string_buffer(len(plain) + TAG)
    sodium().crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, plain, ctypes.c_ulonglong(len(plain)), begin, ctypes.c_ulonglong(HEADER), None,
        session + struct.pack("<Q", counter), key)
    return begin + out.raw


def unseal(key, packet):
    """The chunk in a sealed packet, or b"" if `key` did not seal it."""
    n = len(packet) - HEADER
    if n < TAG or packet[:4] != MAGIC:
        return b""
    out = ctypes.create_string_buffer(n - TAG)
    bad = sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, None, None, packet[HEADER:], ctypes.c_ulonglong(n), packet[:HEADER], ctypes.c_ulonglong(HEADER),
        packet[20:HEADER], key)
    return b"" if bad else out.raw


class Session:
    """One end's session: each packet gets the next counter."""
    def __init__(self, key, session=None, counter=0):
        self.key, self.session, self.counter = key, session or os.urandom(16), counter

    def seal(self, plain):
        """A packet with the next counter."""
        self.counter += 1
        return seal(self.key, self.session, self.counter - 1, plain)


def write_keys(path, keys):
    """A file for --keys; keys: (key, board or "")."""
    with open(path, "w", encoding="ascii") as out:
        for key, board in keys:
            out.write(f"{key.hex()} {board}".strip() + "\n")
    os.chmod(path, 0o644)
