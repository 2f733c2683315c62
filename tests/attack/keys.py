# SPDX-License-Identifier: GPL-2.0-or-later
"""--keys: what a board with a valid key of its own can do to another."""
import os
import re
import socket
import time

import forge
import seal
import wire
from board import Board, acknowledged, folded, whole
from collector import Collector

ACKNOWLEDGED = 3  # seconds
SESSIONS = 30000  # of one key
DATABASES = 16 << 20  # bytes that they may take on the disk
MARK = "mallory"  # begins the name of a thread that only the hostile board has


def start(attack, case):
    """(collector, key of the board "victim", key of the board "mallory")."""
    keys = [os.urandom(32) for _ in range(3)]
    path = attack.folder(case) + "/keys"
    seal.write_keys(path, [(keys[0], "victim"), (keys[1], "mallory"), (keys[2], "")])
    return Collector(attack, case, keys=path), *keys


def send(collector, *packets):
    """Datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for packet in packets:
            s.sendto(packet, ("127.0.0.1", collector.udp))
            time.sleep(0.002)


def is_heard(attack, board, what):
    """The board's next samples are acknowledged."""
    board.add_samples()
    took = acknowledged([board], ACKNOWLEDGED)
    attack.check(took is not None, what, f"not within {ACKNOWLEDGED} s")


def stored(attack, collector, out):
    """{mark: where} of what mallory sent and is stored below, or reported as, the board "victim"."""
    found = {}
    for path in collector.logs():
        with open(path, "rb") as log:
            data = log.read()
        if "victim" in os.path.relpath(path, collector.dir):
            for mark in re.findall(MARK.encode() + rb"-\d\d", data):
                found.setdefault(mark.decode(), os.path.relpath(path, collector.dir))
    lines = folded(attack.tool, out, [collector.dir], ["--board", "victim"])
    if not isinstance(lines, list):
        return {MARK: lines}
    for mark in re.findall(MARK.encode() + rb"-\d\d", b"".join(lines)):
        found.setdefault(mark.decode(), "report --board victim")
    return found


def keys_counters(attack, case):
    """Another key uses the first board's session number with counters far ahead."""
    for what, counter in (("2^64-2", 2**64 - 2), ("2^63", 2**63), ("2^32", 2**32), ("1000", 1000)):
        collector, key, other, _ = start(attack, f"{case}/{what.replace('^', '_')}")
        with collector:
            board = Board(collector, "victim", key=key)
            acknowledged([board], 5)
            send(collector, seal.seal(other, board.session.session, counter,
                                      forge.full_stream(5, "mallory", MARK + "-00")))
            time.sleep(0.3)
            is_heard(attack, board, f"{case}: counter {what} under another key does not shut a board out")
            collector.restart()
            is_heard(attack, board, f"{case}: counter {what}, after a restart")
            collector.kill()
            collector.start()
            is_heard(attack, board, f"{case}: counter {what}, after SIGKILL")
        attack.check(not whole(board), f"{case}: counter {what}: the board's log is whole", whole(board))


