# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways to do harm that need no large or malformed input."""
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import time
import tty

import forge
import wire
from board import Board, acknowledged, whole
from collector import Collector, MEMORY

CASES = ("numbers", "wrapping", "churn", "unread", "line_noise", "amplified", "planted_files", "counters",
         "three_signals")
HUGE = 2**64 - 1
COUNTED = 12  # seconds until status has what came
AMPLIFIED = 2  # bytes of answers for each byte that asked


def sending(collector):
    """A function that sends a datagram."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return lambda packet: s.sendto(packet, ("127.0.0.1", collector.udp))


def beside(attack, collector, case, what, link="udp"):
    """A board beside is acknowledged."""
    board = Board(collector, f"beside-{link}" if isinstance(link, str) else "on-the-line", link)
    took = acknowledged([board], 5)
    attack.check(took is not None, f"{case}: board {board.name} is acknowledged within 5 s beside {what}")
    return board


def numbers(attack, case):
    """Well-formed chunks whose numbers are as large as can be: periods, times, counts, lengths of columns."""
    def field(number, *fields):
        return wire.data(number, b"".join(fields))
    with Collector(attack, case) as collector:
        send = sending(collector)
        for i, value in enumerate((HUGE, 2**63, 2**63 - 1, 2**32, 2**32 - 1, 2**31, 1)):
            body = (wire.data(1, f"n{i}") + wire.data(2, "boot")
                    + b"".join(wire.number(n, value) for n in (3, 8, 9, 10, 11, 13)))
            rest = (field(wire.CLOCK, *(wire.number(n, value) for n in (1, 2, 3, 4)))
                    + wire.thread("n") + wire.kernel_stacks(0, [[value, 0, value]])
                    + field(wire.SAMPLES, wire.number(1, value), wire.number(2, value), wire.deltas(3, [value, 0]),
                            wire.column(4, [0, 0]), wire.column(5, [0, 0]), wire.number(6, value))
                    + field(wire.LOSSES, *(wire.number(n, value) for n in (1, 2, 3, 4)))
                    + field(wire.CPUS, wire.number(1, value), wire.column(2, [value] * 1000))
                    + wire.number(wire.SENT, value) + wire.number(wire.NEEDS, value) + wire.number(wire.LAST, value))
            # First numbers at the end of what a number can be, and columns of which one is longer than the others.
            defs = (field(wire.STACKS, wire.number(1, value), wire.column(2, [0] * 9),
                          wire.column(3, [value, 1, 126, 127]), wire.column(4, [value, HUGE, 126, 2]),
                          wire.deltas(6, [1] * 50), wire.column(8, [value] * 9), wire.column(9, [value] * 9))
                    + field(wire.THREADS, wire.number(1, value), wire.deltas(2, [value] * 3), wire.deltas(3, [0] * 3),
                            wire.deltas(4, [value] * 3), wire.column(5, [value] * 3), *[wire.data(6, "t")] * 3)
                    + field(wire.FILE, wire.number(1, value), wire.data(2, "/n"),
                            *(wire.number(n, value) for n in range(4, 12)))
                    + field(wire.EXTENTS, wire.number(1, value), *(wire.column(n, [value] * 3) for n in (2, 3, 4, 5))))
            for sequence, payload in enumerate((wire.data(wire.HELLO, body) + rest, defs + rest, rest + defs)):
                send(wire.chunk(800 + i, sequence, payload, wire.LISTENS))
        board = beside(attack, collector, case, "huge numbers")
        time.sleep(1)
        collector.restart()
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))
    out = attack.folder(case) + "/out"
    for form in ("table", "json", "folded", "perf", "pprof", "html", "tree"):
        try:
            done = subprocess.run([attack.tool, "report", "--format", form, "-o", out, collector.dir],
                                  capture_output=True, check=False, timeout=120)
            wrong = "" if done.returncode in (0, 1) else f"exit status {done.returncode}: {done.stderr[-200:]!r}"
        except subprocess.TimeoutExpired:
            wrong = "not within 20 s"
        size = os.path.getsize(out) if os.path.exists(out) else 0
        attack.check(not wrong and size < 8 << 20, f"{case}: report --format {form} of all logs ends",
                     f"{wrong}, {size} bytes")


def wrapping(attack, case):
    """Sequence numbers at the end of what they can be, jumps to and fro, and a window that never closes."""
    with Collector(attack, case) as collector:
        send = sending(collector)
        for stream, numbers_ in ((810, (2**32 - 1, 2**32 - 2, 0, 1, 2**32 - 1024, 2**31)), (811, range(0, 2**32, 2**22)),
                                 (812, range(2**32 - 1, 0, -(2**22))), (813, [n ^ 1023 for n in range(2048)])):
            for n, sequence in enumerate(numbers_):
                send(wire.chunk(stream, sequence, (wire.hello(f"w{stream}") if n % 3 == 0 else b"")
                                + wire.number(wire.SENT, n), wire.LISTENS))
                if n % 50 == 49:
                    time.sleep(0.01)
        board = beside(attack, collector, case, "sequence numbers that jump")
        collector.restart()
        board.add_samples()
        attack.check(acknowledged([board], 5) is not None, f"{case}: the board is acknowledged after a restart")
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def churn(attack, case):
    """Up to 3000 connections that are reset at once, some after a chunk: no descriptor stays open."""
    with Collector(attack, case, nofile=1024) as collector:
        keep = beside(attack, collector, case, "nobody", "tcp")
        time.sleep(0.5)

        def count():
            return len(os.listdir(f"/proc/{collector.process.pid}/fd"))
        before = count()
        until = time.monotonic() + 10
        for i in range(3000):
            if time.monotonic() > until:
                break
            try:
                with socket.create_connection(("127.0.0.1", collector.tcp), 2) as s:
                    if i % 3:
                        s.send(forge.empty_stream(820000 + i % 100, f"c{i % 100}") if i % 3 == 1 else wire.MAGIC)
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                time.sleep(0.01)
        keep.add_samples()
        attack.check(acknowledged([keep], 5) is not None, f"{case}: a connection that was there before is served")
        board = beside(attack, collector, case, "3000 connections that are reset", "tcp")
        time.sleep(0.5)
        attack.check(count() <= before + 5, f"{case}: no descriptors are left open", f"{before} before, {count()} after")
    bad = whole(board) or whole(keep)
    attack.check(not bad, f"{case}: logs are whole", bad)


def unread(attack, case):
    """stderr is a pipe of 4 KB that nobody reads, and there is much to complain about."""
    collector = Collector(attack, case)
    with collector:
        collector.stop()
        reads, writes = os.pipe()
        fcntl.fcntl(writes, 1031, 4096)  # F_SETPIPE_SZ
        collector.process = subprocess.Popen(collector.command, stdin=subprocess.DEVNULL, stdout=writes, stderr=writes)
        until = time.monotonic() + 5
        while not collector.listens() and time.monotonic() < until:
            time.sleep(0.02)
        os.set_blocking(writes, False)
        try:
            while os.write(writes, b"x" * 512):
                pass
        except BlockingIOError:
            pass
        os.set_blocking(writes, True)  # of the collector's descriptor, too
        os.close(writes)
        send = sending(collector)
        for i in range(400):
            send(forge.full_stream(830000 + i % 2, "two-places", boot=f"boot-{i % 2}"))
            send(wire.chunk(830000 + i % 2, 1 + i, wire.number(wire.SENT, 1), wire.LISTENS))
            send(wire.chunk(1, i, b"", 0, 9))
            send(forge.nested_seals(500))
        board = beside(attack, collector, case, "a stderr that nobody reads")
        took = collector.stop()
        attack.check(took <= 2, f"{case}: SIGTERM ends it within 2 s", f"{took:.1f} s")
        os.close(reads)
        collector.start()
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def line_noise(attack, case):
    """A serial line with noise, endless frames and false ones; then it is unplugged."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.chmod(os.ttyname(theirs), 0o666)
    os.set_blocking(ours, False)
    with Collector(attack, case, serial=[os.ttyname(theirs)]) as collector:
        time.sleep(0.5)
        noise = [os.urandom(4096), b"\1" * 4096, b"\0" * 4096, b"\xff" * 4096, wire.frame(forge.nested_headers(1000)),
                 wire.frame(forge.inflating(840, 0)), wire.frame(forge.full_stream(841, "line"))[:-20], b"\0\1" * 2048]
        sent, until = 0, time.monotonic() + 3
        while sent < 3 << 20 and time.monotonic() < until:
            try:
                sent += os.write(ours, noise[sent // 4096 % len(noise)])
            except BlockingIOError:
                time.sleep(0.005)
        boards = [beside(attack, collector, case, "a line with noise")]
        time.sleep(0.3)
        try:
            while os.read(ours, 65536):
                pass
        except OSError:
            pass
        try:
            os.write(ours, b"\0")
        except OSError:
            pass
        boards.append(beside(attack, collector, case, "noise before", ours))
        os.close(theirs)
        os.close(ours)
        share = collector.share(2)
        attack.check(share < 0.2, f"{case}: a line that is gone takes less than 20% of a CPU", f"{share:.0%}")
        boards.append(beside(attack, collector, case, "a line that is gone", "tcp"))
    bad = "; ".join(filter(None, map(whole, boards)))
    attack.check(not bad, f"{case}: logs are whole", bad)


def amplified(attack, case):
    """Answers to a sender that may be somebody else's address: no more bytes than it takes to ask."""
    with Collector(attack, case) as collector:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            s.settimeout(0.01)
            sent = heard = 0
            begin = time.monotonic()
            for i in range(4000):
                packet = wire.chunk(850000 + i, 1000, b"", wire.LISTENS)
                sent += s.sendto(packet, ("127.0.0.1", collector.udp))
                if i % 40 == 39:
                    time.sleep(max(0, begin + i / 4000 - time.monotonic()))
            until = time.monotonic() + 4
            while time.monotonic() < until:
                try:
                    heard += len(s.recv(65536))
                except TimeoutError:
                    pass
        attack.check(heard <= AMPLIFIED * sent, f"{case}: answers have at most {AMPLIFIED} times the bytes that asked",
                     f"{heard} bytes for {sent}")
        board = beside(attack, collector, case, "4000 streams that ask for answers")
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def planted_files(attack, case):
    """Things in the collector's folder that are no logs: it starts, makes its index, and leaves them as they are."""
    with Collector(attack, case) as collector:
        board = beside(attack, collector, case, "nothing")
        collector.stop()
        folder = os.path.dirname(collector.logs(board.stream)[0])
        name = "20260101T000000-{:08x}-0000000000.ember"
        os.mkfifo(f"{folder}/{name.format(1)}")
        os.mkdir(f"{folder}/{name.format(2)}")
        victim = f"{collector.dir}.victim"
        with open(victim, "wb") as file:
            file.write(b"not a log")
        os.symlink(victim, f"{folder}/{name.format(3)}")
        os.symlink("/dev/zero", f"{folder}/{name.format(4)}")
        os.symlink(name.format(5), f"{folder}/{name.format(5)}")
        os.makedirs(f"{collector.dir}/boards", exist_ok=True)
        os.makedirs(f"{victim}.d")
        os.symlink(f"{victim}.d", f"{collector.dir}/boards/root")
        with open(f"{folder}/{name.format(6)}", "wb"):
            pass
        with open(f"{folder}/{name.format(7)}", "wb") as log:
            log.truncate(1 << 24)
        # Streams whose numbers are those of the planted files come.
        collector.start()
        send = sending(collector)
        for stream in range(1, 8):
            send(forge.full_stream(stream, board.name))
        board.add_samples()
        attack.check(acknowledged([board], 5) is not None, f"{case}: the board is acknowledged beside")
        collector.stop()
        try:
            done = subprocess.run([attack.tool, "collect", "-o", collector.dir, "--reindex"], capture_output=True,
                                  check=False, timeout=120)
            wrong = f"exit status {done.returncode}: {done.stderr[-300:]!r}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            wrong = "not within 20 s"
        attack.check(not wrong, f"{case}: --reindex ends", wrong)
        collector.start()
    with open(victim, "rb") as file:
        kept = file.read()
    attack.check(kept == b"not a log", f"{case}: the file behind a link is as it was", f"{kept[:40]!r}")
    for number in (1, 4, 7):
        if os.path.lexists(f"{folder}/{name.format(number)}"):
            os.unlink(f"{folder}/{name.format(number)}")
    attack.check(not whole(board), f"{case}: the board's log is whole", whole(board))


def counted(attack, collector, options):
    """(numbers that `emberprof status DIR` prints, what it printed)."""
    done = subprocess.run([attack.tool, "status", *options, collector.dir], capture_output=True, check=False,
                          timeout=120)
    text = done.stdout.decode("utf-8", "replace")
    if not options:
        return [int(n) for n in re.findall(r"^[^:\n]+: *(\d+)$", text, re.MULTILINE)], text
    try:
        return [v for v in json.loads(text).values() if isinstance(v, int)], text
    except (ValueError, AttributeError):
        return [], text


def counters(attack, case):
    """`emberprof status DIR` counts what was refused while the attack goes on."""
    with Collector(attack, case) as collector:
        send = sending(collector)
        for i in range(500):
            send(forge.nested_headers(480))
            send(forge.badly_deflated(860, i, i % 4))
            send(wire.chunk(861, i, b"", 0, 3))
            send(forge.nested_seals(480))
            send(forge.empty_stream(862000 + i, f"s{i}"))
        board = beside(attack, collector, case, "bad input of five kinds")
        until = time.monotonic() + COUNTED
        for options in ([], ["--json"]):
            found, text = counted(attack, collector, options)
            while sum(n >= 400 for n in found) < 3 and time.monotonic() < until:
                time.sleep(0.3)
                found, text = counted(attack, collector, options)
            attack.check(sum(n >= 400 for n in found) >= 3, f"{case}: status {' '.join(options + ['DIR'])} counts at least "
                         f"three kinds of bad input within {COUNTED} s", text)
    attack.check(not whole(board), f"{case}: the log beside is whole", whole(board))


def three_signals(attack, case):
    """SIGTERM three times at once ends it at once, and what was acknowledged is there."""
    with Collector(attack, case) as collector:
        board = beside(attack, collector, case, "nothing")
        took = collector.stop((signal.SIGTERM,) * 3)
        collector.wrong = [w for w in collector.wrong if not w.startswith("exit status -15")]
        attack.check(took <= 2, f"{case}: three SIGTERMs end it within 2 s", f"{took:.1f} s")
        collector.start()
        board.add_samples()
        attack.check(acknowledged([board], 5) is not None, f"{case}: the board is acknowledged after the restart")
        attack.check(collector.memory() < MEMORY, f"{case}: memory is bounded")
    attack.check(not whole(board), f"{case}: the log is whole", whole(board))
