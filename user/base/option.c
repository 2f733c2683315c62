// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

#define EMBER_TYPED_MAX 24 /* bytes that are compared */
#define EMBER_SPEC_MAX	23 /* columns before the text; a longer option has a line of its own */
#define EMBER_USAGE_MAX 90 /* columns in all */

static const struct ember_option ember_option_help[] = {
	{ "help", .letter = 'h', .help = "" },
	{},
};

static void ember_options_add(struct ember_options *o, unsigned int *nr,
			      const struct ember_option *row)
{
	for (; row->name && *nr < EMBER_OPTIONS_MAX - 1; row++) {
		int value = !row->value ? 0 : *row->value == '[' ? 2 : 1;

		o->all[(*nr)++] = (struct option){ row->name, value, NULL,
						   row->c ? row->c : row->letter };
		if (row->letter)
			snprintf(o->letters + strlen(o->letters), 3, "%c%s", row->letter,
				 value && !row->bare ? ":" : "");
	}
}

static bool ember_option_clashes(const struct ember_option *a, const struct ember_option *b)
{
	int c[2] = { a->c ? a->c : a->letter, b->c ? b->c : b->letter };

	return !strcmp(a->name, b->name) || (a->letter && a->letter == b->letter) ||
	       (!a->alias && !b->alias &&
		(c[0] == c[1] || c[0] == b->letter || c[1] == a->letter));
}

/* Return whether a row before this one clashes with it. */
static bool ember_option_taken(const struct ember_option *const *tables,
			       const struct ember_option *one)
{
	const struct ember_option *row;

	for (; *tables; tables++)
		for (row = *tables; row->name; row++) {
			if (row == one)
				return false;
			if (ember_option_clashes(row, one))
				return true;
		}
	return false;
}

const struct ember_option *ember_options_clash(const struct ember_option *const *tables)
{
	const struct ember_option *const *table, *row;

	for (table = tables; *table; table++)
		for (row = *table; row->name; row++)
			if (ember_option_clashes(ember_option_help, row) ||
			    ember_option_taken(tables, row))
				return row;
	return NULL;
}

static void ember_options_sane(const struct ember_option *const *tables)
{
/* Tests start each command; boards need not carry the check. */
#ifdef __SANITIZE_ADDRESS__
	const struct ember_option *clash = ember_options_clash(tables);

	if (clash) {
		ember_error("--%s: another option has its name or letter", clash->name);
		abort();
	}
#else
	(void)tables;
#endif
}

void ember_options_begin(struct ember_options *o, const struct ember_option *const *tables,
			 const char *how)
{
	unsigned int nr = 0;

	ember_options_sane(tables);
	memset(o, 0, sizeof(*o));
	strcpy(o->letters, how);
	for (; *tables; tables++)
		ember_options_add(o, &nr, *tables);
	ember_options_add(o, &nr, ember_option_help);
	opterr = 0;
	optind = 0; /* from the start, and glibc forgets earlier calls */
}

/* Print the text from a column on, broken at blanks. The line is at column `at` now. */
static void ember_option_text(FILE *out, const char *text, int at, int column)
{
	while (*text) {
		int room = EMBER_USAGE_MAX - column, n = strlen(text), end = n;

		if (n > room)
			for (end = room; end && text[end] != ' ';)
				end--;
		end = end ? end : n;
		fprintf(out, "%*s%.*s\n", column - at, "", end, text);
		text += end + (text[end] == ' ');
		at = 0;
	}
}

static int ember_option_spec(char spec[64], const struct ember_option *row)
{
	const char *value = row->value ? row->value : "";
	char letter[] = "  -x, ";

	letter[3] = row->letter;
	return snprintf(spec, 64, "%s--%s%s%s", row->letter ? letter : "      ", row->name,
			*value && *value != '[' ? " " : "", value);
}

void ember_options_usage(FILE *out, const struct ember_option *const *tables)
{
	const struct ember_option *const *table, *row;
	char spec[64];
	int widest = 0, n;

	for (table = tables; *table; table++)
		for (row = *table; row->name; row++) {
			n = row->help ? ember_option_spec(spec, row) : 0;
			widest = n > widest && n <= EMBER_SPEC_MAX ? n : widest;
		}
	for (table = tables; *table; table++)
		for (row = *table; row->name; row++) {
			if (!row->help)
				continue;
			n = ember_option_spec(spec, row);
			fprintf(out, "%s%s", spec, n > widest ? "\n" : "");
			ember_option_text(out, row->help, n > widest ? 0 : n, widest + 2);
		}
	ember_option_spec(spec, ember_option_help);
	fprintf(out, "%s\n", spec);
}

static unsigned int ember_least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Return how many letters have to be inserted, removed, replaced or swapped. */
static unsigned int ember_option_edits(const char *a, const char *b)
{
	unsigned int row[3][EMBER_TYPED_MAX + 1], n = strlen(a), m = strlen(b), i, k;

	if (n > EMBER_TYPED_MAX || m > EMBER_TYPED_MAX)
		return EMBER_EDITS_MAX;
	for (i = 0; i <= n; i++) {
		unsigned int *now = row[i % 3], *was = row[(i + 2) % 3];

		now[0] = i;
		for (k = 1; k <= m; k++) {
			if (!i) {
				now[k] = k;
				continue;
			}
			now[k] = ember_least(was[k], now[k - 1]) + 1;
			now[k] = ember_least(now[k], was[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = ember_least(now[k], row[(i + 1) % 3][k - 2] + 1);
		}
	}
	return row[n % 3][m];
}

bool ember_option_near(const char *typed, const char *name, unsigned int *edits)
{
	unsigned int n = strlen(typed), took = ember_option_edits(typed, name);

	/* A beginning is as good as one slip; of a short word not much may be wrong. */
	if (n > 1 && !strncmp(typed, name, n))
		took = 1;
	if (took >= *edits || took > (n + 2) / 4)
		return false;
	*edits = took;
	return true;
}

int ember_option_unknown(int c, char **argv, const struct option *options)
{
	const char *text = argv[optind - 1], *what = "unknown option", *near = NULL;
	char letter[3] = { '-', optopt, 0 }, typed[EMBER_TYPED_MAX + 1];
	unsigned int edits = EMBER_EDITS_MAX;
	bool is_long = !strncmp(text, "--", 2);

	if (c == ':')
		what = "no value for";
	else if (optopt && is_long && strchr(text, '='))
		what = "no value is taken by";
	else if (optopt > 0 && optopt < 256)
		text = letter; /* it may stand among others: -gx */
	else if (is_long) {
		snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(text + 2, "="), text + 2);
		for (; options->name; options++)
			if (ember_option_near(typed, options->name, &edits))
				near = options->name;
	}
	ember_error("%s %s%s%s%s: see emberprof help %s", what, text,
		    near ? " (did you mean --" : "", near ? near : "", near ? "?)" : "",
		    argv[0]);
	return 2;
}
