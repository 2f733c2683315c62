# SPDX-License-Identifier: GPL-2.0-or-later
"""A collector under test: its process, what it costs, prints and stores."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
# Every collector of every case keeps these.
END_SECONDS = 2  # from SIGTERM to the exit
MEMORY = 64 << 20  # bytes of VmHWM
LINES_A_MINUTE = 300  # on stderr


PORTS, LOCK = set(), threading.Lock()


def free_port(kind):
    """A port of the loopback interface that is not in use, and that no other case got."""
    while True:
        with LOCK, socket.socket(socket.AF_INET, kind) as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            if port not in PORTS:
                PORTS.add(port)
                return port


def encoded(board):
    """The folder of a board's id (bytes) below DIR/boards."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+-"
    out = "".join(chr(b) if b in plain and (i or b not in b".-") else f"%{b:02X}" for i, b in enumerate(board))
    return out or "%"


def measured(command, seconds):
    """(exit status, bytes of the highest resident size, CPU seconds) of a command; status None: it was killed."""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        pid, code, usage = os.wait4(child.pid, os.WNOHANG)
        took = time.monotonic() - begin
        if pid:
            child.returncode = os.waitstatus_to_exitcode(code)
            return child.returncode, usage.ru_maxrss << 10, usage.ru_utime + usage.ru_stime
        if took > seconds:
            with open(f"/proc/{child.pid}/status", encoding="ascii", errors="replace") as lines:
                peak = re.search(r"VmHWM:\s*(\d+)", lines.read())
            child.kill()
            child.wait()
            return None, int(peak[1]) << 10 if peak else 0, took
        time.sleep(0.01)


def waited(path):
    """Seconds that a thread waited for a CPU so far, by its /proc/.../schedstat; 0 if it has ended."""
    try:
        with open(path, encoding="ascii") as stat:
            return int(stat.read().split()[1]) / 10**9
    except (OSError, IndexError):
        return 0.0


class Stopwatch:
    """Seconds since it was made, but for those in which the collector or this thread waited for a CPU: a machine that
    is busy with something else makes both late. A twentieth of the time counts in any case."""

    def __init__(self, collector):
        self.tasks = f"/proc/{collector.process.pid}/task"
        self.begun, self.before, self.waits = time.monotonic(), {}, 0.0
        self.look()
        self.waits = 0.0

    def look(self):
        """Adds what threads waited since the last look."""
        try:
            paths = [f"{self.tasks}/{number}/schedstat" for number in os.listdir(self.tasks)]
        except OSError:
            paths = []
        for path in [*paths, "/proc/thread-self/schedstat"]:
            now = waited(path)
            self.waits += max(0.0, now - self.before.get(path, 0.0))
            self.before[path] = now

    def passed(self):
        """Seconds."""
        self.look()
        wall = time.monotonic() - self.begun
        return max(wall - self.waits, wall / 20)


