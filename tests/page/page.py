# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML page as a person uses it, in a headless Chromium without a network. Prints TAP.

usage: page.py TOOL DIR
What it shows is compared with what the logs were made of (synthetic.py).
"""
import collections
import gzip
import re
import subprocess
import sys
import tempfile

import looks
import synthetic
from browser import Browser
from drawn import Truth, bars, choose, frames, middle, same, text, total
from synthetic import wire

TOOL, DIR = sys.argv[1:3]
ENTER, ESCAPE, BACKSPACE, RIGHT, DOWN, SHIFT = "\ue007", "\ue00c", "\ue003", "\ue014", "\ue015", "\ue008"
FAILED = []


def report(*arguments):
    subprocess.run([TOOL, *arguments], check=True, capture_output=True)


def opened(browser, truth):
    same(total(browser), len(truth.samples))
    assert text(browser, "#about").startswith(f"{len(truth.samples):,} samples"), text(browser, "#about")
    same(browser.requests(), [])
    assert len(frames(browser)) > 50


def escaped(browser, truth):
    """Names are shown as they are, and none becomes an element."""
    found = browser.run("""return ['img', 'b', 'i:not(#legend i, #scale i)', 'script:not(body > script)'].map(
        what => document.querySelectorAll(what).length);""")
    same(found, [0, 0, 0, 0])
    for name in ("<script>alert(1)</script>", "<img src=x>", "\"><b>'&?"):
        assert any(f[0] == name for f in frames(browser)), name
    choose(browser, "group", "board")
    same(set(bars(browser, 1)), {"<i>board</i>", "board-1"})
    same(browser.run("return document.querySelectorAll('i:not(#legend i, #scale i)').length"), 0)
    browser.keys("t")
    shown = browser.run("return [...document.querySelectorAll('td.name')].map(td => td.textContent)")
    for name in synthetic.NAMES + ["broken ?? UTF-8"]:
        assert name in shown, name
    browser.keys("i")
    choose(browser, "group", "command")


def grouped(browser, truth):
    for by, key, name in (("CPU", 1, "CPU {}"), ("board", 4, "{}")):
        choose(browser, "group", by)
        wanted = collections.Counter(name.format(sample[key]) for sample in truth.samples)
        same(bars(browser, 1), dict(wanted))
    choose(browser, "group", "thread")
    same(sum(bars(browser, 1).values()), len(truth.samples))
    same(len(browser.run("return page.groups.names")), len(synthetic.COMMS) * 2)
    choose(browser, "group", "none")
    same(list(bars(browser, 1)), [truth.names[0]])
    choose(browser, "group", "command")


def zoomed(browser, truth):
    choose(browser, "group", "none")
    below = collections.Counter(truth.named(sample)[-2] for sample in truth.samples)
    name, count = below.most_common(1)[0]
    browser.click(*middle(browser, name))
    whole = max(f[3] for f in frames(browser))
    wide = [f for f in frames(browser) if f[3] > whole - 1]
    same({f[0] for f in wide} >= {"all", truth.names[0], name}, True)
    assert "fade" in wide[0][5], wide[0]
    deeper = collections.Counter(truth.named(sample)[-3] for sample in truth.samples
                                 if truth.named(sample)[-2] == name and len(truth.stacks[sample[3]]) > 2)
    shown = bars(browser, 3)
    assert len(shown) > 3
    narrow = [n for n in shown if n.endswith(" narrower")]
    same({n: deeper[n] for n in shown if n not in narrow}, {n: v for n, v in shown.items() if n not in narrow})
    same(sum(shown.values()), sum(deeper.values()))
    same(bars(browser, 2), {name: count})
    same(total(browser), len(truth.samples))
    browser.keys(BACKSPACE + BACKSPACE)
    assert len(bars(browser, 2)) > 3
    choose(browser, "group", "command")


def searched(browser, truth):
    browser.keys("/function_000[0-4].$")
    wanted = truth.count(lambda s: any(re.search("^function_000[0-4].$", n) for n in truth.named(s)))
    same(text(browser, "#found"), f"{100 * wanted / len(truth.samples):.2f} %")
    for f in frames(browser):
        if "narrower" not in f[5].split():
            same("miss" in f[5], not re.search("^function_000[0-4].$", f[0]))
    browser.keys(ESCAPE)
    browser.keys("/(")
    same(browser.run("return document.getElementById('find').className"), "wrong")
    browser.keys(ESCAPE)
    same([text(browser, "#found"), browser.run("return document.getElementById('find').value")], ["", ""])
    same([f for f in frames(browser) if "miss" in f[5]], [])


def picked(browser, truth):
    """A range of the heat map, by the mouse: the totals are of that range."""
    box = browser.run("const b = document.querySelector('#heat .overlay').getBoundingClientRect();"
                      "return [b.x, b.y, b.width, b.height]")
    browser.drag([(box[0] + box[2] * 0.2, box[1] + 20), (box[0] + box[2] * 0.4, box[1] + 25),
                  (box[0] + box[2] * 0.5, box[1] + 25)])
    begin, end = browser.run("return page.range")
    assert abs(begin / 1e7 - 0.2) < 0.01 and abs(end / 1e7 - 0.5) < 0.01, (begin, end)
    least = min(s[0] for s in truth.samples)
    part = [s for s in truth.samples if begin <= (s[0] - least) * 1000 < end]
    same(total(browser), len(part))
    assert text(browser, "#range").startswith(f"{len(part):,} of {len(truth.samples):,} samples, from 10:00:0")
    same(sum(bars(browser, 1).values()), len(part))
    same(bars(browser, 0), {"all": len(part)})
    # The last tenth has stacks that are seen at no other time.
    rare = {truth.names[truth.stacks[s[3]][0]] for s in truth.samples if s[0] >= 9000} - {
        n for s in part for n in truth.named(s)}
    browser.run("page.setView('table')")
    shown = set(browser.run("return [...document.querySelectorAll('td.name')].map(td => td.textContent)"))
    same(shown & rare, set())
    browser.run("page.heat.set([9e6, page.heat.end])")
    shown = set(browser.run("return [...document.querySelectorAll('td.name')].map(td => td.textContent)"))
    same(rare <= shown, True)
    browser.run("page.setView('icicle')")
    browser.run("document.getElementById('heat').focus()")
    browser.keys(ESCAPE)
    same(total(browser), len(truth.samples))


def by_keys(browser, truth):
    browser.run("document.getElementById('heat').focus()")
    browser.keys(RIGHT)
    first = browser.run("return page.range")
    same(first[0], 0)
    browser.keys(RIGHT)
    browser.held(SHIFT, RIGHT)
    second = browser.run("return page.range")
    assert second[0] > 0 and second[1] - second[0] > first[1], (first, second)
    browser.keys(ESCAPE)
    same(browser.run("return page.range"), None)
    browser.run("document.activeElement.blur()")
    browser.keys(DOWN + DOWN + DOWN)
    detail = text(browser, "#detail")
    assert detail.startswith(truth.names[0]), detail
    same(len([f for f in frames(browser) if "cursor" in f[5]]), 1)
    browser.keys(ENTER)
    same(browser.run("return page.focus !== null"), True)
    browser.keys(ESCAPE)
    same(browser.run("return page.focus"), None)
    browser.keys("f")
    tops = {f[0]: f[2] for f in frames(browser) if f[0] == "all"}
    assert tops["all"] == max(f[2] for f in frames(browser)), "a flame graph has its root below"
    browser.keys("i")
    assert {f[0]: f[2] for f in frames(browser) if f[0] == "all"}["all"] == min(f[2] for f in frames(browser))
    browser.keys("?")
    same(browser.run("return document.getElementById('keys').open"), True)
    browser.keys(ESCAPE)
    same(browser.run("return document.getElementById('keys').open"), False)


def listed(browser, truth):
    browser.keys("t")
    self_, all_ = collections.Counter(), collections.Counter()
    for sample in truth.samples:
        self_[truth.named(sample)[0]] += 1
        all_.update(set(truth.named(sample)))
    rows = browser.run("return [...document.querySelectorAll('#functions tbody tr')].map("
                       "tr => [...tr.children].map(td => td.textContent))")
    same(len(rows), len(all_))
    for row in rows:
        same([int(row[0].split()[-1]), int(row[1].split()[-1])], [self_[row[2]], all_[row[2]]])
    same([int(row[0].split()[-1]) for row in rows], sorted(self_.values(), reverse=True) + [0] * (len(rows) - len(self_)))
    browser.run("document.querySelectorAll('#functions th button')[2].click()")
    names = browser.run("return [...document.querySelectorAll('td.name')].map(td => td.textContent)")
    same(names, sorted(names))
    browser.run("document.querySelectorAll('#functions th button')[0].click()")
    browser.keys("i")


STRIPS = """const all = bar => [bar, ...bar.shown.flatMap(all)];
    return page.strips.strips.map(strip => [strip.name, strip.top.is, all(strip.top).slice(1).map(
        bar => [bar.name, bar.kind, bar.from, bar.to, bar.is])]);"""


def in_time(browser, truth):
    """A strip for each row of the heat map; a bar is a range of time, which takes all of the axis when it's clicked."""
    choose(browser, "group", "CPU")
    choose(browser, "order", "time")
    strips = browser.run(STRIPS)
    same({name: count for name, count, _ in strips}, {f"CPU {cpu}": n for cpu, n in collections.Counter(
        s[1] for s in truth.samples).items()})
    for _, count, found in strips:
        assert {name for name, *_ in found} >= {truth.names[0]}, "the outermost function"
        assert any(kind == "narrower" for _, kind, *_ in found), "no bar for what is too narrow"
        assert all(begin <= end for _, _, begin, end, _ in found)
    # The picture of a range is of that range.
    browser.run("page.zoom({from: 9e6, to: page.heat.end})")
    least = min(s[0] for s in truth.samples)
    same(total(browser), truth.count(lambda s: s[0] - least >= 9000))
    for _, _, found in browser.run(STRIPS):
        assert min(bar[2] for bar in found) >= 9e6
    same(browser.run("return page.heat.x.domain()[0]"), 9000000)
    browser.keys(ESCAPE)
    same(browser.run("return page.heat.x.domain()[0]"), 0)
    browser.keys("f")
    tops = browser.run("""const strip = page.strips.strips[0], bar = strip.top.shown[0];
        return [page.strips.top(strip, 0), strip.depth * 18];""")
    same(tops[0], tops[1] - 18)
    browser.keys("i")
    browser.keys(DOWN + DOWN + RIGHT)
    assert browser.run("return page.cursor.to > page.cursor.from"), "a cursor in strips"
    browser.keys(ENTER)
    assert 0 < total(browser) < len(truth.samples)
    browser.keys(ESCAPE)
    same(total(browser), len(truth.samples))
    choose(browser, "order", "heavy")
    choose(browser, "group", "command")


