// SPDX-License-Identifier: GPL-2.0-or-later
// Calls in the order of time, on the heat map's axis: a strip for each of its rows, in which
// what is the same in samples that follow each other is one bar.
const SAMPLES_MOST = 40000; // that one picture is made of
const STRIP_TEXT = 35; // pixels from which a bar has its name in it

// Bars of one strip while they are found: those that are open, outermost first.
class Strip {
	constructor(row, several) {
		this.several = several;	// groups, whose names are the outermost bars then
		this.top = { name: row.name, kind: 'group', group: -1, node: 0, frame: -1, is: 0, self: 0, from: 0, to: 0,
			children: [] };
		this.open = [];
		this.last = -Infinity;
	}

	// Everything that is open ends at that time.
	end(time) {
		for (const bar of this.open)
			bar.to = time;
		this.open.length = 0;
	}
}

class TimeCalls {
	// rows: the heat map's; pixel: units of time that one is wide.
	constructor(profile, groups, taken, rows, pixel) {
		const lanes = rows.length > 1 ? rows.slice(1) : rows;

		this.profile = profile;
		this.groups = groups;
		this.step = Math.max(1, Math.ceil((taken.last - taken.first) / SAMPLES_MOST));
		this.strips = lanes.map(row => new Strip(row, row.groups.length > 1 && groups.by !== 'none'));
		const of = new Uint32Array(groups.names.length);
		lanes.forEach((row, i) => row.groups.forEach(g => { of[g] = i; }));
		const stripOf = groups.of.map(g => of[g]);
		// Samples lie at random in their periods: two that follow each other are two apart at most.
		// What isn't seen between them is left out.
		const gap = profile.step ? Math.max(2.2 * profile.step, pixel) : Infinity, last = profile.step || 1;
		const [from, to] = taken.range || [-Infinity, Infinity];
		for (let m = taken.first; m < taken.last; m++) {
			const row = profile.row[m], strip = this.strips[stripOf[row]], time = profile.time[m];

			const wait = profile.length ? profile.length[m] : 0;
			// Threads of one strip may wait at the same time: what came first is in sight.
			const begin = profile.length ? Math.max(from, strip.last, time - (wait || last)) : time;

			if (begin >= to || (profile.length && time >= to && !wait))
				continue;
			if (time - strip.last > gap || wait)
				strip.end(Math.min(strip.last + last, begin));
			if ((m - taken.first) % this.step === 0)
				this.add(strip, row, begin, this.step * (profile.weight ? profile.weight[m] : 1));
			strip.last = time;
			if (wait)
				strip.end(Math.min(time, to));
		}
		for (const strip of this.strips)
			strip.end(Math.min(strip.last + last, profile.span + 1));
		this.value = d3.sum(this.strips, strip => strip.top.is);
	}

	bar(parent, group, node, time) {
		const p = this.profile, frame = p.frame[node];

		return { parent, group, node, frame, name: node ? p.name[frame] : this.groups.names[group],
			kind: node ? p.kind[frame] : 'group', is: 0, self: 0, from: time, to: time, children: [] };
	}

	add(strip, row, time, weight) {
		const p = this.profile, { open, top } = strip, group = this.groups.of[row], nodes = [];

		for (let node = p.rows.node[row]; node; node = p.parent[node])
			nodes.push(node);
		if (strip.several)
			nodes.push(0);
		const depth = nodes.length;
		let same = 0;
		while (same < open.length && same < depth && open[same].node === nodes[depth - 1 - same] &&
			open[same].group === group)
			same++;
		for (const bar of open)
			bar.to = time;
		open.length = same;
		for (let i = same; i < depth; i++) {
			const above = i ? open[i - 1] : top, bar = this.bar(above, group, nodes[depth - 1 - i], time);

			above.children.push(bar);
			open.push(bar);
		}
		top.is += weight;
		for (const bar of open)
			bar.is += weight;
		(depth ? open[depth - 1] : top).self += weight;
	}

	// What is wide enough in a picture of so many pixels a unit of time; narrower neighbours are one bar.
	within(bars, parent, scale) {
		const shown = [];
		let run = null;

		for (const bar of bars) {
			if ((bar.to - bar.from) * scale >= LEAST_WIDTH) {
				bar.shown = this.within(bar.children, bar, scale);
				shown.push(bar);
				run = null;
			} else if (run && (bar.from - run.to) * scale < LEAST_WIDTH) {
				run.calls++;
				run.is += bar.is;
				run.to = bar.to;
			} else {
				run = { parent, group: bar.group, node: bar.node, frame: -1, kind: 'narrower', calls: 1,
					is: bar.is, self: 0, from: bar.from, to: bar.to, shown: [] };
				shown.push(run);
			}
		}
		for (const bar of shown.filter(one => one.calls))
			bar.name = `${number(bar.calls)} narrower`;
		return shown;
	}
}

