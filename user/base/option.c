// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/option.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define EMBER_TYPED_MAX 24 /* bytes that are compared */

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
