# SPDX-License-Identifier: GPL-2.0-or-later
"""Logs of programs that never ran: as many functions, stacks and samples as are asked for.

usage: synthetic.py DIR [FUNCTIONS [STACKS [SAMPLES [BOARDS]]]]
DIR gets `program`, with symbols, and board-N.ember. make() returns what is in them.
"""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import wire  # pylint: disable=wrong-import-position

EACH = 16  # bytes of a function
CPUS = 4
SPAN = 10000  # ms
# What nobody may take for markup, as names of functions, threads and boards may be.
NAMES = ["<script>alert(1)</script>", "</script><b>", "a\"b'c&amp;", "semi;colon", "back\\slash",
         "\N{GREEK SMALL LETTER LAMDA}-calculus", "-->]]>"]
RAW = {"broken \udcff\udc80 UTF-8": b"broken \xff\x80 UTF-8"}
COMMS = [b"worker", b"<img src=x>", b"\"><b>'&\x02", b"net"]
BEGIN = 1795860000 * 10**9  # a moment of 2026


def program(folder, functions):
    """An ELF file with symbols; names in the order of their places."""
    names = (NAMES + list(RAW) + [f"function_{i:05d}" for i in range(functions)])[:functions]
    with open(f"{folder}/program.s", "wb") as out:
        out.write(b".text\n")
        for name in names:
            quoted = b'"' + RAW.get(name, name.encode("utf-8", "surrogateescape")).replace(
                b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
            out.write(b".type %s,@function\n%s:\n.fill %d,1,0x90\n.size %s,%d\n" % (
                quoted, quoted, EACH, quoted, EACH))
    subprocess.run(["gcc", "-shared", "-nostdlib", "-Wl,--build-id", "-o", f"{folder}/program",
                    f"{folder}/program.s"], check=True)
    return names


def place(folder):
    """(build-id, offset of .text in the file)."""
    said = subprocess.run(["readelf", "-nSW", f"{folder}/program"], check=True, capture_output=True, text=True).stdout
    return (bytes.fromhex(re.search(r"Build ID: ([0-9a-f]+)", said)[1]),
            int(re.search(r"\.text +PROGBITS +[0-9a-f]+ +([0-9a-f]+)", said)[1], 16))


def make_stacks(chance, functions, nr):
    """Tuples of functions, innermost first, that share their outermost ones as programs' do."""
    stacks, seen = [], set()
    while len(stacks) < nr:
        keep = chance.choice(stacks)[::-1][:chance.randint(1, 24)] if stacks and chance.random() < 0.95 else (0,)
        stack = keep + tuple(chance.randrange(functions) for _ in range(chance.randint(1, 4)))
        if len(stack) <= 60 and stack not in seen:
            seen.add(stack)
            stacks.append(stack[::-1])
    return stacks


def definitions(stacks, build_id, text, gaps=()):
    """Payloads of chunks that define everything; gaps: which stacks may have some."""
    size = max(max(stack) for stack in stacks) * EACH + EACH
    yield (wire.data(2, wire.data(2, "/program") + wire.data(3, build_id))
           + wire.data(3, wire.column(2, [0]) + wire.column(3, [text]) + wire.column(4, [size]) + wire.column(5, [text]))
           + wire.data(4, wire.deltas(2, [100 + i for i in range(len(COMMS))]) + wire.deltas(3, [0] * len(COMMS))
                       + wire.deltas(4, [1] * len(COMMS)) + wire.column(5, [0] * len(COMMS))
                       + b"".join(wire.data(6, comm) for comm in COMMS)))
    for first in range(0, len(stacks), 200):
        part = stacks[first:first + 200]
        frames = [text + f * EACH + (4 if i else 3) for stack in part for i, f in enumerate(stack)]
        yield wire.data(5, wire.number(1, first) + wire.column(2, [0] * len(part)) + wire.column(3, [0] * len(part))
                        + wire.column(4, [len(stack) for stack in part])
                        + wire.deltas(5, [1] * len(frames)) + wire.deltas(7, frames)
                        + (wire.column(10, [int(first + i in gaps) for i in range(len(part))]) if gaps else b""))


def log(path, board, stacks, samples, build_id, text, repeat, gaps=()):
    """samples: (time in ms, CPU, thread, stack), by time; all of them again, `repeat` times in a row."""
    hello = (wire.data(1, board) + wire.data(2, board + "-boot") + wire.number(3, 1) + wire.data(4, "6.1")
             + wire.number(9, CPUS) + wire.number(10, 10000000) + wire.number(11, 1000000))
    clocks = [wire.data(8, wire.number(1, at * 10**6) + wire.number(2, at * 10**6)
                        + wire.number(3, BEGIN + at * 10**6) + wire.number(4, int(BEGIN > 0)))
              for at in (0, repeat * SPAN)]
    stream = 1 + wire.crc32c(board.encode()) % 2**31
    payloads = [wire.data(1, hello) + clocks[0], *definitions(stacks, build_id, text, gaps)]
    parts = []
    for first in range(0, len(samples), 4000):
        part = samples[first:first + 4000]
        columns = []
        for cpu in range(CPUS):
            own = [s for s in part if s[1] == cpu]
            if own:
                columns.append((cpu, own[0][0], wire.column(3, [wire.zigzag(b[0] - a[0]) for a, b in zip(own[:1] + own, own)])
                                + wire.deltas(4, [s[2] for s in own]) + wire.deltas(5, [s[3] for s in own])))
        parts.append((first + len(part), columns))
    for turn in range(repeat):
        for sent, columns in parts:
            payloads.append(b"".join(wire.data(6, wire.number(1, cpu) + wire.number(2, turn * SPAN + start) + rest)
                                     for cpu, start, rest in columns) + wire.number(9, turn * len(samples) + sent))
    payloads.append(clocks[1] + wire.number(9, repeat * len(samples)) + wire.number(11, 1))
    with open(path, "wb") as out:
        for i, payload in enumerate(payloads):
            out.write(wire.chunk(stream, i, payload))


def waits(path, folder, turns=100):
    """All time of two threads on one CPU, in turns of 100 ms: one runs for 20 ms and waits for 80 ms, for a disk or not;
    the other runs for 50 ms and loses the CPU for 50 ms. Stacks: 0 and 1 of what runs, 2 and 3 of what waits."""
    build_id, text = place(folder)
    stacks = [(1, 0), (2, 0), (3, 1, 0), (4, 2, 0)]
    hello = (wire.data(1, "board") + wire.data(2, "boot") + wire.number(3, 1) + wire.data(4, "6.1") + wire.number(9, 1)
             + wire.number(10, 10000000) + wire.number(11, 1000000))
    clocks = [wire.data(8, wire.number(1, at * 10**6) + wire.number(2, at * 10**6) + wire.number(3, BEGIN + at * 10**6)
                        + wire.number(4, 1)) for at in (0, turns * 100)]
    events = b"".join(wire.data(13, wire.number(1, i) + wire.number(2, kind) + wire.data(3, name) + wire.number(4, 1)
                                + wire.number(5, 10000000)) for i, (kind, name) in enumerate(((2, "block"), (3, "preempt"))))
    samples = sorted([(100 * t + ms, 0, 0) for t in range(turns) for ms in (5, 15)]
                     + [(100 * t + ms, 1, 1) for t in range(turns) for ms in (25, 35, 45, 55, 65)])
    # (end in ms, thread, stack, event, ms, state)
    ends = sorted([(100 * t + 100, 0, 2 + t % 2, 0, 80, 2 * (t % 2)) for t in range(turns)]
                  + [(100 * t + 120, 1, 1, 1, 50, 4) for t in range(turns - 1)])
    first = (wire.data(1, hello) + clocks[0])
    body = (b"".join(definitions(stacks, build_id, text)) + events
            + wire.data(6, wire.number(2, samples[0][0])
                        + wire.column(3, [wire.zigzag(b[0] - a[0]) for a, b in zip(samples[:1] + samples, samples)])
                        + wire.deltas(4, [s[1] for s in samples]) + wire.deltas(5, [s[2] for s in samples]))
            + wire.data(14, wire.number(2, ends[0][0])
                        + wire.column(3, [wire.zigzag(b[0] - a[0]) for a, b in zip(ends[:1] + ends, ends)])
                        + wire.deltas(4, [e[1] for e in ends]) + wire.deltas(5, [e[2] for e in ends])
                        + wire.column(6, [e[3] for e in ends]) + wire.column(7, [e[4] * 10**6 for e in ends])
                        + wire.column(8, [16 + e[5] for e in ends]))
            + b"".join(wire.data(15, wire.number(1, i) + wire.number(2, sum(e[3] == i for e in ends))
                                 + wire.number(3, sum(e[4] * 10**6 for e in ends if e[3] == i))) for i in (0, 1))
            + wire.number(9, len(samples)) + clocks[1] + wire.number(11, 1))
    with open(path, "wb") as out:
        for i, payload in enumerate((first, body)):
            out.write(wire.chunk(77, i, payload))


def make(folder, functions=300, stacks=500, samples=20000, boards=2, seed=1, repeat=1):
    """(names, stacks, {board: samples}). Stacks of the last tenth are only seen in the last tenth of the time."""
    chance = random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    names = program(folder, functions)
    build_id, text = place(folder)
    known = make_stacks(chance, len(names), stacks)
    recorded = {}
    for b in range(boards):
        board = f"board-{b}" if b else "<i>board</i>"
        times = sorted(chance.randrange(SPAN) for _ in range(samples))
        recorded[board] = [(t, chance.randrange(CPUS), chance.randrange(len(COMMS)),
                            int((0.9 if t < 9000 else 1) * stacks * chance.random() ** 3) if t < 9000 else
                            int(stacks * (0.9 + 0.1 * chance.random()))) for t in times]
        log(f"{folder}/board-{b}.ember", board, known, recorded[board], build_id, text, repeat)
    return names, known, recorded


if __name__ == "__main__":
    make(sys.argv[1], *map(int, sys.argv[2:6]))
