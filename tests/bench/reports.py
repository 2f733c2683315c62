# SPDX-License-Identifier: GPL-2.0-or-later
"""What a report costs on a workstation, beside perf's of the very same samples, as figures.

usage: reports.py EMBERPROF DIR
perf samples a C++ program of this machine; the same samples are written as a log, so that
both reports have the same input. Then ten million samples alone, and how soon a page of
100,000 samples and 5,000 stacks is seen. CPU time is counted, in turns, since machines are
noisy.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "page")]
import synthetic  # pylint: disable=wrong-import-position
import wire  # pylint: disable=wrong-import-position

TURNS = 3
LEAST = 200000  # samples
STREAM = 9


def cost(command):
    """(seconds of CPU, KiB at most) of it. By time(1): a child's peak would begin with ours."""
    measured = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *command], check=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True).stderr
    user, system, peak = measured.splitlines()[-1].split()
    return float(user) + float(system), int(peak)


def figures(commands, samples):
    for _ in range(TURNS):
        for name, command in commands.items():
            seconds, memory = cost(command)
            print(f"= {name}_time {seconds / samples * 1e6:.3f}")
            print(f"= {name}_memory {memory * 1024 / samples:.1f}")


def record(folder):
    """perf.data with enough samples."""
    subprocess.run(["g++", "-std=c++17", "-O2", "-g", "-fno-omit-frame-pointer", "-Wno-psabi", "-o",
                    f"{folder}/rounds", f"{HERE}/rounds.cc"], check=True)
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "8000", "-g", "--sample-cpu", "-o",
                    f"{folder}/perf.data",
                    "--", f"{folder}/rounds", "450000"], check=True, stdout=subprocess.DEVNULL)


def build_id(path):
    said = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Build ID: ([0-9a-f]+)", said)
    return bytes.fromhex(found[1]) if found else b""


def loads(path, known={}):
    """(address, bytes, offset in the file) of its segments."""
    if path not in known:
        said = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=False).stdout
        known[path] = [(int(at, 16), int(size, 16), int(offset, 16)) for offset, at, size in
                       re.findall(r"LOAD +0x(\S+) 0x(\S+) 0x\S+ 0x(\S+)", said)]
    return known[path]


def samples_of(folder):
    """(time in us, cpu, frames) of each, a frame being (file, offset) or (None, address)."""
    text = subprocess.run(["perf", "script", "--no-inline", "-i", f"{folder}/perf.data", "-F", "cpu,time,event,ip,sym,dso"],
                          check=True, capture_output=True, text=True).stdout
    found, place = [], {}
    for line in text.splitlines():
        head = re.match(r" *\[(\d+)\] +(\d+)\.(\d+):", line)
        if head:
            found.append((int(head[2]) * 10**6 + int(head[3]), int(head[1]), []))
        elif line:
            frame = place.get(line)
            if not frame:
                address, path = re.match(r"\s+([0-9a-f]+) .*\((.*)\)$", line).groups()
                address = int(address, 16)
                at = [address - start + offset for start, size, offset in loads(path) if start <= address < start + size]
                frame = place[line] = (path, at[0]) if at else (None, address)
            found[-1][2].append(frame)
    return [(time, cpu, tuple(frames)) for time, cpu, frames in found]


