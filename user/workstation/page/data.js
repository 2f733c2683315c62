// SPDX-License-Identifier: GPL-2.0-or-later
// What the tool wrote (user/workstation/report/pagedata.c), unpacked into columns.
const VERSION = 1;

const basename = path => path.replace(/\/+$/, '').split('/').pop();

async function readProfile(text) {
	if (typeof DecompressionStream === 'undefined')
		throw new Error('this browser is too old for this page (it lacks DecompressionStream)');
	const bytes = atob(text);
	const packed = new Uint8Array(bytes.length);
	for (let i = 0; i < bytes.length; i++)
		packed[i] = bytes.charCodeAt(i);
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
	const data = JSON.parse(await new Response(stream).text());
	if (data.version !== VERSION)
		throw new Error(`version ${data.version} of the data isn't known here`);
	return new Profile(data);
}

class Profile {
	constructor(data) {
		this.data = data;
		this.strings = data.strings;
		this.name = data.frames.name;
		this.image = data.frames.image;
		// A function without a name is called by its file and where it begins.
		this.kind = data.frames.kind.map((kind, frame) => this.name[frame].startsWith(
			`${basename(this.strings[this.image[frame]])}+0x`) ? UNNAMED : kind);
		this.source = data.frames.source;
		// Nodes are counted from 1, below the root, and parents come first.
		this.parent = Uint32Array.from([0].concat(data.nodes.parent));
		this.frame = Int32Array.from([-1].concat(data.nodes.frame));
		this.rows = {
			node: Uint32Array.from(data.rows.node),
			thread: Uint32Array.from(data.rows.thread),
			cpu: Uint32Array.from(data.rows.cpu),
			value: Float64Array.from(data.rows.value),
			before: data.compared ? Float64Array.from(data.rows.before, v => v * data.scale) : null,
		};
		this.compared = data.compared;
		this.boards = new Set(data.threads.board).size;
		this.readMoments(data.moments);
	}

	readMoments(moments) {
		const steps = moments ? moments.time : [];
		let at = 0;

		this.time = Float64Array.from(steps, step => at += step);
		this.row = Uint32Array.from(moments ? moments.row : []);
		// What each adds to its row's value; null: 1.
		this.weight = moments && moments.weight ? Float64Array.from(moments.weight) : null;
		// Of all time: how long each wait was, up to its moment; 0: a CPU sample.
		this.length = moments && moments.length ? Float64Array.from(moments.length) : null;
		this.unit = moments ? moments.unit_ns / 1e9 : 0;
		this.period = moments ? this.data.period_ns / moments.unit_ns : 0;
		this.step = moments ? (this.data.wall_ns || this.data.period_ns) / moments.unit_ns : 0;
		this.since = moments ? Number(moments.since_ns) / 1e9 : 0;
		this.span = this.time.length ? this.time[this.time.length - 1] : 0;
	}

	// 'samples' where that is what's counted, else the unit.
	counts() {
		return this.data.unit === 'count' || !this.data.unit ? this.data.type : this.data.unit;
	}

	// So much of what is counted, as people read it.
	amount(n) {
		if (this.data.unit === 'nanoseconds')
			return n < 1e9 ? `${(n / 1e6).toFixed(n < 1e7 ? 2 : 0)} ms` : `${(n / 1e9).toFixed(2)} s`;
		if (this.data.unit !== 'bytes')
			return `${number(n)} ${this.counts()}`;
		const power = Math.min(6, Math.floor(Math.log2(Math.max(1, n)) / 10));

		return power ? `${(n / 1024 ** power).toFixed(2)} ${'KMGTPE'[power - 1]}iB` : `${number(n)} B`;
	}

	// A time of the moments': of day, or, without a clock, since boot.
	clock(units) {
		const seconds = this.since + units * this.unit;

		if (this.since > 1e9)
			return new Date(seconds * 1000).toISOString().slice(11, 23);
		return `${seconds.toFixed(3)} s`;
	}

