// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/label.h"

#include <stdio.h>
#include <string.h>

/*
 * The rest is the number of a string, or of a location that has no name, or (with both UNNAMED
 * and KERNEL) of a mapping, for all in it that has none.
 */
#define EMBER_LABEL_UNNAMED (1u << 31)
#define EMBER_LABEL_KERNEL  (1u << 30)
#define EMBER_LABEL_INLINED (1u << 29)
#define EMBER_LABEL_NUMBER  (EMBER_LABEL_INLINED - 1)

uint32_t ember_label_lines(const struct ember_profile *p, uint32_t location)
{
	uint32_t nr = p->location[location].nr_lines;

	return nr ? nr : 1;
}

uint32_t ember_label(const struct ember_profile *p, uint32_t location, uint32_t n)
{
	const struct ember_location *l = &p->location[location];
	const struct ember_function *f;

	if (!l->nr_lines)
		return EMBER_LABEL_UNNAMED | location;
	f = &p->function[p->line[l->first_line + n].function];
	return f->name | (f->kind == EMBER_FRAME_KERNEL ? EMBER_LABEL_KERNEL : 0) |
	       (p->inlined_apart && ember_frame_kind(p, location, n) == EMBER_FRAME_INLINED ?
			EMBER_LABEL_INLINED :
			0);
}

uint32_t ember_label_nameless(uint32_t mapping)
{
	return EMBER_LABEL_UNNAMED | EMBER_LABEL_KERNEL | mapping;
}

uint32_t ember_label_merged(const struct ember_profile *p, uint32_t location, uint32_t n)
{
	if (!p->location[location].nr_lines)
		return ember_label_nameless(p->location[location].mapping);
	return ember_label(p, location, n);
}

static const char *ember_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

uint32_t ember_label_comm(const struct ember_profile *p, uint32_t sample)
{
	return p->sample[sample].comm ? p->sample[sample].comm : p->program;
}

static const struct ember_mapping *ember_label_mapping(const struct ember_profile *p,
						       uint32_t label)
{
	uint32_t number = label & EMBER_LABEL_NUMBER;

	return &p->mapping[label & EMBER_LABEL_KERNEL ? number : p->location[number].mapping];
}

bool ember_label_unnamed(uint32_t label)
{
	return label & EMBER_LABEL_UNNAMED;
}

bool ember_label_kernel(const struct ember_profile *p, uint32_t label)
{
	if (label & EMBER_LABEL_UNNAMED)
		return ember_label_mapping(p, label)->kind == EMBER_FRAME_KERNEL;
	return label & EMBER_LABEL_KERNEL;
}

const char *ember_label_suffix(const struct ember_profile *p, uint32_t label)
{
	bool kernel = ember_label_kernel(p, label);

	if (!(label & EMBER_LABEL_UNNAMED) && label & EMBER_LABEL_INLINED)
		return kernel ? "_[i]_[k]" : "_[i]";
	return kernel ? "_[k]" : "";
}

const char *ember_label_bare(const struct ember_profile *p, uint32_t mapping, uint64_t begin,
			     char made[EMBER_LABEL_MAX])
{
	snprintf(made, EMBER_LABEL_MAX, "%.255s+0x%llx",
		 ember_base(ember_text(p, p->mapping[mapping].file)),
		 (unsigned long long)begin);
	return made;
}

const char *ember_label_text(const struct ember_profile *p, uint32_t label,
			     char made[EMBER_LABEL_MAX])
{
	const struct ember_mapping *m;
	const char *base, *file;
	uint64_t offset;
	int n;

	if (!(label & EMBER_LABEL_UNNAMED))
		return ember_text(p, label & EMBER_LABEL_NUMBER);
	m = ember_label_mapping(p, label);
	file = ember_text(p, m->file);
	if (m->kind == EMBER_FRAME_KERNEL && !strncmp(file, "[kernel", 7))
		file = "[kernel]";
	base = *file ? ember_base(file) : "unknown";
	n = strlen(base);
	/* What isn't a file has brackets already. */
	if (base[0] == '[' && base[n - 1] == ']') {
		base++;
		n -= 2;
	}
	n = n > 255 ? 255 : n;
	if (label & EMBER_LABEL_KERNEL) {
		snprintf(made, EMBER_LABEL_MAX, "[%.*s]", n, base);
		return made;
	}
	offset = p->location[label & EMBER_LABEL_NUMBER].address;
	if (m->kind != EMBER_FRAME_KERNEL && m->start <= offset && offset < m->limit)
		offset += m->offset - m->start;
	snprintf(made, EMBER_LABEL_MAX, "[%.*s+0x%llx]", n, base, (unsigned long long)offset);
	return made;
}

int ember_label_order(const struct ember_profile *p, uint32_t a, uint32_t b)
{
	char made[2][EMBER_LABEL_MAX];
	int order;

	if (a == b)
		return 0;
	order = strcmp(ember_label_text(p, a, made[0]), ember_label_text(p, b, made[1]));
	if (!order)
		order = ember_label_kernel(p, a) - ember_label_kernel(p, b);
	return order ? order : a < b ? -1 : 1;
}
