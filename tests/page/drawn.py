# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page shows, and what it was made of."""
import re


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
        self.names, self.stacks, recorded = made
        self.names = [re.sub("[\udc80-\udcff]", "?", name) for name in self.names]
        self.samples = [(t, cpu, thread, stack, board) for board, samples in recorded.items()
                        for t, cpu, thread, stack in samples]

    def named(self, sample):
        return [self.names[f] for f in self.stacks[sample[3]]]

    def count(self, which):
        return sum(1 for sample in self.samples if which(sample))


def same(is_, wanted):
    assert is_ == wanted, f"{is_!r} is not {wanted!r}"
