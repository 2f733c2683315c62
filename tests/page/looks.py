# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person sees of the page at three widths, in light and dark. Leaves a picture of each in DIR."""
import collections
import re

from drawn import choose, frames, middle, same, text, total

DIR = ""
WIDTHS = (1280, 800, 400)
GROUNDS = {"light": "rgb(252, 251, 248)", "dark": "rgb(27, 28, 31)"}
HEIGHT = 800
PERIOD = 10  # ms, of the logs
ESCAPE = "\ue00c"

# Each drawn bar that isn't a caller of what is zoomed: [name, kind, pixels, pixels of its calls, of itself].
WIDTHS_OF_BARS = """
    const width = +document.querySelector('#calls svg').getAttribute('width');
    return d3.select('#calls').datum().descendants().filter(d => !d.data.fade).map(d => [
        d.data.name, d.data.kind, (d.x1 - d.x0) * width, d3.sum(d.children || [], c => (c.x1 - c.x0) * width),
        (d.x1 - d.x0) * width * d.data.self / d.data.is]);"""

# Of a pixel of a canvas; a copy is read, since Chromium complains of reading the canvas itself often.
COLOUR = """(canvas => (of, x, y) => {
    if (canvas.of !== of) {
        canvas.width = of.width;
        canvas.height = of.height;
        canvas.c = canvas.getContext('2d', { willReadFrequently: true });
        canvas.c.drawImage(of, 0, 0);
        canvas.of = of;
    }
    return `rgb(${[...canvas.c.getImageData(Math.floor(x), Math.floor(y), 1, 1).data].slice(0, 3).join(', ')})`;
})(document.createElement('canvas'))"""


def looking(test, width, scheme):
    """A test of page.py's: the page of one board as it's seen so, which the first of them opens."""
    def run(browser, truth):
        if test is TESTS[0]:
            browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False)
            browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.open(f"{DIR}/one.html")
        same(browser.run("return getComputedStyle(document.body).backgroundColor"), GROUNDS[scheme])
        choose(browser, "order", "heavy")
        choose(browser, "group", "command")
        browser.keys("i")
        test(browser, truth)
        browser.picture(f"{DIR}/{test.__name__}-{width}-{scheme}.png")
        same(browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), True)
        if test is TESTS[-1]:
            browser.cdp("Emulation.clearDeviceMetricsOverride")
            browser.cdp("Emulation.setEmulatedMedia", features=[])
    return run


def one(truth):
    """Samples of that board, with times since its first one, in ms."""
    samples = [s for s in truth.samples if s[4] == "board-1"]
    return [(s[0] - samples[0][0], *s[1:]) for s in samples]


def hovered(browser):
    """{word: text} of the note beside the pointer, and its box."""
    return (dict(browser.run("return [...document.querySelectorAll('#hover dl > div')].map("
                             "row => [...row.children].map(part => part.textContent))")),
            browser.run("const b = document.getElementById('hover').getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom]"))


def near(box, x, y):
    """Whether a note is beside a point, and within the window."""
    away = max(box[0] - x, x - box[2], 0), max(box[1] - y, y - box[3], 0)
    assert max(away) < 20, (box, x, y)
    assert box[0] >= 0 and box[1] >= 0 and box[3] <= HEIGHT, box


def share(part, whole):
    return f"{100 * part / whole:.2f} %"


def titled(browser, truth):
    """File, board and kernel are above all."""
    same([browser.run("return document.title"), text(browser, "#title")],
         ["board-1.ember · board-1 · Linux 6.1 - emberprof", "board-1.ember · board-1 · Linux 6.1"])


