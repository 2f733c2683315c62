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


def log(name, board="board", begin=0, seconds=10, functions=range(FUNCTIONS), second=None, first=0):
    """1000 samples a second of functions in turn; those of `second` in the later half.

    The board's clock is `begin` seconds after synthetic.BEGIN when the log starts; None: it
    was never set. The function `work` is called by main (5).
    """
    stacks = [(f, 5) for f in range(FUNCTIONS)]
    samples = []
    for at in range(seconds * 1000):
        of = functions if second is None or at < seconds * 500 else second
        samples.append((first + at, at % 2, 0, of[at * 7919 % len(of)]))
    was = synthetic.BEGIN, synthetic.SPAN
    synthetic.BEGIN = 0 if begin is None else synthetic.BEGIN + begin * 10**9
    synthetic.SPAN = seconds * 1000
    synthetic.log(f"{DIR}/{name}", board, stacks, samples, *synthetic.place(DIR), 1)
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


CASES = [two_counts, decimals, windows, repetitions, wall_time]


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
