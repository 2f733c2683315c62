// SPDX-License-Identifier: GPL-2.0-or-later
// Who called what, of a part of the time: totals of nodes in each group, and what of them
// is wide enough to be drawn.

// Sums of one group: nodes that it has, parents first, with what each took.
class Group {
	constructor(name) {
		this.name = name;
		this.value = 0;
		this.before = 0;
		this.rows = [];
	}

	// scratch: for each node of the profile its place here + 1, zeroed, and left so.
	sum(profile, taken, scratch) {
		const touched = [];

		for (const row of this.rows) {
			for (let node = profile.rows.node[row]; !scratch[node]; node = profile.parent[node]) {
				scratch[node] = 1;
				touched.push(node);
				if (!node)
					break;
			}
		}
		this.nodes = Uint32Array.from(touched).sort();
		const nr = this.nodes.length;
		this.nodes.forEach((node, i) => { scratch[node] = i + 1; });
		this.up = Int32Array.from(this.nodes, node => node ? scratch[profile.parent[node]] - 1 : -1);
		this.self = new Float64Array(nr);
		this.selfBefore = new Float64Array(nr);
		for (const row of this.rows) {
			const i = scratch[profile.rows.node[row]] - 1;
			this.self[i] += taken.value[row];
			if (taken.before)
				this.selfBefore[i] += taken.before[row];
		}
		this.nodes.forEach(node => { scratch[node] = 0; });
		this.total = Float64Array.from(this.self);
		this.totalBefore = Float64Array.from(this.selfBefore);
		this.child = new Int32Array(nr).fill(-1);
		this.next = new Int32Array(nr).fill(-1);
		for (let i = nr - 1; i > 0; i--) {
			const up = this.up[i];
			this.total[up] += this.total[i];
			this.totalBefore[up] += this.totalBefore[i];
			this.next[i] = this.child[up];
			this.child[up] = i;
		}
		this.value = nr ? this.total[0] : 0;
		this.before = nr ? this.totalBefore[0] : 0;
	}

	// Where a node is here, or -1.
	place(node) {
		const at = d3.bisectLeft(this.nodes, node);

		return this.nodes[at] === node ? at : -1;
	}
}

class Calls {
	// taken: of Profile.within(); groups: of Profile.groupsBy().
	constructor(profile, groups, taken) {
		const scratch = new Uint32Array(profile.parent.length);

		this.profile = profile;
		this.flat = groups.by === 'none';
		this.groups = groups.names.map(name => new Group(name));
		for (let row = 0; row < groups.of.length; row++)
			if (taken.value[row] || (taken.before && taken.before[row]))
				this.groups[groups.of[row]].rows.push(row);
		this.groups.forEach(group => group.sum(profile, taken, scratch));
		this.value = d3.sum(this.groups, group => group.value);
		this.before = d3.sum(this.groups, group => group.before);
	}

	// One frame as the library draws it; `i` of a group's nodes, 0 the group itself.
	bar(g, i, basis) {
		const group = this.groups[g], frame = this.profile.frame[group.nodes[i]];

		return {
			group: g, node: group.nodes[i], frame,
			name: i ? this.profile.name[frame] : group.name,
			kind: i ? this.profile.kind[frame] : 'group',
			value: basis === 'before' ? group.totalBefore[i] : group.total[i],
			is: group.total[i], was: group.totalBefore[i], self: group.self[i],
		};
	}

	// With all below it that takes at least so much.
	branch(g, i, how) {
		const group = this.groups[g], bar = this.bar(g, i, how.basis), below = [];

		for (let at = group.child[i]; at >= 0; at = group.next[at])
			if ((how.basis === 'before' ? group.totalBefore[at] : group.total[at]) >= how.least)
				below.push(this.branch(g, at, how));
		bar.children = sorted(below, how.order);
		return bar;
	}

	all(how) {
		const value = how.basis === 'before' ? this.before : this.value;
		const bar = { group: -1, node: 0, frame: -1, name: 'all', kind: 'group', value,
			is: this.value, was: this.before, self: 0 };
		const of = group => how.basis === 'before' ? group.before : group.value;

		bar.children = sorted(this.groups.map((group, g) => g)
			.filter(g => of(this.groups[g]) >= how.least && of(this.groups[g]) > 0)
			.map(g => this.branch(g, 0, how)), how.order);
		if (this.flat && bar.children.length)
			bar.children = bar.children[0].children;
		return bar;
	}

