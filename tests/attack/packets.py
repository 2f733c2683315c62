# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams of odd sizes, chunks that are not a board's to send, payloads that inflate."""
import socket
import time

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector

RATE = 2000  # inflating chunks a second
SECONDS = 5
SHARE = 0.6  # of a CPU
LARGEST = 65507  # bytes of a datagram


def beside(attack, collector, case, what):
    """A board beside is acknowledged."""
    board = Board(collector, "beside")
    took = acknowledged([board], 5)
    attack.check(took is not None, f"{case}: a board is acknowledged within 5 s beside {what}")
    return board


def sizes(attack, case):
    """Datagrams of no bytes, of few, and of as many as there can be."""
    with Collector(attack, case) as collector:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for turn in range(300):
                for n in (0, 1, 3, 4, 23, 24, 43, 44, LARGEST):
                    s.sendto((wire.MAGIC + bytes([1, 0, 24]) + bytes(LARGEST))[:n], ("127.0.0.1", collector.udp))
                    s.sendto(bytes(n), ("127.0.0.1", collector.udp))
                if turn % 10 == 9:
                    time.sleep(0.02)
        board = beside(attack, collector, case, "datagrams of 0 to 65,507 bytes")
        # The largest honest one, on the wire in one piece.
        large = wire.chunk(77, 0, wire.hello("large") + wire.number(wire.SENT, 0) + wire.data(15, bytes(LARGEST - 150)))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(large, ("127.0.0.1", collector.udp))
        share = collector.share(1)
        attack.check(share < 0.2, f"{case}: the collector is idle afterwards", f"{share:.0%} of a CPU")
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def foreign(attack, case):
    """Chunks of a later version, acknowledgements and notes, also for another board's stream."""
    with Collector(attack, case) as collector:
        board = beside(attack, collector, case, "what came before")
        payload = wire.hello("foreign") + wire.clock(1, 1) + wire.number(wire.SENT, 10**9)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for sequence in range(200):
                for stream in (board.stream, 78):
                    for flags, version in ((0, 2), (wire.LISTENS, 255), (wire.ACK, 1), (wire.NOTE, 1), (0, 0),
                                           (wire.NOTE | wire.LISTENS, 1), (wire.ACK | wire.NOTE, 1)):
                        s.sendto(wire.chunk(stream, sequence, payload, flags, version), ("127.0.0.1", collector.udp))
                time.sleep(0.001)
        board.add_samples()
        took = acknowledged([board], 5)
        attack.check(took is not None, f"{case}: a board whose stream they name is acknowledged")
    attack.check(not whole(board), f"{case}: that board's log is what it sent", whole(board))
    logs = [p for p in collector.logs() if p not in collector.logs(board.stream)]
    attack.check(not logs, f"{case}: none of them is stored", logs)


def inflating(attack, case):
    """2000 chunks a second of 150 bytes that inflate to 128 KiB, or badly."""
    kinds = (("of 128 KiB", lambda n: forge.inflating(500 + n % 4, n // 4)),
             ("with a HELLO and 128 KiB", lambda n: forge.inflating(600 + n, 0, wire.hello(f"i{n}"))),
             ("that are damaged", lambda n: forge.badly_deflated(700 + n % 4, n // 4, n % 4)))
    for turn, (what, make) in enumerate(kinds):
        packets = [make(n) for n in range(RATE)]
        with Collector(attack, f"{case}/{turn}") as collector:
            before, begin = collector.cpu(), time.monotonic()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                for n in range(SECONDS * RATE // 2):
                    s.sendto(packets[n % RATE], ("127.0.0.1", collector.udp))
                    if n % 20 == 19:
                        time.sleep(max(0, begin + n / RATE - time.monotonic()))
                board = beside(attack, collector, case, f"payloads {what}")
                seconds = time.monotonic() - begin
            share = (collector.cpu() - before) / seconds
            attack.check(share < SHARE, f"{case}: {RATE} payloads a second {what} take less than {SHARE:.0%} of a CPU",
                         f"{share:.0%}")
        attack.check(not whole(board), f"{case}: the log beside payloads {what} is whole", whole(board))
