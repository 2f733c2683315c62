// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/listing.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/output.h"
#include "workstation/symbols/below.h"
#include "symbolize/safe_open.h"
#include "symbolize/symfs.h"

#define EMBER_LISTING_AROUND 4 /* lines before the first and behind the last one */
#define EMBER_LISTING_BYTES  4096 /* of a line */

struct ember_listed {
	uint32_t function, line;
	uint32_t seen; /* the last sample that counted for total, + 1 */
	uint64_t self, total;
};

struct ember_listings {
	const struct ember_profile *p;
	const char *folder;
	const struct ember_symfs *symfs;
	struct ember_safe_open reach;
	uint32_t absent; /* functions whose source isn't found */
	bool *wanted; /* by function */
	struct ember_listed *listed;
	uint32_t nr, size;
	struct ember_index index;
};

const char *ember_listing_wrong(const char *pattern)
{
	static char why[128];
	regex_t regex;
	int err = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (err)
		regerror(err, &regex, why, sizeof(why));
	else
		regfree(&regex);
	return err ? why : NULL;
}

struct ember_listed_key {
	const struct ember_listings *listings;
	uint32_t function, line;
};

static bool ember_listed_same(const void *context, uint32_t item)
{
	const struct ember_listed_key *key = context;
	const struct ember_listed *l = &key->listings->listed[item];

	return l->function == key->function && l->line == key->line;
}

static struct ember_listed *ember_listed(struct ember_listings *l,
					 const struct ember_line *line)
{
	struct ember_listed_key key = { l, line->function, line->line };
	uint64_t hash = ember_mix(key.function, key.line);
	uint32_t number = ember_index_find(&l->index, hash, ember_listed_same, &key);

	if (number == EMBER_NO_NUMBER) {
		l->listed =
			ember_array_reserve(l->listed, l->nr, &l->size, sizeof(*l->listed));
		number = l->nr++;
		l->listed[number] =
			(struct ember_listed){ .function = key.function, .line = key.line };
		ember_index_add(&l->index, hash, number);
	}
	return &l->listed[number];
}

static void ember_listings_sample(struct ember_listings *l, uint32_t number)
{
	const struct ember_profile *p = l->p;
	const struct ember_sample *s = &p->sample[number];
	uint64_t value = ember_shown(p, number);
	uint32_t i, n;

	for (i = 0; i < s->nr_frames; i++) {
		const struct ember_location *at = &p->location[p->frame[s->first_frame + i]];

		for (n = 0; n < at->nr_lines; n++) {
			const struct ember_line *line = &p->line[at->first_line + n];
			struct ember_listed *listed;

			if (!line->line || !l->wanted[line->function])
				continue;
			listed = ember_listed(l, line);
			if (!i && !n)
				listed->self += value;
			if (listed->seen != number + 1)
				listed->total += value;
			listed->seen = number + 1;
		}
	}
}

