// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/ring/ring.h"

#define BYTES 4096

struct ring {
	struct ember_ring ring;
	struct ember_ring_control control;
	struct ember_ring_head head;
	_Alignas(8) u8 data[BYTES];
};

static struct ring *ring_new(void)
{
	struct ring *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->ring.control = &r->control;
	r->ring.head = &r->head;
	r->ring.data = r->data;
	ember_ring_init(&r->ring, BYTES, BYTES);
	return r;
}

static bool put(struct ring *r, u32 size)
{
	void *record = ember_ring_reserve(&r->ring, EMBER_REC_STACK, size);

	if (!record) {
		ember_ring_abort(&r->ring);
		return false;
	}
	memset((u8 *)record + 4, 0xee, size - 4);
	ember_ring_commit(&r->ring);
	return true;
}

/* Reads all there is, as any reader would; the number of records but padding. */
static unsigned int drain(struct ring *r)
{
	u32 tail = r->control.tail, head = r->head.head;
	unsigned int n = 0;

	while (tail != head) {
		const struct ember_record *rec = (void *)(r->data + tail % BYTES);
		u32 size = rec->size ? rec->size : BYTES - tail % BYTES;

		assert_int_equal(size % 8, 0);
		assert_true(tail % BYTES + size <= BYTES);
		assert_true(size <= head - tail);
		n += rec->type != EMBER_REC_PAD;
		tail += size;
	}
	r->control.tail = tail;
	return n;
}

static void test_round_and_round(void **state)
{
	struct ring *r = ring_new();
	unsigned int i, wrote = 0, read = 0;

	(void)state;
	srand(1);
	for (i = 0; i < 100000; i++) {
		wrote += put(r, 8 + 8 * (rand() % 130));
		if (rand() % 4 == 0)
			read += drain(r);
	}
	read += drain(r);
	assert_int_equal(wrote, read);
	assert_true(wrote > 50000);
	free(r);
}

static void test_full(void **state)
{
	struct ring *r = ring_new();
	unsigned int n = 0;

	(void)state;
	while (put(r, 16))
		n++;
	assert_int_equal(n, BYTES / 16);
	assert_false(put(r, 8));
	r->control.tail += 16;
	assert_true(put(r, 16));
	assert_false(put(r, 8));
	free(r);
}

static void test_abort_leaves_nothing(void **state)
{
	struct ring *r = ring_new();

	(void)state;
	assert_true(put(r, 64));
	assert_non_null(ember_ring_reserve(&r->ring, EMBER_REC_STACK, 512));
	assert_non_null(ember_ring_reserve(&r->ring, EMBER_REC_SAMPLE, 16));
	ember_ring_abort(&r->ring);
	assert_int_equal(r->head.head, 64);
	assert_int_equal(drain(r), 1);
	free(r);
}

/* A reader that scribbles on its page loses samples and does no other harm. */
static void test_hostile_tail(void **state)
{
	struct ring *r = ring_new();
	unsigned int i;

	(void)state;
	srand(2);
	for (i = 0; i < 100000; i++) {
		r->control.tail = (u32)rand() * 2654435761u;
		put(r, 8 + 8 * (rand() % 130));
		assert_true(r->ring.next == r->ring.committed);
	}
	r->control.tail = r->head.head;
	assert_true(put(r, 16));
	free(r);
}

/* As samples are written that are known: of what the last look found, else by another look. */
static bool put_ahead(struct ring *r, u32 watermark)
{
	void *record;

	if (!ember_ring_is_quick(&r->ring)) {
		bool ok = put(r, 16);

		ember_ring_look(&r->ring, watermark);
		return ok;
	}
	record = ember_ring_quick(&r->ring, EMBER_REC_SAMPLE);
	memset((u8 *)record + 4, 0xdd, 12);
	ember_ring_quick_commit(&r->ring, record);
	return true;
}

static void test_ahead_round_and_round(void **state)
{
	struct ring *r = ring_new();
	unsigned int i, wrote = 0, read = 0;

	(void)state;
	srand(3);
	for (i = 0; i < 100000; i++) {
		wrote += rand() % 5 ? put_ahead(r, BYTES / 2) : put(r, 8 + 8 * (rand() % 130));
		if (rand() % 8 == 0)
			read += drain(r);
	}
	read += drain(r);
	assert_int_equal(wrote, read);
	assert_true(wrote > 50000);
	free(r);
}

