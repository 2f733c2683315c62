// SPDX-License-Identifier: GPL-2.0-or-later
// Samples over time, a row for each group, all rows on one scale; a range can be picked.
const HEAT_ROW = 14, HEAT_AXIS = 20, HEAT_MOST = 12, HEAT_CELL = 4;

// What names of rows take, of the heat map and of strips alike.
const marginOf = width => Math.round(Math.min(150, 0.27 * width));

function nameWithin(name, pixels) {
	const most = Math.max(4, Math.floor(pixels / 6.6));

	return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

class Heat {
	// picked(range) gets a range in the moments' time, or null; hover: a Hover.
	constructor(section, profile, { picked, hover }) {
		this.section = d3.select(section);
		this.canvas = section.querySelector('canvas');
		this.svg = this.section.select('svg');
		this.profile = profile;
		this.picked = picked;
		this.hover = hover;
		this.range = null;
		this.brush = d3.brushX().on('end', event => {
			if (event.sourceEvent)
				this.pick(event.selection && event.selection.map(x => this.x.invert(x)));
		});
		this.section.attr('hidden', null).on('keydown', event => this.key(event))
			.on('pointermove', event => this.point(event)).on('pointerleave', () => hover.hide());
		// The last moment is within, too.
		this.end = profile.span + 1;
	}

	// zoomed: the range is all that the axis has.
	draw(groups, zoomed) {
		const width = this.section.node().clientWidth, left = marginOf(width);
		const cells = Math.max(1, Math.floor((width - left) / HEAT_CELL));

		this.groups = groups;
		this.zoomed = Boolean(zoomed && this.range);
		this.domain = this.zoomed ? this.range : [0, this.end];
		this.x = d3.scaleLinear(this.domain, [left, width]);
		this.rows = this.count(groups, cells);
		this.most = d3.max(this.rows, row => d3.max(row.cells)) || 1;
		this.height = this.rows.length * HEAT_ROW;
		this.section.style('height', `${this.height + HEAT_AXIS}px`);
		this.paint(width, left);
		this.svg.attr('width', width).attr('height', this.height + HEAT_AXIS).selectAll('*').remove();
		this.svg.selectAll('text.row').data(this.rows).join('text').attr('class', 'row')
			.attr('x', 0).attr('y', (row, y) => y * HEAT_ROW + 11).text(row => nameWithin(row.name, left - 6));
		this.axis(width, left);
		this.brush.extent([[left, 0], [width, this.height]]);
		this.layer = this.svg.append('g').attr('class', 'brush').call(this.brush);
		this.show();
	}

	paint(width, left) {
		const scale = window.devicePixelRatio || 1, c = this.canvas.getContext('2d');

		this.canvas.width = width * scale;
		this.canvas.height = this.height * scale;
		this.canvas.style.width = `${width}px`;
		this.canvas.style.height = `${this.height}px`;
		c.scale(scale, scale);
		this.rows.forEach((row, y) => {
			const edge = i => Math.round(left + i * (width - left) / row.cells.length);

			row.cells.forEach((n, i) => {
				if (!n)
					return;
				c.fillStyle = heatColour(n / this.most);
				c.fillRect(edge(i), y * HEAT_ROW + 1, edge(i + 1) - edge(i), HEAT_ROW - 2);
			});
		});
	}

	axis(width, left) {
		const axis = d3.axisBottom(this.x).tickValues(this.profile.ticks(this.domain, (width - left) / 110))
			.tickFormat(t => this.profile.clock(t).replace(/\.000( s)?$/, '$1'));
		const g = this.svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${this.height})`).call(axis);

		// A text that would leave the picture ends where it ends.
		g.selectAll('.tick').filter(t => width - this.x(t) < 45).select('text').attr('text-anchor', 'end')
			.attr('x', t => Math.min(45, width - this.x(t)));
	}

	// All of it in the first row, then the groups that took most, and what is left.
	count(groups, cells) {
		const row = name => ({ name, total: 0, cells: new Float64Array(cells), groups: [] });
		const all = row('all'), each = groups.names.map(row), profile = this.profile;
		const [from, to] = this.domain, first = d3.bisectLeft(profile.time, from);

		const add = (of, cell, weight) => [all, of].forEach(row => { row.cells[cell] += weight; row.total += weight; });
		for (let m = first; m < profile.row.length && (profile.length || profile.time[m] < to); m++) {
			const last = Math.floor((profile.time[m] - from) / (to - from) * cells);
			const of = each[groups.of[profile.row[m]]], weight = profile.weight ? profile.weight[m] : 1;
			const begin = profile.time[m] - (profile.length ? profile.length[m] : 0);

			if (begin === profile.time[m]) {
				if (last < cells)
					add(of, last, weight);
				continue;
			}
			// Each cell has its part of a wait.
			for (let cell = Math.max(0, Math.floor((begin - from) / (to - from) * cells)); cell < cells && cell <= last; cell++)
				add(of, cell, weight * profile.part(m, [cell, cell + 1].map(n => from + n / cells * (to - from))));
		}
		each.forEach((of, g) => of.groups.push(g));
		if (groups.by === 'none') {
			all.groups = d3.range(each.length);
			return [all];
		}
		each.sort((a, b) => groups.by === 'CPU' ? d3.ascending(a.name, b.name) : b.total - a.total);
		const shown = each.slice(0, HEAT_MOST), left = each.slice(HEAT_MOST);
		if (left.length) {
			const rest = row(`${left.length} others`);
			left.forEach(of => of.cells.forEach((n, i) => { rest.cells[i] += n; rest.total += n; }));
			rest.groups = left.map(of => of.groups[0]);
			shown.push(rest);
		}
		return [all, ...shown];
	}

	// So many samples within so many units of time, as people read it.
	amount(samples, units) {
		const share = this.profile.share(samples, units);

		return share === null ? this.profile.weight ? this.profile.amount(samples) : `${number(samples)} samples` : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
	}

	// What the most intense colour stands for, and in what unit.
	scale() {
		const each = (this.domain[1] - this.domain[0]) / this.rows[0].cells.length;

		return { most: this.amount(this.most, each), unit: this.profile.data.period_ns ? 'of a CPU' : 'in a cell' };
	}

	point(event) {
		const [x, y] = d3.pointer(event, this.section.node()), row = this.rows[Math.floor(y / HEAT_ROW)];
		const [from, to] = this.domain, [left, right] = this.x.range(), p = this.profile;

		if (!row || event.buttons) {
			this.hover.hide();
			return;
		}
		const each = (to - from) / row.cells.length, cell = Math.floor((x - left) / (right - left) * row.cells.length);
		const within = cell >= 0 && cell < row.cells.length;
		const n = within ? row.cells[cell] : row.total, units = within ? each : to - from;
		const begin = within ? from + cell * each : from;
		const rows = [['time', `${p.clock(begin)} to ${p.clock(begin + units)}`]];
		if (p.data.period_ns)
			rows.push(['of a CPU', this.amount(n, units)]);
		rows.push(p.weight ? [p.data.type, p.amount(n)] : ['samples', number(n)]);
		this.hover.show({ title: row.name, rows }, event.clientX, event.clientY);
	}

	show() {
		this.layer.call(this.brush.move, this.range && !this.zoomed ? this.range.map(this.x) : null);
	}

	pick(range) {
		this.range = range && [Math.max(0, range[0]), Math.min(this.end, range[1])];
		this.picked(this.range);
	}

	set(range) {
		this.pick(range);
		this.show();
	}

	// Move the range by a tenth of itself, its end with Shift; begin with a first tenth.
	key(event) {
		const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];

		if (!way)
			return;
		event.preventDefault();
		event.stopPropagation();
		const [from, to] = this.range || [0, this.end / 10];
		const step = this.range ? way * (to - from) / 10 : 0;
		const move = event.shiftKey ? [from, Math.max(from + this.end / 1000, to + step)] :
			[from + step, to + step];
		if (move[0] >= 0 && move[1] <= this.end)
			this.set(move);
	}
}
