# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a guest's daemon for profiles, and prints results. usage: asks.py PORT OVER DIR

PORT leads to the daemon's; a first connection to OVER asks for a spike, a second one says
that nothing more is asked.
"""
import concurrent.futures
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import traceback

PORT, OVER, DIR = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
BASE = f"http://127.0.0.1:{PORT}/debug/pprof/"


def get(path, timeout=100):
    """(status, headers in lower case, body)."""
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
    try:
        c.request("GET", path)
        answer = c.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        c.close()


def metric(name):
    """A value of /metrics."""
    return float(re.search(rf"^emberprof_{name} ([0-9.]+)$", get("/metrics")[2].decode(), re.M)[1])


def pprof(*arguments):
    """What go tool pprof prints."""
    done = subprocess.run(["go", "tool", "pprof", "-symbolize=none", *arguments], capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def live():
    """Two seconds, by pprof: what keeps a CPU busy comes first, by its name."""
    text = pprof("-top", "-timeout=60", BASE + "profile?seconds=2")
    assert "Type: cpu" in text, text
    top = [line.split() for line in text.splitlines() if re.match(r" +[\d.]+m?s +[\d.]+% ", line)]
    assert top[0][-1] == "fifty", text
    print("# " + " ".join(top[0]))


def growth():
    """A delta of the cumulative kind."""
    status, headers, body = get("/debug/pprof/growth?seconds=1")
    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="growth-delta"'), headers
    with open(DIR + "/growth.pb.gz", "wb") as out:
        out.write(body)
    assert "growth_samples/count growth/bytes" in pprof("-raw", DIR + "/growth.pb.gz")


def past():
    """What was sampled before the question, in several forms with equal sums."""
    now = time.time()
    clock = metric("samples_total")
    folded = get("/debug/pprof/profile?from=-1h&format=folded")[2].decode()
    total = sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines())
    assert total >= clock > 100, (total, clock)
    same = get("/debug/pprof/profile?from=-1h&comm=shares&format=folded")[2].decode()
    mine = sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines() if line.startswith("shares;"))
    got = sum(int(line.rsplit(" ", 1)[1]) for line in same.splitlines())
    assert got >= mine > 50, (mine, got)
    print(f"# {total} samples, {mine} of them in shares, {time.time() - now:.1f} s")


def many():
    """Several at once, all of them valid; as many as are to be only where there is time."""
    nr = 50 if os.environ.get("EMBER_LONG") else 10
    with concurrent.futures.ThreadPoolExecutor(nr) as pool:
        got = list(pool.map(lambda _: get("/debug/pprof/profile?seconds=1"), range(nr)))
    assert {g[0] for g in got} == {200}, [g[2] for g in got if g[0] != 200][:1]
    for i, g in enumerate(got[:3]):
        with open(f"{DIR}/many{i}.pb.gz", "wb") as out:
            out.write(g[2])
        assert "samples/count cpu/nanoseconds" in pprof("-raw", f"{DIR}/many{i}.pb.gz")


def cut():
    """Clients that go away in the middle leave nothing behind."""
    for _ in range(3):
        for path in ("profile?seconds=300", "profile?from=-1h&format=json"):
            with socket.create_connection(("127.0.0.1", PORT)) as s:
                s.sendall(f"GET /debug/pprof/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                time.sleep(0.1)
    end = time.monotonic() + 30
    while metric("http_processes") or metric("http_connections") > 1:
        assert time.monotonic() < end, get("/metrics")[2].decode()
        time.sleep(0.2)


def errors():
    """Go's texts."""
    status, headers, body = get("/debug/pprof/nope")
    assert (status, headers["x-go-pprof"], body) == (404, "1", b"Unknown profile\n")
    assert get("/debug/pprof/growth?seconds=x")[0] == 400
    assert get("/debug/pprof/profile?from=-1m&format=html")[0] == 400
    assert b"daemon" in get("/debug/pprof/cmdline")[2]


def shown(table):
    """The functions of a table."""
    return {line.split()[-1] for line in table.splitlines() if line.strip()}


def spike():
    """What is busy for a part of the time is found by that time, and first in what has changed."""
    quiet, lasts = (600, 600) if os.environ.get("EMBER_LONG") else (6, 6)
    time.sleep(quiet)
    begin = int(time.time())
    socket.create_connection(("127.0.0.1", OVER)).close()
    time.sleep(lasts)
    for name, start, end in ("quiet", begin - quiet, begin - 1), ("spike", begin + 1, begin + lasts - 2):
        with open(f"{DIR}/{name}.pb.gz", "wb") as out:
            out.write(get(f"/debug/pprof/profile?from={start}&to={end}")[2])
    # Those that call each other, all of the spike's time in each.
    culprits = {"spin", "turns", "descend", "descend_for"}
    assert not culprits & shown(pprof("-top", f"{DIR}/quiet.pb.gz"))
    assert culprits & shown(pprof("-top", f"{DIR}/spike.pb.gz"))
    done = subprocess.run([os.environ["EMBER_TOOL"], "diff", f"{DIR}/quiet.pb.gz", f"{DIR}/spike.pb.gz"],
                          capture_output=True, text=True, check=True, timeout=60)
    first = next(line for line in done.stdout.splitlines() if re.match(r" +[\d.]+ +[\d.]+ +[-+]", line))
    assert first.split()[-1] in culprits, done.stdout
    print("# " + first)


def check(what, function):
    """One result."""
    begin = time.monotonic()
    try:
        function()
        print(f"ok - {what} ({time.monotonic() - begin:.0f} s)", flush=True)
    except Exception:  # pylint: disable=broad-except
        print(f"not ok - {what}\n# " + traceback.format_exc().replace("\n", "\n# "), flush=True)


def main():
    """Once the daemon is there."""
    while True:
        try:
            if get("/healthz", 5)[0] == 200:
                break
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
    time.sleep(3)
    check("a live profile by go tool pprof", live)
    check("what was sampled before", past)
    check("the growth of two moments", growth)
    check("errors are Go's", errors)
    check("several profiles at once", many)
    check("clients that go away", cut)
    check("a spike, by its time and by what has changed", spike)
    socket.create_connection(("127.0.0.1", OVER)).close()


main()
