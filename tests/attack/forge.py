# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes that no honest board sends."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seal  # pylint: disable=wrong-import-position
import wire  # pylint: disable=wrong-import-position

CHUNK_MAX = 131072  # bytes of a payload
DEPTH = 120  # frames of a bomb's stacks


def nested_headers(n):
    """At most n bytes of chunk headers with false checksums, each of which reaches to the end."""
    n -= n % 24
    return b"".join(wire.head(1, at, min(n - at - 24, CHUNK_MAX)) + b"\xde\xad\xbe\xef" for at in range(0, n, 24))


def short_headers(n):
    """The same, but each ends with the next one or a few later."""
    n -= n % 24
    return b"".join(wire.head(1, at, min(n - at - 24, at % 7 * 24)) + b"\xde\xad\xbe\xef" for at in range(0, n, 24))


def nested_seals(n, key=None):
    """The same of sealed headers that no key opens. `key`: its id is used."""
    n -= n % 44
    return b"".join(seal.header(key or bytes(8), bytes(16), at, min(n - at - 44, CHUNK_MAX)) for at in range(0, n, 44))


def near_magics(n):
    """n bytes of what both magics begin with."""
    return (wire.MAGIC[:3] * (n // 3 + 1))[:n]


def valid_chunks(n, stream=2, piece=1000):
    """About n bytes of valid chunks that define nothing."""
    return b"".join(wire.chunk(stream, i, wire.data(15, bytes(piece))) for i in range(n // (piece + 30) or 1))


def unclosed(n):
    """A header that promises n bytes that never come."""
    return wire.head(3, 0, n) + b"\0\0\0\0"


def bomb_begin(stream, board="bomb"):
    """The chunk with a bomb's first stack."""
    return wire.chunk(stream, 0, wire.hello(board) + wire.clock() + wire.thread("p")
                      + wire.kernel_stacks(0, [[0xffffffff81000000 + 0x9e37 * f * f for f in range(DEPTH)]])
                      + wire.number(wire.SENT, 0))


def bomb_chunk(stream, sequence, first, n):
    """A chunk of n stacks that share all but one frame with the one before."""
    return wire.chunk(stream, sequence, wire.deflate(wire.data(wire.STACKS, b"".join((
        wire.number(1, first), wire.data(2, bytes(n)), wire.data(3, wire.varint(DEPTH) * n), wire.data(4, bytes(n)),
        wire.data(6, wire.varint(wire.zigzag(0x1000 + first)) + wire.varint(wire.zigzag(1)) * (n - 1)),
        wire.data(8, b"\1" * n), wire.data(9, wire.varint(DEPTH - 1) * n))))), wire.DEFLATED)


def bomb(stream, chunks, each=12000, board="bomb"):
    """Chunks of a log whose stacks take a thousand times its size in memory."""
    yield bomb_begin(stream, board)
    for c in range(chunks):
        yield bomb_chunk(stream, c + 1, 1 + c * each, each)
    yield wire.chunk(stream, chunks + 1, wire.samples(0, 10**6, [0]) + wire.number(wire.SENT, 1))


def packed(kind, sequence):
    """A payload of 128 KiB, before it is deflated, that defines or counts as much as fits."""
    if kind == "samples":
        n = CHUNK_MAX // 3 - 20
        return wire.data(wire.SAMPLES, wire.number(2, 10**6 + sequence * n) + wire.data(3, b"\2" * n)
                         + wire.data(4, bytes(n)) + wire.data(5, bytes(n))) + wire.number(wire.SENT, sequence * n)
    if kind == "threads":
        n = CHUNK_MAX // 6 - 20
        return wire.data(wire.THREADS, wire.number(1, 1 + sequence * n) + wire.data(2, b"\2" * n) + wire.data(3, bytes(n))
                         + wire.data(4, b"\2" * n) + wire.data(5, bytes(n)) + wire.data(6, b"") * n)
    if kind == "extents":
        n = CHUNK_MAX // 4 - 20
        return wire.data(wire.EXTENTS, wire.number(1, 1 + sequence * n) + wire.data(2, bytes(n)) + wire.data(3, b"\1" * n)
                         + wire.data(4, b"\1" * n) + wire.data(5, bytes(n)))
    if kind == "files":
        return b"".join(wire.data(wire.FILE, wire.number(1, sequence * 11000 + i)) for i in range(11000))
    if kind == "modules":
        return wire.data(wire.HELLO, wire.data(1, "bomb") + wire.number(10, 10**7) + wire.number(11, 10**6)
                         + wire.data(12, wire.data(1, "m") + wire.number(2, 1) + wire.number(3, 1)) * 12000)
    n = CHUNK_MAX // 3 - 20  # stacks without a frame
    return wire.data(wire.STACKS, wire.number(1, 1 + sequence * n) + wire.data(2, bytes(n)) + wire.data(3, bytes(n))
                     + wire.data(4, bytes(n)))


PACKED = ("samples", "threads", "extents", "files", "modules", "stacks")


def packed_log(stream, kind, size):
    """A log of about `size` bytes of such payloads."""
    log, sequence = [full_stream(stream, "bomb")], 0
    while size > 0:
        sequence += 1
        log.append(wire.chunk(stream, sequence, wire.deflate(packed(kind, sequence)), wire.DEFLATED))
        size -= len(log[-1])
    return b"".join(log)


def mix(value, word):
    """The tool's hash of 64 bits, where it begins with a known number."""
    value = (value ^ word) * 0x9e3779b97f4a7c15 % 2**64
    return value ^ value >> 29


def colliding_files(n, apart=False):
    """Payloads of n files that differ in their inode's generation only; apart: in their inode."""
    for first in range(0, n, 5000):
        yield wire.deflate(b"".join(wire.data(wire.FILE, wire.number(1, i) + wire.number(4 if apart else 5, i + 1))
                                    for i in range(first, min(n, first + 5000))))


def colliding_extents(n, apart=False):
    """Payloads of n extents whose offsets make their hashes alike; apart: they do not."""
    yield wire.deflate(wire.data(wire.FILE, wire.number(1, 0) + wire.data(2, "/p")))
    for first in range(0, n, 5000):
        numbers = range(first, min(n, first + 5000))
        yield wire.deflate(wire.data(wire.EXTENTS, wire.number(1, first) + wire.column(2, [0] * len(numbers))
                                     + wire.column(3, list(numbers)) + wire.column(4, [1] * len(numbers))
                                     + wire.column(5, [mix(i, i + 1) ^ (i * i if apart else 0) for i in numbers])))


def defining(stream, payloads, board="definer"):
    """A log with these deflated payloads, and a sample."""
    packets = [full_stream(stream, board)]
    return packets + [wire.chunk(stream, 1 + i, payload, wire.DEFLATED) for i, payload in enumerate(payloads)]


def inflating(stream, sequence, begin=b""):
    """A chunk of some 150 bytes whose payload is 128 KiB."""
    plain = begin + wire.data(15, bytes(CHUNK_MAX - 8 - len(begin)))
    return wire.chunk(stream, sequence, wire.deflate(plain), wire.DEFLATED)


def badly_deflated(stream, sequence, kind):
    """A chunk with a deflate stream that is: 0 cut short, 1 followed by more, 2 above 128 KiB, 3 no such stream."""
    plain = wire.hello("deflated") + wire.number(wire.SENT, 0)
    packed = (wire.deflate(plain)[:-4], wire.deflate(plain) + b"more", wire.deflate(plain + bytes(CHUNK_MAX)),
              b"\xff" * 40)[kind]
    return wire.chunk(stream, sequence, packed, wire.DEFLATED)


def empty_stream(stream, board, boot="boot"):
    """A stream that only says whose it is."""
    return wire.chunk(stream, 0, wire.hello(board, boot) + wire.number(wire.SENT, 0), wire.LISTENS)


def full_stream(stream, board, mark="forged", boot="boot"):
    """A stream with a sample in its first chunk."""
    return wire.chunk(stream, 0, wire.hello(board, boot) + wire.clock() + wire.thread(mark)
                      + wire.kernel_stacks(0, [[0x1000, 0x2000]]) + wire.samples(0, 10**6, [0])
                      + wire.number(wire.SENT, 1), wire.LISTENS)


def torn(chance, packet):
    """A packet with some of its bytes changed, cut off, or sent twice."""
    packet = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(packet) or 1)
        kind = chance.randrange(4)
        if kind == 0 and packet:
            packet[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del packet[at:]
        elif kind == 2:
            packet[at:at] = packet[:at]
        elif len(packet) >= 20:
            struct.pack_into("<I", packet, 16, chance.getrandbits(32))
    return bytes(packet[:60000])
