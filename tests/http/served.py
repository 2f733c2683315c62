# SPDX-License-Identifier: GPL-2.0-or-later
"""A collector that serves a store over HTTP, and what asks it."""
import http.client
import os
import re
import socket
import subprocess
import time


def free_port(kind=socket.SOCK_STREAM):
    """A port of the loopback interface that is not in use."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    """Processes whose parent that is."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
        return [int(word) for word in listed.read().split()]


def resident(pid):
    """KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
        return int(re.search(r"VmRSS:\s*(\d+)", lines.read())[1])


class Served:
    """The collector's process, and requests to it."""

    def __init__(self, tool, store, *options, address="127.0.0.1"):
        self.port, self.udp = free_port(), free_port(socket.SOCK_DGRAM)
        self.child = subprocess.Popen(
            [tool, "collect", "-q", "-o", store, "--http", f"{address}:{self.port}", *options,
             f"udp://127.0.0.1:{self.udp}"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(400):
            try:
                if self.get("/healthz")[0] in (200, 401):
                    break
            except OSError:
                time.sleep(0.02)
        keeper = children(self.child.pid)[0]
        self.keeper, self.server = keeper, children(keeper)[0]

    def ask(self, method, path, headers=None, body=None, timeout=30):
        """(status, headers in lower case, body)."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body=body, headers=headers or {})
            answer = c.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            c.close()

    def get(self, path, **headers):
        """The same of GET."""
        return self.ask("GET", path, headers)

    def raw(self, request, seconds=30):
        """Bytes that come back for bytes, up to the connection's end."""
        got = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as s:
            try:
                s.sendall(request)
                while True:
                    part = s.recv(65536)
                    if not part:
                        break
                    got += part
            except ConnectionError:
                pass
        return got

    def connect(self):
        """A socket to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def metric(self, name):
        """A value of /metrics."""
        return float(re.search(rf"^emberprof_{name} ([0-9.]+)$", self.get("/metrics")[2].decode(), re.M)[1])

    def until(self, name, value, seconds=30):
        """Wait for a metric to be at most that."""
        end = time.monotonic() + seconds
        while self.metric(name) > value:
            assert time.monotonic() < end, f"{name}: {self.metric(name)}, still more than {value}"
            time.sleep(0.05)

    def end(self):
        """Stop it; nothing is left, and nothing went wrong."""
        all_of_it = [self.keeper, self.server, *children(self.server)]
        self.child.terminate()
        said = self.child.communicate(timeout=20)[1].decode()
        end = time.monotonic() + 5
        while any(os.path.exists(f"/proc/{pid}") for pid in all_of_it):
            assert time.monotonic() < end, "processes are left"
            time.sleep(0.02)
        assert self.child.returncode == 0 and not said, (self.child.returncode, said)