def disguises(stream, first, mark, name="victim"):
    """(what, chunks) by which a board may pass for another; the first chunk's number is `first`."""
    own, other = wire.hello("mallory"), wire.hello(name)
    rest = (wire.clock() + wire.thread(mark) + wire.kernel_stacks(0, [[0x1000, 0x2000]])
            + wire.samples(0, 10**6, [0]) + wire.number(wire.SENT, 1))
    body = wire.data(1, "mallory") + wire.data(2, "boot") + wire.number(10, 10**7) + wire.number(11, 10**6)
    tail = wire.data(1, name)

    def chunks(*payloads):
        return [wire.chunk(stream, first + i, *(p if isinstance(p, tuple) else (p,))) for i, p in enumerate(payloads)]

    def parts(payload, at, flags=0):
        return (payload[:at], wire.MORE | flags), (payload[at:], wire.REST | flags)
    yield "the other's HELLO alone", chunks(other + rest)
    yield "two HELLOs, own first", chunks(own + other + rest)
    yield "two HELLOs, own last", chunks(other + own + rest)
    yield "own HELLO with the other's name behind", chunks(wire.data(wire.HELLO, body + tail) + rest)
    yield "own HELLO with the other's name before", chunks(wire.data(wire.HELLO, tail + body) + rest)
    yield "a HELLO of parts, the second one with the name", chunks(
        wire.data(wire.HELLO, body) + wire.data(wire.HELLO, tail) + rest)
    yield "the other's HELLO without a period, then its own", chunks(wire.data(wire.HELLO, tail) + own + rest)
    yield "the other's HELLO over two chunks", chunks(*parts(other + rest, 6))
    yield "the other's HELLO in the second of two chunks", chunks(*parts(rest + other, len(rest)))
    yield "own HELLO, then the other's over two chunks", chunks(own, *parts(other + rest, 9))
    yield "the other's HELLO deflated over two chunks", chunks(*parts(wire.deflate(other + rest), 30, wire.DEFLATED))
    yield "the other's HELLO over three chunks", chunks(((other + rest)[:4], wire.MORE), (
        (other + rest)[4:30], wire.MORE | wire.REST), ((other + rest)[30:], wire.REST))
    yield "a HELLO that is not the first field", chunks(rest + other)
    yield "the other's HELLO as the last field", chunks(own + rest + other)
    yield "the other's HELLO in a later chunk", chunks(own + rest, other + rest)
    yield "no HELLO, then the other's", chunks(rest, other)
    yield "a chunk behind the own one", [
        wire.chunk(stream, first, own + rest) + wire.chunk(stream + 1, 0, other + rest)]
    yield "a note", chunks(own + rest, (other + rest, wire.NOTE))
    yield "a name with a zero in it", chunks(wire.hello(name + "\0mallory") + rest)
    yield "own name with a zero behind, and the other's", chunks(wire.hello(b"mallory\0") + other + rest)
    yield "a HELLO that is a number", chunks(wire.number(wire.HELLO, 5) + own + other + rest)
    yield "a field cut short", chunks(own + rest + other[:-3])
    yield "a deflated chunk with two HELLOs", chunks((wire.deflate(own + other + rest), wire.DEFLATED))
    yield "a name of 80 bytes that begins with the other's", chunks(wire.hello(name + "\0" * 74) + rest)


def keys_identity(attack, case):
    """Nothing that another key seals is stored or reported under a board's name."""
    for anyone in (False, True):
        collector, key, other, free = start(attack, f"{case}/{'free' if anyone else 'own'}")
        kind = "a key of no board" if anyone else "another board's key"
        ways = [what for what, _ in disguises(0, 0, "")]
        with collector:
            board = Board(collector, "victim", key=key)
            acknowledged([board], 5)
            for i in range(len(ways)):
                session = seal.Session(free if anyone else other)
                mark = f"{MARK}-{i:02d}"
                # In a stream of its own, and in the board's.
                for stream, first in (70000 + 10 * i, 0), (board.stream, 40 + 4 * i):
                    send(collector, *(session.seal(c) for c in list(disguises(stream, first, mark))[i][1]))
            is_heard(attack, board, f"{case}: {kind}: the board is acknowledged beside")
            time.sleep(1.2)
            found = stored(attack, collector, f"{collector.dir}/../report")
            collector.restart()
            is_heard(attack, board, f"{case}: {kind}: the board is acknowledged after a restart")
        found.update(stored(attack, collector, f"{collector.dir}/../report"))
        for i, what in enumerate(ways):
            where = found.pop(f"{MARK}-{i:02d}", "")
            attack.check(not where, f"{case}: {kind}: {what} does not pass for another board", where)
        attack.check(not found, f"{case}: {kind}: the report of the board is made", found)
        attack.check(not whole(board), f"{case}: {kind}: the board's log is whole", whole(board))


def keys_replay(attack, case):
    """What was sealed once is not taken again after a restart, even if its log is gone."""
    collector, key, _, _ = start(attack, case)
    with collector:
        session = seal.Session(key)
        packets = [session.seal(forge.full_stream(90, "victim", "first")), session.seal(
            wire.chunk(90, 1, wire.samples(0, 10**6, [0] * 5) + wire.number(wire.SENT, 6), wire.LISTENS))]
        send(collector, *packets)
        time.sleep(1.5)
        collector.stop()
        logs = collector.logs(90)
        attack.check(bool(logs), f"{case}: sealed chunks are stored")
        for path in logs:
            os.unlink(path)
        collector.start()
        time.sleep(1)
        back = copies(collector, 90)  # what the collector kept elsewhere
        send(collector, *packets, *packets)
        time.sleep(1.5)
        collector.restart()
        send(collector, *packets[::-1])
        send(collector, session.seal(forge.full_stream(91, "victim", "second")))
        time.sleep(1.5)
    found = copies(collector, 90)
    attack.check(found == back, f"{case}: a replayed chunk is not taken after a restart", f"{back} before, {found} after")
    attack.check(bool(collector.logs(91)), f"{case}: the next counter of that session is taken")


