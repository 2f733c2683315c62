// SPDX-License-Identifier: GPL-2.0-or-later
/* A stream's identity: one HELLO, in one piece, first in its payload. */
#include "log_kit.h"

#include "log/fields.h"
#include "log/stream.h"

enum { BOARD = 1, BOOT = 2, PERIOD = 4, UNIT = 8, MODULE = 16, ALL = 15 };

static void put_hello(struct ember_buf *to, const char *board, unsigned int has)
{
	struct ember_buf m = {}, module = {};

	if (has & BOARD)
		ember_proto_bytes(&m, EMBER_HELLO_BOARD, board, strlen(board));
	if (has & BOOT)
		ember_proto_bytes(&m, EMBER_HELLO_BOOT, "boot", 4);
	if (has & PERIOD)
		ember_proto_number(&m, EMBER_HELLO_PERIOD, 1000000);
	if (has & UNIT)
		ember_proto_number(&m, EMBER_HELLO_UNIT, 1000000);
	if (has & MODULE) {
		ember_proto_bytes(&module, EMBER_MODULE_NAME, board, strlen(board));
		ember_proto_number(&module, EMBER_MODULE_ADDRESS, 0x1000);
		ember_proto_number(&module, EMBER_MODULE_BYTES, 0x1000);
		ember_proto_part(&m, EMBER_HELLO_MODULE, &module);
	}
	ember_proto_part(to, EMBER_CHUNK_HELLO, &m);
	free(m.bytes);
	free(module.bytes);
}

static const struct {
	unsigned int first, second; /* HELLOs, by what they have */
	bool late; /* another field is before them */
	enum ember_header_found found;
} payloads[] = {
	{ 0, 0, false, EMBER_HEADER_NONE },
	{ 0, 0, true, EMBER_HEADER_NONE },
	{ ALL, 0, false, EMBER_HEADER_FOUND },
	{ ALL, 0, true, EMBER_HEADER_BAD },
	{ BOARD | PERIOD | UNIT, 0, false, EMBER_HEADER_FOUND },
	{ ALL & ~PERIOD, 0, false, EMBER_HEADER_BAD },
	{ ALL & ~UNIT, 0, false, EMBER_HEADER_BAD },
	{ ALL, MODULE, false, EMBER_HEADER_FOUND },
	{ ALL, MODULE | UNIT, false, EMBER_HEADER_FOUND },
	{ ALL, ALL, false, EMBER_HEADER_BAD },
	{ ALL, MODULE | BOARD, false, EMBER_HEADER_BAD },
	{ ALL, MODULE | BOOT, false, EMBER_HEADER_BAD },
	{ ALL, MODULE | PERIOD, false, EMBER_HEADER_BAD },
	{ MODULE, 0, false, EMBER_HEADER_NONE },
	{ MODULE, MODULE, true, EMBER_HEADER_NONE },
	{ MODULE, ALL, false, EMBER_HEADER_BAD },
};

static void test_payload(void **state)
{
	struct ember_stream_header hello;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(*payloads); i++) {
		struct ember_buf plain = {};

		if (payloads[i].late)
			ember_proto_number(&plain, EMBER_CHUNK_SENT, 1);
		if (payloads[i].first)
			put_hello(&plain, "one", payloads[i].first);
		if (payloads[i].second)
			put_hello(&plain, "two", payloads[i].second);
		assert_int_equal(ember_stream_header_read(plain.bytes, plain.used, &hello),
				 payloads[i].found);
		if (payloads[i].found == EMBER_HEADER_FOUND) {
			assert_string_equal(hello.board, "one");
			assert_int_equal(hello.period_ns, 1000000);
		}
		free(plain.bytes);
	}
}

