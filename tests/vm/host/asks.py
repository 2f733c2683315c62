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
    for query, line in (("seconds=2", b'"seconds" parameter is not supported for this profile type\n'),
                        ("from=-1m", b"threads are listed as they are now"), ("board=x", b"threads are listed as they are now"),
                        ("format=perf", b'invalid value for "format" - threads are of one moment'),
                        ("pid=x", b'invalid value for "pid"'), ("label=x", b'invalid value for "label"')):
        status, _, body = get("/debug/pprof/threads?" + query)
        assert status == 400 and body.startswith(line) and body.count(b"\n") == 1, (query, status, body)
    status, _, body = get("/debug/pprof/threads?pid=4194303")
    assert status == 500 and b"4194303" in body and body.count(b"\n") == 1, body
    assert b"daemon" in get("/debug/pprof/cmdline")[2]


def shown(table):
    """The functions of a table."""
    return {line.split()[-1] for line in table.splitlines() if line.strip()}


def saved(name, path):
    """A file with the body of an answer."""
    status, _, body = get("/debug/pprof/" + path)
    assert status == 200, (path, status, body)
    with open(f"{DIR}/{name}", "wb") as out:
        out.write(body)
    return f"{DIR}/{name}"


def text(path):
    """A text of the server's."""
    status, headers, body = get("/debug/pprof/" + path)
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8"), (path, status, body)
    return body.decode()


def total(raw, which):
    """The sum of a column in what pprof -raw prints of samples."""
    return sum(int(line.split(":")[0].split()[which]) for line in raw.split("Samples:\n")[1].split("Locations\n")[0].splitlines()
               if re.match(r" +\d+ +\d+: ", line))


def threads():
    """The crowd's 60 threads in 20 places and the one that began them, in each form, by both names."""
    whole = text("threads?comm=threads&debug=2")
    assert len(set(re.findall(r"^thread (\d+) \[sleep in \w+, .*\] threads, process \d+:$", whole, re.M))) == 61, whole[:500]
    # With a process given, no other one's files are read.
    pid = "pid=" + re.search(r"process (\d+):", whole)[1]
    for name in "threads", "goroutine":
        groups = text(f"{name}?{pid}&debug=1")
        assert groups.startswith(name + " profile: total 61\n"), groups[:200]
        places = {}
        for group in groups.split("\n\n"):
            place = re.search(r"\t(place_\d+)\t", group)
            if place:
                places[place[1]] = places.get(place[1], 0) + int(re.search(r"^(\d+) @", group, re.M)[1])
        assert len(places) == 20 and set(places.values()) == {3}, places
    # pprof reads Go's text of goroutines, and so this one.
    with open(DIR + "/threads.txt", "w", encoding="ascii") as out:
        out.write(groups)
    pprof("-raw", DIR + "/threads.txt")
    raw = pprof("-raw", saved("threads.pb.gz", "goroutine?" + pid))
    assert "threads/count" in raw and "wait/nanoseconds" in raw and total(raw, 0) == 61, raw[:500]
    folded = text(f"threads?{pid}&format=folded")
    assert sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines() if ";place_" in line) == 60, folded
    assert text(f"threads?{pid}&comm=nobody&debug=1") == "threads profile: total 0\n"


def like_go():
    """Status, headers and error texts of Go's own server; and the first line of its texts."""
    subprocess.run(["go", "build", "-o", DIR + "/reference", "tests/http/reference.go"], check=True, timeout=300)
    with subprocess.Popen([DIR + "/reference"], stdout=subprocess.PIPE, text=True) as go:
        try:
            port = int(go.stdout.readline())
            for path in ("goroutine?pid=1", "goroutine?pid=1&debug=2", "goroutine?seconds=x",
                         "goroutine?seconds=0", "goroutine?seconds=-1&debug=1", "block?debug=1", "block?seconds=x",
                         "block?seconds=1", "block?seconds=1&debug=2", "threads-of-nobody"):
                c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                c.request("GET", "/debug/pprof/" + path)
                answer = c.getresponse()
                theirs = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
                c.close()
                mine = get("/debug/pprof/" + path)
                for name in "content-type", "x-go-pprof", "content-disposition", "x-content-type-options":
                    assert mine[1].get(name) == theirs[1].get(name) or (theirs[0] >= 400 and name[-7:] == "options"), (path, name, mine)
                assert mine[0] == theirs[0] and (theirs[0] < 400 or mine[2] == theirs[2]), (path, mine, theirs)
                if "debug" in path and theirs[0] == 200:
                    line = [re.sub(r"\d+", "N", body.split(b"\n")[0].decode()) for _, _, body in (mine, theirs)]
                    line = [re.sub(r"^(goroutine|thread) N .*", "N", text) for text in line]
                    assert line[0] == line[1], (path, line)
        finally:
            go.kill()


def snapshots():
    """Several that ask for threads wait for each other."""
    most = []
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(get, "/debug/pprof/threads?pid=1&debug=1") for _ in range(3)]
        while not all(a.done() for a in asked):
            most.append(metric("http_processes"))
            time.sleep(0.3)
    assert {a.result()[0] for a in asked} == {200} and max(most) == 1, most


def waits():
    """Those of the past, as Go's block profile has them, and how many there are."""
    raw = pprof("-raw", saved("block.pb.gz", "block"))
    assert "PeriodType: contentions count\nPeriod: 1\n" in raw and total(raw, 0) > 10 and total(raw, 1) > 1e9, raw[:500]
    counts = dict((name, int(n)) for n, name in re.findall(r'<td class="n">(\d+)</td><td><a href="([a-z]+)\?', get("/debug/pprof/")[2].decode()))
    assert counts["block"] > 10 and counts["profile"] > 100 and counts["threads"] == counts["goroutine"] > 100, counts
    print(f"# {counts}")


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
    check("all threads now", threads)
    check("threads and waits as Go's server has them", like_go)
    check("one snapshot of threads at a time", snapshots)
    check("waits, and the counts of the index", waits)
    check("several profiles at once", many)
    check("clients that go away", cut)
    check("a spike, by its time and by what has changed", spike)
    socket.create_connection(("127.0.0.1", OVER)).close()


main()
