# SPDX-License-Identifier: GPL-2.0-or-later
"""Thousands of forged streams from one sender."""
import os
import socket
import time

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector

FILES_A_SECOND = 256  # logs of forged streams
FILES_BESIDE = 40  # of the collector's own and of honest boards
ACKNOWLEDGED = 5  # seconds
PACE = 4000  # datagrams a second
KEEP = 4 << 20  # bytes of all logs, where one board sends twice as much


def send(collector, packets):
    """Datagrams at PACE; returns the seconds that took."""
    begin = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i, packet in enumerate(packets):
            s.sendto(packet, ("127.0.0.1", collector.udp))
            if i % 40 == 39:
                time.sleep(max(0, begin + i / PACE - time.monotonic()))
    return time.monotonic() - begin


def flood(attack, case, what, packets, files_a_second):
    """A board that was there before and a new one are acknowledged; files are bounded."""
    with Collector(attack, case) as collector:
        before = Board(collector, "before")
        acknowledged([before], 5)
        took = send(collector, packets)
        after, other = Board(collector, "after"), Board(collector, "other", "tcp")
        before.add_samples()
        begin = time.monotonic()
        waited = acknowledged([after], 60)
        attack.check(waited is not None and waited <= ACKNOWLEDGED,
                     f"{case}: a new board is acknowledged within {ACKNOWLEDGED} s after {what}", f"{waited} s")
        waited = acknowledged([before, other], ACKNOWLEDGED)
        attack.check(waited is not None, f"{case}: an earlier board and one by TCP are, too")
        took += time.monotonic() - begin
        collector.stop()
    bound = FILES_BESIDE + int(files_a_second * (took + 2))
    files, size = collector.used()
    attack.check(files <= bound, f"{case}: {what} leave at most {files_a_second} files a second",
                 f"{files} files, {size} bytes after {took:.1f} s")
    bad = "; ".join(filter(None, map(whole, (before, after, other))))
    attack.check(not bad, f"{case}: the boards' logs are whole", bad)


def streams_empty(attack, case):
    """8192 streams that only say whose they are make no file."""
    flood(attack, case, "8192 streams of a HELLO",
          [forge.empty_stream(100000 + i, f"x{i}") for i in range(8192)], 0)


def streams_full(attack, case):
    """8192 streams with a sample each."""
    flood(attack, case, "8192 streams with samples",
          [forge.full_stream(200000 + i, f"y{i}") for i in range(8192)], FILES_A_SECOND)


def streams_many(attack, case):
    """20,000 streams: of one board, and without a HELLO."""
    flood(attack, case, "20,000 streams of one board, or of none",
          [forge.empty_stream(300000 + i, "z", f"boot-{i}") if i % 2 else
           wire.chunk(300000 + i, 5, wire.number(wire.SENT, 0)) for i in range(20000)],
          FILES_A_SECOND)


def crowded_out(attack, case):
    """A board that sends more than all that may be kept takes the room of its own logs, not of others'."""
    with Collector(attack, case, options=["--keep", str(KEEP)]) as collector:
        board = Board(collector, "small")
        acknowledged([board], 5)
        filler = wire.data(15, bytes(50000))
        begin = wire.thread("greedy") + wire.kernel_stacks(0, [[0x1000]]) + wire.samples(0, 10**6, [0])
        for i in range(2 * KEEP // 50000):
            send(collector, [wire.chunk(900000 + i // 8, i % 8, (wire.hello("greedy") + wire.clock() + begin if i % 8 == 0
                                                                 else b"") + filler + wire.number(wire.SENT, 1))])
            time.sleep(0.02)
        board.add_samples()
        took = acknowledged([board], 5)
        attack.check(took is not None, f"{case}: a small board is acknowledged beside a greedy one")
        time.sleep(2)
    size = sum(map(os.path.getsize, collector.logs()))
    attack.check(KEEP // 2 < size <= KEEP, f"{case}: logs take as much as may be kept", f"{size} bytes of {KEEP}")
    attack.check(not whole(board), f"{case}: the small board's log is whole", whole(board))


def crowded_many(attack, case):
    """Thousands of boards with a small log each do not push out one that sends all the time."""
    with Collector(attack, case, options=["--keep", str(KEEP)]) as collector:
        board = Board(collector, "steady")
        acknowledged([board], 5)
        late = []
        for turn in range(12):
            begin = time.monotonic()
            send(collector, [forge.full_stream(950000 + 250 * turn + i, f"many-{turn}-{i}") for i in range(250)])
            board.add_samples(300)
            took = acknowledged([board], 5)
            if took is None:
                late.append(turn)
            time.sleep(max(0, begin + 1 - time.monotonic()))
        attack.check(not late, f"{case}: a steady board is acknowledged beside 3000 others", late)
        time.sleep(1)
    attack.check(not whole(board), f"{case}: the steady board's log is whole", whole(board))
