// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server's answer: a byte for its status, a line with its type, and the body. Or, if the first
 * byte is 0xe5, a log, which the relay reads and cuts.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/answer.h"
#include "relay/cut.h"
#include "relay/followed.h"
#include "symbolize/symbols.h"

static void answer(const uint8_t *data, size_t n)
{
	static const long statuses[] = { 200, 204, 301, 307, 400, 401, 408,
					 429, 500, 502, 503, 505, 0,   999 };
	struct ember_relay_answer a = { .status = statuses[*data % 14], .cut = *data & 64 };
	const uint8_t *line = memchr(data + 1, '\n', n - 1);
	char type[64] = "", why[EMBER_ANSWER_WHY];
	enum ember_verdict verdict;
	size_t i;

	if (!line)
		return;
	snprintf(type, sizeof(type), "%.*s", (int)(line - data - 1), data + 1);
	a.type = *type ? type : NULL;
	a.body = line + 1;
	a.n = data + n - line - 1;
	verdict =
		ember_answer_judge(*data & 128 ? EMBER_RELAY_OTLP : EMBER_RELAY_PUSH, &a, why);
	FUZZ_MUST(memchr(why, 0, sizeof(why)));
	for (i = 0; why[i]; i++)
		FUZZ_MUST((unsigned char)why[i] >= ' ' && why[i] != 127);
	FUZZ_MUST(verdict != EMBER_VERDICT_SENT || (a.status / 100 == 2 && !*why));
}

static void follow(const uint8_t *data, size_t n)
{
	struct ember_followed s = {};
	struct ember_search search;
	struct ember_chunk chunk;
	struct ember_cut cut;
	uint32_t i, cuts = 0;

	ember_search_begin(&search, data, n);
	while (ember_chunk_next(&search, &chunk)) {
		ember_followed_put(&s, &chunk);
		ember_followed_feed(&s, chunk.sequence & 1);
	}
	ember_followed_feed(&s, true);
	for (i = 0; i < s.nr_feed; i++)
		while (cuts++ < 16 &&
		       ember_cut_find(s.feed[i], 1000000000, true, &cut) == EMBER_CUT_DUE) {
			struct ember_symbols *symbols = ember_symbols_new();
			uint32_t before = ember_feed_pending(s.feed[i]);

			ember_profile_free(ember_cut_take(s.feed[i], &cut, symbols));
			ember_symbols_free(symbols);
			FUZZ_MUST(ember_feed_pending(s.feed[i]) < before);
		}
	ember_followed_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 2 && *data == 0xe5)
		follow(data, n);
	else if (n > 2)
		answer(data, n);
	return 0;
}
