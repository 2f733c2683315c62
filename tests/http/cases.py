# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles over HTTP, from the collector. Prints TAP. usage: cases.py TOOL BOARDS DIR

TOOL is the tool, BOARDS the program made of tests/boards/boards.c, beside which `logs` is, made of
tests/relay/logs.c; DIR has `reference`, Go's own server.
"""
import base64
import concurrent.futures
import http.client
import os
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "page"))
import synthetic  # pylint: disable=wrong-import-position
from browser import Browser  # pylint: disable=wrong-import-position
from served import Served, children, free_port, resident  # pylint: disable=wrong-import-position

TOOL, BOARDS, DIR = sys.argv[1:4]
STORE = DIR + "/store"
TOKEN = "0123456789abcdefTOKEN"
RANGE = "from=2026-11-28T10:00:01Z&to=2026-11-28T10:00:09Z"
TIME = "2026-11-28T10:00:01,2026-11-28T10:00:09"
FAILED = []
MINUTE = 60000  # ms
WAITS = 1795860000 + 7200  # when the board that waits does so


def same(is_, wanted):
    """Fail unless they are equal."""
    assert is_ == wanted, f"is {is_!r}, wanted {wanted!r}"


def run(*command, status=0):
    """What a command prints."""
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == status, (command, done.returncode, done.stderr.decode())
    return done.stdout.decode()


def spike():
    """A board that works for 20 minutes, and for half a minute of them on something else."""
    chance = random.Random(5)
    names = synthetic.program(DIR, 60)
    build_id, text = synthetic.place(DIR)
    quiet = [(20 + i, 10, 0) for i in range(8)]
    culprit = (50, 11, 0)
    span, synthetic.SPAN = synthetic.SPAN, 20 * MINUTE
    samples = []
    for t in range(0, 20 * MINUTE, 40):
        on = 12 * MINUTE <= t < 12 * MINUTE + 30000 and chance.random() < 0.8
        samples.append((t, chance.randrange(4), 0, 8 if on else chance.randrange(8)))
    os.makedirs(STORE + "/boards/spike", exist_ok=True)
    synthetic.log(STORE + "/boards/spike/1.ember", "spike", quiet + [culprit], samples, build_id, text, 1)
    synthetic.SPAN = span
    return names[50]


def make_store():
    """Four boards' logs, whose program is in DIR. Returns the spike's function."""
    os.makedirs(STORE + "/boards", exist_ok=True)
    synthetic.make(DIR, 60, 80, 4000)
    for n, folder in enumerate(("%3Ci%3Eboard%3C%2Fi%3E", "board-1")):
        os.makedirs(f"{STORE}/boards/{folder}")
        shutil.copy(f"{DIR}/board-{n}.ember", f"{STORE}/boards/{folder}/1.ember")
    os.makedirs(f"{STORE}/boards/waits")
    run(os.path.dirname(BOARDS) + "/logs", f"{STORE}/boards/waits/1.ember", "waits", "20", str(WAITS), "0", "0", "waits")
    return spike()


# ---- like Go's ----

def reference(served):
    """The same status, headers and texts as Go's server has."""
    go = subprocess.Popen([DIR + "/reference"], stdout=subprocess.PIPE, text=True)
    port = int(go.stdout.readline())
    shown = ("content-type", "x-go-pprof", "x-content-type-options", "content-disposition", "location")

    def asked(at, method, path):
        c = http.client.HTTPConnection("127.0.0.1", at, timeout=20)
        c.request(method, path)
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer.status, {k: answer.getheader(k) for k in shown}, body
    try:
        for method, path, ours in (
                ("GET", "/debug/pprof/nope", None), ("GET", "/debug/pprof/nope?seconds=1", None),
                ("GET", "/debug/pprof/profile?seconds=1", None),
                ("GET", "/debug/pprof/heap?seconds=x", "growth"), ("GET", "/debug/pprof/heap?seconds=0", "growth"),
                ("GET", "/debug/pprof/heap?seconds=-3", "growth"), ("GET", "/debug/pprof/heap?seconds=1.5", "growth"),
                ("GET", "/debug/pprof/heap?seconds=1&debug=1", "growth"),
                ("GET", "/debug/pprof/heap?seconds=1", "growth"), ("GET", "/debug/pprof/heap", "growth"),
                ("GET", "/debug/pprof/heap?debug=1", "growth"),
                ("GET", "/debug/pprof/block", "block"), ("GET", "/debug/pprof/block?debug=1", "block"),
                ("GET", "/debug/pprof/block?debug=2", "block"), ("GET", "/debug/pprof/block?debug=x", "block"),
                ("GET", "/debug/pprof/block?seconds=0", "block"), ("GET", "/debug/pprof/block?seconds=x&debug=1", "block"),
                ("GET", "/debug/pprof/block?seconds=1&debug=1", "block"), ("GET", "/debug/pprof/block?seconds=1", "block"),
                ("HEAD", "/debug/pprof/block?seconds=1", "block"),
                ("GET", "/debug/pprof/symbol", None), ("GET", "/debug/pprof/symbol?0x1+0x2", None),
                ("GET", "/debug/pprof/cmdline", None), ("GET", "/debug/pprof/", None), ("HEAD", "/debug/pprof/", None),
                ("GET", "/debug/pprof", None), ("GET", "//debug/pprof/", None), ("GET", "/debug/./pprof/nope", None),
                ("GET", "/debug/pprof/%2e%2e/x", None), ("GET", "/debug/pprof/../pprof/cmdline?a=b", None),
                ("GET", "/nothing", None), ("GET", "/debug/", None), ("POST", "/debug/pprof/cmdline", None),
                ("PUT", "/debug/pprof/", None), ("DELETE", "/debug/pprof/profile", None)):
            # One board's: those here are sampled at different rates.
            own = path.replace("block" if ours == "block" else "heap", f"{ours}?board=spike&").replace("&?", "&") if ours else path
            theirs, mine = asked(port, method, path), asked(served.port, method, own)
            if ours and theirs[1]["content-disposition"]:
                theirs[1]["content-disposition"] = theirs[1]["content-disposition"].replace("heap", ours)
            # A redirect's page, as that of an error has: what Go does not say, nobody may guess.
            if theirs[0] >= 300:
                theirs[1]["x-content-type-options"] = mine[1]["x-content-type-options"] = "nosniff"
            same((method, path, *mine[:2]), (method, path, *theirs[:2]))
            if theirs[0] >= 400 or "symbol" in path:
                same((path, mine[2]), (path, theirs[2]))
            if "block?debug" in path and mine[1]["content-type"].startswith("text/"):
                same((path, mine[2].splitlines()[:1]), (path, theirs[2].splitlines()[:1]))
    finally:
        go.kill()


