# SPDX-License-Identifier: GPL-2.0-or-later
"""A serial line of a guest: bytes between QEMU and a terminal, at the line's rate.

usage: line.py SOCKET TTY [BAUD [ONE_IN]]
SOCKET is made for QEMU to connect to, TTY becomes a link to the other end. BAUD: no
more a second either way, ten bits a byte. ONE_IN: one byte in so many is spoiled.
"""
import os
import pty
import random
import select
import socket
import sys
import time
import tty


class Way:
    """One direction: what waits, and what the rate allows."""

    def __init__(self, rate, one_in):
        self.waiting = b""
        self.rate, self.one_in = rate, one_in
        self.chance = random.Random(1)
        self.allowed, self.then = 0.0, time.monotonic()

    def take(self, data):
        if self.one_in:
            data = bytes(b ^ 1 << self.chance.randrange(8) if self.chance.randrange(self.one_in) == 0
                         else b for b in data)
        self.waiting += data

    def give(self, put):
        now = time.monotonic()
        if self.rate:
            # A line that was quiet has saved up nothing.
            self.allowed = min(self.allowed + (now - self.then) * self.rate, self.rate / 20 + 1)
            n = int(self.allowed)
        else:
            n = len(self.waiting)
        self.then = now
        if not self.waiting or not n:
            return
        try:
            done = put(self.waiting[:n])
        except BlockingIOError:
            return
        self.allowed -= done
        self.waiting = self.waiting[done:]


def main():
    path, link = sys.argv[1:3]
    rate = int(sys.argv[3]) / 10 if len(sys.argv) > 3 else 0
    one_in = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    os.symlink(os.ttyname(slave), link)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    guest = server.accept()[0]
    guest.setblocking(False)
    up, down = Way(rate, one_in), Way(rate, 0)
    while True:
        # QEMU holds back what isn't read: its guest's driver waits as for a real line.
        reads = ([guest] if len(up.waiting) < 64 else []) + ([master] if len(down.waiting) < 64 else [])
        select.select(reads, [], [], 0.01 if up.waiting or down.waiting else 1)
        if len(up.waiting) < 64:
            try:
                data = guest.recv(64)
                if not data:
                    return
                up.take(data)
            except BlockingIOError:
                pass
        if len(down.waiting) < 64:
            try:
                down.take(os.read(master, 64))
            except BlockingIOError:
                pass
        up.give(lambda data: os.write(master, data))
        down.give(guest.send)


main()