def copies(collector, stream):
    """Sequence numbers in the logs of a stream, each as often as it is there."""
    found = []
    for path in collector.logs(stream):
        with open(path, "rb") as log:
            found += [n for _, n, flags, _ in wire.chunks(log.read()) if not flags & wire.NOTE]
    return sorted(found)


def keys_sessions(attack, case):
    """A key begins very many sessions: what other keys sent before is still refused, and databases are bounded."""
    collector, key, other, _ = start(attack, case)
    with collector:
        session = seal.Session(key)
        packets = [session.seal(forge.full_stream(95, "victim", "first"))]
        send(collector, *packets)
        time.sleep(1.5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            chunk = wire.chunk(96, 0, wire.hello("mallory") + wire.number(wire.SENT, 0))
            for i in range(SESSIONS):
                s.sendto(seal.seal(other, i.to_bytes(16, "little"), i % 3, chunk), ("127.0.0.1", collector.udp))
                if i % 20 == 19:
                    time.sleep(0.003)
        board = Board(collector, "victim", key=key)
        took = acknowledged([board], ACKNOWLEDGED)
        attack.check(took is not None, f"{case}: a board is acknowledged within {ACKNOWLEDGED} s beside {SESSIONS} "
                     "sessions")
        collector.stop()
        for path in collector.logs(95):
            os.unlink(path)
        begin = time.monotonic()
        collector.start()
        is_heard(attack, board, f"{case}: the board is acknowledged after a restart")
        took = time.monotonic() - begin
        back = copies(collector, 95)
        send(collector, *packets * 3)
        time.sleep(1.5)
        files, size = collector.used()
        attack.check(size < DATABASES, f"{case}: {SESSIONS} sessions take at most {DATABASES >> 20} MiB on the disk",
                     f"{size} bytes in {files} files")
    found = copies(collector, 95)
    attack.check(found == back, f"{case}: a replayed chunk is not taken after them", f"{back} before, {found} after")
    attack.check(not whole(board), f"{case}: the board's log is whole", whole(board))


def keys_stream(attack, case):
    """Another key uses a board's stream number first, and goes on with it."""
    collector, key, other, _ = start(attack, case)
    with collector:
        board = Board(collector, "victim", key=key)
        session = seal.Session(other)
        send(collector, *(session.seal(wire.chunk(board.stream, n, wire.hello("mallory") + wire.number(wire.SENT, 0)))
                          for n in (*range(20), 1000, 2**32 - 2)))
        took = acknowledged([board], ACKNOWLEDGED)
        attack.check(took is not None, f"{case}: a board whose stream number another key used is acknowledged")
        send(collector, session.seal(wire.chunk(board.stream, 30, wire.number(wire.LAST, 1))))
        is_heard(attack, board, f"{case}: the board is acknowledged on and on")
        collector.restart()
        send(collector, session.seal(wire.chunk(board.stream, 31, wire.hello("mallory") + wire.number(wire.SENT, 9))))
        is_heard(attack, board, f"{case}: the board is acknowledged after a restart")
    attack.check(not whole(board), f"{case}: the board's log is whole", whole(board))


def keys_forged(attack, case):
    """What no key sealed, or a key sealed and somebody changed, costs little and is not stored."""
    collector, key, _, _ = start(attack, case)
    with collector:
        board = Board(collector, "victim", key=key)
        acknowledged([board], 5)
        packet = board.session.seal(forge.full_stream(92, "victim", "changed"))
        changed = [packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1:] for at in range(len(packet))]
        clear = forge.full_stream(93, "victim", "clear")
        cut = [packet[:at] for at in range(0, len(packet), 3)]
        big = seal.header(key, bytes(16), 1, 60000) + bytes(60000)
        before = collector.settle()
        send(collector, *changed, *cut, clear, *[big] * 100)
        took = collector.settle() - before
        attack.check(took < 0.5, f"{case}: forged packets cost at most 0.5 s of CPU", f"{took:.2f} s")
        is_heard(attack, board, f"{case}: the board is acknowledged beside")
    # A changed packet may still be a valid one behind the change; the whole one never came.
    attack.check(not collector.logs(92) and not collector.logs(93), f"{case}: nothing that was changed is stored",
                 collector.logs(92) + collector.logs(93))
    attack.check(not whole(board), f"{case}: the board's log is whole", whole(board))