def missing(served):
    """A CPU profile lasts 30 seconds where seconds= are missing, bad or not positive."""
    held = []
    for text in ("", "?seconds=", "?seconds=0", "?seconds=-1", "?seconds=abc"):
        s = served.connect()
        s.sendall(f"GET /debug/pprof/profile{text} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        held.append(s)
    time.sleep(1.5)
    for s in held:
        s.setblocking(False)
        try:
            assert not s.recv(1), "an answer came at once"
        except BlockingIOError:
            pass
        s.close()


def live(served):
    """go tool pprof takes a live profile; its header time-out is not reached."""
    done = subprocess.run(["go", "tool", "pprof", "-top", "-symbolize=none",
                           f"http://127.0.0.1:{served.port}/debug/pprof/profile?seconds=2&board=board-3"],
                          capture_output=True, text=True, check=False, env={**os.environ, "PPROF_TMPDIR": DIR})
    assert done.returncode == 0, done.stderr
    total = re.search(r"Type: cpu\n.*\nDuration: ([\d.]+)s, Total samples = ([\d.]+)s", done.stdout)
    # Four CPUs for two seconds.
    assert total and 1.9 <= float(total[1]) <= 2.1 and 7.8 <= float(total[2]) <= 8.2, done.stdout


def equal(served):
    """A range has what report has of it, in each form."""
    for more, option in (("", ()), ("&comm=worker", ("--comm", "worker")), ("&pid=101,103", ("--pid", "101,103")),
                         ("&board=board-1", ("--board", "board-1"))):
        for form in ("folded", "json", "svg", "table", "perf"):
            url = f"/debug/pprof/profile?{RANGE}{more}&format={form}"
            status, _, body = served.get(url)
            same((url, status), (url, 200))
            wanted = run(TOOL, "report", "--time", TIME, "--symfs", DIR, *option, "--format", form, "-o", "-", STORE)
            assert body.decode() == wanted and len(wanted) > 1000, (url, len(body), len(wanted))
        with open(DIR + "/served.pb.gz", "wb") as out:
            out.write(served.get(f"/debug/pprof/profile?{RANGE}{more}")[2])
        run(TOOL, "report", "--time", TIME, "--symfs", DIR, *option, "-o", DIR + "/report.pb.gz", STORE)
        raw = run("go", "tool", "pprof", "-raw", "-symbolize=none", DIR + "/served.pb.gz")
        same(raw, run("go", "tool", "pprof", "-raw", "-symbolize=none", DIR + "/report.pb.gz"))
        assert raw.count("\n") > 100, raw


def moments(served):
    """Times by date, by another zone, and by seconds since 1970 are the same."""
    first = None
    for times in (RANGE, "from=1795860001&to=1795860009", "from=1795860001.000&to=1795860009.0",
                  "from=2026-11-28T11:00:01%2B01:00&to=2026-11-28T09:00:09-01:00",
                  "from=2026-11-28T11:00:01+01:00&to=2026-11-28T10:00:09.000Z"):
        status, _, body = served.get(f"/debug/pprof/profile?{times}&format=folded")
        same((times, status), (times, 200))
        first = first or body
        assert first and body == first, times


def waits(served):
    """Waits have Go's types, and its text, which pprof reads, with the sums that report has."""
    with open(DIR + "/block.pb.gz", "wb") as out:
        out.write(served.get("/debug/pprof/block?board=waits")[2])
    raw = run("go", "tool", "pprof", "-raw", DIR + "/block.pb.gz")
    assert "PeriodType: contentions count\nPeriod: 1\n" in raw and "\ncontentions/count delay/nanoseconds\n" in raw, raw[:500]
    folded = run(TOOL, "report", "--event", "block", "--format", "folded", "-o", "-", STORE + "/boards/waits")
    delay = sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines())
    status, headers, body = served.get("/debug/pprof/block?board=waits&debug=1")
    same((status, headers["content-type"], "content-disposition" in headers), (200, "text/plain; charset=utf-8", False))
    lines = body.decode().splitlines()
    same(lines[:2], ["--- contention:", "cycles/second=1000000000"])
    rows = [re.match(r"(\d+) (\d+) @( 0x[0-9a-f]+)+$", line) for line in lines[2:] if line and not line.startswith("#\t0x")]
    delays = [int(row[1]) for row in rows]
    # 20 samples, of 1, 2 and 3 contentions in turn.
    same((sum(delays), sum(int(row[2]) for row in rows)), (delay, 39))
    same(delays, sorted(delays, reverse=True))
    assert delay > 0 and len(rows) == len({row[0].split("@")[1] for row in rows}), lines
    with open(DIR + "/block.txt", "wb") as out:
        out.write(body)
    assert "contentions/count delay/nanoseconds" in run("go", "tool", "pprof", "-raw", DIR + "/block.txt")
    status, _, body = served.get("/debug/pprof/preempt?board=waits&format=folded")
    same(sum(int(line.rsplit(b" ", 1)[1]) for line in body.splitlines()), 20 * 10000000)


