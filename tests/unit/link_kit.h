/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came over a link: chunks, text between them, and the profile that they make. */
#ifndef LINK_KIT_H
#define LINK_KIT_H

#include "log_kit.h"

#include "link/serial_frame.h"
#include "link/packet.h"

static struct ember_buf came, text;
static uint32_t nr_came;

static inline void got(void *context, const struct ember_packet *p)
{
	(void)context;
	assert_true(p->sealed || p->n == EMBER_CHUNK_HEADER + p->chunk.n);
	ember_proto_copy(&came, p->bytes, p->n);
	nr_came++;
}

static inline void other(void *context, const uint8_t *bytes, uint32_t n)
{
	(void)context;
	ember_proto_copy(&text, bytes, n);
}

static inline void forget(void)
{
	came.used = text.used = nr_came = 0;
}

/* A chunk whose payload is made of few different bytes, zeros among them. */
static inline void random_chunk(uint32_t n, uint32_t kinds, struct ember_buf *to)
{
	uint8_t payload[EMBER_SERIAL_FRAME_MAX];
	struct ember_chunk c = { .stream = chance(9), .sequence = chance(9) };
	uint32_t i;

	for (i = 0; i < n; i++)
		payload[i] = chance(kinds);
	c.payload = payload;
	c.n = n;
	ember_chunk_put(&c, to);
}

static inline void assert_right(const uint8_t *bytes, size_t n, const char *direct, bool all)
{
	struct ember_log_account account = {};
	struct ember_profile *logged;
	struct ember_tally tally = {};
	const char *why = NULL;
	char *back;

	if (!ember_log_read(bytes, n, NULL, &tally, &account, &why)) {
		assert_true(!n || strstr(why, "HELLO") || strstr(why, "no log"));
		assert_false(all);
	} else {
		uint64_t sent = counting.samples - counting.undefined;

		back = text_of(&tally, &logged);
		assert_within(back, direct);
		assert_int_equal(account.wrong, 0);
		/* Up to the last chunk that came. */
		assert_true(account.samples + account.undefined + account.underway +
				    account.before <=
			    sent);
		if (!account.unfinished)
			assert_int_equal(account.samples + account.undefined +
						 account.underway + account.before,
					 sent);
		if (all) {
			assert_string_equal(back, direct);
			assert_int_equal(account.samples, sent);
			assert_int_equal(account.missing + account.twice, 0);
		}
		ember_profile_free(logged);
		free(back);
	}
	ember_tally_free(&tally);
}

static inline int clean(void **state)
{
	(void)state;
	free(came.bytes);
	free(text.bytes);
	return 0;
}

#define test(name) cmocka_unit_test_teardown(name, drop)

#endif