def write_log(path, samples):
    files = sorted({f[0] for s in samples for f in s[2] if f[0]})
    stacks = list(dict.fromkeys(s[2] for s in samples))
    number = {stack: i for i, stack in enumerate(stacks)}
    sizes = [os.path.getsize(f) for f in files]
    first, last = samples[0][0], samples[-1][0]
    clock = [wire.data(8, wire.number(1, t * 1000) + wire.number(2, t * 1000)) for t in (first, last)]
    payloads = [wire.data(1, wire.data(1, "here") + wire.data(2, "boot") + wire.number(3, 1) + wire.data(4, "6.1")
                          + wire.number(9, 2) + wire.number(10, 125000) + wire.number(11, 1000)) + clock[0],
                b"".join(wire.data(2, wire.number(1, i) + wire.data(2, f) + wire.data(3, build_id(f)))
                         for i, f in enumerate(files))
                + wire.data(3, wire.column(2, range(len(files))) + wire.column(3, [0] * len(files))
                            + wire.column(4, sizes) + wire.column(5, [0] * len(files)))
                + wire.data(4, wire.deltas(2, [100]) + wire.deltas(3, [0]) + wire.deltas(4, [1])
                            + wire.column(5, [0]) + wire.data(6, "rounds"))]
    for at in range(0, len(stacks), 200):
        part = stacks[at:at + 200]
        frames = [f for stack in part for f in stack]
        payloads.append(wire.data(5, wire.number(1, at) + wire.column(2, [0] * len(part)) + wire.column(3, [0] * len(part))
                                  + wire.column(4, [len(stack) for stack in part])
                                  + wire.deltas(5, [files.index(f[0]) + 1 if f[0] else 0 for f in frames])
                                  + wire.deltas(7, [f[1] for f in frames])))
    for at in range(0, len(samples), 4000):
        part = samples[at:at + 4000]
        payload = b""
        for cpu in sorted({s[1] for s in part}):
            own = [s for s in part if s[1] == cpu]
            payload += wire.data(6, wire.number(1, cpu) + wire.number(2, own[0][0])
                                 + wire.column(3, [wire.zigzag(b[0] - a[0]) for a, b in zip([own[0]] + own, own)])
                                 + wire.deltas(4, [0] * len(own)) + wire.deltas(5, [number[s[2]] for s in own]))
        payloads.append(payload + wire.number(9, at + len(part)))
    payloads.append(clock[1] + wire.number(9, len(samples)) + wire.number(11, 1))
    with open(path, "wb") as out:
        for i, payload in enumerate(payloads):
            out.write(wire.chunk(STREAM, i, payload))


def beside_perf(tool, folder):
    record(folder)
    samples = samples_of(folder)
    if len(samples) < LEAST:
        print(f"- reports perf took {len(samples)} samples, of {LEAST} that are wanted")
        return
    write_log(f"{folder}/perf.ember", samples)
    log, data = f"{folder}/perf.ember", f"{folder}/perf.data"
    print(f"= report_samples {len(samples)}")
    print(f"= report_stacks {len(collections.Counter(s[2] for s in samples))}")
    figures({"report": [tool, "report", "--no-inlines", "--symfs", folder, log],
             "report_perf": ["perf", "report", "--stdio", "--no-inline", "-i", data],
             "report_text": [tool, "report", "--no-inlines", "--symfs", folder, "-o", "-", "--format",
                             "perf", log],
             "report_script": ["perf", "script", "--no-inline", "-i", data],
             "report_inlines": [tool, "report", "--symfs", folder, log],
             "report_perf_inlines": ["perf", "report", "--stdio", "--inline", "-i", data]}, len(samples))


def alone(tool, folder):
    """Ten million samples of 20,000 stacks."""
    synthetic.make(f"{folder}/many", 3000, 20000, 50000, 1, repeat=200)
    seconds, memory = cost([tool, "report", "--symfs", f"{folder}/many", f"{folder}/many/board-0.ember"])
    print(f"= many_time {seconds / 10:.3f}\n= many_memory {memory / 1024:.1f}")


def painted(tool, folder):
    if not shutil.which("chromedriver"):
        print("- page_seen there is no chromedriver here")
        return
    from browser import Browser  # pylint: disable=import-outside-toplevel
    for name, stacks, samples in (("page", 5000, 50000), ("million", 20000, 500000)):
        synthetic.make(f"{folder}/{name}", 3000, stacks, samples, 2)
        subprocess.run([tool, "report", "--symfs", f"{folder}/{name}", "-o", f"{folder}/{name}/page.html",
                        f"{folder}/{name}/board-0.ember", f"{folder}/{name}/board-1.ember"], check=True, capture_output=True)
        browser = Browser(tempfile.mkdtemp(dir=folder))
        try:
            for _ in range(TURNS):
                print(f"= {name}_seen", browser.open(f"{folder}/{name}/page.html"))
                print(f"= {name}_range", round(browser.run(
                    "const t = performance.now(); page.heat.set([1e6, 5e6]); return performance.now() - t;")))
        finally:
            browser.close()


def main():
    tool, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    if not os.access("/usr/bin/time", os.X_OK):
        print("- reports there is no /usr/bin/time here")
        return
    if shutil.which("perf"):
        beside_perf(tool, folder)
    else:
        print("- reports there is no perf here")
    alone(tool, folder)
    painted(tool, folder)


main()