def without_holes(browser, truth):
    """Calls and self are as wide as the bar that they're in; a click on what is too narrow shows it."""
    choose(browser, "group", "none")
    frames(browser)
    wide = [bar for bar in browser.run(WIDTHS_OF_BARS) if bar[1] != "narrower"]
    assert any(bar[4] > 1 for bar in wide) and any(bar[3] > 1 for bar in wide)
    for name, _, width, calls, own in wide:
        assert abs(calls + own - width) <= 0.5 + 0.01, (name, width, calls, own)
    narrow = browser.run("""return d3.select('#calls').datum().descendants().filter(d => d.data.kind === 'narrower')
        .map(d => [d.data.is, d.data.name, d.parent.data.name, d.parent.depth]);""")
    is_, name, parent, depth = max(narrow)
    # The widest is right below the outermost function: what isn't drawn there by itself adds up to it.
    samples = one(truth)
    same([parent, depth], [truth.names[0], 1])
    below = collections.Counter(truth.named(s)[-2] for s in samples if len(truth.stacks[s[3]]) > 1)
    shown = {f[0] for f in browser.run(
        "return d3.select('#calls').datum().descendants().filter(d => d.depth === 2).map(d => [d.data.name])")}
    hidden = {n: count for n, count in below.items() if n not in shown}
    same([is_, name], [sum(hidden.values()), f"{len(hidden)} narrower"])
    found = [f for f in frames(browser) if f[0] == name and "narrower" in f[5].split()]
    assert all(f[4].startswith("url(#hatch-") for f in found), found[0]
    browser.hover(*middle(browser, name))
    same(hovered(browser)[0]["of all"], share(is_, len(samples)))
    browser.click(*middle(browser, name))
    drawn = dict(browser.run("""return d3.select('#calls').datum().descendants().filter(d => d.depth === 3)
        .map(d => [d.data.name, d.data.is]);"""))
    same(sum(drawn.values()), is_)
    assert len(set(drawn) & set(hidden)) > 3, drawn
    for name, count in drawn.items():
        assert name.endswith(" narrower") or hidden[name] == count, (name, count)
    browser.keys(ESCAPE)
    same(browser.run("return page.focus"), None)


def on_one_scale(browser, truth):
    """A colour of the heat map is one share of a CPU, in whatever row; a note says which."""
    cells = browser.run("""
        const [left, right] = page.heat.x.range(), colour = %s;
        return page.heat.rows.map((row, y) => [row.name, [...row.cells].map((n, i) => [n, colour(page.heat.canvas,
            left + (i + 0.5) * (right - left) / row.cells.length, y * 14 + 7)])]);""" % COLOUR)
    colours = collections.defaultdict(set)
    for _, row in cells:
        for count, colour in row:
            colours[count].add(colour)
    same([found for found in colours.values() if len(found) > 1], [])
    assert len(set.union(*colours.values())) > 10
    samples, nr = one(truth), len(cells[0][1])
    span = max(s[0] for s in samples)
    same([name for name, _ in cells][0], "all")
    per_cell = collections.Counter(int(s[0] * 1000 / (span * 1000 + 1) * nr) for s in samples)
    same([n for n, _ in cells[0][1]], [per_cell[i] for i in range(nr)])
    most = 100 * max(per_cell.values()) * PERIOD / (span / nr)
    same(text(browser, "#scale").split(), ["0", "%", f"{most:.0f}", "%", "of", "a", "CPU"])
    box = browser.run("const b = document.getElementById('heat').getBoundingClientRect(); return [b.x, b.y]")
    left, right = browser.run("return page.heat.x.range()")
    at = nr // 3
    x, y = box[0] + left + (at + 0.5) * (right - left) / nr, box[1] + 14 * 2 + 7
    browser.hover(x, y)
    found, note = hovered(browser)
    count, percent = cells[2][1][at][0], 100 * cells[2][1][at][0] * PERIOD / (span / nr)
    same([found["samples"], found["of a CPU"]], [str(count), f"{percent:.0f} %"])
    same(text(browser, "#hover h2"), cells[2][0])
    near(note, x, y)