def both_themes(browser, truth):
    grounds = set()
    for _ in range(2):
        browser.keys("d")
        grounds.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
    same(grounds, {"rgb(252, 251, 248)", "rgb(27, 28, 31)"})


def compared(browser, truth):
    """Red is what has more, blue what has less; widths are of after or before."""
    with open(f"{DIR}/before.folded", "w", encoding="utf-8") as out:
        out.write("work;main;more 100\nwork;main;less 500\nwork;main;same 300\nwork;main;gone 100\n")
    with open(f"{DIR}/after.folded", "w", encoding="utf-8") as out:
        out.write("work;main;more 600\nwork;main;less 400\nwork;main;same 600\nwork;main;come 400\n")
    report("diff", "-o", f"{DIR}/diff.html", f"{DIR}/before.folded", f"{DIR}/after.folded")
    browser.open(f"{DIR}/diff.html")
    fills = {f[0]: [int(n) for n in re.findall(r"\d+", f[4])] for f in frames(browser)}
    for name in ("more", "come"):
        assert fills[name][0] > fills[name][2] + 20, (name, fills[name])
    assert fills["less"][2] > fills["less"][0] + 20, fills["less"]
    assert min(fills["same"]) > 235 and min(fills["main"]) > 235, fills
    same(bars(browser, 3), {"more": 600, "less": 400, "same": 600, "come": 400})
    x, y = middle(browser, "more")
    browser.hover(x, y)
    assert "change+20.00 points" in text(browser, "#hover"), text(browser, "#hover")
    same(browser.run("return document.title"), "before.folded → after.folded - emberprof")
    choose(browser, "basis", "before")
    drawn = {f[0]: f[3] for f in frames(browser) if f[3] > 0}
    assert "come" not in drawn and abs(drawn["less"] / drawn["main"] - 0.5) < 0.01, drawn
    same("gone" in drawn, True)
    browser.keys("t")
    rows = {r[4]: r for r in browser.run("return [...document.querySelectorAll('#functions tbody tr')].map("
                                         "tr => [...tr.children].map(td => td.textContent))")}
    same([rows["more"][2], rows["less"][2], rows["same"][2], rows["gone"][2]], ["+20.00", "-30.00", "+0.00", "-10.00"])


