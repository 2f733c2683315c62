# SPDX-License-Identifier: GPL-2.0-or-later
"""Boards whose ids are no names for files, or are those of the collector's own."""
import concurrent.futures
import os
import socket
import subprocess
import time

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector, encoded

NAMES = [b"index.db-journal", b"index.db", b"index.db-wal", b"index.db-shm", b"state.db", b"state.db-wal",
         b"sessions.db", b"sessions.db-journal", b".lock", b"boards", b"unknown", b"..", b".", b"../x", b"-rf", b"a/b",
         b"/etc/passwd", b"\x1b]0;owned\x07", b"\n", b"%", b"%41", b"A", b"", b"\xff" * 63, b"x" * 63,
         b"lost+found", b"a.ember", "\N{RIGHT-TO-LEFT OVERRIDE}gpj".encode(), b"CON", b"a b", b"*", b"\r\x1b[2Kall is well"]
AT_ONCE = 6
PLAIN = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+-%")


def misplaced(collector):
    """What lies below DIR and should not; "": nothing."""
    root = os.fsencode(collector.dir)
    for folder, folders, files in os.walk(root):
        at = os.path.relpath(folder, root)
        board = at.startswith(b"boards/") and at.count(b"/") == 1
        for name in files:
            if name.endswith(b".ember") != (board or at == b"unknown") or at == b"boards":
                return f"file {os.path.join(at, name)!r}"
        for name in folders:
            if not (name in (b"boards", b"unknown") if at == b"." else at == b"boards" and set(name) <= PLAIN):
                return f"folder {os.path.join(at, name)!r}"
    return ""


def says(collector, stream, name, boot="boot"):
    """A board of any id sends a whole small stream."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(forge.full_stream(stream, name, "named", boot), ("127.0.0.1", collector.udp))


def outcome(attack, case, name):
    """What goes wrong with one id, as a list of texts."""
    wrong = []
    key = encoded(name)[:40].replace("%", "_")
    collector = Collector(attack, f"{case}/{NAMES.index(name):02d}-{key}")
    good = Board(collector, "good")
    says(collector, 7, name)
    # The same id booted in two places at once: the collector has something to say about it.
    for turn in range(8):
        says(collector, 100 + turn % 2, name, f"boot-{turn % 2}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(wire.chunk(100 + turn % 2, 1 + turn, wire.number(wire.SENT, 1), wire.LISTENS),
                     ("127.0.0.1", collector.udp))
    if acknowledged([good], 5) is None:
        wrong.append("the other board is not acknowledged")
    time.sleep(1.2)
    collector.stop()
    done = subprocess.run([attack.tool, "collect", "-o", collector.dir, "--reindex"], capture_output=True, check=False,
                          timeout=60)
    if done.returncode:
        wrong.append(f"--reindex: exit status {done.returncode}, {done.stderr[-200:]!r}")
    collector.start()
    if collector.alive():
        good.add_samples()
        if acknowledged([good], 5) is None:
            wrong.append("the other board is not acknowledged after a restart")
        collector.stop()
    wrong += collector.wrong + [collector.printed_badly(), whole(good), misplaced(collector)]
    place = os.path.join(os.fsencode(collector.dir), b"boards", encoded(name).encode())
    if not os.path.isdir(place):
        wrong.append(f"no folder boards/{encoded(name)}")
    for command in (["report", "--format", "table", collector.dir], ["status", collector.dir]):
        done = subprocess.run([attack.tool, *command], capture_output=True, check=False, timeout=60)
        printed = done.stdout + done.stderr
        if {b for b in printed if (b < 32 and b != 10) or b == 127}:
            wrong.append(f"{command[0]} prints control characters: {printed[:200]!r}")
    return list(filter(None, wrong))


def names(attack, case):
    """Each id alone, with a good board beside it, a restart and --reindex."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, wrong in zip(NAMES, pool.map(lambda name: outcome(attack, case, name), NAMES)):
            attack.check(not wrong, f"{case}: a board called {ascii(name)[2:-1]} is a board as others are",
                         "\n".join(wrong))


def names_printed(attack, case):
    """All ids in one folder: no two share a place; reports and the index still work."""
    with Collector(attack, case) as collector:
        for stream, name in enumerate(NAMES):
            says(collector, 200 + stream, name)
        acknowledged([Board(collector, "good")], 5)
        time.sleep(1)
        collector.restart()
    held = {}
    for path in collector.logs():
        with open(path, "rb") as log:
            for stream, _, _, _ in wire.chunks(log.read()):
                held.setdefault(os.path.dirname(path), set()).add(stream)
    shared = {os.path.relpath(k, collector.dir): v for k, v in held.items() if len(v) > 1}
    attack.check(not shared, f"{case}: no two ids share a folder", shared)
    attack.check(len(held) == len(NAMES) + 1, f"{case}: each of {len(NAMES) + 1} boards has a log", sorted(held))
    attack.check(not misplaced(collector), f"{case}: all logs lie below boards/ and unknown/", misplaced(collector))


def names_mapped(attack, case):
    """--names gives a board a folder's name that another board has for an id: they share nothing."""
    path = attack.folder(case) + "/names"
    with open(path, "w", encoding="ascii") as lines:
        lines.write("00:11:22 kitchen\n00:11:33 cellar\n")
    os.chmod(path, 0o644)
    with Collector(attack, case, options=["--names", path]) as collector:
        for stream, name in enumerate(("00:11:22", "kitchen", "cellar", "00:11:33")):
            says(collector, 300 + stream, name)
        acknowledged([Board(collector, "good")], 5)
        time.sleep(1)
    places = {}
    for path in collector.logs():
        places.setdefault(os.path.dirname(path), []).append(os.path.basename(path).split("-")[1])
    shared = {os.path.relpath(k, collector.dir): v for k, v in places.items() if len(v) > 1}
    attack.check(not shared and len(places) == 5, f"{case}: a board called as another's folder shares nothing with it",
                 f"{places}")
