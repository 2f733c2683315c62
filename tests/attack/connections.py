# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP connections that say nothing, little, nonsense, or never listen."""
import os
import socket
import threading
import time

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector

NOFILE = 1024  # descriptors of the collector
CROWD = 1100  # connections
ACKNOWLEDGED = 5  # seconds
IDLE_SHARE = 0.2  # of a CPU


def crowd(collector, n=CROWD, begin=b""):
    """n connections that stay; fewer, if the collector takes no more. Each sends `begin`."""
    held = []
    until = time.monotonic() + 15
    while len(held) < n and time.monotonic() < until:
        s = socket.socket()
        s.setblocking(False)
        try:
            s.connect(("127.0.0.1", collector.tcp))
        except BlockingIOError:
            pass
        except OSError:
            s.close()
            break
        held.append(s)
        if len(held) % 50 == 0:
            time.sleep(0.02)
    time.sleep(0.2)
    for s in held if begin else []:
        try:
            s.send(begin)
        except OSError:
            pass
    return held


def served(attack, collector, case, what):
    """Honest boards that come now are acknowledged; returns them."""
    boards = [Board(collector, "by-tcp", "tcp"), Board(collector, "by-udp")]
    for b in boards:
        took = acknowledged([b], ACKNOWLEDGED)
        attack.check(took is not None, f"{case}: board {b.name} is acknowledged within {ACKNOWLEDGED} s beside {what}")
    return boards


def ended(attack, case, boards):
    """Their logs are whole."""
    bad = "; ".join(filter(None, map(whole, boards)))
    attack.check(not bad, f"{case}: the boards' logs are whole", bad)


def silent(attack, case):
    """1100 connections without a byte."""
    with Collector(attack, case, nofile=NOFILE) as collector:
        early = [Board(collector, "early-tcp", "tcp"), Board(collector, "early-udp")]
        acknowledged(early, 5)
        held = crowd(collector)
        time.sleep(1)
        share = collector.share(2)
        attack.check(share < IDLE_SHARE, f"{case}: {CROWD} silent connections take less than {IDLE_SHARE:.0%} of a CPU",
                     f"{share:.0%}")
        boards = served(attack, collector, case, f"{CROWD} silent connections")
        for b in early:
            b.add_samples()
        attack.check(acknowledged(early, ACKNOWLEDGED) is not None,
                     f"{case}: boards that were there before are still acknowledged")
        collector.stop()
        for s in held:
            s.close()
    ended(attack, case, early + boards)


def half_open(attack, case):
    """1100 connections with half a header, or with a header whose payload never comes."""
    for what, begin in (("half a header", wire.MAGIC + b"\1\0"), ("a header alone", forge.unclosed(forge.CHUNK_MAX)),
                        ("a chunk but for its last byte", wire.chunk(9, 0, bytes(60000))[:-1])):
        with Collector(attack, f"{case}/{what.split()[-1]}", nofile=NOFILE) as collector:
            held = crowd(collector, begin=begin)
            time.sleep(2)
            boards = served(attack, collector, case, f"{CROWD} connections with {what}")
            collector.stop()
            for s in held:
                s.close()
        ended(attack, case, boards)


def slow(attack, case):
    """1000 connections of which each sends a byte of a large chunk every 100 ms."""
    done = threading.Event()
    begin = forge.unclosed(forge.CHUNK_MAX)

    def drip(held):
        at = 0
        while not done.wait(0.1):
            for s in held:
                try:
                    s.send(begin[at:at + 1] or b"x")
                except OSError:
                    pass
            at += 1
    with Collector(attack, case, nofile=NOFILE) as collector:
        held = crowd(collector, 1000)
        thread = threading.Thread(target=drip, args=(held,))
        thread.start()
        try:
            time.sleep(3)
            boards = served(attack, collector, case, "1000 connections with a byte each 100 ms")
            collector.stop()
        finally:
            done.set()
            thread.join()
            for s in held:
                s.close()
    ended(attack, case, boards)


def garbage(attack, case):
    """20 connections that send 4 MB/s together of noise with beginnings of headers in it, without an end."""
    done = threading.Event()
    noise = (os.urandom(3000) + forge.nested_headers(480) + wire.MAGIC + os.urandom(512)) * 4

    def flood(collector):
        held = []
        while not done.wait(0.08):
            for i in range(20):
                if i == len(held):
                    s = socket.socket()
                    s.settimeout(1)
                    held.append(s)
                    try:
                        s.connect(("127.0.0.1", collector.tcp))
                        s.setblocking(False)
                    except OSError:
                        pass
                try:
                    held[i].send(noise)
                except BlockingIOError:
                    pass
                except OSError:
                    held.pop(i).close()
                    break
        for s in held:
            s.close()
    with Collector(attack, case) as collector:
        thread = threading.Thread(target=flood, args=(collector,))
        thread.start()
        try:
            time.sleep(1)
            share = collector.share(2)
            attack.check(share < 0.6, f"{case}: 4 MB/s of noise take less than 60% of a CPU", f"{share:.0%}")
            boards = served(attack, collector, case, "endless noise")
            collector.stop()
        finally:
            done.set()
            thread.join()
    ended(attack, case, boards)


def deaf(attack, case):
    """Connections that ask for acknowledgements of many streams and never read them."""
    held = []
    with Collector(attack, case) as collector:
        for i in range(20):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            s.settimeout(2)
            held.append(s)
            try:
                s.connect(("127.0.0.1", collector.tcp))
                s.setblocking(False)
            except OSError:
                pass
        for turn in range(8):
            for i, s in enumerate(held):
                try:
                    # Chunks far apart: acknowledgements of 128 bytes of bits each.
                    s.send(b"".join(wire.chunk(1000 + 50 * i + n, 1020 * (turn % 2), wire.hello(f"deaf-{i}-{n}")
                                               + wire.number(wire.SENT, 0), wire.LISTENS) for n in range(50)))
                except OSError:
                    pass
            time.sleep(0.5)
        boards = served(attack, collector, case, "20 connections that never read")
        collector.stop()
        for s in held:
            s.close()
    ended(attack, case, boards)
