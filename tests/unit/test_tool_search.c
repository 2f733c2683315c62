// SPDX-License-Identifier: GPL-2.0-or-later
/* Searching for chunks and packets costs work in proportion to the bytes, whatever they are. */
#include "tool.h"

#include "link/serial_frame.h"
#include "link/incoming.h"

#define EVIL	 (64u << 10) /* bytes of false headers */
#define BOUND(n) ((uint64_t)EMBER_SEARCH_CREDIT * (n) + EMBER_SEARCH_START)

static uint64_t seed;

static uint32_t chance(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

static void put(struct ember_buf *to, uint32_t sequence, uint32_t n)
{
	struct ember_chunk c = { .stream = 1, .sequence = sequence };
	uint8_t *payload = malloc(n + 1);
	uint32_t i;

	for (i = 0; i < n; i++)
		payload[i] = chance(8) ? chance(256) : EMBER_SEARCH_FIRST;
	c.payload = payload;
	c.n = n;
	ember_chunk_put(&c, to);
	free(payload);
}

/* Headers back to back, each of which announces all that is behind it, with a wrong sum. */
static void put_false(struct ember_buf *to, uint32_t bytes)
{
	static const uint8_t header[EMBER_CHUNK_HEADER] = { 0xe5, 'M', 'B', 0x1a, 1, 0, 24 };
	uint32_t end = to->used + bytes / EMBER_CHUNK_HEADER * EMBER_CHUNK_HEADER;

	while (to->used < end) {
		uint32_t left = end - to->used - EMBER_CHUNK_HEADER;
		uint8_t *at = ember_proto_room(to, EMBER_CHUNK_HEADER);

		left = left < EMBER_CHUNK_MAX ? left : EMBER_CHUNK_MAX;
		memcpy(at, header, sizeof(header));
		at[16] = left;
		at[17] = left >> 8;
		at[18] = left >> 16;
		to->used += EMBER_CHUNK_HEADER;
	}
}

/* Chunks with anything between them are found, each at its place. */
static void test_found(void **state)
{
	struct ember_buf to = {};
	struct ember_search search;
	struct ember_packet packet;
	struct ember_chunk c;
	uint32_t i, k, gap[40];

	(void)state;
	seed = 5;
	for (i = 0; i < 40; i++) {
		gap[i] = chance(3) ? 0 : chance(100);
		for (k = 0; k < gap[i]; k++)
			*ember_proto_room(&to, 1) = "\xe5MB\x1a\x1c"[chance(5)], to.used++;
		put(&to, i, chance(300));
	}
	put_false(&to, 48);
	ember_search_begin(&search, to.bytes, to.used);
	for (i = 0; i < 40; i++) {
		assert_true(ember_chunk_next(&search, &c));
		assert_int_equal(c.sequence, i);
		assert_int_equal(search.skipped, gap[i]);
	}
	assert_false(ember_chunk_next(&search, &c));
	assert_int_equal(search.skipped, 48);
	ember_search_begin(&search, to.bytes, to.used);
	for (i = 0; i < 40; i++) {
		assert_true(ember_packet_next(&search, &packet));
		assert_int_equal(packet.chunk.sequence, i);
	}
	assert_false(ember_packet_next(&search, &packet));
	free(to.bytes);
}

/* False headers are given up once they have cost a bound, and small damage is not. */
static void test_work(void **state)
{
	struct ember_buf to = {};
	struct ember_search search;
	struct ember_packet packet;
	struct ember_chunk c;

	(void)state;
	put_false(&to, EVIL);
	ember_search_begin(&search, to.bytes, to.used);
	assert_false(ember_chunk_next(&search, &c));
	assert_true(search.summed <= BOUND(to.used));
	assert_true(search.summed > EMBER_SEARCH_START);
	assert_int_equal(search.skipped, to.used);
	ember_search_begin(&search, to.bytes, to.used);
	assert_false(ember_packet_next(&search, &packet));
	assert_true(search.summed <= BOUND(to.used));
	/* A tenth of them is within the bound: what is behind is found. */
	to.used = 0;
	put_false(&to, EVIL / 10);
	put(&to, 7, 100);
	ember_search_begin(&search, to.bytes, to.used);
	assert_true(ember_chunk_next(&search, &c));
	assert_int_equal(c.sequence, 7);
	assert_int_equal(search.skipped, EVIL / 10 / EMBER_CHUNK_HEADER * EMBER_CHUNK_HEADER);
	free(to.bytes);
}

/* What is looked for at one place only isn't looked for behind it. */
static void test_at(void **state)
{
	struct ember_buf to = {};
	struct ember_packet packet;
	struct ember_chunk c;
	uint32_t n;

	(void)state;
	put(&to, 7, 100);
	assert_true(ember_chunk_at(to.bytes, to.used, &c));
	assert_true(ember_packet_at(to.bytes, to.used, &packet));
	assert_int_equal(packet.n, to.used);
	for (n = 0; n < to.used; n++) {
		uint32_t all = ember_packet_bytes(to.bytes, n);

		assert_int_equal(all, n < EMBER_CHUNK_HEADER ? EMBER_CHUNK_HEADER : to.used);
		assert_false(ember_packet_at(to.bytes, n, &packet));
	}
	to.used = 0;
	*ember_proto_room(&to, 1) = 0xe5, to.used++;
	put(&to, 7, 100);
	assert_false(ember_chunk_at(to.bytes, to.used, &c));
	assert_false(ember_packet_at(to.bytes, to.used, &packet));
	free(to.bytes);
}

/* However a stream of bytes is split, the same packets come out. */
static void test_split(void **state)
{
	struct ember_buf to = {};
	uint32_t turn, i, gaps = 0;

	(void)state;
	seed = 9;
	for (i = 0; i < 60; i++) {
		if (!chance(4)) {
			put_false(&to, 48);
			gaps += 48;
		}
		put(&to, i, i == 30 ? EMBER_CHUNK_MAX : chance(2000));
	}
	for (turn = 0; turn < 4; turn++) {
		struct ember_incoming in = {};
		struct ember_packet packet;
		uint32_t at = 0, n, next = 0;

		for (; at < to.used; at += n) {
			n = turn ? 1 + chance(1u << 5 * turn) : 1;
			n = n < to.used - at ? n : to.used - at;
			assert_true(ember_incoming_add(&in, to.bytes + at, n));
			while (ember_incoming_next(&in, &packet))
				assert_int_equal(packet.chunk.sequence, next++);
			assert_true(in.held < EMBER_PACKET_MAX);
			assert_true(in.in.used < 2 * EMBER_PACKET_MAX + (1u << 15));
		}
		assert_int_equal(next, 60);
		assert_int_equal(in.nonsense, gaps);
		assert_int_equal(in.held, 0);
		assert_false(in.hopeless);
		ember_incoming_free(&in);
	}
	free(to.bytes);
}

/* What is behind a region of false headers is found, however long that is. */
static void test_behind(void **state)
{
	struct ember_chunk c = { .stream = 7, .payload = (const uint8_t *)"payload", .n = 7 };
	struct ember_search search;
	struct ember_buf to = {};
	uint32_t bytes, i;

	(void)state;
	for (bytes = 2400; bytes <= 240000; bytes *= 10) {
		to.used = 0;
		put_false(&to, bytes);
		for (i = 0; i < 3; i++)
			ember_chunk_put(&c, &to);
		ember_search_begin(&search, to.bytes, to.used);
		assert_true(ember_chunk_next(&search, &c));
		assert_int_equal(search.skipped, bytes);
		assert_true(ember_chunk_next(&search, &c));
		assert_true(ember_chunk_next(&search, &c));
		assert_false(ember_chunk_next(&search, &c));
		assert_true(search.summed <= BOUND(to.used));
		c.payload = (const uint8_t *)"payload";
	}
	free(to.bytes);
}

/* A connection that sends nothing but false headers is given up, within a bound of work. */
static void test_hopeless(void **state)
{
	struct ember_incoming in = {};
	struct ember_packet packet;
	struct ember_buf to = {};
	uint32_t at = 0;

	(void)state;
	put_false(&to, 1 << 20);
	while (at < to.used && ember_incoming_add(&in, to.bytes + at, 64)) {
		assert_false(ember_incoming_next(&in, &packet));
		assert_true(in.vain <= BOUND(in.received) + EMBER_PACKET_MAX);
		assert_true(in.held < EMBER_PACKET_MAX);
		at += 64;
	}
	assert_true(in.hopeless);
	assert_true(at < to.used);
	ember_incoming_free(&in);
	/* Text is no reason to give up, however long it is. */
	memset(to.bytes, 0xe5, to.used);
	assert_true(ember_incoming_add(&in, to.bytes, to.used));
	assert_false(ember_incoming_next(&in, &packet));
	assert_int_equal(in.nonsense + in.held, to.used);
	assert_int_equal(in.vain, 0);
	assert_false(in.hopeless);
	ember_incoming_free(&in);
	free(to.bytes);
}

/* As much of a payload as is wanted is inflated, and no more. */
static void test_prefix(void **state)
{
	struct ember_packer *packer = ember_packer_new();
	uint8_t *plain = malloc(EMBER_CHUNK_MAX);
	struct ember_buf room = {};
	struct ember_chunk c = {};
	const uint8_t *got;
	uint32_t i, n;
	bool whole;

	(void)state;
	for (i = 0; i < EMBER_CHUNK_MAX; i++)
		plain[i] = i * i >> 9;
	ember_chunk_pack(packer, plain, EMBER_CHUNK_MAX, &c);
	assert_int_equal(c.flags, EMBER_CHUNK_DEFLATED);
	got = ember_chunk_prefix(&c, &room, 1000, &n, &whole);
	assert_true(got && n == 1000 && !whole);
	assert_memory_equal(got, plain, 1000);
	assert_true(room.size < 4096);
	got = ember_chunk_prefix(&c, &room, EMBER_CHUNK_MAX, &n, &whole);
	assert_true(got && n == EMBER_CHUNK_MAX && whole);
	assert_memory_equal(got, plain, EMBER_CHUNK_MAX);
	/* Cut, its begin is still there. */
	c.n /= 2;
	got = ember_chunk_prefix(&c, &room, 1000, &n, &whole);
	assert_true(got && n == 1000 && !whole);
	assert_null(ember_chunk_plain(&c, &room, &n));
	/* One that isn't deflated. */
	c = (struct ember_chunk){ .payload = plain, .n = 1000 };
	assert_ptr_equal(ember_chunk_prefix(&c, &room, 1000, &n, &whole), plain);
	assert_true(n == 1000 && whole);
	assert_ptr_equal(ember_chunk_prefix(&c, &room, 999, &n, &whole), plain);
	assert_true(n == 999 && !whole);
	free(plain);
	free(room.bytes);
	ember_packer_free(packer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),  cmocka_unit_test(test_work),
		cmocka_unit_test(test_at),     cmocka_unit_test(test_split),
		cmocka_unit_test(test_behind), cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_prefix),
	};

	return cmocka_run_group_tests_name("tool_search", tests, NULL, NULL);
}
