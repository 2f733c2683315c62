# SPDX-License-Identifier: GPL-2.0-or-later
"""A hostile peer. usage: hostile.py UDP TCP LINE SECONDS SEED RATE BOARDS [KEY]

Sends RATE packets a second, of every kind that the cases have, to the ports UDP and TCP of this machine and to the
descriptor LINE of a serial line (-1: none), until SIGTERM or for SECONDS. KEY: 64 digits of a valid key, by which it
seals most packets, and tries to pass for one of BOARDS boards called board-N. Prints packets and bytes.
"""
import os
import random
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import forge  # pylint: disable=wrong-import-position
import keys  # pylint: disable=wrong-import-position
import names  # pylint: disable=wrong-import-position
import seal  # pylint: disable=wrong-import-position
import wire  # pylint: disable=wrong-import-position

CONNECTIONS = 200
LARGE = 65000


class Hostile:
    """What it has sent, and with what."""

    def __init__(self, udp, tcp, line, seed, boards, key):
        self.tcp, self.line, self.boards, self.key = tcp, line, boards, key
        self.chance = random.Random(seed)
        self.session = seal.Session(key, self.chance.randbytes(16)) if key else None
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.connect(("127.0.0.1", udp))
        self.datagrams.setblocking(False)
        self.held, self.dripping, self.seen = [], [], [b"first"]
        self.packets = self.bytes = 0
        bombs = [list(forge.bomb(900 + i, 6, board=f"bomb-{i}")) for i in range(4)]
        self.bombs = [packet for bomb in bombs for packet in bomb]
        self.cached = ([forge.inflating(920 + i % 3, i) for i in range(30)]
                       + [forge.badly_deflated(930 + i % 3, i, i % 4) for i in range(30)]
                       + [forge.valid_chunks(n) for n in (1000, 9000)])
        kinds = ((6, self.false_headers), (10, self.bomb), (12, self.named), (25, self.new_stream),
                 (15, self.known_stream), (12, self.from_cache), (8, self.foreign), (4, self.odd_size),
                 (8, self.broken), (6, self.replayed),
                 (10 if key else 1, self.disguised))
        self.kinds = [kind for weight, kind in kinds for _ in range(weight)]

    def name(self):
        """An id; with keys also those of the honest boards."""
        c = self.chance
        if self.key and c.random() < 0.3:
            return f"board-{c.randrange(self.boards)}"
        return c.choice((c.choice(names.NAMES), f"h-{c.randrange(10**6)}", c.randbytes(c.randint(0, 70))))

    def stream(self):
        return self.chance.getrandbits(32)

    def false_headers(self):
        n = self.chance.choice((100, 1000, 1000, LARGE))
        return self.chance.choice((forge.nested_headers, forge.nested_seals, forge.near_magics))(n)

    def bomb(self):
        return self.chance.choice(self.bombs)

    def named(self):
        return forge.full_stream(self.stream(), self.name(), "forged", f"boot-{self.chance.randrange(9)}")

    def new_stream(self):
        make = self.chance.choice((forge.empty_stream, forge.empty_stream, forge.full_stream))
        return make(self.stream(), f"h-{self.chance.randrange(10**6)}")

    def known_stream(self):
        c = self.chance
        payload = c.choice((b"", wire.hello(f"k-{c.randrange(50)}"), wire.samples(0, 10**6, [c.randrange(9)] * 9)))
        return wire.chunk(1000 + c.randrange(50), c.choice((c.randrange(3000), c.getrandbits(32))), payload
                          + wire.number(wire.SENT, c.choice((c.randrange(10**5), 2**64 - 1))), wire.LISTENS)

    def from_cache(self):
        return self.chance.choice(self.cached)

    def foreign(self):
        c = self.chance
        return wire.chunk(self.stream(), c.randrange(9), wire.hello(self.name()) + wire.clock(c.getrandbits(64), 1),
                          c.choice((wire.ACK, wire.NOTE, c.randrange(256))), c.choice((1, 1, 2, 0, 255)))

    def odd_size(self):
        return self.chance.choice((b"", b"\xe5", wire.MAGIC, bytes(65507), self.chance.randbytes(2000)))

    def broken(self):
        return forge.torn(self.chance, self.chance.choice(self.kinds)())

    def replayed(self):
        return self.chance.choice(self.seen)

    def disguised(self):
        c = self.chance
        name = f"board-{c.randrange(self.boards)}" if self.key else "h-disguised"
        _, chunks = c.choice(list(keys.disguises(self.stream(), 0, "forged", name)))
        for chunk in chunks[1:]:
            self.send(self.sealed(chunk))
        return chunks[0]

    def sealed(self, packet):
        """Mostly sealed, if there is a key: rightly, or with a counter or a session of its own choice."""
        c = self.chance
        if not self.key or c.random() < 0.2 or len(packet) > 60000:
            return packet
        if c.random() < 0.9:
            return self.session.seal(packet)
        # Counters that its own session would not come back from are for others.
        return seal.seal(self.key, c.choice((c.randbytes(16), bytes(16))),
                         c.choice((2**64 - 2, 2**63, c.getrandbits(64), self.session.counter + 10**4, 0)), packet)

    def send(self, packet):
        """Over one of the links."""
        self.packets += 1
        way = self.chance.random()
        try:
            if way < 0.8:
                self.datagrams.send(packet)
            elif way < 0.9 or self.line < 0:
                self.by_connection(packet)
            else:
                os.write(self.line, wire.frame(packet[:2000]) if self.chance.random() < 0.9 else packet[:2000])
            self.bytes += len(packet)
        except OSError:
            pass

    def by_connection(self, packet):
        """Into a connection that stays, in parts at times; some are closed."""
        c = self.chance
        if len(self.held) < CONNECTIONS and c.random() < 0.3:
            s = socket.socket()
            s.setblocking(False)
            self.held.append(s)
            try:
                s.connect(("127.0.0.1", self.tcp))
            except BlockingIOError:
                pass
            return
        if not self.held:
            return
        i = c.randrange(len(self.held))
        try:
            self.held[i].send(packet if c.random() < 0.7 else packet[:c.randrange(len(packet) + 1)])
            if c.random() < 0.02:
                self.held.pop(i).close()
        except BlockingIOError:
            pass
        except OSError:
            self.held.pop(i).close()

    def run(self, seconds, rate):
        """Sends at the rate."""
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            while self.packets < (time.monotonic() - begin) * rate:
                packet = self.sealed(self.chance.choice(self.kinds)())
                if len(self.seen) < 200 or self.chance.random() < 0.05:
                    self.seen = self.seen[-199:] + [packet]
                self.send(packet)
            if self.line >= 0:
                try:
                    os.read(self.line, 65536)
                except OSError:
                    pass
            time.sleep(0.002)


def main():
    udp, tcp, line, seconds, seed, rate, boards = (int(float(a)) for a in sys.argv[1:8])
    if line >= 0:
        os.set_blocking(line, False)
    hostile = Hostile(udp, tcp, line, seed, boards, bytes.fromhex(sys.argv[8]) if len(sys.argv) > 8 else None)

    def stop(*_):
        raise SystemExit
    signal.signal(signal.SIGTERM, stop)
    try:
        hostile.run(seconds, rate)
    finally:
        print(hostile.packets, hostile.bytes, flush=True)


if __name__ == "__main__":
    main()
