# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions, lines and inlined calls at the same addresses, by the tool and by other tools.

usage: lines.py TOOL DIR BINARY[,SAMPLED] [COUNT] [-- OPTION...]
SAMPLED is the board's file, if that is BINARY without its debug information. Reports, with
the options, a log with samples at COUNT random addresses in BINARY's functions. For each
address the report must agree with llvm-symbolizer or addr2line; prints the addresses where
it agrees with neither. Writes its files to DIR.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import wire  # pylint: disable=wrong-import-position

STREAM = 7
# Suffixes of clones and parts of functions, which symbols have and debug information lacks.
SUFFIX = r"\.(isra|part|constprop|cold|lto_priv)\b.*"


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def functions(binary):
    """(start, size) of those with a size, in sections that are there."""
    found = set()
    for line in run("readelf", "-sW", binary).splitlines():
        word = line.split()
        if len(word) >= 8 and word[3] == "FUNC" and word[6].isdigit():
            size = int(word[2], 0)
            if size:
                found.add((int(word[1], 16) & ~1 if ARM else int(word[1], 16), size))
    return sorted(found)


def offset(segments, address):
    """Where it is in the file."""
    for start, where, size in segments:
        if where <= address < where + size:
            return address - where + start
    return None


def loads(binary):
    """(offset, address, bytes) of each segment."""
    return [tuple(int(word, 16) for word in (f[1], f[2], f[4]))
            for f in (line.split() for line in run("readelf", "-lW", binary).splitlines())
            if f and f[0] == "LOAD"]


def known_by(binary):
    """The fields of a File that identify it."""
    found = re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-nW", binary))
    if found:
        return wire.data(3, bytes.fromhex(found[1]))
    with open(binary, "rb") as file:
        bits = file.read()
    head = run("readelf", "-hW", binary)
    at, each, nr = (int(re.search(what + r":\s+(\d+)", head)[1]) for what in (
        "Start of program headers", "Size of program headers", "Number of program headers"))
    code = [line.split() for line in run("readelf", "-lW", binary).splitlines() if " R E " in line and "LOAD" in line][0]
    first = int(code[1], 16)
    text = bits[first:first + min(4096, int(code[4], 16))]
    return (wire.number(9, len(bits)) + wire.number(10, wire.crc32c(bits[at:at + each * nr]))
            + wire.number(11, wire.crc32c(text)))


def boot(here):
    """The id of a boot: this one, or another machine's."""
    if not here:
        return "boot"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def log(path, binary, offsets, name=None, here=False):
    """A sample for each, all of one thread. name: the path of the binary on the board; here: this is the board."""
    hello = (wire.data(1, "board") + wire.data(2, boot(here)) + wire.number(3, 1) + wire.data(4, "6.1")
             + wire.number(9, 1) + wire.number(10, 10000000) + wire.number(11, 1000000))
    clock = wire.number(1, 10**9) + wire.number(2, 10**9)
    size = os.path.getsize(binary)
    define = (wire.data(2, wire.data(2, name or "/" + os.path.basename(binary)) + known_by(binary))
              + wire.data(3, wire.column(2, [0]) + wire.column(3, [0]) + wire.column(4, [size])
                          + wire.column(5, [0]))
              + wire.data(4, wire.deltas(2, [100]) + wire.deltas(3, [0]) + wire.deltas(4, [1])
                          + wire.column(5, [0]) + wire.data(6, "sampled")))
    chunks = [wire.data(1, hello) + wire.data(8, clock), define]
    for first in range(0, len(offsets), 500):
        part = offsets[first:first + 500]
        n = len(part)
        stacks = (wire.number(1, first) + wire.column(2, [0] * n) + wire.column(3, [0] * n)
                  + wire.column(4, [1] * n) + wire.deltas(5, [1] * n) + wire.deltas(7, part))
        samples = (wire.number(2, 1000) + wire.deltas(3, list(range(1000, 1000 + n)))
                   + wire.deltas(4, [0] * n) + wire.deltas(5, list(range(first, first + n))))
        chunks.append(wire.data(5, stacks) + wire.data(6, samples) + wire.number(9, first + n))
    chunks.append(wire.number(9, len(offsets)) + wire.number(11, 1))
    with open(path, "wb") as file:
        for i, payload in enumerate(chunks):
            file.write(wire.chunk(STREAM, i, payload))


def profile(path):
    """{address: ((function, file, line), ...)}, innermost first."""
    text, function, location = [], {}, {}
    for field, value in wire.fields(open(path, "rb").read()):
        if field == 6:
            text.append(value.decode())
        elif field == 5:
            one = dict(wire.fields(value))
            function[one[1]] = (one.get(3, 0), one.get(4, 0))
        elif field == 4:
            lines = [dict(wire.fields(v)) for f, v in wire.fields(value) if f == 4]
            one = dict((f, v) for f, v in wire.fields(value) if f != 4)
            location[one[3]] = [(line[1], line.get(2, 0)) for line in lines]
    return {address: tuple((text[function[f][0]], path_of(text[function[f][1]]), line) for f, line in lines)
            for address, lines in location.items()}


