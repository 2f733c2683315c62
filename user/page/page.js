// SPDX-License-Identifier: GPL-2.0-or-later
// The page: what is chosen, and what is drawn of it.
const CELL = 18;
const KINDS = ['user', 'kernel', 'interrupt', 'inlined', 'unnamed'];
// Of Okabe and Ito's palette, which people with any colour vision tell apart; lightness
// varies by name.
const COLOURS = { user: [41, 95, 62], kernel: [202, 75, 68], interrupt: [327, 50, 70],
	inlined: [164, 50, 62], unnamed: [0, 0, 72], group: [56, 60, 78] };
const FOUND = '#7b1fa2';

const at = id => document.getElementById(id);

function hash(text) {
	let h = 0;
	for (let i = 0; i < text.length; i++)
		h = Math.imul(h ^ text.charCodeAt(i), 0x9e3779b1);
	return ((h ^ h >>> 15) >>> 0) / 2 ** 32;
}

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
		this.chart = flamegraph.default().cellHeight(CELL).transitionDuration(0)
			.resetHeightOnZoom(true).setDetailsHandler(text => this.tell(text))
			.label(d => this.label(d.data)).setColorMapper(d => this.colour(d.data));
		this.table = new Table(at('functions'), profile, name => {
			at('find').value = `^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
			this.setView('icicle');
			this.find();
		});
		if (profile.row.length)
			this.heat = new Heat(at('heat'), profile, range => this.pick(range));
		this.fill();
		this.listen();
		this.group(at('group').value);
	}

	// ---- what is there ----

	fill() {
		const p = this.profile, told = p.told, total = d3.sum(p.rows.value), counts = p.counts();
		const facts = [`${total.toLocaleString('en')} ${counts}`];

		if (p.compared)
			facts.push(`compared with ${d3.sum(told.rows.before).toLocaleString('en')} before`);
		if (told.duration_ns)
			facts.push(`in ${(told.duration_ns / 1e9).toFixed(1)} s`);
		if (told.period_ns && told.unit === 'count')
			facts.push(`one each ${told.period_ns / 1e6} ms of a CPU`);
		if (told.time_ns !== '0')
			facts.push(`from ${new Date(told.time_ns / 1e6).toISOString().slice(0, 19)} UTC`);
		for (const what of ['lost', 'truncated'])
			if (told[what])
				facts.push(`${told[what].toLocaleString('en')} ${what}`);
		at('about').textContent = facts.join(', ');
		d3.select('#group').selectAll('option').data(p.groupings())
			.join('option').text(by => by === 'none' ? 'nothing' : by).attr('value', by => by);
		at('group').value = 'command';
		at('basis-of').hidden = !p.compared;
		if (p.row.length)
			d3.select('#order').append('option').attr('value', 'time').text('in time');
		this.legend();
	}

	legend() {
		const items = this.profile.compared ? [] : [...KINDS, 'group'].filter(kind =>
			kind === 'group' || this.profile.kind.includes(KINDS.indexOf(kind)));
		const list = d3.select('#legend').selectAll('li').data(items).join('li');

		list.append('i').style('background', kind => d3.hsl(COLOURS[kind][0], COLOURS[kind][1] / 100, COLOURS[kind][2] / 100));
		list.append('span').text(kind => kind === 'group' ? 'command, CPU …' : kind);
		if (!this.profile.compared)
			return;
		const scale = d3.select('#legend').append('li');
		const ramp = d3.range(0, 1.01, 0.125).map(d3.interpolateRdBu).reverse().join(',');
		scale.append('span').text('less than before ');
		scale.append('i').attr('class', 'wide').style('background', `linear-gradient(to right,${ramp})`);
		scale.append('span').text('more');
	}

	// ---- what is chosen ----

	listen() {
		d3.selectAll('#views input').on('change', event => this.setView(event.target.value));
		d3.select('#group').on('change', event => this.group(event.target.value));
		d3.select('#order').on('change', event => {
			this.order = event.target.value;
			this.focus = null;
			this.draw();
		});
		d3.select('#basis').on('change', event => {
			this.basis = event.target.value;
			this.draw();
		});
		d3.select('#find').on('input', () => this.find());
		d3.select('#controls').on('submit', event => event.preventDefault());
		d3.select('#reset').on('click', () => this.zoom(null));
		d3.select('#theme').on('click', () => this.theme());
		d3.select('#help').on('click', () => at('keys').showModal());
		d3.select(document).on('keydown', event => this.key(event));
		d3.select(window).on('resize', () => {
			if (this.heat)
				this.heat.draw(this.groups);
			this.draw();
		});
		// The library would hide what it has; we make a tree that has more of the part.
		at('calls').addEventListener('click', event => {
			const frame = event.target.closest('g.frame');

			event.stopPropagation();
			if (frame)
				this.zoom(d3.select(frame).datum().data);
		}, true);
	}

	setView(view) {
		this.view = view;
		document.querySelector(`#views input[value=${view}]`).checked = true;
		this.draw();
	}

	group(by) {
		this.groups = this.profile.groupsBy(by);
		this.focus = null;
		if (this.heat)
			this.heat.draw(this.groups);
		this.take();
	}

	pick(range) {
		this.range = range;
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
		if (this.order === 'time' && this.view !== 'table') {
			if (this.heat)
				this.heat.set(bar && bar.group >= 0 && bar.to > bar.from ? [bar.from, bar.to + 1] : null);
			return;
		}
		const whole = !bar || bar.group < 0 || (this.calls.flat && !bar.node);
		this.focus = whole ? null : { group: bar.group, node: bar.node };
		this.cursor = null;
		this.draw();
	}

	find() {
		const pattern = at('find').value;

		try {
			const expression = pattern && new RegExp(pattern, 'u');
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
		at('found').textContent = this.hits ? `${(100 * this.hits.sum / (this.calls.value || 1)).toFixed(2)} %` : '';
	}

	theme() {
		const root = document.documentElement;
		root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
		this.draw();
	}

	// ---- what is drawn ----

	isHit(bar) {
		return bar.frame >= 0 ? this.hits.known[bar.frame] : bar.group >= 0 && this.test(bar.name);
	}

	colour(bar) {
		if (this.hits && this.isHit(bar))
			return FOUND;
		if (this.profile.compared)
			return d3.interpolateRdBu(0.5 - 0.5 * Math.max(-1, Math.min(1, this.change(bar) / this.most)));
		const [hue, saturation, light] = COLOURS[bar.kind === 'group' ? 'group' : KINDS[bar.kind]];
		return d3.hsl(hue, saturation / 100, (light + 14 * (hash(bar.name) - 0.5)) / 100).formatRgb();
	}

	// In points of all samples.
	change(bar) {
		return 100 * (bar.is / (this.calls.value || 1) - bar.was / (this.calls.before || 1));
	}

	label(bar) {
		const p = this.profile, total = this.calls.value || 1, parts = [bar.name];
		const image = bar.frame >= 0 ? p.strings[p.image[bar.frame]] : '';
		const source = bar.frame >= 0 ? p.strings[p.source[bar.frame]] : '';

		if (bar.frame >= 0 && bar.kind)
			parts.push(KINDS[bar.kind]);
		if (image)
			parts.push(image);
		if (source)
			parts.push(source);
		parts.push(`${Math.round(bar.is).toLocaleString('en')} (${(100 * bar.is / total).toFixed(2)} %)`);
		if (bar.self)
			parts.push(`self ${Math.round(bar.self).toLocaleString('en')}`);
		if (p.compared)
			parts.push(`${this.change(bar) < 0 ? '' : '+'}${this.change(bar).toFixed(2)} points`);
		return parts.join(' · ');
	}

	tell(text) {
		at('detail').textContent = text || '\u00a0';
	}

	draw() {
		const table = this.view === 'table', p = this.profile;

		at('calls').hidden = table;
		at('functions').hidden = !table;
		this.step = 1;
		if (table)
			this.table.draw(this.calls, this.hits && this.hits.known);
		else
			this.drawCalls();
		const part = this.range ? `${Math.round(this.calls.value).toLocaleString('en')} of ` +
			`${d3.sum(p.rows.value).toLocaleString('en')} ${p.counts()}, from ${p.clock(this.range[0])} to ` +
			`${p.clock(this.range[1])}` : '';
		at('range').textContent = part + (this.step > 1 ? `${part && '; '}drawn of every ${this.step}th sample` : '');
		document.body.dataset.total = this.calls.value;
	}

	drawCalls() {
		const width = Math.max(300, at('calls').clientWidth);
		let tree;

		if (this.order === 'time') {
			({ tree, step: this.step } = callsInTime(this.profile, this.groups, this.taken, width));
		} else {
			tree = this.calls.tree({ focus: this.focus, width, order: this.order, basis: this.basis });
		}
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

	mostChange(bar) {
		const own = bar.frame >= 0 ? Math.abs(this.change(bar)) : 0;
		return Math.max(own, d3.max(bar.children, child => this.mostChange(child)) || 0);
	}

	mark() {
		d3.select('#calls').selectAll('g.frame')
			.classed('miss', d => this.hits && !this.isHit(d.data))
			.classed('dark', d => d3.lab(this.colour(d.data)).l < 55)
			.classed('cursor', d => this.isCursor(d));
	}

	// ---- keys ----

	isCursor(d) {
		return this.cursor && d.data.group === this.cursor.group && d.data.node === this.cursor.node &&
			(this.order !== 'time' || d.data.from === this.cursor.from);
	}

	neighbour(d, key) {
		const up = this.view === 'icicle' ? 'ArrowUp' : 'ArrowDown';
		const down = this.view === 'icicle' ? 'ArrowDown' : 'ArrowUp';
		const beside = d.parent ? d.parent.children : [d], i = beside.indexOf(d);

		switch (key) {
		case up: return d.parent || d;
		case down: return d.children ? d.children[0] : d;
		case 'ArrowLeft': return beside[Math.max(0, i - 1)];
		default: return beside[Math.min(beside.length - 1, i + 1)];
		}
	}

	move(key) {
		const root = d3.select('#calls').datum(), all = root.descendants();
		const now = all.find(d => this.isCursor(d)) || all.find(d => !d.data.fade) || root;
		const next = this.cursor ? this.neighbour(now, key) : now;

		this.cursor = next.data;
		this.mark();
		this.tell(this.label(next.data));
	}

	out() {
		if (!this.focus)
			return;
		const { group, node } = this.focus;
		this.zoom(node ? { group, node: this.profile.parent[node] } : null);
	}

	forget() {
		if (at('find').value) {
			at('find').value = '';
			this.find();
		} else if (this.focus) {
			this.zoom(null);
		} else if (this.range) {
			this.heat.set(null);
		}
	}

	key(event) {
		const typing = ['INPUT', 'SELECT'].includes(event.target.tagName) && event.target.type !== 'radio';
		const views = { f: 'flame', i: 'icicle', t: 'table' };

		if (event.ctrlKey || event.metaKey || event.altKey || at('keys').open)
			return;
		if (event.key === 'Escape') {
			this.forget();
			event.target.blur();
		} else if (typing) {
			return;
		} else if (event.key === '/') {
			at('find').focus();
		} else if (event.key === '?') {
			at('keys').showModal();
		} else if (event.key === 'd') {
			this.theme();
		} else if (views[event.key]) {
			this.setView(views[event.key]);
		} else if (this.view === 'table' || event.target.type === 'radio') {
			return;
		} else if (event.key.startsWith('Arrow')) {
			this.move(event.key);
		} else if (event.key === 'Enter' && this.cursor && event.target.tagName !== 'BUTTON') {
			this.zoom(this.cursor);
		} else if (event.key === 'Backspace') {
			this.out();
		} else {
			return;
		}
		event.preventDefault();
	}
}

if (matchMedia('(prefers-color-scheme: dark)').matches)
	document.documentElement.dataset.theme = 'dark';
readProfile(at('profile').textContent).then(profile => {
	window.page = new Page(profile);
	requestAnimationFrame(() => { document.body.dataset.ready = Math.round(performance.now()); });
}).catch(error => {
	at('about').textContent = `this page can't be shown: ${error.message}`;
	at('about').className = 'failed';
	throw error;
});
