# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs cases against a collector and prints TAP. usage: attack.py TOOL DIR SECONDS SEED BOARDS LANES [CASE...]

TOOL is the tool, BOARDS the program made of tests/boards/boards.c, SECONDS how long the mixed attack lasts. So many as
LANES cases run at once.
"""
import os
import queue
import resource
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bombs  # pylint: disable=wrong-import-position
import connections
import disk
import headers
import keys
import load
import mixed
import names
import others
import packets
import streams

CASES = {case: getattr(module, case) for module, cases in (
    (headers, ("headers_udp", "headers_tcp", "headers_bytewise", "headers_report")),
    (bombs, ("bomb_report", "bomb_udp", "bomb_index", "bomb_hashes", "bomb_kinds")),
    (names, ("names", "names_printed", "names_mapped")),
    (connections, ("silent", "half_open", "slow", "garbage", "deaf")),
    (streams, ("streams_empty", "streams_full", "streams_many", "crowded_out", "crowded_many")),
    (keys, ("keys_counters", "keys_identity", "keys_replay", "keys_sessions", "keys_stream", "keys_forged")),
    (disk, ("disk_full", "disk_full_end")),
    (load, ("killed", "signals", "flooded_end")),
    (packets, ("sizes", "foreign", "inflating")),
    (others, others.CASES),
    (mixed, ("mixed", "mixed_keys")),
) for case in cases}
ALONE = ("killed", "flooded_end", "mixed", "mixed_keys")
LONG = ("headers_bytewise", "headers_udp", "headers_tcp", "inflating", "keys_counters", "names")  # begin first


def reachable(path):
    """Whether an unprivileged collector gets to a folder; without root there is no other."""
    parents = [path]
    while parents[-1] != "/":
        parents.append(os.path.dirname(parents[-1]))
    return os.geteuid() != 0 or all(os.stat(p).st_mode & 1 for p in parents)


class Attack:
    """What the cases share: the tool, folders, the verdicts."""

    def __init__(self, tool, folder, seconds, seed, boards):
        self.tool, self.dir, self.boards = tool, folder, boards
        self.seconds, self.seed = seconds, seed
        self.failed, self.lock = 0, threading.Lock()
        self.said = threading.local()

    def folder(self, name):
        """A folder below the output folder, which an unprivileged collector can reach; made if need be."""
        path = os.path.join(self.dir, name)
        os.makedirs(path, mode=0o755, exist_ok=True)
        return path

    def check(self, good, what, detail=""):
        """A verdict of the case that runs in this thread, with the detail where it is bad."""
        self.said.lines.append(("ok - " if good else "not ok - ") + what)
        if not good and detail:
            self.said.lines.append("# " + str(detail).replace("\n", "\n# "))
        self.said.bad += not good
        return good

    def skip(self, what, why):
        """A case, or a part of one, can't run here."""
        self.said.lines.append(f"ok - {what} # SKIP {why}")

    def attempt(self, case):
        """Runs a case in a new folder."""
        self.said.lines, self.said.bad = [], 0
        if os.path.exists(os.path.join(self.dir, case)):
            # Thousands of files: they may go meanwhile.
            old = tempfile.mkdtemp(prefix="old-", dir=self.dir)
            os.rename(os.path.join(self.dir, case), f"{old}/{case}")
            subprocess.Popen(["rm", "-rf", old], stdin=subprocess.DEVNULL)
        try:
            CASES[case](self, case)
        except Exception:  # pylint: disable=broad-except
            self.check(False, f"{case}: runs to its end", traceback.format_exc())
        return not self.said.bad

    def run(self, case):
        """Runs a case, and once more if it failed: a machine may be too busy for its times. What failed is shown."""
        begin = time.monotonic()
        first = []
        if not self.attempt(case):
            first = [line for line in self.said.lines if not line.startswith("ok")]
            self.attempt(case)
        with self.lock:
            self.failed += self.said.bad
            for line in first:
                print(f"# {case} failed at first: {line}".replace("\n", "\n# "))
            print("\n".join(self.said.lines))
            print(f"# {case}: {time.monotonic() - begin:.1f} s", flush=True)


def main():
    tool, folder, seconds, seed, boards, lanes = sys.argv[1:7]
    wanted = sys.argv[7:] or list(CASES)
    # The group of a file has a prefix of its name: "keys" is all of its cases.
    cases = [c for c in CASES if any(c == w or c.startswith(w + "_") for w in wanted)]
    unknown = [w for w in wanted if not any(c == w or c.startswith(w + "_") for c in CASES)]
    if unknown or not cases:
        sys.exit(f"unknown case {' '.join(unknown)}: one of {' '.join(CASES)}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    os.makedirs(folder, mode=0o755, exist_ok=True)
    if not reachable(folder):
        folder = tempfile.mkdtemp(prefix="emberprof-attack-")
        os.chmod(folder, 0o755)
        print(f"# what the collector writes is in {folder}", flush=True)
    attack = Attack(tool, folder, float(seconds), int(seed), boards)
    print(f"# seed {seed}", flush=True)
    # Side by side, but for those that are a load of their own.
    waiting = queue.SimpleQueue()
    for case in sorted(cases, key=lambda c: c not in LONG):
        if case not in ALONE:
            waiting.put(case)

    def lane():
        while True:
            try:
                attack.run(waiting.get_nowait())
            except queue.Empty:
                return
    lanes = [threading.Thread(target=lane) for _ in range(int(lanes))]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    for case in cases:
        if case in ALONE:
            attack.run(case)
    sys.exit(attack.failed > 0)


if __name__ == "__main__":
    main()