def without_times(browser, truth):
    """A profile without times has no heat map."""
    report("report", "-o", f"{DIR}/plain.html", f"{DIR}/before.folded")
    browser.open(f"{DIR}/plain.html")
    same(browser.run("return [document.getElementById('heat').hidden, page.profile.time.length]"), [True, 0])
    same(browser.run("return [...document.querySelectorAll('#order option')].map(o => o.value)"), ["heavy", "name"])
    same(total(browser), 1000)


def without_names(browser, truth):
    """A function that has no name but its file's and its begin has a pale tint, which is its file's."""
    files = ["/usr/lib/liba.so", "/usr/lib/liba.so", "/usr/lib/libb.so", "/usr/lib/libb.so"]
    names = ["liba.so+0x1000", "liba.so+0x2000", "libb.so+0x3000", "named"]
    text_ = ["", "samples", "count", *files[1:3], *names]
    with gzip.open(f"{DIR}/names.pb.gz", "wb") as out:
        out.write(wire.data(1, wire.number(1, 1) + wire.number(2, 2)))
        for i, name in enumerate(names):
            at = 0x1000 * (i + 1) + 8
            out.write(wire.data(2, wire.column(1, [i + 1]) + wire.column(2, [100]))
                      + wire.data(4, wire.number(1, i + 1) + wire.number(2, 1 + (i > 1)) + wire.number(3, at)
                                  + wire.data(4, wire.number(1, i + 1)))
                      + wire.data(5, wire.number(1, i + 1) + wire.number(2, text_.index(name))))
        for i in (1, 2):
            out.write(wire.data(3, wire.number(1, i) + wire.number(2, 0x1000) + wire.number(3, 0x9000)
                                + wire.number(5, text_.index(files[i]))))
        for string in text_:
            out.write(wire.data(6, string))
    report("report", "-o", f"{DIR}/names.html", f"{DIR}/names.pb.gz")
    browser.open(f"{DIR}/names.html")
    drawn = {f[0].strip("[]"): browser.run("const c = d3.hsl(arguments[0]); return [c.h, c.s]", f[4]) for f in frames(browser)}
    same(set(names) <= set(drawn), True)
    for name in names[:3]:
        assert drawn[name][1] < 0.4, drawn
    assert drawn["named"][1] > 0.6, drawn
    assert abs(drawn[names[0]][0] - drawn[names[1]][0]) < 3 < abs(drawn[names[0]][0] - drawn[names[2]][0]), drawn


