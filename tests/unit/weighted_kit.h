/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs with weighted samples, read, and the profiles of them. */
#ifndef TEST_WEIGHTED_KIT_H
#define TEST_WEIGHTED_KIT_H

#include "log_kit.h"

static inline char *folded(struct ember_profile *p, const char *event)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_true(ember_profile_show(p, event));
	ember_export_folded(out, p);
	fclose(out);
	return text;
}

static inline bool read_log(struct ember_log_account *account, const struct ember_log_filter *filter,
		     const uint32_t *order, uint32_t nr, struct ember_tally *tally,
		     const char **why)
{
	uint8_t *bytes;
	size_t n;
	bool good;

	bytes = joined(order, nr, &n);
	good = ember_log_read(bytes, n, filter, tally, account, why);
	free(bytes);
	return good;
}

#endif