	// The tree to be drawn. focus: {group, node} that takes the whole width, or null.
	tree({ focus, width, order, basis }) {
		const place = focus && this.groups[focus.group] ? this.groups[focus.group].place(focus.node) : -1;
		const of = i => basis === 'before' ? this.groups[focus.group].totalBefore[i] : this.groups[focus.group].total[i];

		if (place < 0 || of(place) <= 0) {
			const total = basis === 'before' ? this.before : this.value;
			return this.all({ order, basis, least: total / width / 2 });
		}
		const group = this.groups[focus.group];
		let bar = this.branch(focus.group, place, { order, basis, least: of(place) / width / 2 });
		for (let i = group.up[place]; i >= 0; i = group.up[i]) {
			if (this.flat && !i)
				break;
			bar = { ...this.bar(focus.group, i, basis), fade: true, children: [bar] };
		}
		return { ...this.all({ order, basis, least: Infinity }), fade: true, children: [bar] };
	}

	// What frames of which a pattern knows the name took; each call counts once.
	hits(test) {
		const known = this.profile.name.map(name => test(name));
		let sum = 0;

		for (const group of this.groups) {
			const under = new Uint8Array(group.nodes.length);

			for (let i = 0; i < under.length; i++) {
				const is = i ? known[this.profile.frame[group.nodes[i]]] : !this.flat && test(group.name);
				const was = i ? under[group.up[i]] : 0;
				if (is && !was)
					sum += group.total[i];
				under[i] = is || was ? 1 : 0;
			}
		}
		return { known, sum };
	}

	// Of each frame what it took itself and with what it called, once where it calls itself.
	functions() {
		const nr = this.profile.name.length, open = new Uint32Array(nr);
		const rows = Array.from({ length: nr }, (_, frame) =>
			({ frame, self: 0, total: 0, selfBefore: 0, totalBefore: 0 }));

		for (const group of this.groups) {
			if (!group.nodes.length)
				continue;
			for (let i = 0, down = true; ;) {
				const row = rows[this.profile.frame[group.nodes[i]]];

				if (down && row) {
					row.self += group.self[i];
					row.selfBefore += group.selfBefore[i];
					if (!open[row.frame]++) {
						row.total += group.total[i];
						row.totalBefore += group.totalBefore[i];
					}
				}
				if (down && group.child[i] >= 0) {
					i = group.child[i];
					continue;
				}
				if (row)
					open[row.frame]--;
				if (!i)
					break;
				down = group.next[i] >= 0;
				i = down ? group.next[i] : group.up[i];
			}
		}
		return rows.filter(row => row.total || row.totalBefore);
	}
}

const BARS_MOST = 40000; // samples that one picture in time order is made of

// Calls in the order of time: what is the same in samples that follow each other is one bar.
function callsInTime(profile, groups, taken, width) {
	const step = Math.max(1, Math.ceil((taken.last - taken.first) / BARS_MOST));
	const tops = groups.names.map((name, g) => ({ top: bar(g, 0), path: [], nodes: [] }));
	const buffer = [];

	function bar(g, node) {
		const frame = profile.frame[node];

		return { group: g, node, frame, name: node ? profile.name[frame] : groups.names[g],
			kind: node ? profile.kind[frame] : 'group', value: 0, is: 0, was: 0, self: 0,
			from: 0, to: 0, children: [] };
	}
	for (let m = taken.first; m < taken.last; m += step) {
		const row = profile.row[m], { top, path, nodes } = tops[groups.of[row]];
		let depth = 0, same = 0;

		for (let node = profile.rows.node[row]; node; node = profile.parent[node])
			buffer[depth++] = node;
		while (same < path.length && same < depth && nodes[same] === buffer[depth - 1 - same])
			same++;
		path.length = nodes.length = same;
		for (let i = same; i < depth; i++) {
			const made = bar(top.group, buffer[depth - 1 - i]);
			(i ? path[i - 1] : top).children.push(made);
			path.push(made);
			nodes.push(made.node);
		}
		for (const open of [top, ...path]) {
			if (!open.value)
				open.from = profile.time[m];
			open.value += step;
			open.is += step;
			open.to = profile.time[m];
		}
	}
	const value = d3.sum(tops, ({ top }) => top.value);
	const prune = of => {
		of.children = of.children.filter(child => child.value >= value / width / 2);
		of.children.forEach(prune);
	};
	const all = { ...bar(0, 0), group: -1, name: 'all', value, is: value,
		children: tops.map(({ top }) => top).filter(top => top.value) };
	prune(all);
	if (groups.by === 'none' && all.children.length)
		all.children = all.children[0].children;
	return { tree: all, step };
}

function sorted(bars, order) {
	return order === 'name' ? bars.sort((a, b) => d3.ascending(a.name, b.name)) :
		bars.sort((a, b) => b.value - a.value || d3.ascending(a.name, b.name));
}