def kinds(served):
    """The index has what is served, by name; a collector has no threads of its own."""
    index = served.get("/debug/pprof/")[2].decode()
    links = re.findall(r'<tr><td class="n">(\d*)</td><td><a href="([a-z]+)\?', index)
    names = [link[1] for link in links]
    same(names, sorted(names))
    assert {"block", "growth", "preempt", "profile"} <= set(names), names
    same([count for count, _ in links if count], [])
    for name in {"threads", "goroutine", "mutex", "threadcreate"} - set(names):
        status, headers, body = served.get(f"/debug/pprof/{name}?debug=1")
        same((name, status, headers["x-go-pprof"], body), (name, 404, "1", b"Unknown profile\n"))
    assert not {"threads", "goroutine"} & set(names), names
    for name in names:
        same((name, served.get(f"/debug/pprof/{name}?{RANGE}")[0]), (name, 200))


def empty(served):
    """A range without samples is a valid profile that names its types."""
    for kind, types in (("profile", "samples/count cpu/nanoseconds"), ("growth", "growth_samples/count growth/bytes"),
                        ("block", "contentions/count delay/nanoseconds")):
        with open(DIR + "/empty.pb.gz", "wb") as out:
            out.write(served.get(f"/debug/pprof/{kind}?from=2001-01-01&to=2001-01-02")[2])
        text = run("go", "tool", "pprof", "-raw", DIR + "/empty.pb.gz")
        assert types in text, text


