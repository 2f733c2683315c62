// SPDX-License-Identifier: GPL-2.0-or-later
// Who called what, of a part of the time: totals of nodes in each group, and what of them
// is wide enough to be drawn.
const LEAST_WIDTH = 1; // pixels of a bar

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

	// What a call takes, of what widths stand for.
	taking(g, i, { basis }) {
		return basis === 'before' ? this.groups[g].totalBefore[i] : this.groups[g].total[i];
	}

	// One frame as the library draws it; `i` of a group's nodes, 0 the group itself.
	bar(g, i, how) {
		const group = this.groups[g], frame = this.profile.frame[group.nodes[i]];

		return {
			group: g, node: group.nodes[i], frame,
			name: i ? this.profile.name[frame] : group.name,
			kind: i ? this.profile.kind[frame] : 'group',
			value: this.taking(g, i, how),
			is: group.total[i], was: group.totalBefore[i], self: group.self[i],
		};
	}

	// One bar for several calls of `parent` that are too narrow each, of less than `below`.
	narrower(parent, calls, below, how) {
		return {
			group: parent.group, node: parent.node, frame: -1, below,
			name: `${number(calls.length)} narrower`, kind: 'narrower',
			value: d3.sum(calls, ([g, i]) => this.taking(g, i, how)),
			is: d3.sum(calls, ([g, i]) => this.groups[g].total[i]),
			was: d3.sum(calls, ([g, i]) => this.groups[g].totalBefore[i]), self: 0,
			hit: Boolean(how.hits) && calls.some(([g, i]) => how.hits.within[g][i]),
		};
	}

	// A bar with its calls: those that are wide enough, then one for all that are narrower.
	fill(parent, calls, how) {
		const wide = [], narrow = [];

		for (const call of calls) {
			const value = this.taking(...call, how);

			if (value >= how.least)
				wide.push(this.fill(this.bar(...call, how), this.below(...call), how));
			else if (value > 0)
				narrow.push(call);
		}
		parent.children = sorted(wide, how.order);
		const rest = this.narrower(parent, narrow, how.least, how);
		// Less than half a bar would not be seen.
		if (rest.value >= how.least / 2)
			parent.children.push(rest);
		for (const bar of parent.children)
			bar.parent = parent;
		return parent;
	}

	below(g, i) {
		const group = this.groups[g], calls = [];

		for (let at = group.child[i]; at >= 0; at = group.next[at])
			calls.push([g, at]);
		return calls;
	}

	// What is right below the root: groups, or, if there's one that isn't shown, its calls.
	tops() {
		if (this.flat)
			return this.value || this.before ? this.below(0, 0) : [];
		return d3.range(this.groups.length).filter(g => this.groups[g].nodes.length).map(g => [g, 0]);
	}

	root({ basis }) {
		return { group: -1, node: 0, frame: -1, name: 'all', kind: 'group',
			value: basis === 'before' ? this.before : this.value, is: this.value, was: this.before,
			self: this.flat ? d3.sum(this.groups, group => group.self[0]) : 0 };
	}

	// What takes the whole width: {bar, calls, up: places of its callers}; null: it isn't here.
	focused(focus, how) {
		const group = focus && this.groups[focus.group], i = group ? group.place(focus.node) : 0, up = [];

		if (!focus || i < 0 || (!group && !focus.below))
			return null;
		for (let at = group ? i : -1; at >= (this.flat ? 1 : 0); at = group.up[at])
			up.push(at);
		if (!focus.below)
			return { bar: this.bar(focus.group, up.shift(), how), calls: this.below(focus.group, i), up };
		const calls = (group ? this.below(focus.group, i) : this.tops()).filter(call =>
			this.taking(...call, how) > 0 && this.taking(...call, how) < focus.below);
		return { bar: this.narrower(focus, calls, focus.below, how), calls, up };
	}

	/*
	 * The tree to be drawn. focus: {group, node} that takes the whole width, or null; with `below`
	 * only those of its calls that have less.
	 */
	tree({ focus, width, order, basis, hits }) {
		const how = { order, basis, hits }, root = this.root(how), found = this.focused(focus, how);
		const zoomed = found && found.bar.value > 0;

		how.least = (zoomed ? found.bar.value : root.value) / width * LEAST_WIDTH;
		if (!zoomed)
			return { tree: this.fill(root, this.tops(), how), zoomed: null };
		let bar = this.fill(found.bar, found.calls, how);
		for (const above of [...found.up.map(i => this.bar(focus.group, i, how)), root]) {
			bar = { ...above, fade: true, children: [bar] };
			bar.children[0].parent = bar;
		}
		return { tree: bar, zoomed: found.bar };
	}

	// What frames of which a pattern knows the name took, each call once; within: of each group,
	// the places that have one among what they call.
	hits(test) {
		const known = this.profile.name.map(name => test(name));
		let sum = 0;
		const within = [];

		for (const group of this.groups) {
			const under = new Uint8Array(group.nodes.length), has = new Uint8Array(group.nodes.length);

			for (let i = 0; i < under.length; i++) {
				const is = i ? known[this.profile.frame[group.nodes[i]]] : !this.flat && test(group.name);
				const was = i ? under[group.up[i]] : 0;
				if (is && !was)
					sum += group.total[i];
				under[i] = is || was ? 1 : 0;
				has[i] = is ? 1 : 0;
			}
			for (let i = has.length - 1; i > 0; i--)
				has[group.up[i]] |= has[i];
			within.push(has);
		}
		return { known, sum, within };
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

function sorted(bars, order) {
	return order === 'name' ? bars.sort((a, b) => d3.ascending(a.name, b.name)) :
		bars.sort((a, b) => b.value - a.value || d3.ascending(a.name, b.name));
}
