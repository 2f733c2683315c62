# SPDX-License-Identifier: GPL-2.0-or-later
"""What commands read, write and refuse, on small inputs.

usage: commands.py TOOL DIR
DIR is for what it makes. Prints a line for each case; exit status 1 if one fails.
"""
import os
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "page"))
import synthetic  # pylint: disable=wrong-import-position
import wire  # pylint: disable=wrong-import-position

TOOL, DIR = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FUNCTIONS = 40


def run(*arguments, status=0, stdin=None):
    """(stdout, stderr) of the tool, whose exit status has to be that."""
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, cwd=DIR, stdin=stdin, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def refuses(what, *arguments, status=2):
    """One line on stderr with that text, and nothing else."""
    out, said = run(*arguments, status=status)
    assert what in said and said.count("\n") == 1 and not out, (what, out, said)


def file(name, text):
    with open(f"{DIR}/{name}", "w", encoding="utf-8") as to:
        to.write(text)
    return name


def folded(*arguments):
    """{stack: count}"""
    out, _ = run("report", "--format", "folded", "-o", "-", *arguments)
    return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in out.splitlines()}


def log(name, board="board", begin=0, seconds=10, functions=range(FUNCTIONS), second=None, first=0, gaps=()):
    """1000 samples a second of functions in turn; those of `second` in the later half.

    The board's clock is `begin` seconds after synthetic.BEGIN when the log starts; None: it
    was never set. Stacks of `gaps` may have some. The function `work` is called by main (5).
    """
    stacks = [(f, 5) for f in range(FUNCTIONS)]
    samples = []
    for at in range(seconds * 1000):
        of = functions if second is None or at < seconds * 500 else second
        samples.append((first + at, at % 2, 0, of[at * 7919 % len(of)]))
    was = synthetic.BEGIN, synthetic.SPAN
    synthetic.BEGIN = 0 if begin is None else synthetic.BEGIN + begin * 10**9
    synthetic.SPAN = seconds * 1000
    synthetic.log(f"{DIR}/{name}", board, stacks, samples, *synthetic.place(DIR), 1, gaps)
    synthetic.BEGIN, synthetic.SPAN = was
    return name


def lines(text):
    return [line for line in text.splitlines() if line]


def marked(text):
    return sorted(line.split()[-1] for line in text.splitlines() if "%" not in line and " * " in line)


# ---- folded stacks ----

def two_counts():
    """`report` shows the second, `diff` compares them."""
    name = file("two.folded", "# before after\na;main;work 900 1200\na;main;idle 600 300\n")
    assert folded(name) == {"a;main;work": 1200, "a;main;idle": 300}
    assert run("report", name)[1] == f"emberprof: {name}: showing the second of two counts\n"
    out, said = run("diff", name)
    assert out.startswith("1500 samples before, 1500 after") and marked(out) == ["idle", "work"] and not said, out
    run("diff", "-o", "again.folded", name)
    with open(f"{DIR}/again.folded", encoding="utf-8") as again:
        assert sorted(again) == ["a;main;idle 600 300\n", "a;main;work 900 1200\n"]
    refuses("one file needs two counts", "diff", file("one.folded", "a;b 1\n"), status=1)


def decimals():
    refuses("dec.folded: line 2: its count isn't a whole number", "report",
            file("dec.folded", "# austin: 3.4\na;b 1.5\n"), status=1)


# ---- diff ----

def windows():
    """Two parts of one log, or one of each of two."""
    low, high = range(10, 20), range(20, 30)
    log("phases.ember", functions=low, second=high)
    out, _ = run("diff", "--symfs", DIR, "--before-time", "+0,+5", "--after-time", "+5,+10", "phases.ember")
    assert out.startswith("5000 samples before, 5000 after"), out
    assert len(marked(out)) == 20 and "20 of 21 functions have changed by more than noise" in out, out
    out, _ = run("diff", "--symfs", DIR, "--before-time", "+0,+2", "--after-time", "+2,+4", "phases.ember")
    assert not marked(out) and "none of 11 functions has changed by more than noise" in out, out
    log("low.ember", functions=low)
    out, _ = run("diff", "--symfs", DIR, "--after-time", "+5,", "low.ember", "phases.ember")
    assert out.startswith("10000 samples before, 5000 after") and len(marked(out)) == 20, out
    refuses("x: FROM,TO such as", "diff", "--before-time", "x", "low.ember", "phases.ember")
    refuses("two profiles, before and after", "diff", "--before-time", "+0,+5", "low.ember", "low.ember", "low.ember")
    refuses("--before-time and --after-time", "diff", "--symfs", DIR, "--before-time", "+0,+5", "low.ember",
            status=1)


