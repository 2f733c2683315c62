# SPDX-License-Identifier: GPL-2.0-or-later
"""In gdb, attached to a process: lets it run from one stop by the module halt to the next
and writes down what its stack is there, as it unwinds it itself.

environment: STOPS   how many
             OUT     a line for each: whether the place is in a prologue or epilogue, the
                     function, its instruction, the stack as FILE+OFFSET, innermost first;
                     of a caller the byte before the one that is returned to, as in pprof
             READY   a file that is made once gdb is attached
             GO      a file that is there once the recording has begun
"""
import bisect
import os
import re
import time

import gdb

HALT = "/sys/module/halt/parameters/pid"
FRAMES = re.compile(
    # What makes and unmakes frames: x86-64, ARM, arm64; and a function's first byte.
    r"push|pop|ret|leave|endbr|vpush|vpop|paciasp|autiasp|bx\s+lr|"
    r"(sub|add)q?\s.*,%rsp|mov\s+%rsp,%rbp|"
    r"(sub|add)(\.w)?\s+sp,|(stmdb|ldmia|stp|ldp|str|ldr).*\[?sp(\], ?#|!|, ?#-?\d+\]!)|"
    r"(stp|ldp|str|ldr)\s+x(19|2\d|30),.*\[sp|mov\s+x29, sp|(str|ldr)\s+lr")
# Frames of gdb's own that are no place on the stack.
MADE_UP = (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME)


def waits(path):
    while not os.path.exists(path):
        time.sleep(0.1)


def mappings(pid):
    found = []
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            fields = line.split(maxsplit=5)
            begin, end = (int(v, 16) for v in fields[0].split("-"))
            if "x" in fields[1] and len(fields) == 6:
                found.append((begin, end, int(fields[2], 16), fields[5].strip()))
    return found


def place(maps, pc):
    at = bisect.bisect_right(maps, (pc, 1 << 64)) - 1
    if at < 0 or pc >= maps[at][1]:
        return f"?+{pc:x}"
    begin, _, offset, path = maps[at]
    return f"{path}+{pc - begin + offset:x}"


def begins(pc):
    block = gdb.block_for_pc(pc)
    while block is not None and (block.function is None or block.start != pc):
        block = block.superblock
    return block is not None


def line(maps):
    frame = gdb.newest_frame()
    pc, name = frame.pc(), frame.name()
    asm = frame.architecture().disassemble(pc)[0]["asm"]
    stack = []
    exact = True
    while frame is not None:
        if frame.type() not in MADE_UP:
            stack.append(place(maps, frame.pc() - (not exact)))
            exact = frame.type() == gdb.SIGTRAMP_FRAME
        frame = frame.older()
    edge = str(int(bool(FRAMES.match(asm)) or begins(pc)))
    return "\t".join((edge, str(name), " ".join(asm.split()), " ".join(stack)))


def main():
    for command in ("pagination off", "confirm off", "backtrace past-main on",
                    "backtrace past-entry on", "width 0"):
        gdb.execute("set " + command)
    gdb.execute("handle SIGSTOP stop print nopass", to_string=True)
    pid = gdb.selected_inferior().pid
    with open(os.environ["OUT"], "w", encoding="utf-8") as out:
        open(os.environ["READY"], "w", encoding="utf-8").close()
        waits(os.environ["GO"])
        with open(HALT, "w", encoding="utf-8") as halt:
            halt.write(str(pid))
        for n in range(int(os.environ["STOPS"])):
            gdb.execute("continue", to_string=True)
            if not n:
                # Who first hears of the process now loads its tables.
                time.sleep(5)
            print(line(mappings(pid)), file=out, flush=True)
        with open(HALT, "w", encoding="utf-8") as halt:
            halt.write("0")
    gdb.execute("kill")


main()
