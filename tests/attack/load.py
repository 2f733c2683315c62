# SPDX-License-Identifier: GPL-2.0-or-later
"""Boards of tests/boards/boards.c while the collector is killed, or gets signals."""
import os
import random
import signal
import subprocess
import sys
import time

import wire
from board import Board, acknowledged, folded, whole
from collector import Collector, END_SECONDS, encoded

BOARDS = 20
SECONDS = 8


def stream_of(path):
    """The stream of a log."""
    with open(path, "rb") as log:
        return int.from_bytes(log.read(12)[8:], "little")


def numbers(paths):
    """{(stream, sequence)} of the chunks of logs."""
    found = set()
    for path in paths:
        with open(path, "rb") as log:
            found.update((s, n) for s, n, flags, _ in wire.chunks(log.read()) if not flags & wire.NOTE)
    return found


class Load:
    """Simulated boards, each of which keeps what it sent in OUT/kept."""

    def __init__(self, attack, collector, out, seconds, boards=BOARDS, keys=None):
        self.attack, self.collector, self.nr = attack, collector, boards
        self.kept = attack.folder(f"{out}/kept")
        self.said = open(f"{self.kept}/../boards", "w+b")
        self.process = subprocess.Popen(
            [attack.boards, f"udp://127.0.0.1:{collector.udp}", str(boards), str(int(seconds)), self.kept,
             *([keys] if keys else [])], stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)

    def wait(self, seconds):
        """What is wrong once all is acknowledged, or has not been within `seconds`; "": nothing."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "none"
        self.said.seek(0)
        said = self.said.read().decode("utf-8", "replace")[-300:]
        self.said.close()
        return f"exit status {status}: {said}" if status else ""

    def compare(self, place=True):
        """What differs between the boards' own logs and the collector's; place: each must be in its board's folder."""
        out = os.path.dirname(self.kept)
        wrong = []
        for n in range(self.nr):
            kept = f"{self.kept}/board-{n}.ember"
            logs = self.collector.logs(stream_of(kept))
            folder = f"{self.collector.dir}/boards/{encoded(f'board-{n}'.encode())}"
            if place and {os.path.dirname(p) for p in logs} - {folder}:
                wrong.append(f"board-{n} has {logs}")
            if not logs:
                wrong.append(f"board-{n} has no log")
                continue
            a, b = folded(self.attack.tool, f"{out}/a", [kept]), folded(self.attack.tool, f"{out}/b", logs)
            if a != b or not isinstance(a, list):
                has, sent = numbers(logs), numbers([kept])
                wrong.append(f"board-{n}: reports differ, {len(sent - has)} chunks are lost, "
                             f"{len(has - sent)} foreign: {logs}")
        return "; ".join(wrong)


def killed(attack, case):
    """SIGKILL three times, and nothing that was acknowledged is lost."""
    with Collector(attack, case) as collector:
        load = Load(attack, collector, case, SECONDS)
        for _ in range(3):
            time.sleep(SECONDS / 4)
            collector.kill()
            time.sleep(0.3)
            collector.start()
        bad = load.wait(SECONDS + 70)
        attack.check(not bad, f"{case}: {BOARDS} boards are acknowledged although the collector is killed", bad)
    bad = load.compare(place=False)
    attack.check(not bad, f"{case}: nothing that was acknowledged is lost", bad)


def signals(attack, case):
    """A storm of signals that mean nothing, and many SIGTERMs at once."""
    with Collector(attack, case) as collector:
        load = Load(attack, collector, case, 4, 5)
        chance, until = random.Random(attack.seed), time.monotonic() + 4
        while time.monotonic() < until and collector.alive():
            for _ in range(20):
                collector.process.send_signal(chance.choice(
                    (signal.SIGWINCH, signal.SIGCONT, signal.SIGURG, signal.SIGCHLD, signal.SIGPIPE)))
            time.sleep(0.004)
        bad = load.wait(60)
        attack.check(not bad, f"{case}: boards are acknowledged in a storm of signals", bad)
        board = Board(collector, "last")
        took = acknowledged([board], 3)
        attack.check(took is not None, f"{case}: another board is, too")
    bad = load.compare(place=False) or whole(board)
    attack.check(not bad, f"{case}: logs are whole", bad)


FLOOD = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
until = time.monotonic() + 15
while time.monotonic() < until:
    try:
        s.send(b"flood")
    except OSError:
        pass
    time.sleep(float(sys.argv[2]))
"""


def flooded_end(attack, case):
    """SIGTERM while there is always a datagram to read: signals are heard whatever the descriptors do."""
    took = []
    with Collector(attack, case) as collector:
        board = Board(collector, "before")
        acknowledged([board], 5)
        for pause in ("0.001", "0.001", "0.001", "0"):
            with subprocess.Popen([sys.executable, "-c", FLOOD, str(collector.udp), pause]) as flood:
                time.sleep(1)
                took.append(collector.stop())
                flood.terminate()
            collector.start()
        attack.check(max(took) <= END_SECONDS, f"{case}: SIGTERM in a flood of datagrams ends the collector within "
                     f"{END_SECONDS} s", took)
        board.add_samples()
        attack.check(acknowledged([board], 5) is not None, f"{case}: a board is acknowledged afterwards")
    attack.check(not whole(board), f"{case}: the log is whole", whole(board))