def repetitions():
    """What differs between runs of one side is noise."""
    runs = [[(1000, 300, 700), (1000, 700, 300), (1000, 500, 500)], [(1000, 650, 350), (1000, 350, 650), (500, 500, 1000)]]
    names = [[file(f"{side}{i}.folded", "".join(f"a;main;{f} {n}\n" for f, n in zip("xyz", run_of)))
              for i, run_of in enumerate(runs[number])] for number, side in enumerate(("b", "a"))]
    out, _ = run("diff", names[0][0], names[1][1])
    assert not marked(out), out
    out, _ = run("diff", names[0][0], names[1][2])
    assert marked(out) == ["x", "y", "z"], out
    options = [o for number, side in enumerate(("--before", "--after")) for name in names[number] for o in (side, name)]
    out, _ = run("diff", *options)
    assert out.startswith("6000 samples before, 6000 after") and not marked(out), out
    # By position and by option: the same.
    assert run("diff", names[0][0], names[1][0], *options[2:6], *options[8:])[0] == out
    refuses("two profiles", "diff", *options[:6])


# ---- logs ----

def wall_time():
    """Of boards that ran at the same time, of recordings one after the other, without a clock."""
    def took(*logs):
        return run("report", "--symfs", DIR, *logs)[0].split("\n")[0].split(" in ")[1]
    names = [log(f"wall{i}.ember", f"board-{i}", begin) for i, begin in enumerate((0, 5, 100, None, None))]
    assert took(names[0]) == "10.00 s"
    assert took(names[0], names[1]) == "15.00 s"
    assert took(*names[:3]) == "25.00 s"
    assert took(*names[3:]) == "10.00 s"
    assert took(*names) == "25.00 s"
    assert took("--time", "+2,+4", *names[:2]) == "4.00 s"


def times():
    """--time takes times as the page shows them."""
    def samples(time, *names):
        return sum(folded("--symfs", DIR, "--time", time, *names).values())
    # synthetic.BEGIN is 2026-11-28T10:00:00Z.
    name, midnight = log("day.ember"), log("midnight.ember", "night", 14 * 3600 - 5)
    assert samples("10:00:02.250,10:00:04.000", name) == 1750
    assert samples("10:00:02.250,", name) == 7750
    assert samples("2026-11-28T10:00:02.250,2026-11-28 10:00:04 UTC", name) == 1750
    assert samples("23:59:58,00:00:01.5", midnight) == 3500
    assert samples("00:00:00,", midnight) == 5000
    assert samples("10:00:02,10:00:03", name, midnight) == 1000
    unset = log("unset.ember", begin=None, first=2000)
    assert samples("3.000 s,4.500 s", unset) == 1500
    refuses("has no clock that was set", "report", "--time", "10:00:02,10:00:03", unset, status=1)


def damage():
    """What is damaged is named itself, in a folder and beside others."""
    os.makedirs(f"{DIR}/folder/board", exist_ok=True)
    for name in ("folder/a.ember", "folder/board/b.ember", "folder/c.ember"):
        log(name, seconds=1)
    whole = os.path.getsize(f"{DIR}/folder/a.ember")
    with open(f"{DIR}/folder/board/b.ember", "r+b") as to:
        to.truncate(whole - 20)
    _, said = run("report", "--symfs", DIR, "folder")
    assert "folder/board/b.ember: ignoring " in said and said.count("ignoring") == 1, said
    with open(f"{DIR}/folder/c.ember", "r+b") as to:
        to.write(b"x" * whole)
    _, said = run("report", "--symfs", DIR, "folder")
    assert "folder/c.ember: is no log: left out" in said, said
    with open(f"{DIR}/folder/a.ember", "r+b") as to:
        to.seek(200)
        to.write(b"xxxx")
    _, said = run("report", "--symfs", DIR, "folder/a.ember", "folder/board/b.ember")
    assert "folder/a.ember: ignoring " in said and "damaged bytes between chunks" in said, said
    assert "folder/board/b.ember: ignoring " in said, said


