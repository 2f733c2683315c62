# SPDX-License-Identifier: GPL-2.0-or-later
"""Two pprof profiles of one recording: the same samples, and the same names.

usage: same_names.py BOARD HOST
User frames have to be at the same places in the same files, and named alike where the board
has a name (HOST may know more, a function's name in place of its start, for instance); kernel
frames, which are elsewhere in each boot, named alike.
The vDSO, which is in no file, has names on the board alone.
"""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../.."))
import wire  # pylint: disable=wrong-import-position


def bare(name):
    """Whether a name is a file's and where a function of it begins."""
    return bool(re.search(r"\+0x[0-9a-f]+$", name))


def differs(name, more):
    """Whether the board has a name that isn't the other's."""
    return name and more != name and not (bare(name) and not (more and bare(more)))


def profile(path):
    """{stack: samples}, {place of a user frame: its name}."""
    text, function, mapping, location, samples = [], {}, {}, {}, []
    with open(path, "rb") as file:
        whole = file.read()
    for field, value in wire.fields(whole):
        one = dict(wire.fields(value)) if field in (3, 4, 5) else None
        if field == 6:
            text.append(value.decode())
        elif field == 5:
            function[one[1]] = one[2]
        elif field == 3:
            mapping[one[1]] = one.get(5, 0)
        elif field == 4:
            line = dict(wire.fields(one[4])) if 4 in one else None
            location[one[1]] = (one.get(2, 0), one.get(3, 0), line and line[1])
        elif field == 2:
            samples.append(value)
    stacks, names = collections.Counter(), {}
    for value in samples:
        frames, count, comm = (), 0, ""
        for field, part in wire.fields(value):
            if field == 1:
                frames = tuple(wire.packed(part))
            elif field == 2:
                count = next(wire.packed(part))
            else:
                label = dict(wire.fields(part))
                comm = text[label[2]] if text[label[1]] == "comm" else comm
        stack = [comm]
        for number in frames:
            where, address, named = location[number]
            file = text[mapping[where]] if where else ""
            name = text[function[named]] if named else None
            # [file] stands for what has none.
            name = None if name and name.startswith("[") else name
            if file == "[vdso]":
                stack.append(file)
            elif file.startswith("["):
                # Without a name the board doesn't know whose it is, the kernel's or a module's.
                stack.append(name or "[kernel]")
            else:
                stack.append((file, address))
                names[file, address] = name
        stacks[tuple(stack)] += count
    return stacks, names


def main():
    (stacks, names), (others, more) = profile(sys.argv[1]), profile(sys.argv[2])
    kernel = sum(any(isinstance(f, str) for f in s[1:]) for s in stacks)
    module = sum("burn_tasklet" in s or "burn_handler" in s for s in stacks)
    named = sum(name is not None and not bare(name) for name in names.values())
    print(f"# {sum(stacks.values())} samples, {len(stacks)} stacks, {kernel} with the kernel's frames, {module} with "
          f"the module's; {named} of {len(names)} places in programs have names on the board, "
          f"{sum(name is not None for name in more.values())} here")
    wrong = [(s, n, others[s]) for s, n in stacks.items() if others[s] != n]
    wrong += [(place, name, more.get(place)) for place, name in names.items()
              if differs(name, more.get(place))]
    for line in wrong[:5]:
        print(f"# {line}"[:400])
    return bool(wrong) or sum(stacks.values()) != sum(others.values()) or not module or kernel < 20 or named < 20


sys.exit(main())