def found(served, culprit):
    """The range of a spike names its culprit, another one does not; as the diff of both does."""
    table = served.get("/debug/pprof/profile?board=spike&from=2026-11-28T10:12:00Z&to=2026-11-28T10:12:30Z&format=table")
    line = [line for line in table[2].decode().splitlines() if "%" in line][0]
    assert line.split()[-1] == culprit and float(line.split()[0]) > 70, table[2]
    quiet = served.get("/debug/pprof/profile?board=spike&from=2026-11-28T10:02:00Z&to=2026-11-28T10:10:00Z&format=table")
    assert culprit.encode() not in quiet[2], quiet[2]
    for name, times in (("before", "from=2026-11-28T10:02:00Z&to=2026-11-28T10:10:00Z"),
                        ("after", "from=2026-11-28T10:12:00Z&to=2026-11-28T10:12:30Z")):
        with open(f"{DIR}/{name}.pb.gz", "wb") as out:
            out.write(served.get(f"/debug/pprof/profile?board=spike&{times}")[2])
    table = run(TOOL, "diff", f"{DIR}/before.pb.gz", f"{DIR}/after.pb.gz")
    # The first function with a change of its own.
    row = [line.split() for line in table.splitlines() if re.match(r" +[\d.]+ +[\d.]+ +[+-][\d.]*[1-9]", line)][0]
    same(row[-1], culprit)


def browsed(served, culprit):
    """In a browser: the start page, a board, an interval, and the page has the culprit."""
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            browser.cdp("Network.emulateNetworkConditions", offline=False, latency=0,
                        downloadThroughput=-1, uploadThroughput=-1)
            browser.visit(f"http://127.0.0.1:{served.port}/")
            same(browser.run("return [...document.querySelectorAll('tbody td:first-child')].map(t => t.textContent)")[:1],
                 ["<i>board</i>"])
            same(browser.run("return document.querySelectorAll('i').length"), 0)
            shot = base64.b64decode(browser.ask("GET", browser.session + "/screenshot"))
            with open(DIR + "/start.png", "wb") as out:
                out.write(shot)
            browser.run("""const form = document.forms[0];
                form.elements.board.value = 'spike';
                form.elements.from.value = '2026-11-28T10:12:00Z';
                form.elements.to.value = '2026-11-28T10:12:30Z';
                form.elements.format.value = 'html';
                form.querySelector('button').click();""")
            browser.until("return location.pathname == '/debug/pprof/profile' && (document.body.dataset.ready || null)")
            browser.keys("t")
            row = browser.until("const name = document.querySelector('td.name'); return name && name.textContent")
            same(row, culprit)
            with open(DIR + "/page.png", "wb") as out:
                out.write(base64.b64decode(browser.ask("GET", browser.session + "/screenshot")))
            # A file saved or a search for an icon aside, it asks for nothing, and breaks no rule of its policy.
            said = browser.ask("POST", browser.session + "/se/log", {"type": "browser"})
            same([entry["message"] for entry in said if "favicon" not in entry["message"]], [])
        finally:
            browser.close()