class Collector:
    """emberprof collect on loopback ports. As a context, ends with the verdicts that every collector must meet."""

    def __init__(self, attack, name, keys=None, nofile=0, serial=(), options=(), folder=None):
        self.attack, self.name = attack, name
        self.dir = folder or attack.folder(f"{name}/store")
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        self.command = [attack.tool, "collect", "-o", self.dir, *options]
        if keys:
            self.command += ["--keys", keys]
        self.command += [f"udp://127.0.0.1:{self.udp}", f"tcp://127.0.0.1:{self.tcp}"]
        self.command += [f"serial:{line},115200" for line in serial]
        if nofile:
            self.command[:0] = ["prlimit", f"--nofile={nofile}:{nofile}"]
        self.err = attack.folder(name) + "/stderr"
        self.process = None
        self.peak, self.begun, self.wrong = 0, time.monotonic(), []
        open(self.err, "w", encoding="ascii").close()
        self.start()

    def start(self):
        """Starts it and waits until its ports are bound."""
        with open(self.err, "ab") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        until = time.monotonic() + 10
        while self.alive() and time.monotonic() < until and not self.listens():
            time.sleep(0.02)
        if not self.alive():
            self.wrong.append(f"exit status {self.process.returncode} at its start: {self.said()[-300:]!r}")

    def listens(self):
        """Whether both ports are bound."""
        def bound(protocol, port):
            with open(f"/proc/net/{protocol}", encoding="ascii") as lines:
                return any(line.split()[1].endswith(f":{port:04X}") for line in list(lines)[1:])
        return bound("udp", self.udp) and bound("tcp", self.tcp)

    def alive(self):
        return self.process.poll() is None

    def cpu(self):
        """Seconds of CPU time of all its threads so far."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICK

    def settle(self, cap=20):
        """Waits until it is idle again, `cap` seconds at most; returns its CPU seconds."""
        last, quiet, until = self.cpu(), 0, time.monotonic() + cap
        while quiet < 2 and time.monotonic() < until:
            time.sleep(0.3)
            now = self.cpu()
            quiet = quiet + 1 if now - last < 0.03 else 0
            last = now
        return last

    def share(self, seconds):
        """The share of a CPU that it takes in the next seconds."""
        before, begin = self.cpu(), time.monotonic()
        time.sleep(seconds)
        return (self.cpu() - before) / (time.monotonic() - begin)

    def memory(self):
        """Bytes of its highest resident size, of all its processes in this case."""
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="utf-8", errors="replace") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        self.peak = max(self.peak, int(line.split()[1]) << 10)
        except OSError:
            pass
        return self.peak

    def said(self):
        """Bytes that it printed, in all its processes."""
        with open(self.err, "rb") as err:
            return err.read()

    def waits(self):
        """Where in the kernel its threads are."""
        found = []
        for number in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{number}/wchan", encoding="ascii") as wchan:
                    found.append(wchan.read())
            except OSError:
                pass
        return f"its threads in {found} after {self.cpu():.2f} s of CPU"

    def stop(self, signals=(signal.SIGTERM,)):
        """Ends it; returns the seconds that took. One that does not end is killed, and that is wrong."""
        if not self.alive():
            self.wrong.append(f"had ended by itself: exit status {self.process.returncode}, {self.said()[-300:]!r}")
            return 0.0
        self.memory()
        watch = Stopwatch(self)
        for number in signals:
            self.process.send_signal(number)
        where, took = "", 0.0
        while self.alive() and took < 10 * END_SECONDS:
            try:
                self.process.wait(0.01)
            except subprocess.TimeoutExpired:
                pass
            took = watch.passed()
            if took > 0.75 * END_SECONDS and not where and self.alive():
                where = self.waits()
        if self.alive():
            self.process.kill()
            self.process.wait()
        if took > END_SECONDS:
            self.wrong.append(f"SIGTERM took {took:.1f} s, {where}")
        elif self.process.returncode:
            self.wrong.append(f"exit status {self.process.returncode} after SIGTERM, {self.said()[-300:]!r}")
        return took

    def kill(self):
        """Ends it by SIGKILL."""
        self.memory()
        self.process.kill()
        self.process.wait()

    def restart(self):
        """Ends it by SIGTERM and starts it again."""
        self.stop()
        self.start()

    def logs(self, stream=None):
        """Paths of its logs, all or those of one stream, in the order of their names."""
        found = [os.path.join(folder, name) for folder, _, names in os.walk(self.dir) for name in names
                 if name.endswith(".ember") and (stream is None or f"-{stream:08x}-" in name)]
        return sorted(filter(os.path.isfile, found), key=os.path.basename)

    def used(self):
        """(files, bytes) below its folder."""
        files = size = 0
        for folder, _, names in os.walk(os.fsencode(self.dir)):
            for name in names:
                files += 1
                size += os.lstat(os.path.join(folder, name)).st_size
        return files, size

    def printed_badly(self):
        """What is wrong with what it printed; "": nothing."""
        said = self.said()
        bad = sorted({b for b in said if (b < 32 and b != 10) or b == 127})
        minutes = max(1, (time.monotonic() - self.begun) / 60)
        if bad:
            return f"control characters {bytes(bad)!r} on stderr"
        if said.count(b"\n") > LINES_A_MINUTE * minutes:
            return f"{said.count(10)} lines on stderr in {minutes:.1f} minutes"
        return ""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.returncode is None:
            self.stop()
        if kind is None:
            wrong = [*self.wrong, *filter(None, [self.printed_badly()])]
            if self.peak > MEMORY:
                wrong.append(f"VmHWM {self.peak >> 20} MiB")
            self.attack.check(not wrong, f"{self.name}: the collector ends within {END_SECONDS} s of SIGTERM, below "
                              f"{MEMORY >> 20} MiB, without control characters on stderr", "; ".join(wrong))
