# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML page as a person uses it, in a headless Chromium without a network. Prints TAP.

usage: page.py TOOL DIR
What it shows is compared with what the logs were made of (synthetic.py).
"""
import collections
import re
import subprocess
import sys
import tempfile

import synthetic
from browser import Browser

TOOL, DIR = sys.argv[1:3]
ENTER, ESCAPE, BACKSPACE, RIGHT, DOWN, SHIFT = "\ue007", "\ue00c", "\ue003", "\ue014", "\ue015", "\ue008"
FAILED = []


def report(*arguments):
    subprocess.run([TOOL, *arguments], check=True, capture_output=True)


def frames(browser):
    """What is drawn: (name, x, y, width, fill, classes) of each bar, once all have the width that they're to have."""
    browser.until("""
        const width = +document.querySelector('#calls svg').getAttribute('width');
        return d3.selectAll('#calls g.frame').nodes().every(g => {
            const d = d3.select(g).datum(), wanted = Math.max(0, (d.x1 - d.x0) * width);
            return Math.abs(wanted - g.querySelector('rect').getAttribute('width')) < 0.01;
        });""")
    return browser.run("""
        return [...document.querySelectorAll('#calls g.frame')].map(g => {
            const box = g.querySelector('rect').getBoundingClientRect();
            return [g.getAttribute('name'), box.x, box.y, box.width, g.querySelector('rect').getAttribute('fill'),
                    g.getAttribute('class')];
        });""")


def bars(browser, depth):
    """{name: value} of the bars at that depth."""
    return dict(browser.run("""
        return d3.select('#calls').datum().descendants().filter(d => d.depth === arguments[0])
            .map(d => [d.data.name, d.data.is]);""", depth))


def total(browser):
    return int(browser.run("return document.body.dataset.total"))


def text(browser, what):
    return browser.run("return document.querySelector(arguments[0]).textContent", what)


def choose(browser, which, value):
    browser.run("""const s = document.getElementById(arguments[0]); s.value = arguments[1];
        s.dispatchEvent(new Event('change'));""", which, value)


def middle(browser, name):
    """Where a bar of that name is, the widest one."""
    found = max((f for f in frames(browser) if f[0] == name), key=lambda f: f[3])
    return found[1] + found[3] / 2, found[2] + 9


class Truth:
    """Of what the logs were made."""
    def __init__(self, made):
        self.names, self.stacks, told = made
        self.names = [re.sub("[\udc80-\udcff]", "?", name) for name in self.names]
        self.samples = [(t, cpu, thread, stack, board) for board, samples in told.items()
                        for t, cpu, thread, stack in samples]

    def named(self, sample):
        return [self.names[f] for f in self.stacks[sample[3]]]

    def count(self, which):
        return sum(1 for sample in self.samples if which(sample))


def same(is_, wanted):
    assert is_ == wanted, f"{is_!r} is not {wanted!r}"


def opened(browser, truth):
    same(total(browser), len(truth.samples))
    assert text(browser, "#about").startswith(f"{len(truth.samples):,} samples"), text(browser, "#about")
    same(browser.requests(), [])
    assert len(frames(browser)) > 50


def escaped(browser, truth):
    """Names are shown as they are, and none becomes an element."""
    found = browser.run("""return ['img', 'b', 'i:not(#legend i)', 'script:not(body > script)'].map(
        what => document.querySelectorAll(what).length);""")
    same(found, [0, 0, 0, 0])
    for name in ("<script>alert(1)</script>", "<img src=x>", "\"><b>'&?"):
        assert any(f[0] == name for f in frames(browser)), name
    choose(browser, "group", "board")
    same(set(bars(browser, 1)), {"<i>board</i>", "board-1"})
    same(browser.run("return document.querySelectorAll('i:not(#legend i)').length"), 0)
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
    same({n: deeper[n] for n in shown}, shown)
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
        same("miss" in f[5], not re.search("^function_000[0-4].$", f[0]))
    browser.keys("(")
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


def in_time(browser, truth):
    choose(browser, "group", "CPU")
    choose(browser, "order", "time")
    same(bars(browser, 1), {f"CPU {cpu}": n for cpu, n in collections.Counter(s[1] for s in truth.samples).items()})
    starts = browser.run("""return d3.select('#calls').datum().children.map(cpu =>
        cpu.descendants().filter(d => d.depth === 3).map(d => [d.x0, d.data.from]));""")
    for of in starts:
        same(of, sorted(of))
    # A bar is a range of time.
    browser.run("const d = d3.select('#calls').datum().descendants().filter(d => d.data.to > d.data.from && d.depth > 1)[0];"
                "page.zoom(d.data)")
    assert 0 < total(browser) < len(truth.samples)
    browser.keys(ESCAPE)
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
    assert "+20.00 points" in text(browser, "#detail"), text(browser, "#detail")
    choose(browser, "basis", "before")
    drawn = {f[0]: f[3] for f in frames(browser) if f[3] > 0}
    assert "come" not in drawn and abs(drawn["less"] / drawn["main"] - 0.5) < 0.01, drawn
    same("gone" in drawn, True)
    browser.keys("t")
    rows = {r[4]: r for r in browser.run("return [...document.querySelectorAll('#functions tbody tr')].map("
                                         "tr => [...tr.children].map(td => td.textContent))")}
    same([rows["more"][2], rows["less"][2], rows["same"][2], rows["gone"][2]], ["+20.00", "-30.00", "+0.00", "-10.00"])


def without_times(browser, truth):
    """A profile that doesn't tell when has no heat map."""
    report("report", "-o", f"{DIR}/plain.html", f"{DIR}/before.folded")
    browser.open(f"{DIR}/plain.html")
    same(browser.run("return [document.getElementById('heat').hidden, page.profile.time.length]"), [True, 0])
    same(browser.run("return [...document.querySelectorAll('#order option')].map(o => o.value)"), ["heavy", "name"])
    same(total(browser), 1000)


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
    browser = Browser(tempfile.mkdtemp(dir=DIR))
    try:
        took = browser.open(f"{DIR}/page.html")
        print(f"# drawn {took} ms after it was asked for")
        number = 0
        for test in (opened, escaped, grouped, zoomed, searched, picked, by_keys, listed, in_time, both_themes,
                     compared, without_times, damaged):
            number += 1
            try:
                test(browser, truth)
                if test is not damaged:
                    same(browser.complaints(), [])
                print(f"ok {number} - page: {test.__name__.replace('_', ' ')}")
            except (AssertionError, RuntimeError, ValueError, KeyError, TypeError) as error:
                print(f"# {type(error).__name__}: {str(error)[:500]}\nnot ok {number} - page: {test.__name__.replace('_', ' ')}")
                browser.picture(f"{DIR}/{test.__name__}.png")
                FAILED.append(test)
        print(f"1..{number}")
    finally:
        browser.close()
    return bool(FAILED)


sys.exit(main())
