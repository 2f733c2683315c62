// SPDX-License-Identifier: GPL-2.0-or-later
// What bars are filled with: a hue for each kind of frame, hatches for those that are too narrow.
const KINDS = ['user', 'kernel', 'interrupt', 'inlined', 'unnamed', 'state'];
const UNNAMED = KINDS.indexOf('unnamed');
// Of Okabe and Ito's palette, which people with any colour vision distinguish; lightness
// varies by name. Frames without a name have a pale tint of their file.
const COLOURS = { user: [41, 95, 62], kernel: [202, 75, 68], interrupt: [327, 50, 70],
	inlined: [164, 50, 62], unnamed: [0, 26, 74], group: [56, 60, 78], narrower: [0, 0, 72] };
// States of threads: those that are met most have colours that are far apart.
const RUNNING = '[running]';
const STATES = { [RUNNING]: [140, 45, 45], '[preempted]': [327, 55, 60], '[futex]': [12, 75, 55], '[io]': [30, 90, 50],
	'[fault]': [48, 90, 45], '[lock]': [0, 60, 35], '[sleep]': [215, 14, 70], '[poll]': [215, 30, 80],
	'[pipe]': [195, 60, 50], '[socket]': [225, 60, 60] };
const FOUND = '#7b1fa2';
const HATCH = 6;

function hash(text) {
	let h = 0;
	for (let i = 0; i < text.length; i++)
		h = Math.imul(h ^ text.charCodeAt(i), 0x9e3779b1);
	return ((h ^ h >>> 15) >>> 0) / 2 ** 32;
}

function colourOf(kind, name, file) {
	if (kind === 'state') {
		const [h, s, l] = STATES[name] || [360 * hash(name), 35, 65];

		return d3.hsl(h, s / 100, l / 100).formatRgb();
	}
	const [hue, saturation, light] = COLOURS[kind];

	return d3.hsl(kind === 'unnamed' ? 360 * hash(file) : hue, saturation / 100,
		kind === 'narrower' ? light / 100 : (light + 14 * (hash(name) - 0.5)) / 100).formatRgb();
}

// Whether white text is read better on it.
const isDark = (known => colour => {
	if (!known.has(colour))
		known.set(colour, d3.lab(colour).l < 55);
	return known.get(colour);
})(new Map());

const isDarkTheme = () => document.documentElement.dataset.theme === 'dark';

// Of a share of the most that a cell of the heat map has, from the ground to its opposite.
function heatColour(share) {
	return isDarkTheme() ? d3.interpolateInferno(0.25 + 0.75 * share) : d3.interpolateYlOrRd(0.15 + 0.85 * share);
}

// Lines across a colour, as a reference to a pattern of `svg`.
function hatchReference(svg, colour) {
	const { r, g, b } = d3.rgb(colour), id = `hatch-${[r, g, b].map(Math.round).join('-')}`;

	if (!document.getElementById(id)) {
		const pattern = d3.select(svg).append('pattern').attr('id', id).attr('width', HATCH).attr('height', HATCH)
			.attr('patternUnits', 'userSpaceOnUse').attr('patternTransform', 'rotate(45)');

		pattern.append('rect').attr('width', HATCH).attr('height', HATCH).attr('fill', colour);
		pattern.append('line').attr('y2', HATCH).attr('stroke', isDark(colour) ? '#ddd' : '#555')
			.attr('stroke-width', 2);
	}
	return `url(#${id})`;
}

// The same in a rectangle of a canvas.
function hatchRectangle(c, colour, x, y, width, height) {
	c.save();
	c.beginPath();
	c.rect(x, y, width, height);
	c.clip();
	c.fillStyle = colour;
	c.fillRect(x, y, width, height);
	c.strokeStyle = isDark(colour) ? '#ddd' : '#555';
	c.beginPath();
	for (let at = x - height - (x - height) % HATCH; at < x + width; at += HATCH) {
		c.moveTo(at, y + height);
		c.lineTo(at + height, y);
	}
	c.stroke();
	c.restore();
}
