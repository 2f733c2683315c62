# SPDX-License-Identifier: GPL-2.0-or-later
"""Honest boards: each sends a small log, again until acknowledged, and knows what the collector must have of it."""
import os
import random
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import seal  # pylint: disable=wrong-import-position
import wire  # pylint: disable=wrong-import-position
from collector import Stopwatch, encoded

AGAIN = 0.7  # seconds until what is not acknowledged is sent again
CHANCE = random.SystemRandom()


class Board:
    """A board with one stream. link: "udp", "tcp", or the descriptor of a serial line."""

    def __init__(self, collector, name, link="udp", key=None, boot="boot"):
        self.collector, self.name, self.link = collector, name, link
        self.stream = CHANCE.randrange(1, 2**32)
        self.session = seal.Session(key) if key else None
        self.sequence, self.samples, self.mark = 0, 0, f"own-{name}"[:15]
        self.sent, self.unsure = {}, {}  # chunks by sequence: all, and those that are not acknowledged
        self.socket, self.input, self.due = None, b"", 0.0
        self.add(wire.hello(name, boot) + wire.clock() + wire.thread(self.mark)
                 + wire.kernel_stacks(0, [[0x1000 * (s + 1) + 16 * f for f in range(12)] for s in range(8)]))
        for _ in range(6):
            self.add_samples()

    def add(self, payload):
        """Makes the next chunk of this payload."""
        self.sent[self.sequence] = self.unsure[self.sequence] = wire.chunk(
            self.stream, self.sequence, payload + wire.number(wire.SENT, self.samples), wire.LISTENS)
        self.sequence += 1
        self.due = 0.0

    def add_samples(self, n=20):
        """Makes the next chunk, of n samples."""
        stacks = [CHANCE.randrange(8) for _ in range(n)]
        self.samples += n
        self.add(wire.samples(CHANCE.randrange(4), 10**6 + self.samples, stacks))

    def open(self):
        """Connects."""
        if self.link == "udp":
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(("127.0.0.1", self.collector.udp))
        elif self.link == "tcp":
            self.socket = socket.create_connection(("127.0.0.1", self.collector.tcp), 2)
        if self.socket:
            self.socket.setblocking(False)

    def close(self):
        """Hangs up."""
        if self.socket:
            self.socket.close()
        self.socket, self.input = None, b""

    def packet(self, chunk):
        return self.session.seal(chunk) if self.session else chunk

    def send(self):
        """Sends what is not acknowledged."""
        try:
            if self.link == "udp" or self.link == "tcp":
                if not self.socket:
                    self.open()
                for chunk in list(self.unsure.values()):
                    self.socket.send(self.packet(chunk))
            else:
                for chunk in list(self.unsure.values()):
                    os.write(self.link, wire.frame(self.packet(chunk)))
        except BlockingIOError:
            pass
        except OSError:
            self.close()
        self.due = time.monotonic() + AGAIN

    def read(self):
        """Takes what came."""
        try:
            if self.link == "udp":
                while True:
                    self.heard(self.socket.recv(65536))
            data = self.socket.recv(65536) if self.link == "tcp" else os.read(self.link, 65536)
            if not data:
                self.close()
                return
            self.input = (self.input + data)[-65536:]
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if self.link == "tcp":
            self.packets()
        else:
            *frames, self.input = self.input.split(b"\0")
            for body in frames:
                self.heard(wire.unframe(body))

    def packets(self):
        """Takes whole packets off a stream's input."""
        while len(self.input) >= 24:
            sealed = self.input.startswith(seal.MAGIC)
            at = 8 if sealed else 16
            n = int.from_bytes(self.input[at:at + 4], "little") + (seal.HEADER if sealed else wire.HEADER)
            if n > len(self.input):
                return
            self.heard(self.input[:n])
            self.input = self.input[n:]

    def heard(self, packet):
        """Takes an acknowledgement that this board can trust."""
        if self.session:
            packet = seal.unseal(self.session.key, packet)
        for stream, base, flags, bits in wire.chunks(packet):
            if stream != self.stream or not flags & wire.ACK:
                continue
            for n in list(self.unsure):
                if n < base or (n - base < 8 * len(bits) and bits[(n - base) // 8] >> (n - base) % 8 & 1):
                    del self.unsure[n]

    def fd(self):
        """The descriptor to wait for, or None."""
        if isinstance(self.link, int):
            return self.link
        return self.socket.fileno() if self.socket else None


def acknowledged(boards, within):
    """Lets boards send until all is acknowledged; returns the seconds that took, or None after `within` seconds, as a
    Stopwatch counts them."""
    watch = Stopwatch(boards[0].collector)
    while True:
        now = time.monotonic()
        for b in boards:
            if b.unsure and now >= b.due:
                b.send()
        if not any(b.unsure for b in boards):
            return watch.passed()
        if watch.passed() > within:
            return None
        poll = select.poll()
        for b in boards:
            if b.fd() is not None:
                poll.register(b.fd(), select.POLLIN)
        readable = dict(poll.poll(50))
        for b in boards:
            if b.fd() in readable:
                b.read()


def folded(tool, out, paths, options=()):
    """The lines of a report of these logs, or what went wrong as text."""
    done = subprocess.run([tool, "report", "--format", "folded", "-o", out, *options, *paths], capture_output=True,
                          check=False, timeout=60)
    if done.returncode:
        return f"report: exit status {done.returncode}, {done.stderr[-200:]!r}"
    with open(out, "rb") as lines:
        return sorted(lines)


def whole(board):
    """What the collector lacks of a board's log, once it has ended; "": nothing."""
    collector = board.collector
    out = collector.attack.folder(f"{collector.name}/compare")
    # Another board may use the same number for a stream of its own.
    paths = [p for p in collector.logs(board.stream) if not os.path.isdir(f"{collector.dir}/boards")
             or os.path.dirname(p) == f"{collector.dir}/boards/{encoded(os.fsencode(board.name))}"]
    if not paths:
        return f"{board.name!r} has no log"
    with open(f"{out}/sent.ember", "wb") as log:
        log.write(b"".join(board.sent.values()))
    has = set()
    for path in paths:
        with open(path, "rb") as log:
            has.update(n for stream, n, flags, _ in wire.chunks(log.read())
                       if stream == board.stream and not flags & wire.NOTE)
    if has != set(board.sent):
        return f"{board.name!r} lacks chunks {sorted(set(board.sent) - has)}, has {sorted(has - set(board.sent))} besides"
    sent = folded(collector.attack.tool, f"{out}/a", [f"{out}/sent.ember"])
    kept = folded(collector.attack.tool, f"{out}/b", paths)
    if sent != kept or not isinstance(kept, list):
        return f"{board.name!r}: report has {str(kept)[:200]}, not {str(sent)[:200]}"
    return ""
