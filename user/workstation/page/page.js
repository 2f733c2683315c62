// SPDX-License-Identifier: GPL-2.0-or-later
// The page: what is chosen, and what is drawn of it.
const CELL = 18;
const FLAME_LEAST = 320; // pixels of height that a flame graph has

const at = id => document.getElementById(id);

class Page {
	constructor(profile) {
		this.profile = profile;
		this.view = 'icicle';	// the widest are in sight, however deep it goes
		this.focus = null;
		this.test = null;
		this.cursor = null;
		this.range = null;
		this.order = 'heavy';
		this.basis = 'value';
		this.hover = new Hover(at('hover'));
		this.chart = flamegraph.default().cellHeight(CELL).transitionDuration(0)
			.resetHeightOnZoom(true).setDetailsHandler(() => {}).label(() => '').tooltip(this.tooltip())
			.setColorMapper(d => this.fill(d.data));
		this.strips = new Strips(at('strips'));
		this.table = new Table(at('functions'), profile, name => {
			at('find').value = `^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
			at('case').checked = true;
			this.setView('icicle');
			this.find();
		});
		if (profile.row.length)
			this.heat = new Heat(at('heat'), profile, { picked: range => this.pick(range), hover: this.hover });
		this.describe();
		this.listen();
		this.group(at('group').value);
	}

	// ---- what is there ----

	describe() {
		const p = this.profile, data = p.data, total = d3.sum(p.rows.value);
		const facts = [['bytes', 'nanoseconds'].includes(data.unit) ? `${p.amount(total)} ${data.type}` : p.amount(total)];

		if (p.compared)
			facts.push(`compared with ${d3.sum(data.rows.before).toLocaleString('en')} before`);
		if (data.duration_ns)
			facts.push(`in ${(data.duration_ns / 1e9).toFixed(1)} s`);
		if (data.period_ns && data.unit === 'count')
			facts.push(`one each ${+(data.period_ns / 1e6).toPrecision(4)} ms of a CPU`);
		if (data.time_ns !== '0')
			facts.push(`from ${new Date(data.time_ns / 1e6).toISOString().slice(0, 19)} UTC`);
		for (const what of ['lost', 'truncated'])
			if (data[what])
				facts.push(`${data[what].toLocaleString('en')} ${what}`);
		if (data.gaps)
			facts.push(`${data.gaps.toLocaleString('en')} that may have gaps`);
		at('about').textContent = facts.join(', ');
		at('title').textContent = p.title() || 'emberprof';
		document.title = [p.title(), 'emberprof'].filter(Boolean).join(' - ');
		d3.select('#group').selectAll('option').data(p.groupings())
			.join('option').text(by => by === 'none' ? 'nothing' : by).attr('value', by => by);
		at('group').value = p.length ? 'thread' : 'command';
		at('basis-of').hidden = !p.compared;
		if (p.row.length)
			d3.select('#order').append('option').attr('value', 'time').text('in time');
		// All time is looked at as such.
		if (p.length) {
			this.order = 'time';
			at('order').value = 'time';
		}
		this.legend();
	}

	legend() {
		const has = kind => kind === 'group' || kind === 'narrower' || this.profile.kind.includes(KINDS.indexOf(kind));
		const states = [...new Set(this.profile.name.filter((name, frame) => KINDS[this.profile.kind[frame]] === 'state'))];
		const items = (this.profile.compared ? ['narrower'] : [...states.sort(), ...KINDS.filter(kind => kind !== 'state'),
			'group', 'narrower']).filter(item => states.includes(item) || has(item));
		const words = { group: 'command, CPU …', unnamed: 'unnamed, tinted by file', narrower: 'narrower than a pixel' };
		const list = d3.select('#legend').selectAll('li').data(items).join('li').attr('class', kind => kind.replace(/\W/g, ''));

		list.append('i').style('background', kind => states.includes(kind) ? colourOf('state', kind, '') : colourOf(kind, '', ''));
		list.append('span').text(kind => words[kind] || kind);
		if (!this.profile.compared)
			return;
		const scale = d3.select('#legend').insert('li', 'li');
		const ramp = d3.range(0, 1.01, 0.125).map(d3.interpolateRdBu).reverse().join(',');
		scale.append('span').text('less than before ');
		scale.append('i').attr('class', 'wide').style('background', `linear-gradient(to right,${ramp})`);
		scale.append('span').text('more');
	}

	// The heat map's scale, in the theme's colours.
	heatLegend() {
		const { most, unit } = this.heat.scale();

		at('scale').hidden = false;
		d3.select('#scale i').style('background', `linear-gradient(to right,${d3.range(0, 1.01, 0.125).map(heatColour).join(',')})`);
		d3.select('#scale .most').text(`${most} ${unit}`);
	}

	// ---- what is chosen ----

	listen() {
		d3.selectAll('#views input').on('change', event => this.setView(event.target.value));
		d3.select('#group').on('change', event => this.group(event.target.value));
		d3.select('#order').on('change', event => {
			this.order = event.target.value;
			this.focus = null;
			this.drawHeat();
			this.draw();
			this.toRoot();
		});
		d3.select('#basis').on('change', event => {
			this.basis = event.target.value;
			this.draw();
		});
		d3.select('#find').on('input', () => this.find());
		d3.select('#case').on('change', () => this.find());
		d3.select('#controls').on('submit', event => event.preventDefault());
		d3.select('#reset').on('click', () => this.zoom(null));
		d3.select('#theme').on('click', () => this.theme());
		d3.select('#help').on('click', () => at('keys').showModal());
		this.keys = new Keys(this);
		d3.select(window).on('resize', () => {
			this.drawHeat();
			this.draw();
		});
		// The library would hide what it has; we make a tree that has more of the part.
		at('calls').addEventListener('click', event => {
			const frame = event.target.closest('g.frame');

			event.stopPropagation();
			if (frame)
				this.zoom(d3.select(frame).datum().data);
		}, true);
		d3.select('#calls').on('pointermove', event => this.hover.move(event.clientX, event.clientY));
		d3.select('#strips').on('click', event => {
			const bar = this.strips.at(event);

			if (bar)
				this.zoom(bar);
		}).on('pointermove', event => {
			const bar = this.strips.at(event);

			if (bar)
				this.hover.show(this.note(bar), event.clientX, event.clientY);
			else
				this.hover.hide();
		}).on('pointerleave', () => this.hover.hide());
	}

	// What the library takes for a tooltip.
	tooltip() {
		return Object.assign(() => {}, {
			show: (event, d) => this.hover.show(this.note(d.data), event.clientX, event.clientY),
			hide: () => this.hover.hide(),
			destroy: () => {},
		});
	}

	get inTime() {
		return this.order === 'time' && this.view !== 'table';
	}

	setView(view) {
		this.view = view;
		document.querySelector(`#views input[value=${view}]`).checked = true;
		this.drawHeat();
		this.draw();
		this.toRoot();
	}

	group(by) {
		this.groups = this.profile.groupsBy(by);
		this.focus = null;
		this.drawHeat();
		this.take();
		this.toRoot();
	}

	pick(range) {
		this.range = range;
		if (this.inTime)
			this.drawHeat();
		this.take();
	}

	take() {
		this.taken = this.profile.within(this.range);
		this.calls = new Calls(this.profile, this.groups, this.taken);
		this.search();
		this.draw();
	}

	// In the order of time a bar is a range; else it's a place in the tree.
	zoom(bar) {
		this.cursor = null;
		if (this.inTime) {
			this.heat.set(bar ? [bar.from, bar.to] : null);
			return;
		}
		const whole = !bar || (!bar.below && (bar.group < 0 || (this.calls.flat && !bar.node)));
		this.focus = whole ? null : { group: bar.group, node: bar.node, below: bar.below };
		this.draw();
		this.toRoot();
	}

	find() {
		const pattern = at('find').value;

		try {
			const expression = pattern && new RegExp(pattern, at('case').checked ? 'u' : 'iu');
			this.test = expression ? name => expression.test(name) : null;
			at('find').classList.remove('wrong');
		} catch {
			at('find').classList.add('wrong');
			at('found').textContent = 'no regular expression';
			return;
		}
		this.search();
		this.draw();
	}

	search() {
		this.hits = this.test ? this.calls.hits(this.test) : null;
		at('found').textContent = this.hits ? percent(this.hits.sum, this.calls.value) : '';
	}

	theme() {
		const root = document.documentElement;
		root.dataset.theme = isDarkTheme() ? 'light' : 'dark';
		this.drawHeat();
		this.draw();
	}

	// ---- what is drawn ----

	isHit(bar) {
		if (bar.kind === 'narrower')
			return bar.hit;
		return bar.frame >= 0 ? this.hits.known[bar.frame] : bar.group >= 0 && this.test(bar.name);
	}

	colour(bar) {
		if (this.hits && this.isHit(bar))
			return FOUND;
		if (this.profile.compared)
			return d3.interpolateRdBu(0.5 - 0.5 * Math.max(-1, Math.min(1, this.change(bar) / this.most)));
		return colourOf(KINDS[bar.kind] || bar.kind, bar.name, bar.frame >= 0 ? this.file(bar) : '');
	}

	fill(bar) {
		return bar.kind === 'narrower' ? hatchReference(at('hatches'), this.colour(bar)) : this.colour(bar);
	}

	file(bar) {
		return this.profile.strings[this.profile.image[bar.frame]];
	}

	// In points of all samples.
	change(bar) {
		return 100 * (bar.is / (this.calls.value || 1) - bar.was / (this.calls.before || 1));
	}

	// The state's bar that a bar of time is of, if that is a wait; else null.
	waiting(bar) {
		while (bar && bar.to && KINDS[bar.kind] !== 'state')
			bar = bar.parent;
		return bar && bar.to && bar.name !== RUNNING ? bar : null;
	}

	// The functions of a wait's stack, innermost first.
	stack(bar) {
		return bar.children.length ? [...this.stack(bar.children[0]), bar.children[0].name] : [];
	}

	// What is known of a bar, with its shares of all, of its parent and of what is zoomed.
	note(bar) {
		const p = this.profile, whole = d3.sum(p.rows.value), rows = [];
		const sub = bar.frame >= 0 ? [KINDS[bar.kind], this.file(bar), p.strings[p.source[bar.frame]]] :
			[bar.kind === 'narrower' ? 'calls narrower than a pixel, together' : ''];

		const wait = this.waiting(bar);

		if (bar.to)
			rows.push(['time', `${p.clock(bar.from)} to ${p.clock(bar.to)}`]);
		rows.push(['total', p.amount(bar.is)]);
		if (bar.kind !== 'narrower')
			rows.push(['self', p.amount(bar.self)]);
		rows.push(['of all', percent(bar.is, whole)]);
		if (this.range)
			rows.push(['of the range', percent(bar.is, this.calls.value)]);
		if (bar.parent && bar.parent.group >= -1 && bar.parent.name)
			rows.push(['of parent', `${percent(bar.is, bar.parent.is)}  ${bar.parent.name}`]);
		if (this.zoomed && !bar.fade)
			rows.push(['of zoomed', `${percent(bar.is, this.zoomed.is)}  ${this.zoomed.name}`]);
		if (p.compared)
			rows.push(['before', percent(bar.was, this.calls.before)], ['change', `${signed(this.change(bar))} points`]);
		if (wait)
			rows.push([wait.name.slice(1, -1), this.stack(wait).join(' \u2190 ')]);
		return { title: bar.name, sub: sub.filter(Boolean).join(' · '), rows };
	}

	drawHeat() {
		if (!this.heat)
			return;
		this.heat.draw(this.groups, this.inTime);
		this.heatLegend();
	}

	draw() {
		const p = this.profile;

		this.hover.hide();	// what is below the pointer may be another thing now
		at('calls').hidden = this.view === 'table' || this.inTime;
		at('strips').hidden = !this.inTime;
		at('functions').hidden = this.view !== 'table';
		at('calls').classList.toggle('flame', this.view === 'flame');
		this.step = 1;
		this.zoomed = null;
		if (this.view === 'table')
			this.table.draw(this.calls, this.hits && this.hits.known);
		else if (this.inTime)
			this.drawInTime();
		else
			this.drawCalls();
		const whole = p.amount(d3.sum(p.rows.value)), some = p.amount(this.calls.value).replace(` ${p.counts()}`, '');
		const part = this.range ? `${some} of ${whole}, from ` +
			`${p.clock(this.range[0])} to ${p.clock(this.range[1])}` : '';
		at('range').textContent = part + (this.step > 1 ? `${part && '; '}drawn of every ${this.step}th sample` : '');
		document.body.dataset.total = this.calls.value;
	}

	drawInTime() {
		const { rows, x } = this.heat, calls = new TimeCalls(this.profile, this.groups, this.taken, rows,
			x.invert(1) - x.invert(0));

		this.step = calls.step;
		this.strips.draw(calls, { x, cell: CELL, below: this.view === 'flame', colour: bar => this.colour(bar),
			faint: bar => this.hits && !this.isHit(bar), cursor: bar => this.isCursor(bar) });
		this.root = { name: 'all', group: -1, shown: this.strips.strips.map(strip => strip.top) };
	}

	drawCalls() {
		const width = Math.max(300, at('calls').clientWidth);
		const { tree, zoomed } = this.calls.tree({ focus: this.focus, width, order: this.order, basis: this.basis,
			hits: this.hits });

		this.zoomed = zoomed;
		this.root = tree;
		if (this.profile.compared)
			this.most = Math.max(0.5, this.mostChange(tree));
		this.chart.width(width).inverted(this.view === 'icicle');
		if (this.drawn)
			this.chart.update(tree);
		else
			d3.select('#calls').datum(tree).call(this.chart);
		this.drawn = true;
		this.mark();
	}

	// A flame graph has its root below: it's what is in sight first.
	toRoot() {
		const box = at('calls');

		if (this.view !== 'flame' || this.inTime)
			return;
		const room = window.innerHeight - (box.getBoundingClientRect().top + window.scrollY) - 8;
		box.style.maxHeight = `${Math.max(FLAME_LEAST, room)}px`;
		box.scrollTop = box.scrollHeight;
		if (box.getBoundingClientRect().bottom > window.innerHeight)
			box.scrollIntoView({ block: 'end' });
	}

	mostChange(bar) {
		const own = bar.frame >= 0 ? Math.abs(this.change(bar)) : 0;
		return Math.max(own, d3.max(bar.children || [], child => this.mostChange(child)) || 0);
	}

	isCursor(bar) {
		const c = this.cursor;

		return Boolean(c) && bar.group === c.group && bar.node === c.node && bar.below === c.below && bar.from === c.from &&
			bar.kind === c.kind;
	}

	mark() {
		d3.select('#calls').selectAll('g.frame')
			.classed('miss', d => this.hits && !this.isHit(d.data))
			.classed('dark', d => isDark(this.colour(d.data)))
			.classed('thin', d => this.chart.width() * (d.x1 - d.x0) < 3)
			.classed('narrower', d => d.data.kind === 'narrower')
			.classed('cursor', d => this.isCursor(d.data));
	}
}

const darkMedia = matchMedia('(prefers-color-scheme: dark)');
if (darkMedia.matches)
	document.documentElement.dataset.theme = 'dark';
readProfile(at('profile').textContent).then(profile => {
	window.page = new Page(profile);
	darkMedia.addEventListener('change', event => {
		if (event.matches !== isDarkTheme())
			window.page.theme();
	});
	requestAnimationFrame(() => { document.body.dataset.ready = Math.round(performance.now()); });
}).catch(error => {
	at('about').textContent = `this page can't be shown: ${error.message}`;
	at('about').className = 'failed';
	throw error;
});
