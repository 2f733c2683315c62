// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/svg.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "model/label.h"
#include "model/tree.h"
#include "export/svg_script.h"

#define EMBER_SVG_WIDTH	 1200
#define EMBER_SVG_MARGIN 10
#define EMBER_SVG_ROW	 16
#define EMBER_SVG_TOP	 58
#define EMBER_SVG_BOTTOM 28
#define EMBER_SVG_LEAST	 0.1 /* narrower frames are left out */
#define EMBER_SVG_LETTER 7.25 /* columns of 12 px monospace */

static void ember_svg_text(FILE *out, const char *text, size_t n)
{
	for (; n--; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		default: putc(*text, out);
		}
	}
}

/* Warm for user code, blue for the kernel, green for commands, grey without a name. */
static unsigned int ember_svg_colour(const char *name, uint32_t label, bool kernel,
				     uint32_t depth)
{
	uint64_t hash = ember_mix(ember_mix_bytes(1, name, strlen(name)), 0);
	unsigned int a = hash >> 40 & 63, b = hash >> 50 & 31;

	if (depth < 2)
		return depth ? (150 + b) << 16 | (196 + b) << 8 | 140 : 0xd8d4c8;
	if (ember_label_unnamed(label))
		return (190 + b) * 0x10101;
	if (kernel)
		return (110 + b) << 16 | (160 + a) << 8 | 232;
	return (224 + b) << 16 | (112 + 2 * a) << 8 | (60 + b);
}

static void ember_svg_frame(FILE *out, const struct ember_tree *t, uint32_t number,
			    uint32_t depth, double x, double width, unsigned int y)
{
	const struct ember_profile *p = t->profile;
	const struct ember_node *node = &t->node[number];
	bool kernel = number && ember_label_kernel(p, node->label);
	char made[EMBER_LABEL_MAX];
	const char *name = number ? ember_label_text(p, node->label, made) : "all";
	const char *suffix = number ? ember_label_suffix(p, node->label) : "";
	char amount[EMBER_AMOUNT_MAX];
	size_t fits = width > 6 ? (width - 6) / EMBER_SVG_LETTER : 0;
	size_t columns = ember_utf8_columns(name) + strlen(suffix);

	fputs("<g class=\"f\"><title>", out);
	ember_svg_text(out, name, strlen(name));
	ember_profile_amount(p, node->total, amount);
	fprintf(out,
		"%s (%s, %.2f %%)</title><rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\" fill=\"#%06x\"/>",
		suffix, amount, 100.0 * node->total / t->node[0].total, x, y, width,
		EMBER_SVG_ROW - 1, ember_svg_colour(name, node->label, kernel, depth));
	if (fits >= 3) {
		fprintf(out, "<text x=\"%.1f\" y=\"%u\">", x + 3, y + 12);
		if (columns <= fits) {
			ember_svg_text(out, name, strlen(name));
			fputs(suffix, out);
		} else {
			ember_svg_text(out, name, ember_utf8_bytes(name, fits - 2));
			fputs("..", out);
		}
		fputs("</text>", out);
	}
	fputs("</g>\n", out);
}

/*
 * Write each frame that is at least EMBER_SVG_LEAST wide, unless out is NULL. Return the depth
 * of the deepest one.
 */
static uint32_t ember_svg_frames(FILE *out, const struct ember_tree *t, unsigned int height)
{
	double scale = t->node[0].total ?
			       (EMBER_SVG_WIDTH - 2.0 * EMBER_SVG_MARGIN) / t->node[0].total :
			       0;
	uint64_t *at = ember_xrealloc(NULL, t->depth + 2, sizeof(*at));
	uint32_t node = 0, depth = 0, deepest = 0;

	at[0] = 0;
	do {
		uint64_t start = at[depth];
		double width = t->node[node].total * scale;

		at[depth] += t->node[node].total;
		at[depth + 1] = start;
		if (width >= EMBER_SVG_LEAST) {
			deepest = depth > deepest ? depth : deepest;
			if (out)
				ember_svg_frame(out, t, node, depth,
						EMBER_SVG_MARGIN + start * scale, width,
						height - EMBER_SVG_BOTTOM -
							(depth + 1) * EMBER_SVG_ROW);
		}
		node = ember_tree_next(t, node, &depth);
	} while (node);
	free(at);
	return deepest;
}

