#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles as an OpenTelemetry Collector printed them, or as the test's server stored them:
a line for each, and one for each function's name.

usage: printed.py collector LOG | printed.py stored FILE
"""
import datetime
import json
import re
import sys


# What the collector prints of types is their strings alone.
TYPES = {"cpu", "growth", "block", "delay", "preempt", "preempted"}


def collector(text):
    """Yields service, board, comm, time, duration, sum and types of each profile, then names."""
    names = set()
    # Each request begins with its tables.
    for part in re.split(r"Mapping #0\n", text)[1:]:
        strings = re.search(r"String table:\n(.*?)ResourceProfiles #0", part, re.S).group(1)
        # Each string is indented by four blanks; number 0 is empty.
        table = [line[4:] for line in strings.split("\n")[:-1]]
        assert table[0] == "", table[:2]
        functions = re.findall(r"Function #(\d+)\n    Name: (\d+)", part)
        assert functions[0] == ("0", "0")
        names |= {table[int(name)] for number, name in functions if number != "0"}
        # A location without a function is one that a server drops.
        for number, body in re.findall(r"Location #(\d+)\n(.*?)    Attributes", part, re.S):
            assert number == "0" or "Function index" in body, number
        attribute = dict(re.findall(r"-> ([a-z._]+): Str\((.*)\)", part))
        profiles = part.split("\nProfile #")[1:]
        assert len(profiles) == 1, len(profiles)
        start = re.search(r"Start time +: (\S+) (\S+) \+0000 UTC", part)
        seconds, _, fraction = start.group(2).partition(".")
        when = datetime.datetime.strptime(start.group(1) + seconds + "+0000", "%Y-%m-%d%H:%M:%S%z")
        time = int(when.timestamp()) * 10**9 + int((fraction + "0" * 9)[:9])
        duration = re.search(r"DurationNano +: (\d+)", part).group(1)
        values = [int(v) for v in re.findall(r"Values: \[(\d+)\]", profiles[0])]
        assert values and re.search(r"Profile ID +: [0-9a-f]{32}\n", part)
        yield "%s %s %s %d %s %d %s" % (attribute["service.name"], attribute["host.name"],
                                        attribute["process.executable.name"], time, duration,
                                        sum(values), sorted(TYPES & set(table)))
    for name in names:
        yield "function " + name


def stored(text):
    """Yields the same of what came by push.v1."""
    names = set()
    for line in text.splitlines():
        r = json.loads(line)
        labels = r["Labels"]
        value = 0 if labels["__name__"] == "process_cpu" else 1
        names |= set(r["Names"])
        types = {labels["__name__"].replace("process_", ""), r["Types"][1].split("/")[0]}
        yield "%s %s %s %d %s %d %s" % (labels["service_name"], labels["board"], labels["comm"],
                                        r["Time"], r["Duration"], r["Sums"][value], sorted(types))
    for name in names:
        yield "function " + name


with open(sys.argv[2], encoding="utf-8") as file:
    print("\n".join(sorted({"collector": collector, "stored": stored}[sys.argv[1]](file.read()))))
