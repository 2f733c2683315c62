// SPDX-License-Identifier: GPL-2.0-or-later
// Samples over time, a row for each group; a range can be picked.
const HEAT_ROW = 14, HEAT_LEFT = 150, HEAT_AXIS = 20, HEAT_MOST = 12, HEAT_CELL = 4;

class Heat {
	// picked(range) is told of a range in the moments' time, or null.
	constructor(section, profile, picked) {
		this.section = d3.select(section);
		this.canvas = section.querySelector('canvas');
		this.svg = this.section.select('svg');
		this.profile = profile;
		this.picked = picked;
		this.range = null;
		this.brush = d3.brushX().on('end', event => {
			if (event.sourceEvent)
				this.pick(event.selection && event.selection.map(x => this.x.invert(x)));
		});
		this.section.attr('hidden', null).on('keydown', event => this.key(event));
		// The last moment is within, too.
		this.end = profile.span + 1;
	}

	draw(groups) {
		const profile = this.profile, width = this.section.node().clientWidth;
		const heights = this.count(groups, Math.max(1, Math.floor((width - HEAT_LEFT) / HEAT_CELL)));
		const rows = heights.rows, height = rows.length * HEAT_ROW, scale = window.devicePixelRatio || 1;

		this.x = d3.scaleLinear([0, this.end], [HEAT_LEFT, width]);
		this.section.style('height', `${height + HEAT_AXIS}px`);
		this.canvas.width = width * scale;
		this.canvas.height = height * scale;
		this.canvas.style.width = `${width}px`;
		this.canvas.style.height = `${height}px`;
		const c = this.canvas.getContext('2d');
		c.scale(scale, scale);
		rows.forEach((row, y) => {
			const most = d3.max(row.cells) || 1;

			row.cells.forEach((n, i) => {
				if (!n)
					return;
				c.fillStyle = d3.interpolateCividis(0.15 + 0.85 * n / most);
				c.fillRect(HEAT_LEFT + i * HEAT_CELL, y * HEAT_ROW + 1, HEAT_CELL, HEAT_ROW - 2);
			});
		});
		this.svg.attr('width', width).attr('height', height + HEAT_AXIS).selectAll('*').remove();
		this.svg.selectAll('text.row').data(rows).join('text').attr('class', 'row')
			.attr('x', 0).attr('y', (row, y) => y * HEAT_ROW + 11)
			.text(row => row.name.length > 22 ? `${row.name.slice(0, 21)}…` : row.name)
			.append('title').text(row => `${row.name}: ${row.total}`);
		this.svg.append('g').attr('transform', `translate(0,${height})`)
			.call(d3.axisBottom(this.x).ticks(width / 140).tickFormat(t => profile.clock(t)));
		this.brush.extent([[HEAT_LEFT, 0], [width, height]]);
		this.layer = this.svg.append('g').attr('class', 'brush').call(this.brush);
		this.show();
	}

	// All of it in the first row, then the groups that took most, and what is left.
	count(groups, cells) {
		const row = name => ({ name, total: 0, cells: new Float64Array(cells) });
		const all = row('all'), each = groups.names.map(row), profile = this.profile;

		for (let m = 0; m < profile.row.length; m++) {
			const cell = Math.floor(profile.time[m] / this.end * cells);
			const of = each[groups.of[profile.row[m]]];

			all.cells[cell]++;
			all.total++;
			of.cells[cell]++;
			of.total++;
		}
		if (groups.by === 'none')
			return { rows: [all] };
		each.sort((a, b) => groups.by === 'CPU' ? d3.ascending(a.name, b.name) : b.total - a.total);
		const shown = each.slice(0, HEAT_MOST), left = each.slice(HEAT_MOST);
		if (left.length) {
			const rest = row(`${left.length} others`);
			left.forEach(of => of.cells.forEach((n, i) => { rest.cells[i] += n; rest.total += n; }));
			shown.push(rest);
		}
		return { rows: [all, ...shown] };
	}

	show() {
		this.layer.call(this.brush.move, this.range && this.range.map(this.x));
	}

	pick(range) {
		this.range = range && [Math.max(0, range[0]), Math.min(this.end, range[1])];
		this.picked(this.range);
	}

	set(range) {
		this.pick(range);
		this.show();
	}

	// The range goes by a tenth of itself, its end with Shift; without one there's a first tenth.
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