static void ember_svg_subtitle(FILE *out, const struct ember_profile *p, uint64_t total)
{
	const struct ember_type *type = &p->type[p->shown];
	struct ember_defects d = ember_profile_defects(p);
	char amount[EMBER_AMOUNT_MAX];

	ember_profile_amount(p, total, amount);
	fprintf(out, "%s ", amount);
	ember_svg_text(out, ember_text(p, type->name), strlen(ember_text(p, type->name)));
	/* An amount of a known unit has its name. */
	if (strcmp(ember_text(p, type->unit), "count") &&
	    ember_unit_named(ember_text(p, type->unit)) == EMBER_UNIT_COUNT) {
		putc(' ', out);
		ember_svg_text(out, ember_text(p, type->unit),
			       strlen(ember_text(p, type->unit)));
	}
	if (p->duration_ns)
		fprintf(out, " in %.2f s", p->duration_ns / 1e9);
	ember_profile_lost(p, amount);
	if (*amount)
		fprintf(out, ", %s lost", amount);
	if (d.truncated)
		fprintf(out, ", %llu with a truncated stack", (unsigned long long)d.truncated);
	if (d.gaps)
		fprintf(out, ", %llu with a stack that may have gaps",
			(unsigned long long)d.gaps);
}

void ember_export_svg(FILE *out, const struct ember_profile *p)
{
	struct ember_tree tree;
	unsigned int height;

	ember_tree_init(&tree, p, true);
	height = EMBER_SVG_TOP + EMBER_SVG_BOTTOM +
		 (ember_svg_frames(NULL, &tree, 0) + 1) * EMBER_SVG_ROW;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\">\n"
		"<style>\n"
		"text { font: 12px monospace; fill: #222; }\n"
		".f { cursor: pointer; } .f text { pointer-events: none; }\n"
		".f rect { stroke: #fdfcf8; stroke-width: 0.5; rx: 1.5px; }\n"
		".f:hover rect { stroke: #222; }\n"
		".hit rect { fill: #e05ae6; }\n"
		".b { cursor: pointer; fill: #2b5d9b; }\n"
		"</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fdfcf8\"/>\n"
		"<text x=\"%u\" y=\"24\" style=\"font-size: 17px; text-anchor: middle\">Flame graph</text>\n"
		"<text x=\"%u\" y=\"43\" style=\"text-anchor: middle; fill: #666\">",
		EMBER_SVG_WIDTH, height, EMBER_SVG_WIDTH, height, EMBER_SVG_WIDTH / 2,
		EMBER_SVG_WIDTH / 2);
	ember_svg_subtitle(out, p, tree.node[0].total);
	fprintf(out,
		"</text>\n"
		"<text class=\"b\" id=\"reset\" x=\"%u\" y=\"24\" style=\"display: none\">Reset zoom</text>\n"
		"<text class=\"b\" id=\"search\" x=\"%u\" y=\"24\" style=\"display: none; text-anchor: end\">Search</text>\n"
		"<text id=\"found\" x=\"%u\" y=\"%u\" style=\"text-anchor: end\"> </text>\n"
		"<text id=\"info\" x=\"%u\" y=\"%u\"> </text>\n",
		EMBER_SVG_MARGIN, EMBER_SVG_WIDTH - EMBER_SVG_MARGIN,
		EMBER_SVG_WIDTH - EMBER_SVG_MARGIN, height - 9, EMBER_SVG_MARGIN, height - 9);
	if (tree.node[0].total)
		ember_svg_frames(out, &tree, height);
	fprintf(out, "<script><![CDATA[\n%s]]></script>\n</svg>\n", ember_svg_script);
	ember_tree_free(&tree);
}
