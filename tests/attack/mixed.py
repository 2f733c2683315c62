# SPDX-License-Identifier: GPL-2.0-or-later
"""All attacks at once, at random, beside honest boards."""
import os
import pty
import subprocess
import sys
import time
import tty

import seal
from board import Board, acknowledged, folded, whole
from collector import Collector, encoded
from load import BOARDS, Load, stream_of
from names import misplaced

RATE = 1500  # packets a second of the hostile peer
# Logs of forged streams: 256 a batch of those with one chunk, and a batch comes before its second is over where much came.
FILES_A_SECOND = 512
FILES_BESIDE = 200  # the honest boards' and the collector's own
BYTES_TIMES = 2  # bytes on the disk for each byte sent
BYTES_BESIDE = 32 << 20  # of databases
RESTARTED = 10  # seconds until a board is acknowledged by a collector that starts
ACKNOWLEDGED = 5  # seconds, of a board that comes in the middle of it


def line():
    """(our descriptor, theirs, the path of theirs) of a serial line."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.chmod(os.ttyname(theirs), 0o666)
    os.set_blocking(ours, False)
    return ours, theirs, os.ttyname(theirs)


def key_files(folder):
    """(path for --keys, folder of board-N.key, {board: key})."""
    keys = {f"board-{n}": os.urandom(32) for n in range(BOARDS)}
    keys.update({name: os.urandom(32) for name in ("by-tcp", "by-line", "middle", "hostile")})
    for name, key in keys.items():
        with open(f"{folder}/{name}.key", "w", encoding="ascii") as out:
            out.write(key.hex() + "\n")
    seal.write_keys(f"{folder}/keys", [(key, name) for name, key in keys.items()])
    return f"{folder}/keys", folder, keys


def attacked(attack, case, keyed):
    """The honest boards, the hostile peer, and all verdicts."""
    path, folder, keys = key_files(attack.folder(f"{case}/keys")) if keyed else (None, None, {})
    hostile_line, honest_line = line(), line()
    begin = time.monotonic()
    with Collector(attack, case, keys=path, serial=[hostile_line[2], honest_line[2]]) as collector:
        load = Load(attack, collector, case, attack.seconds, keys=folder)
        hostile = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile.py"), str(collector.udp),
             str(collector.tcp), str(hostile_line[0]), str(int(attack.seconds) + 120), str(attack.seed), str(RATE),
             str(BOARDS), *([keys["hostile"].hex()] if keyed else [])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[hostile_line[0]])
        boards = [Board(collector, "by-tcp", "tcp", keys.get("by-tcp")),
                  Board(collector, "by-line", honest_line[0], keys.get("by-line"))]
        late, middle = [], None
        while time.monotonic() - begin < attack.seconds and collector.alive():
            took = acknowledged(boards, 10)
            if took is None or took > ACKNOWLEDGED:
                late.append(took)
            if not middle and time.monotonic() - begin > attack.seconds / 2:
                middle = Board(collector, "middle", key=keys.get("middle"))
                boards.append(middle)
                continue
            for b in boards:
                b.add_samples()
            time.sleep(0.2)
        attack.check(not late, f"{case}: boards by TCP, by line and a new one are acknowledged within {ACKNOWLEDGED} s",
                     late)
        ended = time.monotonic()
        bad = load.wait(70)
        waited = time.monotonic() - ended
        attack.check(not bad, f"{case}: {BOARDS} boards are acknowledged", bad)
        acknowledged(boards, 10)
        attack.check(hostile.poll() is None, f"{case}: the hostile peer sent to the end (seed {attack.seed})")
        # In the middle of it.
        took = collector.stop()
        attack.check(took <= 2, f"{case}: SIGTERM ends the collector within 2 s", f"{took:.1f} s")
        hostile.terminate()
        packets, size = (int(n) for n in hostile.communicate(timeout=120)[0].split())
        print(f"# {case}: {packets} packets, {size} bytes, VmHWM {collector.peak >> 20} MiB, {collector.used()} files and "
              f"bytes; the boards' last acknowledgement after {waited:.1f} s", flush=True)
        seconds = time.monotonic() - begin
        files, used = collector.used()
        bound = FILES_BESIDE + FILES_A_SECOND * seconds
        attack.check(files <= bound, f"{case}: at most {FILES_A_SECOND} files a second",
                     f"{files} files in {seconds:.0f} s")
        honest = sum(os.path.getsize(f"{load.kept}/{name}") for name in os.listdir(load.kept))
        bound = BYTES_TIMES * (size + honest) + BYTES_BESIDE
        attack.check(used <= bound, f"{case}: at most {BYTES_TIMES} bytes for each byte sent, and "
                     f"{BYTES_BESIDE >> 20} MiB", f"{used} bytes for {size} and {honest}")
        collector.start()  # it finds its way through all that
        last = Board(collector, "middle", key=keys.get("middle"), boot="second")
        took = acknowledged([last], 20)
        attack.check(took is not None and took <= RESTARTED, f"{case}: after a restart a board is acknowledged within "
                     f"{RESTARTED} s", f"{took} s")
    bad = "; ".join(filter(None, [load.compare(), *map(whole, boards + [last]), misplaced(collector)]))
    attack.check(not bad, f"{case}: all honest boards' logs are whole, and in their place", bad)
    if keyed:
        bad = foreigners(attack, load, collector)
        attack.check(not bad, f"{case}: a board's name has nothing but what its key sealed", bad)
    for ours, theirs, _ in (hostile_line, honest_line):
        os.close(ours)
        os.close(theirs)


def foreigners(attack, load, collector):
    """What is below a board's name, or reported by it, and not of its own."""
    out = f"{load.kept}/.."
    for n in range(BOARDS):
        own = stream_of(f"{load.kept}/board-{n}.ember")
        folder = f"{collector.dir}/boards/{encoded(f'board-{n}'.encode())}"
        others = [p for p in collector.logs() if os.path.dirname(p) == folder and p not in collector.logs(own)]
        if others:
            return f"{others}"
    sent = folded(attack.tool, f"{out}/a", [f"{load.kept}/board-0.ember"])
    kept = folded(attack.tool, f"{out}/b", [collector.dir], ["--board", "board-0"])
    return "" if sent == kept else f"report --board board-0 has {str(kept)[:300]}, not {str(sent)[:300]}"


def mixed(attack, case):
    """Without keys: the hostile peer uses no honest board's name."""
    attacked(attack, case, False)


def mixed_keys(attack, case):
    """With keys: it has one of its own, and uses their names."""
    attacked(attack, case, True)