/* Nothing that is ahead reaches the watermark: who gets there has looked. */
static void test_ahead_of_watermark(void **state)
{
	static const u32 watermark[] = { 1, 8, 16, 17, 1024, BYTES - 8, BYTES };
	unsigned int w, i;

	(void)state;
	for (w = 0; w < sizeof(watermark) / sizeof(*watermark); w++) {
		struct ring *r = ring_new();

		for (i = 0; i < 8; i++)
			assert_true(put(r, 8));
		drain(r);
		ember_ring_look(&r->ring, watermark[w]);
		while (ember_ring_is_quick(&r->ring)) {
			ember_ring_quick_commit(&r->ring,
						ember_ring_quick(&r->ring, EMBER_REC_SAMPLE));
			assert_true(ember_ring_waiting(&r->ring) < watermark[w]);
		}
		assert_true(ember_ring_waiting(&r->ring) + 16 >= watermark[w] ||
			    !(r->head.head % BYTES));
		free(r);
	}
}

/* A record by reservation comes after a look: what is ahead begins at another place. */
static void test_ahead_ends_at_reservation(void **state)
{
	struct ring *r = ring_new();

	(void)state;
	ember_ring_look(&r->ring, BYTES);
	assert_true(put(r, 64));
	assert_false(ember_ring_is_quick(&r->ring));
	free(r);
}

/* Transactions of several records are ahead, too, as long as all of their bytes are. */
static void test_ahead_of_more_records(void **state)
{
	struct ring *r = ring_new();
	unsigned int i, wrote = 0, read = 0;

	(void)state;
	srand(5);
	for (i = 0; i < 100000; i++) {
		u32 bytes = 16 + 8 * (rand() % 40);

		if (ember_ring_has_quick(&r->ring, bytes)) {
			struct ember_record *record = (void *)r->ring.quick;

			assert_true((u8 *)record + bytes <= r->ring.data + BYTES);
			memset(record, 0xdd, bytes);
			record->type = EMBER_REC_STACK;
			record->size = bytes;
			ember_ring_quick_end(&r->ring, bytes);
			assert_true(ember_ring_waiting(&r->ring) < BYTES / 2);
			wrote++;
		} else {
			wrote += put(r, bytes);
			ember_ring_look(&r->ring, BYTES / 2);
		}
		if (rand() % 8 == 0)
			read += drain(r);
	}
	read += drain(r);
	assert_int_equal(wrote, read);
	assert_true(wrote > 50000);
	ember_ring_init(&r->ring, BYTES, 4096);
	assert_false(ember_ring_has_quick(&r->ring, 16));
	free(r);
}

static void test_ahead_of_hostile_tail(void **state)
{
	struct ring *r = ring_new();
	unsigned int i;

	(void)state;
	srand(4);
	for (i = 0; i < 100000; i++) {
		r->control.tail = (u32)rand() * 2654435761u;
		put_ahead(r, BYTES / 2);
		assert_true(r->ring.next == r->ring.committed);
		assert_true(!r->ring.limit || r->ring.limit <= r->ring.data + BYTES - 15);
	}
	r->control.tail = r->head.head;
	assert_true(put(r, 16));
	free(r);
}

static void test_too_large(void **state)
{
	struct ring *r = ring_new();

	(void)state;
	assert_null(ember_ring_reserve(&r->ring, EMBER_REC_FILE, BYTES + 8));
	ember_ring_abort(&r->ring);
	assert_true(put(r, BYTES));
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_and_round),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_abort_leaves_nothing),
		cmocka_unit_test(test_hostile_tail),
		cmocka_unit_test(test_ahead_round_and_round),
		cmocka_unit_test(test_ahead_of_watermark),
		cmocka_unit_test(test_ahead_ends_at_reservation),
		cmocka_unit_test(test_ahead_of_more_records),
		cmocka_unit_test(test_ahead_of_hostile_tail),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
