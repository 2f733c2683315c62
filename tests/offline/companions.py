# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that a debug file names: split units, dwz's alternate file, sources.

usage: companions.py TOOL DIR
Each valid case is followed by ones that differ in one thing: a FIFO, a path or a symbolic link that
leaves the folder, another file's id. The tool must neither wait nor read what is outside. DIR is for
what it makes.
"""
import os
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import lines  # pylint: disable=wrong-import-position
wire = lines.wire

SOURCE = """\
volatile int sink;
static inline __attribute__((always_inline)) int inner(int x)
{
	sink += x;
	return sink * 3; /* the source of inner */
}
__attribute__((noinline)) int outer(int x) { return inner(x) + 1; }
int main(int argc, char **argv) { (void)argv; return outer(argc); }
"""
SECRET = "the secret line"
# As long as any name that a test puts in its place.
PLACE = "p" * 200
failed = []


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def report(*options, memory=resource.RLIM_INFINITY):
    """What it prints, with its messages, or None: it waits for something. memory: bytes at most."""
    try:
        done = subprocess.run([TOOL, "report", *options], capture_output=True, text=True, timeout=120,
                              errors="replace", check=False,
                              preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
                                                  resource.setrlimit(resource.RLIMIT_CPU, (20, 20))))
    except subprocess.TimeoutExpired:
        return None
    return done.stdout + done.stderr


def check(what, said, has=(), lacks=()):
    good = said is not None and all(text in said for text in has) and not any(text in said for text in lacks)
    print(f"# {'' if good else 'FAILED: '}{what}")
    if not good:
        failed.append(what)
        print("\n".join("#   " + line for line in (said or "it waited").splitlines()[:12]))


def fresh(*path):
    folder = os.path.join(DIR, *path)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def renamed(source, target, place, name):
    """A copy of a file with another name in place of one that is as long or longer."""
    with open(source, "rb") as file:
        bits = file.read()
    old, new = place.encode() + b"\0", name.encode() + b"\0"
    assert bits.count(old) >= 1 and len(new) <= len(old), (source, name)
    with open(target, "wb") as file:
        file.write(bits.replace(old, new + bytes(len(old) - len(new))))
    os.chmod(target, 0o755)


def padded(name):
    """The same name, as long as PLACE: a build-id follows it."""
    missing = len(PLACE) - len(name)
    return ("." * (name[0] != "/" and missing > 0) + "/" * missing)[:missing] + name


def log(path, binary, name, here=False):
    """Samples at all instructions of outer()."""
    symbols = [line.split() for line in run("nm", "-S", binary).splitlines()]
    start, size = next((int(w[0], 16), int(w[1], 16)) for w in symbols if w[-1] == "outer")
    segments = lines.loads(binary)
    offsets = [lines.offset(segments, start + i) for i in range(size)]
    lines.log(path, binary, offsets, name, here)


def build(folder, *flags, source=SOURCE):
    with open(os.path.join(folder, "prog.c"), "w", encoding="utf-8") as file:
        file.write(source)
    run("gcc", "-O2", "-g", "-Wl,--build-id", *flags, "prog.c", "-o", "prog", cwd=folder)
    return os.path.join(folder, "prog")


def split():
    made = fresh("split-made")
    with open(os.path.join(made, "prog.c"), "w", encoding="utf-8") as file:
        file.write(SOURCE)
    run("gcc", "-O2", "-g", "-gsplit-dwarf", f"-fdebug-prefix-map={made}=/built", "-c", "prog.c", "-o", PLACE + ".o",
        cwd=made)
    run("gcc", "-Wl,--build-id", PLACE + ".o", "-o", "prog", cwd=made)
    dwo, prog = os.path.join(made, PLACE + ".dwo"), os.path.join(made, "prog")
    log(f"{made}/log.ember", prog, "/prog")

    def case(what, name, make, found):
        root, outside = fresh("split", "root"), fresh("split", "outside")
        os.makedirs(f"{root}/bin")
        renamed(prog, f"{root}/bin/prog", PLACE + ".dwo", name)
        make(root, outside)
        check(f"split unit: {what}", report("--format", "folded", "--symfs", root, f"{made}/log.ember"),
              [";outer;inner "] if found else [";outer "], [] if found else ["inner"])

    def copy(place):
        return lambda root, outside: shutil.copy(dwo, os.path.join(DIR, "split", place))

    def fifo(place):
        return lambda root, outside: os.mkfifo(os.path.join(DIR, "split", place))

    def link(target, real):
        def make(root, outside):
            shutil.copy(dwo, os.path.join(DIR, "split", real))
            os.symlink(target, f"{root}/bin/x.dwo")
        return make

    case("beside the program", "x.dwo", copy("root/bin/x.dwo"), True)
    case("a FIFO", "x.dwo", fifo("root/bin/x.dwo"), False)
    case("a folder", "x.dwo", lambda root, outside: os.mkdir(f"{root}/bin/x.dwo"), False)
    case("a device", "/dev/zero", lambda root, outside: os.symlink("/dev/zero", f"{root}/x.dwo"), False)
    case("above the program, in the folder", "../x.dwo", copy("root/x.dwo"), True)
    case("above the folder", "../../outside/x.dwo", copy("outside/x.dwo"), False)
    case("a FIFO above the folder", "../../outside/x.dwo", fifo("outside/x.dwo"), False)
    case("an absolute path below the folder", os.path.join(DIR, "split/root/x.dwo"), copy("root/x.dwo"), True)
    case("an absolute path outside", os.path.join(DIR, "split/outside/x.dwo"), copy("outside/x.dwo"), False)
    case("a FIFO at an absolute path", os.path.join(DIR, "split/outside/x.dwo"), fifo("outside/x.dwo"), False)
    case("where the compiler ran, below the root", "y/x.dwo",
         lambda root, outside: (os.makedirs(f"{root}/built/y"), shutil.copy(dwo, f"{root}/built/y/x.dwo")), True)
    case("a link in the folder", "x.dwo", link("../y.dwo", "root/y.dwo"), True)
    case("an absolute link, which starts at the root", "x.dwo", link("/y.dwo", "root/y.dwo"), True)
    case("a link that leaves the folder", "x.dwo", link("../../outside/y.dwo", "outside/y.dwo"), False)
    case("an absolute link that leaves the folder", "x.dwo", link(f"{DIR}/split/outside/y.dwo", "outside/y.dwo"), False)

    def another(root, _):
        shutil.copy(dwo, f"{root}/bin/x.dwo")
        with open(f"{root}/bin/x.dwo", "r+b") as file:
            bits = file.read()
            unit = run("readelf", "--debug-dump=info", dwo)
            dwo_id = next(line.split()[-1] for line in unit.splitlines() if "DWO ID:" in line)
            unit_id = int(dwo_id, 16).to_bytes(8, "little")
            assert unit_id in bits
            file.seek(bits.index(unit_id))
            file.write(bytes(8))
    case("of another build", "x.dwo", another, False)
    case("a name too short to be one", "x", copy("root/bin/x"), False)

    # A program of this machine, found at its path: its files are where they were built.
    own = fresh("split-own")
    for name, make, found in (("x.dwo", shutil.copy, True), ("x.dwo", lambda _, path: os.mkfifo(path), False)):
        shutil.rmtree(own)
        os.makedirs(f"{own}/objects")
        renamed(prog, f"{own}/prog", PLACE + ".dwo", f"{own}/objects/{name}")
        make(dwo, f"{own}/objects/{name}")
        log(f"{made}/own.ember", f"{own}/prog", f"{own}/prog")
        check(f"split unit of this machine's program: {'a file' if found else 'a FIFO'}",
              report("--format", "folded", f"{made}/own.ember"),
              [";outer;inner "] if found else [";outer "], [] if found else ["inner"])


def alternate():
    made = fresh("alternate-made")
    build(made)
    shutil.copy(f"{made}/prog", f"{made}/other")
    # Names that several units have go into the common file: those of both programs.
    run("dwz", "-m", PLACE, "-M", PLACE, "prog", "other", cwd=made)
    prog, common = f"{made}/prog", f"{made}/{PLACE}"
    log(f"{made}/log.ember", prog, "/prog")

    def case(what, name, make, found):
        root, outside = fresh("alternate", "root"), fresh("alternate", "outside")
        os.makedirs(f"{root}/bin")
        renamed(prog, f"{root}/bin/prog", PLACE, padded(name))
        make(root, outside)
        check(f"alternate file: {what}", report("--format", "folded", "--symfs", root, f"{made}/log.ember"),
              [";outer;inner "] if found else [";outer"], [] if found else ["inner"])

    def copy(place):
        return lambda root, outside: shutil.copy(common, os.path.join(DIR, "alternate", place))

    def fifo(place):
        return lambda root, outside: os.mkfifo(os.path.join(DIR, "alternate", place))

    case("beside the program", "common", copy("root/bin/common"), True)
    case("anywhere below the folder, by its build-id", "common", copy("root/elsewhere"), True)
    case("absent", "common", lambda root, outside: None, False)
    case("a FIFO", "common", fifo("root/bin/common"), False)
    case("a FIFO above the folder", "../../outside/common", fifo("outside/common"), False)
    case("above the folder", "../../outside/common", copy("outside/common"), False)
    case("at an absolute path outside", f"{DIR}/alternate/outside/common", copy("outside/common"), False)
    case("another file", "prog", lambda root, outside: None, False)

    own = fresh("alternate-own")
    for what, make, found in (("a file", shutil.copy, True), ("a FIFO", lambda _, path: os.mkfifo(path), False)):
        shutil.rmtree(own)
        os.makedirs(f"{own}/shared")
        renamed(prog, f"{own}/prog", PLACE, padded("shared/common"))
        make(common, f"{own}/shared/common")
        log(f"{made}/own.ember", f"{own}/prog", f"{own}/prog")
        check(f"alternate file of this machine's program: {what}", report("--format", "folded", f"{made}/own.ember"),
              [";outer;inner "] if found else [";outer"], [] if found else ["inner"])


def sources():
    made, root, outside = fresh("source-made"), fresh("source", "root"), fresh("source", "outside")
    with open(f"{outside}/prog.c", "w", encoding="utf-8") as file:
        file.write((SECRET + "\n") * 20)

    def own(what, name, has, lacks, here=True):
        text = SOURCE if not name else f'# 1 "{name}"\n{SOURCE}'
        prog = build(made, source=text)
        log(f"{made}/log.ember", prog, prog, here)
        check(f"source: {what}", report("--list", "outer|inner", f"{made}/log.ember"), ["inner in"] + has, lacks)

    absent, shown = "(the source isn't here)", "the source of inner"
    os.makedirs(f"{root}/src")
    with open(f"{root}/src/prog.c", "w", encoding="utf-8") as file:
        file.write(SOURCE)

    def case(what, name, has, lacks, *options):
        prog = build(made, source=f'# 1 "{name}"\n{SOURCE}')
        shutil.copy(prog, f"{root}/prog")
        log(f"{made}/log.ember", prog, "/prog")
        check(f"source: {what}", report("--symfs", root, "--list", "outer|inner", *options, f"{made}/log.ember"),
              ["inner in"] + has, lacks)

    below = ("--source-dir", f"{root}/src")
    case("below --source-dir, by the end of its path", "/built/prog.c", [shown], [absent], *below)
    case("below --symfs", "/src/prog.c", [shown], [absent])
    case("at its path, outside", f"{outside}/prog.c", [absent], [SECRET])
    case("at its path, with --source-dir elsewhere", f"{outside}/other.c", [absent], [SECRET], *below)
    case("/etc/passwd", "/etc/passwd", [absent], ["root:"])
    case("/etc/passwd, with --source-dir", "/etc/passwd", [absent], ["root:"], *below)
    case("up to /etc/passwd", "../" * 20 + "etc/passwd", [absent], ["root:"], *below)
    case("up and outside", "src/../../outside/prog.c", [absent], [SECRET], "--source-dir", root)
    os.mkfifo(f"{root}/src/fifo.c")
    case("a FIFO", "/built/fifo.c", [absent], [], *below)
    os.symlink("/dev/zero", f"{root}/src/zero.c")
    case("a link to a device", "/built/zero.c", [absent], [], *below)
    os.symlink("prog.c", f"{root}/src/link.c")
    case("a link in the folder", "/built/link.c", [shown], [absent], *below)
    os.symlink("../../outside/prog.c", f"{root}/src/leaves.c")
    case("a link that leaves the folder", "/built/leaves.c", [absent], [SECRET], *below)
    os.symlink("/etc/passwd", f"{root}/src/passwd.c")
    case("an absolute link that leaves the folder", "/built/passwd.c", [absent], ["root:"], *below)
    os.symlink("..", f"{root}/src/up")
    shutil.copy(f"{outside}/prog.c", f"{outside}/other.c")
    case("a link to the folder above", "/built/up/../outside/other.c", [absent], [SECRET], *below)
    case("a file of /proc that waits", "/proc/kmsg", [absent], [], "--source-dir", "/")

    # A log of this boot, and a program that was built here.
    own("of this machine's program, where it was built", None, [shown], [absent])
    own("the same program in a log from elsewhere", None, [absent], [shown], False)
    own("a FIFO in this machine's program", f"{root}/src/fifo.c", [absent], [])
    if not os.geteuid():
        prog = build(made)
        os.chown(prog, 12345, 12345)
        log(f"{made}/log.ember", prog, prog, True)
        check("source: a program that is another user's", report("--list", "inner", f"{made}/log.ember"), [absent], [shown])
    # A profile names whatever it likes.
    build(made, source=f'# 1 "{outside}/prog.c"\n{SOURCE}')
    log(f"{made}/log.ember", f"{made}/prog", f"{made}/prog", True)
    check("source: named by a log of this machine", report("--list", "inner", f"{made}/log.ember"), [SECRET])
    run(TOOL, "report", "-o", f"{made}/profile.pb.gz", f"{made}/log.ember")
    check("source: named by a profile", report("--list", "inner", f"{made}/profile.pb.gz"), [absent], [SECRET])
    check("source: the same below --source-dir", report("--list", "inner", "--source-dir", outside, f"{made}/profile.pb.gz"),
          [SECRET], [absent])


def endless():
    """Debug information that is small, and without end for who follows it."""
    made = fresh("endless")
    build(made, "-g0")
    abbreviations = """.section .debug_abbrev,"",@progbits