def on_one_axis(browser, truth):
    """Bars in time are where the heat map has their time, in all of it and in a range."""
    choose(browser, "group", "CPU")
    choose(browser, "order", "time")
    for domain in ([0, 1e7], [4e6, 6e6]):
        if domain[0]:
            browser.run("page.heat.set(arguments[0])", domain)
        ticks = browser.run("""return d3.selectAll('#heat .axis .tick').nodes().map(tick =>
            [d3.select(tick).datum(), tick.querySelector('line').getBoundingClientRect().x]);""")
        (t0, x0), (t1, x1) = ticks[0], ticks[-1]
        bars = browser.run("""const all = bar => [bar, ...bar.shown.flatMap(all)];
            return page.strips.strips.flatMap(strip => all(strip.top).slice(1)).map(bar =>
                [bar.from, page.strips.place(bar).x]);""")
        assert len(bars) > 50 and t1 - t0 >= (domain[1] - domain[0]) / 3, (len(bars), ticks)
        for begin, x in bars:
            assert abs(x - (x0 + (begin - t0) * (x1 - x0) / (t1 - t0))) <= 1, (begin, x, ticks)
        # What is painted is there, too: a bar's middle has its colour.
        painted = browser.run("""
            const canvases = page.strips.element.selectAll('canvas').nodes(), colour = %s;
            return page.strips.strips.map((strip, i) => {
                const bar = strip.top.shown[0], x = (page.heat.x(bar.from) + page.heat.x(bar.to)) / 2;
                return [colour(canvases[i], x, page.strips.top(strip, 0) + 2), page.colour(bar)];
            });""" % COLOUR)
        for is_, wanted in painted:
            same(is_, wanted)
    browser.keys(ESCAPE)


def at_its_root(browser, truth):
    """A flame graph opens where it begins, which is below."""
    x, y = middle(browser, "worker")
    browser.hover(x, y)
    same(browser.run("return document.getElementById('hover').hidden"), False)
    browser.keys("f")
    same(browser.run("return document.getElementById('hover').hidden"), True)
    root = [f for f in frames(browser) if f[0] == "all"][0]
    assert 0 <= root[2] <= HEIGHT - 18, root
    same(root[2], max(f[2] for f in frames(browser)))
    inner = browser.run("const b = document.getElementById('calls').getBoundingClientRect(); return [b.top, b.bottom]")
    assert inner[0] <= root[2] and root[2] + 17 <= inner[1] + 1, (root, inner)


def whatever_case(browser, truth):
    """Letters match whether they're capital or not, until they have to."""
    wanted = sum(1 for s in one(truth) if any(re.search("function_000[0-4].$", n) for n in truth.named(s)))
    browser.keys("/FUNCTION_000[0-4].$")
    same(text(browser, "#found"), share(wanted, total(browser)))
    browser.run("document.getElementById('case').click()")
    same(text(browser, "#found"), "0.00 %")
    browser.run("const f = document.getElementById('find'); f.value = 'function_000[0-4].$'; page.find()")
    same(text(browser, "#found"), share(wanted, total(browser)))
    # What is too narrow is found, too.
    assert any("narrower" in f[5].split() and "miss" not in f[5] for f in frames(browser))
    browser.keys(ESCAPE)


def with_shares(browser, truth):
    """The note beside the pointer: of all, of the parent and of what is zoomed."""
    choose(browser, "group", "none")
    samples = one(truth)

    def count(*outermost):
        return sum(1 for s in samples if truth.named(s)[::-1][:len(outermost)] == list(outermost))

    def most(*outermost):
        depth = len(outermost)
        return collections.Counter(truth.named(s)[::-1][depth] for s in samples if len(truth.stacks[s[3]]) > depth and
                                   truth.named(s)[::-1][:depth] == list(outermost)).most_common(1)[0][0]

    first = truth.names[0]
    second = most(first)
    third = most(first, second)
    x, y = middle(browser, third)
    browser.hover(x, y)
    found, box = hovered(browser)
    near(box, x, y)
    taken = count(first, second, third)
    same([found[word] for word in ("total", "of all", "of parent")],
         [f"{taken:,} samples", share(taken, len(samples)), f"{share(taken, count(first, second))}  {second}"])
    same("of zoomed" in found, False)
    own = sum(1 for s in samples if truth.named(s)[::-1] == [first, second, third])
    same(found["self"], f"{own:,} samples")
    browser.click(*middle(browser, second))
    deeper = most(first, second, third)
    x, y = middle(browser, deeper)
    browser.hover(x, y)
    found, _ = hovered(browser)
    taken = count(first, second, third, deeper)
    same([found[word] for word in ("of all", "of parent", "of zoomed")], [
        share(taken, len(samples)), f"{share(taken, count(first, second, third))}  {third}",
        f"{share(taken, count(first, second))}  {second}"])


TESTS = (titled, without_holes, on_one_scale, on_one_axis, at_its_root, whatever_case, with_shares)
