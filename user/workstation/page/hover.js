// SPDX-License-Identifier: GPL-2.0-or-later
// A note beside the pointer, or beside what the keys have reached.
const HOVER_AWAY = 14;

const number = n => Math.round(n).toLocaleString('en');
const percent = (n, of) => `${(100 * n / (of || 1)).toFixed(2)} %`;
const signed = n => `${n < 0 ? '' : '+'}${n.toFixed(2)}`;

class Hover {
	constructor(element) {
		this.element = d3.select(element);
	}

	// note: {title, sub, rows: [[word, text], ...]}; x, y: of the window.
	show(note, x, y) {
		this.element.attr('hidden', null);
		this.element.select('h2').text(note.title);
		this.element.select('p').text(note.sub).attr('hidden', note.sub ? null : '');
		this.element.select('dl').selectAll('div').data(note.rows).join(enter => {
			const row = enter.append('div');
			row.append('dt');
			row.append('dd');
			return row;
		}).each(function ([word, text]) {
			this.firstChild.textContent = word;
			this.lastChild.textContent = text;
		});
		this.move(x, y);
	}

	// Right below the pointer, or on its other side where the window ends.
	move(x, y) {
		const box = this.element.node(), { clientWidth: width, clientHeight: height } = document.documentElement;
		const left = x + HOVER_AWAY + box.offsetWidth > width ? x - HOVER_AWAY - box.offsetWidth : x + HOVER_AWAY;
		const top = y + HOVER_AWAY + box.offsetHeight > height ? y - HOVER_AWAY - box.offsetHeight : y + HOVER_AWAY;

		this.element.style('left', `${Math.max(4, Math.min(left, width - box.offsetWidth - 4))}px`)
			.style('top', `${Math.max(4, top)}px`);
	}

	hide() {
		this.element.attr('hidden', '');
	}
}

const noteText = note => [note.title, note.sub, ...note.rows.map(row => row.join(' '))].filter(Boolean).join(' · ');