def mixed():
    """A log and a profile are added up in any order, or refused."""
    name = log("mixed.ember", seconds=1)
    run("report", "--symfs", DIR, "-o", "mixed.pb.gz", name)
    run("report", "-o", "mixed.pb", "mixed.pb.gz", "mixed.pb.gz")
    alone = folded("--symfs", DIR, name)
    for files in ([name, "mixed.pb.gz"], ["mixed.pb.gz", name]):
        assert folded("--symfs", DIR, *files) == {stack: 2 * n for stack, n in alone.items()}, files
    for files in ([name, "mixed.pb.gz", name, "mixed.pb"], ["mixed.pb", name, "mixed.pb.gz"]):
        # A log's chunks count once.
        assert folded("--symfs", DIR, *files) == {stack: 4 * n for stack, n in alone.items()}, files
    one = file("one.folded", "a;b 1\n")
    refuses(f"{one}: sample types differ from those of {name}", "report", "--symfs", DIR, name, one, status=1)
    refuses(f"{one}: sample types differ from those of {name}", "report", "--symfs", DIR, one, name, status=1)
    refuses("mixed.pb: is no log", "report", "--symfs", DIR, "--comm", "worker", name, "mixed.pb", status=1)
    refuses("sample times: only logs", "report", "--symfs", DIR, "-o", "mixed.perf", name, "mixed.pb", status=1)


def nameless():
    """One line for all files that lack names, and one for each with -v."""
    hello = (wire.data(1, "other") + wire.data(2, "boot") + wire.number(3, 1) + wire.data(4, "6.1")
             + wire.number(9, 1) + wire.number(10, 10000000) + wire.number(11, 1000000))
    define = (b"".join(wire.data(2, wire.number(1, i) + wire.data(2, path)) for i, path in enumerate(("/a", "/b")))
              + wire.data(3, wire.column(2, [0, 1]) + wire.column(3, [0, 0]) + wire.column(4, [4096, 4096])
                          + wire.column(5, [0, 0]))
              + wire.data(4, wire.deltas(2, [100]) + wire.deltas(3, [0]) + wire.deltas(4, [1]) + wire.column(5, [0])
                          + wire.data(6, "nameless")))
    stacks = (wire.column(2, [0, 0]) + wire.column(3, [0, 0]) + wire.column(4, [2, 1])
              + wire.deltas(5, [1, 2, 1]) + wire.deltas(7, [16, 32, 64]))
    samples = wire.number(2, 1000) + wire.deltas(3, [1000, 1001, 1002]) + wire.deltas(4, [0] * 3) + wire.deltas(5, [0, 0, 1])
    with open(f"{DIR}/nameless.ember", "wb") as to:
        for i, payload in enumerate((wire.data(1, hello), define, wire.data(5, stacks) + wire.data(6, samples)
                                     + wire.number(9, 3) + wire.number(11, 1))):
            to.write(wire.chunk(9, i, payload))
    assert run("report", "nameless.ember")[1] == (
        "emberprof: 3 samples lack names in 2 files, 3 of them in /a (-v lists all)\n")
    each = lines(run("report", "-v", "nameless.ember")[1])
    assert [line.split(":")[1] for line in each] == [" 3 samples lack names in /a", " 2 samples lack names in /b"], each


def gaps():
    """Stacks that may lack frames are left out where that is asked for, and counted."""
    name, whole, others = log("gaps.ember", seconds=1, gaps=(20, 21)), log("whole.ember", seconds=1), range(30, 40)
    out, said = run("report", "--symfs", DIR, name)
    assert "\n50 samples have a stack that may have gaps" in out and not said, (out, said)
    all_of, kept = folded("--symfs", DIR, name), folded("--symfs", DIR, "--no-gaps", name)
    assert sum(all_of.values()) == 1000 and sum(kept.values()) == 950
    assert kept == {stack: n for stack, n in all_of.items() if not stack.endswith(("_00012", "_00013"))}, kept
    out, said = run("report", "--symfs", DIR, "--no-gaps", name)
    assert said == f"emberprof: {name}: left out 50 of 1000 samples: their stacks may have gaps\n", said
    assert out.startswith("950 samples") and "gaps" not in out, out
    assert run("report", "--symfs", DIR, "--no-gaps", whole) == run("report", "--symfs", DIR, whole)
    out, said = run("diff", "--symfs", DIR, "--no-gaps", name, whole)
    assert out.startswith("950 samples before, 1000 after") and said.count("left out 50 of 1000") == 1, (out, said)
    log("none.ember", seconds=1, functions=others, gaps=others)
    refuses("none.ember: has no sample of what is asked for", "report", "--no-gaps", "none.ember", status=1)
    run("report", "--symfs", DIR, "-o", "gaps.pb", name)
    for other in ("gaps.pb", file("gaps.folded", "a;b 1\n")):
        refuses(f"{other}: is no log: only logs mark stacks that may have gaps", "report", "--no-gaps", other, status=1)
        refuses(f"{other}: is no log", "diff", "--symfs", DIR, "--no-gaps", whole, other, status=1)


# ---- the command line ----