def weighed(browser, truth):
    """Of an event each sample counts for its weight, also over time and in a range."""
    subprocess.run([sys.executable, f"{__file__.rsplit('/', 2)[0]}/interop/weighted.py", f"{DIR}/growth.ember", "2000", "700"],
                   check=True)
    report("report", "--event", "growth", "-o", f"{DIR}/growth.html", f"{DIR}/growth.ember")
    browser.open(f"{DIR}/growth.html")
    whole = 140 * (3 * 65536 + 2097152 + 131072)
    same(total(browser), whole)
    assert text(browser, "#about").startswith("323.75 MiB growth, in 0.1 s"), text(browser, "#about")
    same(browser.run("return d3.sum(page.heat.rows[0].cells)"), whole)
    same(browser.run("return page.profile.row.length"), 700)
    same(browser.run("return d3.sum(page.profile.within([0, 351000]).value)"), whole / 2 + 65536)
    same(browser.run("return page.heat.amount(65536, 1)"), "64.00 KiB")
    choose(browser, "order", "time")
    same(browser.run("return new TimeCalls(page.profile, page.groups, page.taken, page.heat.rows, 1).value"), whole)
    choose(browser, "order", "heavy")


def labelled(browser, truth):
    """Rows can be grouped by systemd unit and by cgroup, where processes have these labels."""
    same(browser.run("return page.profile.groupings().includes('unit')"), False)
    report("report", "-o", f"{DIR}/labels.html", f"{__file__.rsplit('/', 3)[0]}/doc/log-vectors/labels.ember")
    browser.open(f"{DIR}/labels.html")
    choose(browser, "group", "unit")
    same(bars(browser, 1), {"work.service": 6, "player.service": 2, "no unit": 2})
    choose(browser, "group", "cgroup")
    same(bars(browser, 1), {"/system.slice/work.service": 3, "/system.slice/work.service/inner": 3, "cgroup unknown": 2,
                            "/user.slice/user-1000.slice/user@1000.service/app.slice/player.service": 2})
    choose(browser, "group", "command")


