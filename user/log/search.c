// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/search.h"

#include <string.h>

void ember_search_begin(struct ember_search *s, const void *bytes, size_t n)
{
	*s = (struct ember_search){ .bytes = bytes, .n = n, .budget = EMBER_SEARCH_START };
}

void ember_search_on(struct ember_search *s, const void *bytes, size_t n)
{
	s->bytes = bytes;
	s->n = n;
	s->at = 0;
}

/* Each byte is passed once, and brings its credit then: what comes later keeps its own. */
static void ember_search_pass(struct ember_search *s, size_t n)
{
	s->at += n;
	s->budget += (uint64_t)EMBER_SEARCH_CREDIT * n;
}

bool ember_search_next(struct ember_search *s, ember_search_bytes *bytes, ember_search_at *at,
		       void *found)
{
	size_t begin = s->at;

	for (; s->at < s->n; ember_search_pass(s, 1)) {
		const uint8_t *first =
			memchr(s->bytes + s->at, EMBER_SEARCH_FIRST, s->n - s->at);
		uint32_t n;

		if (!first)
			break;
		ember_search_pass(s, first - s->bytes - s->at);
		n = bytes(first, s->n - s->at);
		if (s->more && n > s->n - s->at) {
			s->skipped = s->at - begin;
			return false;
		}
		if (!n || n > s->n - s->at || n > s->budget)
			continue;
		s->summed += n;
		if (at(first, n, found)) {
			s->skipped = s->at - begin;
			ember_search_pass(s, n);
			return true;
		}
		s->budget -= n;
	}
	s->at = s->n;
	s->skipped = s->n - begin;
	return false;
}