def path_of(path):
    return os.path.normpath(path) if path and path != "??" else ""


def by_llvm(binary, addresses):
    said = run("llvm-symbolizer", "--output-style=JSON", "--no-demangle", "--inlines", f"--obj={binary}",
               input="\n".join(hex(a) for a in addresses))
    for address, line in zip(addresses, said.splitlines()):
        yield address, tuple((f["FunctionName"], path_of(f["FileName"]), f["Line"])
                             for f in json.loads(line)["Symbol"])


def by_addr2line(binary, addresses):
    said = run("addr2line", "-a", "-i", "-f", "-e", binary, input="\n".join(hex(a) for a in addresses))
    address, frames, name = None, [], None
    for line in said.splitlines():
        if line.startswith("0x"):
            if address is not None:
                yield address, tuple(frames)
            address, frames, name = int(line, 16), [], None
        elif name is None:
            name = line
        else:
            path, number = re.sub(r" \(discriminator \d+\)$", "", line).rsplit(":", 1)
            frames.append((name, path_of(path), int(number) if number.isdigit() else 0))
            name = None
    yield address, tuple(frames)


def plain(frames, aliases):
    """What both have to agree on: a function's first name, and no file without a line. Nothing
    for an address that only symbols name: any of the labels there is right."""
    if len(frames) == 1 and not frames[0][2]:
        return ()
    return tuple((re.sub(SUFFIX, "", aliases.get(name, name)), path if line else "", line)
                 for name, path, line in frames)


def names(binary):
    """{name: the first of the names at its address}."""
    at = collections.defaultdict(set)
    for line in run("readelf", "-sW", binary).splitlines():
        word = line.split()
        if len(word) >= 8 and word[3] in ("FUNC", "NOTYPE", "IFUNC", "GNU_IFUNC") and word[6].isdigit():
            at[int(word[1], 16)].add(word[7].split("@")[0])
    # ARM's mapping symbols say what code it is, and are nobody's names.
    at = [{name for name in same if not name.startswith("$")} for same in at.values()]
    return {name: min(same) for same in at for name in same}


def cause(ours, llvm, bfd):
    """How the outputs of the three tools differ, in a few words."""
    if [f[0] for f in ours] == [f[0] for f in llvm] or [f[0] for f in ours] == [f[0] for f in bfd]:
        return "the same functions, other lines"
    if len(ours) not in (len(llvm), len(bfd)):
        return "another depth of inlining"
    return "other names"


def main():
    global ARM
    words = sys.argv[1:]
    options = words[words.index("--") + 1:] if "--" in words else []
    words = words[:words.index("--")] if "--" in words else words
    tool, folder, binary = words[:3]
    binary, _, sampled = binary.partition(",")
    sampled = sampled or binary
    count = int(words[3]) if len(words) > 3 else 10000
    ARM = "ARM" in run("readelf", "-hW", binary).split("Machine:")[1].split("\n")[0]
    os.makedirs(folder, exist_ok=True)
    chance = random.Random(1)
    segments = loads(binary)
    places = [(a, n) for a, n in functions(binary) if offset(segments, a) is not None]
    weights = [n for _, n in places]
    addresses = set()
    for _ in range(20 * count):
        start, size = chance.choices(places, weights)[0] if len(addresses) < count else (0, 0)
        if not size:
            break
        addresses.add(start + (chance.randrange(size) & (~1 if ARM else ~0)))
    addresses = sorted(addresses)
    log(f"{folder}/lines.ember", sampled, [offset(segments, a) for a in addresses])
    run(tool, "report", "-o", f"{folder}/lines.pb", *options, f"{folder}/lines.ember")
    ours = profile(f"{folder}/lines.pb")
    aliases = names(binary)
    llvm, bfd = dict(by_llvm(binary, addresses)), dict(by_addr2line(binary, addresses))
    right, inlined, wrong = 0, 0, collections.defaultdict(list)
    for a in addresses:
        mine = plain(ours.get(a, ()), aliases)
        theirs = [plain(llvm[a], aliases), plain(bfd[a], aliases)]
        inlined += len(mine) > 1
        if mine in theirs:
            right += 1
        else:
            wrong[cause(mine, *theirs)].append((a, mine, *theirs))
    print(f"# {os.path.basename(binary)}: {len(addresses)} addresses, {inlined} of them inlined: "
          f"{right} as another tool has them, {len(addresses) - right} not")
    for why, some in sorted(wrong.items()):
        print(f"#   {len(some)}: {why}")
        for a, *said in some[:3]:
            for who, frames in zip(("ours", "llvm", "addr2line"), said):
                print(f"#     {a:#x} {who}: {frames}")
    return 0 if right * 1000 >= 998 * len(addresses) and len(addresses) >= count / 2 else 1


ARM = False
if __name__ == "__main__":
    sys.exit(main())