def states(browser, truth):
    """Of all time, threads are on the axis with their states, and a wait that is pointed at says what its stack is."""
    synthetic.waits(f"{DIR}/waits.ember", DIR)
    report("report", "--event", "wall", "-o", f"{DIR}/waits.html", "--symfs", DIR, f"{DIR}/waits.ember")
    browser.open(f"{DIR}/waits.html")
    whole = 100 * 200e6 - 50e6
    same(total(browser), whole)
    assert text(browser, "#about").startswith("19.95 s wall, in 10.0 s"), text(browser, "#about")
    same(browser.run("return [page.inTime, document.getElementById('group').value]"), [True, "thread"])
    # Each thread's states follow each other and fill its time.
    found = browser.run("""return new TimeCalls(page.profile, page.groups, page.taken, page.heat.rows, 1).strips.map(
        strip => [strip.top.name, strip.top.is, strip.top.children.map(bar => [bar.name, bar.from, bar.to, bar.is])]);""")
    same(len(found), 2)
    for name, took, bars_ in found:
        for before, after in zip(bars_, bars_[1:]):
            assert before[2] <= after[1] + 1, (name, before, after)
        assert sum(bar[2] - bar[1] for bar in bars_) > 0.9 * 1e7, name
    io, asleep, lost = [[bar for _, _, bars_ in found for bar in bars_ if bar[0] == name]
                        for name in ("[io]", "[interruptible]", "[preempted]")]
    same([len(io), len(asleep), len(lost)], [50, 50, 99])
    same({bar[2] - bar[1] for bar in io + asleep}, {80000})
    same({bar[2] - bar[1] for bar in lost}, {50000})
    # Half of a wait is half of its time; the other thread has four samples meanwhile.
    same(browser.run("return d3.sum(page.profile.within([20000, 60000]).value)"), 40e6 + 40e6)
    # The heat map has it where it was.
    same(browser.run("return Math.round(d3.sum(page.heat.rows[0].cells))"), whole)
    assert browser.run("return d3.max(page.heat.rows[1].cells) < 1.5 * d3.median(page.heat.rows[1].cells)")
    # Colours are of states, and the legend names them.
    shown = browser.run("""return ['[running]', '[io]', '[preempted]'].map(name =>
        page.colour({ kind: KINDS.indexOf('state'), name, frame: page.profile.name.indexOf(name) }));""")
    same(len(set(shown)), 3)
    legend = text(browser, "#legend")
    for name in ("[running]", "[io]", "[interruptible]", "[preempted]"):
        assert name in legend, legend
    # What a wait is picked by says the waiter's stack; running says none.
    notes = browser.run("""const all = page.strips.strips.flatMap(strip => strip.top.children);
        return ['[io]', '[running]'].map(name => noteText(page.note(all.find(bar => bar.name === name))));""")
    names = [truth.names[f] for f in (4, 2, 0)]
    assert "io " + " ← ".join(names) in notes[0], notes[0]
    assert "←" not in notes[1], notes[1]
    browser.run("page.zoom(page.strips.strips[0].top.children.find(bar => bar.name === '[io]'))")
    browser.picture(f"{DIR}/states-zoomed.png")
    assert 0 < total(browser) <= 160e6, total(browser)
    # What began before is drawn from the range's begin on.
    same(browser.run("""return page.strips.strips.flatMap(strip => strip.top.children).every(
        bar => bar.from >= page.range[0] && bar.to <= page.range[1] + 10000)"""), True)
    browser.keys(ESCAPE)
    browser.picture(f"{DIR}/states.png")
    choose(browser, "group", "wait")
    choose(browser, "order", "heavy")
    same(bars(browser, 1), {"io": 50 * 80e6, "interruptible": 50 * 80e6, "preempted": 99 * 50e6, "no wait": 700 * 10e6})
    choose(browser, "group", "command")