/* A chunk, cut in so many parts. */
static void put_chunk(struct ember_buf *log, uint32_t *sequence, const struct ember_buf *plain,
		      uint32_t parts)
{
	uint32_t i, at = 0;

	for (i = 0; i < parts; i++) {
		struct ember_chunk c = { .stream = 5, .sequence = (*sequence)++ };

		c.payload = plain->bytes + at;
		c.n = i + 1 < parts ? plain->used / parts : plain->used - at;
		c.flags = (i ? EMBER_CHUNK_REST : 0) | (i + 1 < parts ? EMBER_CHUNK_MORE : 0);
		at += c.n;
		ember_chunk_put(&c, log);
	}
}

/* What the reader makes of a log of payloads with HELLOs. */
static bool read_log(const struct ember_buf *log, struct ember_log_account *account)
{
	struct ember_tally tally = {};
	const char *why;
	bool good;

	memset(account, 0, sizeof(*account));
	good = ember_log_read(log->bytes, log->used, NULL, &tally, account, &why);
	ember_tally_free(&tally);
	return good;
}

/* An identity in a payload that is spread over chunks is ignored. */
static void test_spread(void **state)
{
	struct ember_log_account account;
	struct ember_buf plain = {};
	uint32_t parts;

	(void)state;
	put_hello(&plain, "board", ALL);
	for (parts = 1; parts < 4; parts++) {
		struct ember_buf log = {};
		uint32_t sequence = 0;

		put_chunk(&log, &sequence, &plain, parts);
		assert_int_equal(read_log(&log, &account), parts == 1);
		assert_string_equal(account.first.board, parts == 1 ? "board" : "");
		free(log.bytes);
	}
	free(plain.bytes);
}

/* The stream's first HELLO counts; the same one may come again. */
static void test_others(void **state)
{
	static const struct {
		const char *board[2];
		uint32_t wrong;
	} cases[] = {
		{ { "one", NULL }, 0 },
		{ { "one", "one" }, 1 }, /* both in one payload */
		{ { "two", "one" }, 1 },
	};
	struct ember_log_account account;
	uint32_t i, apart;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (apart = 0; apart < 2; apart++) {
			struct ember_buf log = {}, plain = {};
			uint32_t sequence = 0;

			put_hello(&plain, "one", ALL);
			put_chunk(&log, &sequence, &plain, 1);
			plain.used = 0;
			put_hello(&plain, cases[i].board[0], ALL);
			if (apart) {
				put_chunk(&log, &sequence, &plain, 1);
				plain.used = 0;
			}
			if (cases[i].board[1])
				put_hello(&plain, cases[i].board[1], ALL);
			put_chunk(&log, &sequence, &plain, 1);
			assert_true(read_log(&log, &account));
			assert_string_equal(account.first.board, "one");
			assert_int_equal(account.wrong,
					 apart ? strcmp(cases[i].board[0], "one") != 0 :
						 cases[i].wrong);
			free(log.bytes);
			free(plain.bytes);
		}
	}
}

/* The writer keeps to the rule, however small its chunks are. */
static void test_writer(void **state)
{
	static const uint32_t most[] = { 0, 60, 100, 200, 1200 };
	uint32_t i, k;

	(void)state;
	for (i = 0; i < 5; i++) {
		uint32_t ones = 0;

		run(40 + i, 500, most[i], 12);
		for (k = 0; k < nr_chunk; k++) {
			struct ember_buf room = {};
			struct ember_stream_header hello;
			struct ember_chunk c;
			const uint8_t *plain;
			uint32_t n;

			assert_true(ember_chunk_at(chunk[k].bytes, chunk[k].n, &c));
			if (c.flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST))
				continue;
			plain = ember_chunk_plain(&c, &room, &n);
			ones += ember_stream_header_read(plain, n, &hello) ==
				EMBER_HEADER_FOUND;
			assert_true(ones);
			free(room.bytes);
		}
		assert_true(ones);
		assert_same();
		over();
		drop(NULL);
	}
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_payload),
		test(test_spread),
		test(test_others),
		test(test_writer),
	};

	return cmocka_run_group_tests_name("tool_hello", tests, NULL, tool_clean);
}