class Strips {
	constructor(element) {
		this.element = d3.select(element);
	}

	// how: {x: the heat map's scale, cell: pixels, below: the root is there, colour(bar), faint(bar), cursor(bar)}
	draw(calls, how) {
		const [left, right] = how.x.range(), [from, to] = how.x.domain(), scale = (right - left) / (to - from);

		this.how = how;
		this.strips = calls.strips.map(strip => {
			strip.top.shown = calls.within(strip.top.children, strip.top, scale);
			return { name: strip.top.name, top: strip.top, depth: Math.max(1, depthOf(strip.top)) };
		}).filter(strip => strip.top.is);
		this.element.selectAll('div').data(this.strips).join(enter => {
			const div = enter.append('div');
			div.append('span');
			div.append('canvas');
			return div;
		});
		this.paint();
	}

	paint() {
		const strips = this;

		this.element.selectAll('div').each(function (strip) {
			d3.select(this).select('span').text(nameWithin(strip.name, strips.how.x.range()[0] - 6));
			strips.paintOne(this.querySelector('canvas'), strip);
		});
	}

	paintOne(canvas, strip) {
		const { x, cell } = this.how, c = canvas.getContext('2d'), width = x.range()[1], height = strip.depth * cell;
		const scale = window.devicePixelRatio || 1;

		canvas.width = width * scale;
		canvas.height = height * scale;
		canvas.style.width = `${width}px`;
		canvas.style.height = `${height}px`;
		c.scale(scale, scale);
		c.font = '12px system-ui, sans-serif';
		c.textBaseline = 'middle';
		this.ink = getComputedStyle(document.body).color;
		this.paintBars(c, strip, strip.top.shown, 0);
	}

	top(strip, depth) {
		return (this.how.below ? strip.depth - 1 - depth : depth) * this.how.cell;
	}

	paintBars(c, strip, bars, depth) {
		const { x, cell } = this.how, y = this.top(strip, depth);

		for (const bar of bars) {
			const left = x(bar.from), width = x(bar.to) - left, inner = width > 3 ? width - 0.6 : width;
			const colour = this.how.colour(bar);

			c.globalAlpha = this.how.faint(bar) ? 0.25 : 1;
			if (bar.calls) {
				hatchRectangle(c, colour, left, y, inner, cell - 0.6);
			} else {
				c.fillStyle = colour;
				c.fillRect(left, y, inner, cell - 0.6);
			}
			c.globalAlpha = 1;
			if (this.how.cursor(bar)) {
				c.strokeStyle = this.ink;
				c.lineWidth = 2;
				c.strokeRect(left + 1, y + 1, Math.max(1, inner - 2), cell - 2.6);
				c.lineWidth = 1;
			}
			if (width >= STRIP_TEXT && !bar.calls)
				this.paintText(c, bar, left, y, width, colour);
			this.paintBars(c, strip, bar.shown, depth + 1);
		}
	}

	paintText(c, bar, left, y, width, colour) {
		const room = width - 8, whole = c.measureText(bar.name).width;
		const text = whole <= room ? bar.name :
			`${bar.name.slice(0, Math.max(1, Math.floor(bar.name.length * room / whole) - 1))}…`;

		c.fillStyle = this.how.faint(bar) ? this.ink : isDark(colour) ? '#fff' : '#111';
		c.fillText(text, left + 4, y + this.how.cell / 2, room);
	}

	// The bar at a place of the window, or null.
	at(event) {
		const div = event.target.closest('#strips > div');

		if (!div)
			return null;
		const strip = d3.select(div).datum(), [x, y] = d3.pointer(event, div), row = Math.floor(y / this.how.cell);
		const depth = this.how.below ? strip.depth - 1 - row : row, time = this.how.x.invert(x);
		let bar = strip.top;
		for (let i = 0; bar && i <= depth; i++)
			bar = bar.shown.find(one => one.from <= time && time < one.to);
		return bar && bar !== strip.top ? bar : null;
	}

	// Where a bar is in the window.
	place(bar) {
		let depth = -1, top = bar;
		for (; top.parent; top = top.parent)
			depth++;
		const i = this.strips.findIndex(strip => strip.top === top), strip = this.strips[i];
		const box = this.element.selectAll('canvas').nodes()[i].getBoundingClientRect();

		return { x: box.x + this.how.x(bar.from), y: box.y + this.top(strip, depth) };
	}
}

function depthOf(bar) {
	return bar.shown.length ? 1 + d3.max(bar.shown, depthOf) : 0;
}