static int ember_listed_order(const void *a, const void *b, void *context)
{
	const struct ember_listed *x = a, *y = b;
	const struct ember_profile *p = context;
	const struct ember_function *f = &p->function[x->function],
				    *g = &p->function[y->function];
	int order = strcmp(ember_text(p, f->name), ember_text(p, g->name));

	if (!order)
		order = strcmp(ember_text(p, f->file), ember_text(p, g->file));
	if (!order && x->function != y->function)
		order = x->function < y->function ? -1 : 1;
	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

/*
 * Open a function's source: below --source-dir, also without more and more of the beginning of
 * its path, below --symfs, or where it was built. Return NULL if there is none.
 */
static FILE *ember_listing_source(struct ember_listings *l, const struct ember_function *f)
{
	const char *path = ember_text(l->p, f->file), *part, *root;
	int fd = -1;
	uint32_t i;

	for (part = path; fd < 0 && l->folder && part && *part; part = strchr(part, '/')) {
		part += strspn(part, "/");
		fd = ember_below_open(l->folder, part);
	}
	for (i = 0; fd < 0 && (root = ember_symfs_folder(l->symfs, i)); i++)
		fd = ember_below_open(root, path);
	if (fd < 0 && f->here)
		fd = ember_safe_open_file(&l->reach, 0, path);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

static void ember_listing_line(FILE *out, const struct ember_listed *l, uint32_t number,
			       const char *text)
{
	if (l)
		fprintf(out, "%10llu %10llu", (unsigned long long)l->self,
			(unsigned long long)l->total);
	else
		fprintf(out, "%10s %10s", ".", ".");
	fprintf(out, " %6u  ", number);
	/* It's shown on terminals. */
	for (; *text && *text != '\n'; text++)
		putc((unsigned char)*text < ' ' && *text != '\t' ? '?' : *text, out);
	putc('\n', out);
}

/* One function's lines, from..to of all. */
static void ember_listing_function(FILE *out, struct ember_listings *l, uint32_t from,
				   uint32_t to)
{
	const struct ember_profile *p = l->p;
	const struct ember_function *f = &p->function[l->listed[from].function];
	uint32_t first = l->listed[from].line, last = l->listed[to - 1].line, number = 0, i;
	const char *path = ember_text(p, f->file);
	char text[EMBER_LISTING_BYTES];
	uint64_t self = 0;
	FILE *source;

	for (i = from; i < to; i++)
		self += l->listed[i].self;
	fprintf(out, "%s%s in %s: %llu of its own\n", ember_text(p, f->name),
		f->kind == EMBER_FRAME_KERNEL ? "_[k]" : "", path, (unsigned long long)self);
	fprintf(out, "%10s %10s %6s\n", "self", "total", "line");
	source = ember_listing_source(l, f);
	l->absent += !source;
	while (source && number < last + EMBER_LISTING_AROUND &&
	       fgets(text, sizeof(text), source)) {
		if (++number + EMBER_LISTING_AROUND < first)
			continue;
		while (from < to && l->listed[from].line < number)
			from++;
		ember_listing_line(
			out,
			from < to && l->listed[from].line == number ? &l->listed[from] : NULL,
			number, text);
	}
	if (source)
		fclose(source);
	/* What the source doesn't reach, or all where there is none. */
	for (; from < to; from++)
		if (l->listed[from].line > number)
			ember_listing_line(out, &l->listed[from], l->listed[from].line,
					   source ? "(behind the end of the file)" :
						    "(the source isn't here)");
	putc('\n', out);
}

/* An ember_output_fn. */
static void ember_listings_put(void *context, FILE *out)
{
	struct ember_listings *l = context;
	uint32_t from, to;

	for (from = 0; from < l->nr; from = to) {
		for (to = from + 1;
		     to < l->nr && l->listed[to].function == l->listed[from].function; to++)
			;
		ember_listing_function(out, l, from, to);
	}
}

int ember_listing_write(const struct ember_profile *p, const struct ember_listing *listing,
			const char *output)
{
	struct ember_listings l = {
		.p = p,
		.folder = listing->folder,
		.symfs = listing->symfs,
	};
	uint32_t i, matching = 0;
	regex_t regex;
	int err;

	if (regcomp(&regex, listing->pattern, REG_EXTENDED | REG_NOSUB))
		return ember_error("%s: is no regular expression", listing->pattern);
	l.wanted = ember_xrealloc(NULL, p->nr_function + 1, sizeof(*l.wanted));
	for (i = 0; i < p->nr_function; i++) {
		l.wanted[i] = i &&
			      !regexec(&regex, ember_text(p, p->function[i].name), 0, NULL, 0);
		matching += l.wanted[i];
	}
	regfree(&regex);
	for (i = 0; i < p->nr_sample; i++)
		ember_listings_sample(&l, i);
	if (l.nr)
		qsort_r(l.listed, l.nr, sizeof(*l.listed), ember_listed_order, (void *)p);
	if (l.nr)
		err = ember_output_write(output, ember_listings_put, &l);
	else
		err = ember_error(matching ? "no lines are known of functions that match %s" :
					     "no function matches %s",
				  listing->pattern);
	if (l.absent && !l.folder && !l.symfs)
		ember_warning(
			"--list: cannot show the source of %u functions: not found (use --source-dir DIR)",
			l.absent);
	ember_safe_open_free(&l.reach);
	free(l.wanted);
	free(l.listed);
	ember_index_free(&l.index);
	return err;
}
