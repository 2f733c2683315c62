// SPDX-License-Identifier: GPL-2.0-or-later
// Functions by what they took themselves and with what they called.
const TABLE_MOST = 1000;

class Table {
	constructor(table, profile, chosen) {
		this.table = d3.select(table);
		this.profile = profile;
		this.chosen = chosen;
		this.by = 'self';
		this.down = true;
		this.columns = [
			{ key: 'self', text: 'self', number: true },
			{ key: 'total', text: 'total', number: true },
			{ key: 'name', text: 'function' },
			{ key: 'image', text: 'file' },
		];
		if (profile.compared)
			this.columns.splice(2, 0, { key: 'selfChange', text: 'self, change', number: true },
				{ key: 'totalChange', text: 'total, change', number: true });
	}

	// known: frames that are looked for, or null.
	draw(calls, known) {
		const p = this.profile, change = (is, was) =>
			100 * ((calls.value ? is / calls.value : 0) - (calls.before ? was / calls.before : 0));
		const rows = calls.functions().filter(row => !known || known[row.frame]).map(row => ({
			...row, name: p.name[row.frame], image: p.strings[p.image[row.frame]],
			selfChange: change(row.self, row.selfBefore),
			totalChange: change(row.total, row.totalBefore),
		}));
		const order = typeof rows[0]?.[this.by] === 'string' ? d3.ascending : (a, b) => a - b;

		rows.sort((a, b) => (this.down ? -1 : 1) * order(a[this.by], b[this.by]) || d3.ascending(a.name, b.name));
		this.table.select('thead').selectAll('tr').data([0]).join('tr').selectAll('th')
			.data(this.columns).join('th').attr('class', c => c.number ? 'number' : null)
			.attr('aria-sort', c => c.key !== this.by ? null : this.down ? 'descending' : 'ascending')
			.selectAll('button').data(c => [c]).join('button').attr('type', 'button')
			.text(c => c.text + (c.key !== this.by ? '' : this.down ? ' ▾' : ' ▴'))
			.on('click', (event, c) => {
				this.down = c.key === this.by ? !this.down : Boolean(c.number);
				this.by = c.key;
				this.draw(calls, known);
			});
		const counted = c => c.key === 'self' || c.key === 'total';
		const text = (row, c) => counted(c) ? percent(row[c.key], calls.value) : c.number ? signed(row[c.key]) : row[c.key];
		const count = (row, c) => counted(c) ? `  ${Math.round(row[c.key])}` : '';
		this.table.select('tbody').selectAll('tr').data(rows.slice(0, TABLE_MOST)).join('tr').attr('tabindex', 0)
			.on('click', (event, row) => this.chosen(row.name))
			.on('keydown', (event, row) => {
				if (event.key === 'Enter')
					this.chosen(row.name);
			})
			.selectAll('td').data(row => this.columns.map(c => ({ c, text: text(row, c), count: count(row, c) }))).join('td')
			.attr('class', ({ c }) => c.number ? 'number' : c.key)
			.text(cell => cell.text)
			.filter(cell => cell.count).append('span').attr('class', 'count').text(cell => cell.count);
	}
}