def usage():
    """Help for all that has options, and what may have been meant."""
    out, said = run(status=2)
    assert said.startswith("usage: emberprof COMMAND") and not out, said
    assert run("help")[0] == run("-h")[0] == said
    for command in ("record", "report", "diff", "merge", "collect", "check", "status"):
        out, said = run("help", command)
        assert out == run(command, "-h")[0] and out.startswith("usage: emberprof") and not said, (command, out)
    version = lines(run("--version")[0])
    assert version[0].startswith("emberprof ") and version[1].startswith("built with "), version
    for command in (["recrod"], ["help", "reccord"], ["recor"]):
        refuses(f"unknown command {command[-1]} (did you mean record?)", *command)
    refuses("unknown command frobnicate:", "frobnicate")
    refuses("unknown option --symsf (did you mean --symfs?): see emberprof help report", "report", "--symsf", DIR, "x")
    refuses("unknown option --durration=5 (did you mean --duration?)", "record", "--durration=5")
    refuses("unknown option --before-tiem (did you mean --before-time?)", "diff", "--before-tiem", "x")
    refuses("unknown option --frobnicate:", "status", "--frobnicate")
    refuses("no value is taken by --cpus=3", "status", "--cpus=3")
    refuses("no value for --symfs", "report", "--symfs")
    refuses("unknown option -x", "report", "-vx")


def early():
    """Files and processes that options name are looked at before the module, or any log."""
    refuses("no such process: 4194305", "record", "-p", "4194305", status=1)
    refuses("/nowhere: No such file or directory", "record", "--key", "/nowhere", "-o", "udp://127.0.0.1:9", status=1)
    refuses("--unwind-cache /nowhere: a folder that is there", "record", "--unwind-cache", "/nowhere")
    name = log("early.ember", seconds=1)
    for option in ("--symfs", "--vmlinux", "--debug-dir"):
        for command in (["report", name], ["diff", name, name]):
            refuses("/nowhere: No such file or directory", *command, option, "/nowhere", status=1)


def torn():
    """A program that was copied in part has no figures, and that's said."""
    with open("/bin/sh", "rb") as program:
        content = bytearray(program.read())
    # Neither has section headers that could be read.
    content[40:48], content[60:64] = bytes(8), bytes(4)
    for name, upto in ("whole.elf", len(content)), ("torn.elf", len(content) // 4):
        with open(f"{DIR}/{name}", "wb") as to:
            to.write(content[:upto])
    assert "whole.elf" in run("check", "--unwind", "--json", "whole.elf")[0]
    refuses("torn.elf: cut short", "check", "--unwind", "--json", "torn.elf", status=1)


def outputs():
    """Each -o is written, or it's an error before anything is read."""
    name = log("outputs.ember", seconds=1)
    out, _ = run("report", "--symfs", DIR, "-o", "o.pb", "-o", "-", "-o", "o.folded", "-o", "o.svg", name)
    assert out == run("report", "--symfs", DIR, name)[0] and folded("o.pb") == folded("o.folded"), out
    assert sum(folded("o.folded").values()) == 1000 and os.path.getsize(f"{DIR}/o.svg")
    run("report", "--symfs", DIR, "--lines", "--format", "folded", "-o", "l1", "-o", "l2", name)
    assert folded("l1") == folded("l2")
    run("diff", "-o", "d.folded", "-o", "d.txt", "o.folded", "o.pb")
    assert os.path.getsize(f"{DIR}/d.folded") and os.path.getsize(f"{DIR}/d.txt")
    refuses("-o 'o.pb': named twice", "report", "-o", "o.pb", "-o", "o.pb", name)
    refuses("x.png: which format?", "report", "-o", "never.pb", "-o", "x.png", name)
    assert not os.path.exists(f"{DIR}/never.pb")
    refuses("never.pb: beside a log or a link no profile is written", "record", "-o", "never.pb", "-o", "a.ember")
    refuses("a.ember: one log can be written at a time", "record", "-o", "a.ember", "-o", "b.ember")
    refuses("-o udp://127.0.0.1:2: there is a link already", "record", "-o", "udp://127.0.0.1:1", "-o",
            "udp://127.0.0.1:2")


CASES = [two_counts, decimals, windows, repetitions, wall_time, times, damage, mixed, nameless, gaps, usage, early, torn, outputs]


def main():
    failed = 0
    os.makedirs(DIR, exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = f"{DIR}/cache"
    synthetic.program(DIR, FUNCTIONS)
    for case in CASES:
        try:
            case()
        except AssertionError:
            traceback.print_exc(file=sys.stdout)
            print(f"# {case.__name__}: failed")
            failed += 1
    print(f"# {len(CASES) - failed} of {len(CASES)} cases")
    return failed > 0


sys.exit(main())