def damaged(browser, truth):
    """A page that lost some of its bytes says so."""
    with open(f"{DIR}/page.html", encoding="utf-8") as file:
        whole = file.read()
    at = whole.index('id="profile">') + 400
    with open(f"{DIR}/damaged.html", "w", encoding="utf-8") as out:
        out.write(whole[:at] + whole[at + 4:])
    browser.ask("POST", browser.session + "/url", {"url": f"file://{DIR}/damaged.html"})
    said = browser.until("const p = document.getElementById('about'); return p.className && p.textContent")
    assert said.startswith("this page can't be shown: "), said
    assert browser.complaints()


def main():
    truth = Truth(synthetic.make(DIR))
    report("report", "-o", f"{DIR}/page.html", "--symfs", DIR, f"{DIR}/board-0.ember", f"{DIR}/board-1.ember")
    report("report", "-o", f"{DIR}/one.html", "--symfs", DIR, f"{DIR}/board-1.ember")
    browser = Browser(tempfile.mkdtemp(dir=DIR))
    try:
        looks.DIR = DIR
        took = browser.open(f"{DIR}/page.html")
        print(f"# drawn {took} ms after it was asked for")
        number = 0
        tests = [(test.__name__, test) for test in (
            opened, escaped, grouped, zoomed, searched, picked, by_keys, listed, in_time, both_themes, compared, without_times, without_names, weighed, labelled, states)]
        tests += [(f"{width} pixels wide, {scheme}: {test.__name__}", looks.looking(test, width, scheme))
                  for width in looks.WIDTHS for scheme in looks.GROUNDS for test in looks.TESTS]
        tests += [("damaged", damaged)]
        for name, test in tests:
            number += 1
            name = name.replace("_", " ")
            try:
                test(browser, truth)
                if test is not damaged:
                    same(browser.complaints(), [])
                print(f"ok {number} - page: {name}")
            except (AssertionError, RuntimeError, ValueError, LookupError, TypeError) as error:
                print(f"# {type(error).__name__}: {str(error)[:500]}\nnot ok {number} - page: {name}")
                browser.picture(f"{DIR}/failed-{number}.png")
                FAILED.append(test)
        print(f"1..{number}")
    finally:
        browser.close()
    return bool(FAILED)


sys.exit(main())