# ---- what it withstands ----

def fifty(served):
    """50 profiles at once; no more than four processes of requests meanwhile."""
    most = []
    done = threading.Event()

    def watch():
        while not done.is_set():
            most.append(len(children(served.server)))
            time.sleep(0.005)
    watcher = threading.Thread(target=watch)
    watcher.start()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda n: served.ask("GET", f"/debug/pprof/profile?seconds=1&board=board-{3 + n % 4}",
                                                 timeout=60), range(50)))
    done.set()
    watcher.join()
    same({g[0] for g in got}, {200})
    assert all(g[2][:2] == b"\x1f\x8b" for g in got)
    assert 1 <= max(most) <= 4, max(most)


def crowd(served):
    """More requests than there may be are refused, in Go's form, and the others answered."""
    def ask(path):
        try:
            return served.ask("GET", path, timeout=60)
        except OSError:
            return None
    with concurrent.futures.ThreadPoolExecutor(63) as pool:
        held = [pool.submit(ask, "/debug/pprof/profile?seconds=3&board=board-3") for _ in range(60)]
        got = [h.result() for h in held]
    status = [g and g[0] for g in got]
    assert set(status) == {200, 503} and status.count(200) == 56, status
    late = next(g for g in got if g[0] == 503)
    same((late[1]["x-go-pprof"], late[1]["retry-after"]), ("1", "2"))
    same(late[2], b"too many requests at once: try again later\n")


