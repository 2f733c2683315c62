# SPDX-License-Identifier: GPL-2.0-or-later
"""False headers: what searching them costs, over links and in a log."""
import os
import socket
import time

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector, measured

# CPU seconds for false headers: the larger of these.
LEAST = 0.5
TIMES = 10  # those for as many bytes of valid chunks
DATAGRAM = 65000
FAKES = (("nested headers", forge.nested_headers), ("short headers", forge.short_headers),
         ("sealed headers", forge.nested_seals), ("beginnings of headers", forge.near_magics))


def cost(collector, send, cap=20):
    """CPU seconds of the collector for what send() sends."""
    before = collector.settle()
    send()
    return collector.settle(cap) - before


def verdict(attack, collector, case, what, valid, false):
    """The CPU time is bounded, and a board beside is acknowledged."""
    bound = max(LEAST, TIMES * valid)
    attack.check(false <= bound, f"{case}: {what} cost at most {LEAST} s of CPU, or {TIMES} times as many valid bytes",
                 f"{false:.2f} s, valid ones {valid:.2f} s")
    board = Board(collector, "beside")
    took = acknowledged([board], 5)
    attack.check(took is not None, f"{case}: a board is acknowledged within 5 s after {what}")
    return board


def headers_udp(attack, case):
    """40 datagrams of 65,000 bytes."""
    def send(packet):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for _ in range(40):
                s.sendto(packet, ("127.0.0.1", collector.udp))
                time.sleep(0.01)
    boards = []
    for what, fake in FAKES:
        with Collector(attack, f"{case}/{what.split()[0]}") as collector:
            valid = cost(collector, lambda: send(wire.chunk(2, 0, wire.data(15, bytes(DATAGRAM - 30)))))
            false = cost(collector, lambda: send(fake(DATAGRAM)))
            boards.append(verdict(attack, collector, case, f"datagrams of false {what}", valid, false))
    attack.check(not any(map(whole, boards)), f"{case}: logs beside are whole", "; ".join(map(whole, boards)))


def tcp(collector, data, piece=None):
    """Sends over one connection, `piece` bytes at a time."""
    with socket.create_connection(("127.0.0.1", collector.tcp), 5) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(20)
        try:
            if not piece:
                s.sendall(data)
            for at in range(0, len(data) if piece else 0, piece or 1):
                s.sendall(data[at:at + piece])
                time.sleep(0.0001)
        except OSError:
            pass  # a collector may hang up
        time.sleep(0.3)


def headers_tcp(attack, case):
    """64 KB eight times in one connection: false, and valid."""
    boards = []
    for what, fake in FAKES:
        with Collector(attack, f"{case}/{what.split()[0]}") as collector:
            valid = cost(collector, lambda: tcp(collector, forge.valid_chunks(8 << 16)))
            false = cost(collector, lambda: tcp(collector, fake(1 << 16) * 8))
            boards.append(verdict(attack, collector, case, f"a connection's false {what}", valid, false))
    attack.check(not any(map(whole, boards)), f"{case}: logs beside are whole", "; ".join(map(whole, boards)))


def headers_bytewise(attack, case):
    """16 KB byte by byte: each byte may make the collector search again."""
    with Collector(attack, case) as collector:
        valid = cost(collector, lambda: tcp(collector, forge.valid_chunks(16000), 1))
        for what, fake in FAKES[:2]:
            false = cost(collector, lambda: tcp(collector, fake(16000), 1))
            board = verdict(attack, collector, case, f"false {what} byte by byte", valid, false)
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def report_cost(attack, path, out):
    """(CPU seconds, the report's lines)."""
    status, _, took = measured([attack.tool, "report", "--format", "folded", "-o", out, path], 60)
    if status:
        return took, f"exit status {status}"
    with open(out, "rb") as lines:
        return took, sorted(lines)


def headers_report(attack, case):
    """A log with 2 MB of false headers between its chunks."""
    folder = attack.folder(case)
    board = Board(None, "beside")
    begin, *rest = board.sent.values()
    with open(f"{folder}/valid.ember", "wb") as log:
        log.write(begin + forge.valid_chunks(2 << 20, board.stream + 1, 100000) + b"".join(rest))
    valid, right = report_cost(attack, f"{folder}/valid.ember", f"{folder}/right")
    for what, fake in FAKES:
        with open(f"{folder}/false.ember", "wb") as log:
            log.write(begin + fake(2 << 20) + b"".join(rest))
        false, lines = report_cost(attack, f"{folder}/false.ember", f"{folder}/lines")
        bound = max(LEAST, TIMES * valid)
        attack.check(false <= bound, f"{case}: false {what} in a log cost at most {LEAST} s, or {TIMES} "
                     "times valid bytes", f"{false:.2f} s, valid ones {valid:.2f} s")
        attack.check(lines == right and isinstance(right, list), f"{case}: the chunks around false {what} are read",
                     f"{str(lines)[:200]} instead of {str(right)[:200]}")
    os.unlink(f"{folder}/false.ember")
