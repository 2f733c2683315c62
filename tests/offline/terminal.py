# SPDX-License-Identifier: GPL-2.0-or-later
"""A report on a terminal: through a pager, in colours, and not where that isn't wanted.

usage: terminal.py TOOL FOLDED
"""
import os
import pty
import subprocess
import sys

TOOL, FOLDED = sys.argv[1:]


def shown(*options, **more):
    """What a terminal gets."""
    leader, follower = pty.openpty()
    child = subprocess.Popen([TOOL, "report", *options, FOLDED], stdout=follower, stdin=follower,
                             env={**os.environ, "TERM": "xterm", **more})
    os.close(follower)
    text = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(leader)
    assert child.wait() == 0, child.returncode
    return text.decode()


PAGER = {"EMBERPROF_PAGER": "sed s/^/paged:/"}
plain = subprocess.run([TOOL, "report", FOLDED], capture_output=True, text=True, check=True).stdout
assert "\x1b" not in plain
every = shown(**PAGER).splitlines()
assert all(line.startswith("paged:") for line in every), every[:3]
assert len(every) == len(plain.splitlines()), (len(every), len(plain.splitlines()))
assert "\x1b[32m" in every[4] and "\x1b[1m" in every[2], every[:5]
assert "paged:" not in shown("--no-pager", **PAGER)
assert "\x1b" not in shown("--no-color", **PAGER)
assert "\x1b" not in shown(NO_COLOR="1", **PAGER)
assert "\x1b" not in shown(**dict(PAGER, TERM="dumb"))
assert "paged:" in shown("--tree", "--color", **PAGER)
assert "paged:" not in shown("--format", "folded", **PAGER)
# A pager that has seen enough is no failure.
assert shown(EMBERPROF_PAGER="head -n 1").count("\n") == 1
coloured = subprocess.run([TOOL, "report", "--color", FOLDED], capture_output=True, text=True, check=True).stdout
assert "\x1b[32m" in coloured
total = subprocess.run([TOOL, "report", "--sort", "total", FOLDED], capture_output=True, text=True, check=True).stdout
shares = [float(line.split()[2]) for line in total.splitlines()[3:]]
assert shares == sorted(shares, reverse=True) and shares != [float(l.split()[0]) for l in total.splitlines()[3:]]
