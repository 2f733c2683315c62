# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody at a console: types at a terminal and reads what comes back.

usage: person.py TTY    says how often, and how soon, a shell there answered
"""
import os
import select
import sys
import time
import tty



def ask(fd, number):
    """Seconds until the sum came back that was asked for; None: it didn't."""
    begun, seen = time.monotonic(), b""
    os.write(fd, b"echo answer-$((%d + 1)) | tee -a /tmp/answers\r" % number)
    # Twice as long as a person would put up with.
    while time.monotonic() - begun < 10:
        if select.select([fd], [], [], 1)[0]:
            seen += os.read(fd, 4096)
        if b"answer-%d" % (number + 1) in seen:
            return time.monotonic() - begun
    return None


def main():
    fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    asked, took = 0, []
    while True:
        answer = ask(fd, 100 + asked)
        # Nobody is there before the guest's shell is.
        asked += bool(took or answer)
        if answer:
            took.append(answer)
            print(f"answers: {len(took)} of {asked}, the slowest after {max(took):.1f} s", flush=True)
        time.sleep(1)


try:
    main()
except OSError:
    pass  # the collector has ended