	// What the page is of: files, boards and kernels, of both sides of a comparison.
	title() {
		const origins = this.data.origins.map(origin => [basename(origin.file), origin.board,
			origin.kernel && `Linux ${origin.kernel}`]).map(parts => parts.filter(Boolean).join(' · '));

		const title = [...new Set(origins)].filter(Boolean).join(' → ');
		return this.boards > 1 ? `${title} · ${this.boards} boards` : title;
	}

	// Times of a domain, about so many, that are round on a clock.
	ticks([from, to], about) {
		const [first, last] = [from, to].map(units => this.since + units * this.unit);
		const most = Math.max(2, Math.floor(about)), seconds = this.since > 1e9 ?
			d3.scaleUtc([first * 1000, last * 1000], [0, 1]).ticks(most).map(date => date / 1000) :
			d3.ticks(first, last, most);

		return seconds.map(second => (second - this.since) / this.unit).filter(units => units >= from && units <= to);
	}

	// Of a CPU that samples of so many units of time took; null: what a sample stands for isn't known.
	share(samples, units) {
		return this.period ? samples * this.period / units : null;
	}

	// What rows can be grouped by; only what differs between them.
	groupings() {
		const found = ['none', 'command'];

		if (this.data.threads.tid.some(tid => tid))
			found.push('process', 'thread');
		if (this.rows.cpu.some(cpu => cpu))
			found.push('CPU');
		if (this.boards > 1)
			found.push('board');
		for (const by of ['unit', 'cgroup', 'wait'])
			if (this.data.threads[by].some(string => this.strings[string]))
				found.push(by);
		return found;
	}

	groupName(by, row) {
		const threads = this.data.threads, thread = this.rows.thread[row];
		const comm = this.strings[threads.comm[thread]], board = this.strings[threads.board[thread]];
		const numbered = number => number ? `${comm} ${number}${this.boards > 1 ? ` on ${board}` : ''}` : comm;

		switch (by) {
		case 'command': return comm;
		case 'process': return numbered(threads.pid[thread]);
		case 'thread': return numbered(threads.tid[thread]);
		case 'CPU': return this.rows.cpu[row] ? `CPU ${this.rows.cpu[row] - 1}` : 'CPU unknown';
		case 'board': return board || 'board unknown';
		case 'unit': return this.strings[threads.unit[thread]] || 'no unit';
		case 'wait': return this.strings[threads.wait[thread]] || 'no wait';
		case 'cgroup': return this.strings[threads.cgroup[thread]] || 'cgroup unknown';
		}
		return '';
	}

	// Each row's group, and what groups are called.
	groupsBy(by) {
		const numbers = new Map(), names = [], of = new Uint32Array(this.rows.node.length);

		for (let row = 0; row < of.length; row++) {
			const name = this.groupName(by, row);

			if (!numbers.has(name)) {
				numbers.set(name, names.length);
				names.push(name);
			}
			of[row] = numbers.get(name);
		}
		return { by, of, names };
	}

	// What each row took within a range of time; null: in all.
	within(range) {
		if (!range)
			return { value: this.rows.value, before: this.rows.before, first: 0, last: this.row.length };
		const value = new Float64Array(this.rows.node.length);
		const [first, end] = range.map(units => d3.bisectLeft(this.time, units));
		// A wait that ends later may have begun before.
		const last = this.length ? this.row.length : end;

		for (let i = first; i < last; i++)
			value[this.row[i]] += (this.weight ? this.weight[i] : 1) * this.part(i, range);
		return { value, before: null, first, last, range };
	}

	// The part of a moment that lies in a range of time.
	part(i, [from, to]) {
		const length = this.length ? this.length[i] : 0, end = this.time[i];

		if (!length)
			return end >= from && end < to ? 1 : 0;
		return Math.max(0, Math.min(end, to) - Math.max(end - length, from)) / length;
	}
}