def cut_off(served):
    """Clients that go away: their requests and processes end, at each step."""
    for seconds in ("seconds=600", RANGE):
        for _ in range(5):
            held = [served.connect() for _ in range(8)]
            for s in held:
                s.sendall(f"GET /debug/pprof/profile?{seconds}&format=html HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.02)
            for s in held:
                s.close()
    served.until("http_processes", 0)
    served.until("http_requests_queued", 0)
    served.until("http_connections", 1)
    same(children(served.server), [])


def slow_reader(served):
    """Answers that nobody reads keep no one waiting."""
    held = []
    for _ in range(20):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", served.port))
        s.sendall(f"GET /debug/pprof/profile?{RANGE}&format=html HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        held.append(s)
    begin = time.monotonic()
    same(served.get(f"/debug/pprof/profile?{RANGE}")[0], 200)
    assert time.monotonic() - begin < 20
    # One that reads slowly has all of it in the end.
    got = b""
    while b"</html>" not in got[-64:]:
        part = held[0].recv(1 << 15)
        assert part, "cut short"
        got += part
        time.sleep(0.001)
    for s in held:
        s.close()
    served.until("http_connections", 1)


def slowloris(served):
    """Requests that never end hold the server for seconds, not longer; a second server's worth of them, too."""
    stop = threading.Event()
    held = []

    def drip():
        while not stop.is_set():
            for s in held:
                try:
                    s.send(b"X-A: b\r\n")
                except OSError:
                    pass
            time.sleep(0.2)
    for _ in range(120):
        s = served.connect()
        s.sendall(b"GET /debug/pprof/ HTTP/1.1\r\nHost: localhost\r\n")
        held.append(s)
    dripper = threading.Thread(target=drip)
    dripper.start()
    try:
        begin = time.monotonic()
        same(served.get("/healthz")[0], 200)
        assert time.monotonic() - begin < 8, time.monotonic() - begin
    finally:
        stop.set()
        dripper.join()
    # None of them has ended its request: the server closes the first lot, and then the others.
    end = time.monotonic() + 20
    while served.metric("http_connections_expired_total") < 60:
        assert time.monotonic() < end, served.metric("http_connections_expired_total")
        time.sleep(0.1)
    for s in held:
        s.close()
    served.until("http_connections", 1)


def thousand(served):
    """A thousand connections that say nothing: 64 are taken, and others still get through."""
    held = []
    for _ in range(1000):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", served.port))
        held.append(s)
    time.sleep(0.5)
    fds = len(os.listdir(f"/proc/{served.server}/fd"))
    assert fds < 80, fds
    begin = time.monotonic()
    same(served.ask("GET", "/healthz", timeout=60)[0], 200)
    assert time.monotonic() - begin < 40
    for s in held:
        s.close()
    served.until("http_connections", 1)


def oversized(served):
    """Headers, lines, bodies that are too long, or nonsense."""
    for request in (b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 70000 + b"\r\n\r\n",
                    b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
                    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                    b"POST /debug/pprof/symbol HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"0" * 200000,
                    b"GET / HTTP/9.9\r\n\r\n", b"nonsense\r\n\r\n", b"\0\1\2\3\r\n\r\n",
                    b"GET /debug/pprof/\0x HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                    b"GET / HTTP/1.1\r\nbad header\r\n\r\n"):
        got = served.raw(request)
        # What comes while it still sends may reset the connection before the answer is read.
        assert not got or re.match(rb"HTTP/1\.[01] (400|413|505) ", got), (request[:40], got[:200])
    same(served.get("/debug/pprof/profile?" + "a" * 3000)[0], 400)
    same(served.get("/debug/pprof/profile?" + "a=1&" * 40)[0], 400)


def parameters(served):
    """Each bad value has one line that says what it must be."""
    for query, line in (
            ("from=yesterday", 'invalid value for "from" - must be a time of RFC 3339, seconds since 1970, or a time back such as -5m'),
            ("from=2026-13-01", 'invalid value for "from" - must be'), ("from=-5x", 'invalid value for "from" - must be'),
            ("from=-5m&to=2026-11-28T10:40:00%2B99:00", 'invalid value for "to" - must be'),
            ("from=99999999999", 'invalid value for "from" - must be'),
            ("to=-5m", '"to" needs "from"'), ("from=-1m&to=-2m", '"from" must be before "to"'),
            ("from=-1m&seconds=2", '"seconds" and "from" params are incompatible'),
            ("seconds=3601", 'invalid value for "seconds" - must be 3600 at most'),
            ("seconds=99999999999999999999", 'invalid value for "seconds" - must be 3600 at most'),
            ("from=-1m&pid=x", 'invalid value for "pid" - must be up to 64 numbers with commas between them'),
            ("from=-1m&format=elf", 'invalid value for "format" - must be pprof, folded, perf, json, svg, table or html'),
            ("from=-1m&comm=" + "c" * 64, 'invalid value for "comm" - must be of 63 bytes at most'),
            ("from=-1m&comm=%zz", "invalid URL escape in query"), ("from=-1m&comm=%00", "invalid URL escape in query")):
        status, headers, body = served.get("/debug/pprof/profile?" + query)
        same((query, status), (query, 400))
        assert body.decode().startswith(line) and body.count(b"\n") == 1, (query, body)
        same(headers["content-type"], "text/plain; charset=utf-8")
        assert "escape" in line or headers["x-go-pprof"] == "1"
    same(served.get("/debug/pprof/%zz")[0], 400)
    same(served.get("/debug/pprof/a%00b")[0], 400)


def paths(served):
    """Nothing but the routes: no file of the machine, whatever the path."""
    for path in ("/etc/passwd", "/debug/pprof/../../etc/passwd", "/debug/pprof/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                 "/debug/pprof/profile/", "/debug/pprof/profile%00", "/DEBUG/PPROF/", "/debug/pprof/profile/..",
                 "/debug%2fpprof%2fnope", "http://elsewhere/debug/pprof/nope", "/..", "/.", "/debug/pprof//profile",
                 "//elsewhere/debug/pprof/", "/\\elsewhere/", "/debug/pprof/..//../x"):
        status, headers, _ = served.get(path)
        assert status in (307, 400, 403, 404), (path, status)
        # A redirect leads to a path of this server.
        assert status != 307 or re.match(r"/([^/\\]|$)", headers["location"]), (path, headers)


def methods(served):
    """Those that a path does not take; a HEAD has no body, and takes no time."""
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        status, headers, body = served.ask(method, "/debug/pprof/profile")
        same((method, status, headers["allow"], body), (method, 405, "GET, HEAD", b"Method Not Allowed\n"))
    same(served.ask("POST", "/debug/pprof/symbol", body=b"0x1+0x2")[2], b"num_symbols: 1\n")
    begin = time.monotonic()
    status, headers, body = served.ask("HEAD", "/debug/pprof/profile?seconds=30")
    same((status, body, headers["content-disposition"]), (200, b"", 'attachment; filename="profile"'))
    assert time.monotonic() - begin < 5
    assert not [h for h in served.get("/")[1] if h.startswith("access-control")]


def hosts(served):
    """Without a token only addresses and this machine's name: a foreign page has its own."""
    own = socket.gethostname()
    for host, status in (("localhost", 200), (f"localhost:{served.port}", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200),
                         (own, 200), (own + ".local", 200), ("rebound.example", 403), ("localhost.example", 403),
                         ("127.0.0.1.example", 403), ("[::1].example", 403), (own + "x", 403), ("", 403)):
        same((host, served.ask("GET", "/debug/pprof/", {"Host": host})[0]), (host, status))
    answer = served.raw(b"GET http://rebound.example/debug/pprof/cmdline HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 "), answer


def tokens(_):
    """With a token: by Bearer or as Basic's password, and nothing without but /healthz."""
    path = DIR + "/token"
    with open(path, "w", encoding="ascii") as out:
        out.write(TOKEN + "\n")
    os.chmod(path, 0o600)
    served = Served(TOOL, DIR + "/other", "--http-token", path, address="0.0.0.0")
    try:
        def basic(text):
            return "Basic " + base64.b64encode(text.encode()).decode()
        for value, status in ((None, 401), ("Bearer " + TOKEN, 200), ("bearer  " + TOKEN, 200), (basic("u:" + TOKEN), 200),
                              (basic(":" + TOKEN), 200), (basic(TOKEN), 401), (basic("u:" + TOKEN + "x"), 401),
                              (basic("u:" + TOKEN[:-1]), 401), ("Bearer " + TOKEN + "x", 401), ("Bearer", 401), ("Bearer ", 401),
                              ("Basic ====", 401), ("Basic " + "A" * 5000, 401), ("Digest " + TOKEN, 401), (basic("u:"), 401)):
            headers = {"Authorization": value} if value is not None else {}
            for page in ("/debug/pprof/", "/metrics", "/"):
                got = served.ask("GET", page, headers)
                same((value, page, got[0]), (value, page, status))
                if status == 401:
                    same((got[1]["www-authenticate"], got[1]["x-go-pprof"]), ('Basic realm="emberprof", charset="UTF-8"', "1"))
        same(served.get("/healthz")[0], 200)
        same(served.get("/debug/pprof/nope")[0], 401)
        same(served.ask("GET", "/debug/pprof/", {"Host": "any.example", "Authorization": "Bearer " + TOKEN})[0], 200)
        assert TOKEN.encode() not in served.ask("GET", "/debug/pprof/cmdline", {"Authorization": "Bearer " + TOKEN})[2]
    finally:
        served.end()


def refused(_):
    """What cannot be is one line, before anything is served."""
    def wrong(line, status, *options):
        done = subprocess.run([TOOL, "collect", "-o", DIR + "/none", *options, f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"],
                              capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == status and done.stderr.count("\n") == 1 and line in done.stderr, (options, done)

    def token(text, mode=0o600):
        with open(DIR + "/wrong", "wb") as out:
            out.write(text)
        os.chmod(DIR + "/wrong", mode)
        return "--http-token", DIR + "/wrong"
    wrong("others could read all profiles", 2, "--http", "0.0.0.0:6060")
    wrong("others could read all profiles", 2, "--http", "[::]:6060")
    wrong("in digits", 2, "--http", "localhost:6060")
    wrong("in digits", 2, "--http", "127.0.0.1:0")
    wrong("in digits", 2, "--http", "127.0.0.1:70000")
    wrong("in digits", 2, "--http", "6060x")
    wrong("needs --http", 2, "--http-token", "/dev/null")
    wrong("Cannot assign", 1, "--http", "192.0.2.1:6060,insecure")
    wrong("No such file", 1, "--http", ":6060", "--http-token", DIR + "/none.token")
    wrong("is empty", 1, "--http", ":6060", "--http-token", "/dev/null")
    wrong("too short", 1, "--http", ":6060", *token(b"short\n"))
    wrong("too short or too long", 1, "--http", ":6060", *token(b"a" * 129))
    wrong("several lines", 1, "--http", ":6060", *token(b"a" * 20 + b"\nb\n"))
    wrong("has a NUL", 1, "--http", ":6060", *token(b"a" * 20 + b"\0"))
    wrong("headers cannot carry", 1, "--http", ":6060", *token(b"a b" * 10))
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen()
    wrong("Address already in use", 1, "--http", f"127.0.0.1:{busy.getsockname()[1]}")


def broken(served):
    """A server whose process is killed is there again, and says so; its requests' processes go with it."""
    held = served.connect()
    held.sendall(b"GET /debug/pprof/profile?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    os.kill(served.server, 9)
    end = time.monotonic() + 10
    while True:
        try:
            if served.get("/healthz")[0] == 200:
                break
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
    held.close()
    line = served.child.stderr.readline().decode()
    assert "its process ended by signal 9: starting it again" in line, line
    served.server = children(served.keeper)[0]
    same(served.get(f"/debug/pprof/profile?{RANGE}")[0], 200)


def flat(served, before):
    """After all of that, the server's own memory is what it was."""
    after = resident(served.server)
    assert after < before + 2048, (before, after)
    assert after < 16384, after
    same(children(served.server), [])


def case(what, function, *arguments):
    """One line of TAP."""
    begin = time.monotonic()
    try:
        function(*arguments)
        print(f"ok - {what} # {time.monotonic() - begin:.1f} s", flush=True)
    except Exception:  # pylint: disable=broad-except
        FAILED.append(what)
        print(f"not ok - {what}\n# " + traceback.format_exc().replace("\n", "\n# "), flush=True)


def main():
    """All cases, with boards that send meanwhile."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    culprit = make_store()
    served = Served(TOOL, STORE, "--symfs", DIR)
    os.makedirs(DIR + "/kept")
    boards = subprocess.Popen([BOARDS, f"udp://127.0.0.1:{served.udp}", "8", "600", DIR + "/kept"], stdout=subprocess.DEVNULL)
    time.sleep(3)
    try:
        served.get(f"/debug/pprof/profile?{RANGE}")
        before = resident(served.server)
        case("a live profile by go tool pprof", live, served)
        case("status, headers and texts are those of Go's server", reference, served)
        case("30 seconds are the default", missing, served)
        case("ranges have what report has of them, in each form", equal, served)
        case("times by date, zone and seconds since 1970", moments, served)
        case("an empty range is a valid profile", empty, served)
        case("waits, as pprof and as Go's text", waits, served)
        case("the index, and what it lacks", kinds, served)
        case("a spike's range names the culprit", found, served, culprit)
        case("a browser finds the spike's culprit from the start page on", browsed, served, culprit)
        case("50 profiles at once", fifty, served)
        case("more requests at once than there may be", crowd, served)
        case("clients that go away", cut_off, served)
        case("slow readers", slow_reader, served)
        case("requests that never end", slowloris, served)
        case("a thousand connections", thousand, served)
        case("oversized and malformed requests", oversized, served)
        case("bad parameters", parameters, served)
        case("paths that lead nowhere", paths, served)
        case("methods", methods, served)
        case("host names of others", hosts, served)
        case("memory and processes after all of that", flat, served, before)
        case("a server's process that is killed", broken, served)
        case("tokens", tokens, served)
        case("addresses and tokens that are refused", refused, served)
    finally:
        boards.kill()
        boards.wait()
        case("the end", served.end)
    print("1..26")
    sys.exit(bool(FAILED))


main()