.uleb128 1,0x11; .byte 1; .uleb128 0x11,1,0x12,6,0,0
.uleb128 2,0x0b; .byte 1; .uleb128 0x01,0x13,0,0
.uleb128 3,0x2e; .byte 0; .uleb128 0x55,0x17,0,0
.uleb128 4,0x2e; .byte 0; .uleb128 0x03,8,0x11,1,0x12,6,0,0
.byte 0
.section .debug_info,"",@progbits
0: .long 2f - 1f
1: .short 4; .long .debug_abbrev; .byte 8
.uleb128 1; .quad outer; .long 4096
"""
    function = '.uleb128 4; .asciz "named"; .quad outer; .long 4096\n'
    cases = {
        # A block's sibling is its own first child: each doubles the way through the rest.
        "blocks in themselves": function + ".rept 60; .uleb128 2; .long 3f - 0b; 3:; .endr; .rept 60; .byte 0; .endr\n.byte 0\n2:\n",
        "ranges that are shared": function + ".rept 20000; .uleb128 3; .long 4f; .endr\n.byte 0\n2:\n"
                                  '.section .debug_ranges,"",@progbits\n4: .rept 20000; .quad 1, 2; .endr; .quad 0, 0\n',
        "a function": function + ".byte 0\n2:\n",
    }
    for what, rest in cases.items():
        with open(f"{made}/info.s", "w", encoding="ascii") as file:
            file.write(abbreviations.replace("; ", "\n") + rest.replace("; ", "\n"))
        run("gcc", "-O2", "-g0", "-Wl,--build-id", "prog.c", "info.s", "-o", "prog", cwd=made)
        log(f"{made}/log.ember", f"{made}/prog", f"{made}/prog")
        said = report("--format", "folded", f"{made}/log.ember", memory=1 << 30)
        check(f"debug information: {what}", said, [";outer "])


def inputs():
    """What the user names: pipes are read, and nothing without end."""
    made = fresh("inputs")
    prog = build(made)
    log(f"{made}/log.ember", prog, prog)
    whole = report("--format", "folded", f"{made}/log.ember")
    with open(f"{made}/log.ember", "rb") as file:
        piped = subprocess.run([TOOL, "report", "--format", "folded", "-"], stdin=file, capture_output=True, text=True,
                               check=True).stdout
    check("input: stdin", piped, [whole])
    said = subprocess.run(["bash", "-c", f'"{TOOL}" report --format folded <(cat "{made}/log.ember")'], capture_output=True,
                          text=True, check=True).stdout
    check("input: a pipe", said, [whole])
    check("input: /dev/zero", report("/dev/zero"), ["larger than 256 MiB"])
    shutil.copytree(made, f"{made}-folder")
    os.mkfifo(f"{made}-folder/waits.ember")
    check("input: a FIFO in a folder of logs", report("--format", "folded", f"{made}-folder"), [whole])
    shutil.rmtree(f"{made}-folder")
    os.makedirs(f"{made}/tree")
    os.mkfifo(f"{made}/tree/prog")
    # Without a build-id a file is found by its path on the board, whose links start at the folder.
    prog = build(fresh("inputs-plain"), "-Wl,--build-id=none")
    log(f"{made}/plain.ember", prog, "/bin/prog")
    for what, target, place, found in (("an absolute link in it", "/usr/bin", "root/usr/bin", True),
                                       ("a link that leaves it", "../usr/bin", "usr/bin", False),
                                       ("an absolute link that leaves it", f"{made}/usr/bin", "usr/bin", False)):
        root = fresh("inputs-linked", "root")
        for folder in (f"{made}/usr/bin", f"{root}/../usr/bin", f"{root}/usr/bin"):
            os.makedirs(folder, exist_ok=True)
        shutil.copy(prog, f"{made}/{place}" if target.startswith(made) else f"{root}/../{place}")
        os.symlink(target, f"{root}/bin")
        check(f"--symfs: {what}", report("--format", "folded", "--symfs", root, f"{made}/plain.ember"),
              [";outer;inner "] if found else [], [] if found else ["outer"])
        shutil.rmtree(f"{DIR}/inputs-linked")
    check("--symfs: a FIFO in it", report("--format", "folded", "--symfs", f"{made}/tree", f"{made}/log.ember"), [whole])


def main():
    split()
    alternate()
    sources()
    endless()
    inputs()
    return 1 if failed else 0


TOOL, DIR = sys.argv[1], os.path.join(os.path.realpath(sys.argv[2]))
os.makedirs(DIR, exist_ok=True)
sys.exit(main())
