# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that is full."""
import ctypes
import os
import time

import wire
from board import Board, acknowledged, whole
from collector import Collector

SIZE = "16m"
PENDING = 40  # chunks of a kilobyte that a board has to send, which no rest of a page holds
SILENT = 4  # seconds in which nothing may be acknowledged
ACKNOWLEDGED = 8  # seconds once there is space again
LIBC = ctypes.CDLL(None, use_errno=True)


class Small:
    """A small file system; as a context it is mounted. Its path is None if that cannot be."""

    def __init__(self, path):
        self.path, self.why = path, ""

    def __enter__(self):
        if LIBC.mount(b"none", self.path.encode(), b"tmpfs", 0, f"size={SIZE},mode=755".encode()):
            self.why = f"cannot mount a tmpfs: {os.strerror(ctypes.get_errno())}"
        return self

    def __exit__(self, *_):
        if not self.why:
            LIBC.umount2(self.path.encode(), 2)  # MNT_DETACH

    def fill(self):
        """Takes all its space."""
        with open(f"{self.path}/filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass

    def empty(self):
        """Gives the space back."""
        os.unlink(f"{self.path}/filler")


def disk_full(attack, case):
    """Boards are not acknowledged; once there is space, all is there."""
    with Small(attack.folder(f"{case}/store")) as small:
        if small.why:
            attack.skip(f"{case}: a full disk", small.why)
            return
        with Collector(attack, case, folder=small.path) as collector:
            early = Board(collector, "early")
            acknowledged([early], 5)
            small.fill()
            boards = [early, Board(collector, "by-udp"), Board(collector, "by-tcp", "tcp")]
            for _ in range(PENDING):
                for b in boards:
                    b.add(wire.data(15, os.urandom(1000)))
            # What does not fit is not said to be safe.
            took = acknowledged(boards, SILENT)
            attack.check(all(b.unsure for b in boards), f"{case}: nothing is acknowledged without space", f"{took} s")
            share = collector.share(1)
            attack.check(share < 0.5, f"{case}: the collector does not spin meanwhile", f"{share:.0%} of a CPU")
            collector.memory()
            small.empty()
            took = acknowledged(boards, ACKNOWLEDGED)
            attack.check(took is not None, f"{case}: all is acknowledged within {ACKNOWLEDGED} s of new space")
        bad = "; ".join(filter(None, map(whole, boards)))
        attack.check(not bad, f"{case}: logs are whole", bad)


def disk_full_end(attack, case):
    """SIGTERM while the disk is full; the next start has what was acknowledged before."""
    with Small(attack.folder(f"{case}/store")) as small:
        if small.why:
            attack.skip(f"{case}: a full disk", small.why)
            return
        with Collector(attack, case, folder=small.path) as collector:
            early, late = Board(collector, "early"), Board(collector, "late")
            acknowledged([early], 5)
            small.fill()
            for _ in range(PENDING):
                late.add(wire.data(15, os.urandom(1000)))
            late.send()
            time.sleep(1.5)
            took = collector.stop()
            # The exit status may say that not all could be written.
            collector.wrong = [w for w in collector.wrong if not w.startswith("exit status 1 ")]
            attack.check(took <= 2, f"{case}: SIGTERM on a full disk ends the collector within 2 s", f"{took:.1f} s")
            small.empty()
            collector.start()
            took = acknowledged([late], 5)
            attack.check(took is not None, f"{case}: a board is acknowledged after the restart")
        bad = "; ".join(filter(None, map(whole, (early, late))))
        attack.check(not bad, f"{case}: logs are whole", bad)
