// SPDX-License-Identifier: GPL-2.0-or-later
// The page by keys: a cursor that goes from bar to bar, and what single keys do.
class Keys {
	constructor(page) {
		this.page = page;
		d3.select(document).on('keydown', event => this.key(event));
	}

	children(bar) {
		return (this.page.inTime ? bar.shown : bar.children) || [];
	}

	all(bar = this.page.root) {
		return [bar, ...this.children(bar).flatMap(child => this.all(child))];
	}

	neighbour(bar, key) {
		const up = this.page.view === 'icicle' ? 'ArrowUp' : 'ArrowDown';
		const down = this.page.view === 'icicle' ? 'ArrowDown' : 'ArrowUp';
		const beside = bar.parent ? this.children(bar.parent) : [bar], i = beside.indexOf(bar);

		switch (key) {
		case up: return bar.parent || bar;
		case down: return this.children(bar)[0] || bar;
		case 'ArrowLeft': return beside[Math.max(0, i - 1)];
		default: return beside[Math.min(beside.length - 1, i + 1)];
		}
	}

	move(key) {
		const all = this.all(), now = all.find(bar => this.page.isCursor(bar));
		const first = all.find(bar => !bar.fade && (!this.page.inTime || bar.parent)) || all[0];
		const next = now ? this.neighbour(now, key) : first;

		// A strip's name is no bar.
		if (this.page.inTime && !next.parent)
			return;
		this.page.cursor = next;
		const place = this.page.inTime ? this.markStrips() : this.markFrame();
		const note = this.page.note(next);
		at('detail').textContent = noteText(note);
		this.page.hover.show(note, place.x, place.y + CELL);
	}

	markFrame() {
		this.page.mark();
		const frame = document.querySelector('#calls .cursor');
		frame.scrollIntoView({ block: 'nearest' });
		return frame.getBoundingClientRect();
	}

	markStrips() {
		this.page.strips.paint();
		return this.page.strips.place(this.page.cursor);
	}

	// Zoom out by one.
	out() {
		if (!this.page.focus)
			return;
		const { group, node, below } = this.page.focus;
		if (below)
			this.page.zoom(group < 0 ? null : { group, node });
		else
			this.page.zoom(node ? { group, node: this.page.profile.parent[node] } : null);
	}

	// What is found, then the zoom, then the range.
	forget() {
		if (at('find').value) {
			at('find').value = '';
			this.page.find();
		} else if (this.page.focus) {
			this.page.zoom(null);
		} else if (this.page.range) {
			this.page.heat.set(null);
		}
	}

	key(event) {
		const typing = ['INPUT', 'SELECT'].includes(event.target.tagName) &&
			!['radio', 'checkbox'].includes(event.target.type);
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
			this.page.theme();
		} else if (views[event.key]) {
			this.page.setView(views[event.key]);
		} else if (this.page.view === 'table' || event.target.type === 'radio') {
			return;
		} else if (event.key.startsWith('Arrow')) {
			this.move(event.key);
		} else if (event.key === 'Enter' && this.page.cursor && event.target.tagName !== 'BUTTON') {
			this.page.zoom(this.page.cursor);
		} else if (event.key === 'Backspace') {
			this.out();
		} else {
			return;
		}
		event.preventDefault();
	}
}
