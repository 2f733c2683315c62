// SPDX-License-Identifier: GPL-2.0-or-later
/* Weighted samples to a log and back, and fields of them that make no sense. */
#include "weighted_kit.h"

#include "base/event.h"
#include "log/stream.h"
#include "workstation/collect/payload.h"

#define RING 0

static uint64_t weight_of(const struct ember_event_set *set)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < set->nr_count; i++)
		if (!set->count[i].event)
			sum += set->count[i].sum.weight;
	return sum;
}

/* The log's events have what the recording's have. */
static void assert_same_events(void)
{
	static const char *const shown[] = { "growth", "growth_samples", "event-77",
					     "event-77_samples" };
	struct ember_log_account account = {};
	struct ember_profile *straight, *logged;
	struct ember_tally tally = { .timed = true };
	const char *why = NULL;
	uint64_t sum = 0;
	uint32_t i;

	free(counted_text(&straight));
	assert_true(read_log(&account, NULL, NULL, nr_chunk, &tally, &why));
	assert_int_equal(account.wrong + account.events.undefined.samples +
				 account.events.underway.samples,
			 0);
	assert_int_equal(tally.events.nr_event, 2);
	assert_true(tally.events.event[0].period == 65536);
	for (i = 0; i < 2; i++) {
		const struct ember_event_counts *c = &counting.event[i];

		assert_true(tally.events.event[i].lost.samples ==
			    c->lost.samples + c->undefined.samples);
		assert_true(tally.events.event[i].lost.weight ==
			    c->lost.weight + c->undefined.weight);
		sum += c->sampled.samples - c->undefined.samples;
	}
	assert_true(account.events.samples.samples == sum);
	assert_int_equal(tally.events.nr_moment, sum);
	free(text_of(&tally, &logged));
	for (i = 0; i < 4; i++) {
		char *direct = folded(straight, shown[i]), *back = folded(logged, shown[i]);

		assert_true(strlen(direct) > 1000);
		assert_string_equal(direct, back);
		free(direct);
		free(back);
	}
	assert_int_equal(logged->nr_weighted, sum);
	assert_true(ember_profile_timed(logged));
	ember_profile_free(straight);
	ember_profile_free(logged);
	ember_tally_free(&tally);
}

/* In files and over a link, with resyncs, compactions, and what the writer forgets. */
static void test_round_trip(void **state)
{
	unsigned int i;

	weighs = true;
	for (i = 0; i < 8; i++) {
		tidies = i & 1;
		run(100 + i, 30000, i & 2 ? 1400 : 0, 20);
		assert_same();
		assert_same_events();
		over();
		drop(state);
	}
	weighs = false;
	tidies = false;
}

/* Of what is in missing chunks samples and weight are known. */
static void test_missing(void **state)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	uint32_t order[CHUNKS], nr = 0, i;
	const struct ember_event_counts *c = &counting.event[0];
	const char *why;

	(void)state;
	weighs = true;
	run(7, 30000, 1400, 20);
	weighs = false;
	for (i = 0; i < nr_chunk; i++)
		if (i % 7 != 5 || i + 1 == nr_chunk)
			order[nr++] = i;
	assert_true(read_log(&account, NULL, order, nr, &tally, &why));
	assert_true(account.events.underway.samples > 0);
	assert_true(account.events.undefined.samples > 0);
	assert_true(weight_of(&tally.events) + tally.events.event[0].lost.weight ==
		    c->sampled.weight + c->lost.weight);
	ember_tally_free(&tally);
	over();
}

/* Samples that a slow link leaves out are counted, by event, with their weight. */
static void test_downsampled(void **state)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	const struct ember_event_counts *c = &counting.event[0];
	uint32_t i;
	const char *why;

	(void)state;
	seed = 3;
	begin(1400);
	writer.downsample = 4;
	put_event(RING, 0, 65536);
	put_thread(RING, 1);
	put_stack(RING, 1, 4);
	for (i = 0; i < 1000; i++) {
		struct ember_rec_weighted rec = { .thread = 1,
						  .stack = 1,
						  .weight = 65536 + i };

		put(RING, EMBER_REC_WEIGHTED, &rec, sizeof(rec));
	}
	end();
	assert_true(read_log(&account, NULL, NULL, nr_chunk, &tally, &why));
	assert_true(account.events.downsampled.samples > 600 &&
		    account.events.downsampled.samples < 900);
	assert_int_equal(account.downsampled, 0);
	assert_true(account.events.samples.samples + account.events.downsampled.samples ==
		    1000);
	assert_true(weight_of(&tally.events) + tally.events.event[0].lost.weight ==
		    c->sampled.weight);
	ember_tally_free(&tally);
	over();
}

/* Filters hold for weighted samples, too. */
static void test_filtered(void **state)
{
	struct ember_log_filter filter = { .comm = "threaa" };
	struct ember_log_account all = {}, account = {};
	struct ember_tally tally = {};
	const char *why;
	uint32_t i;

	(void)state;
	weighs = true;
	run(9, 5000, 0, 20);
	weighs = false;
	assert_true(read_log(&all, NULL, NULL, nr_chunk, &tally, &why));
	ember_tally_free(&tally);
	memset(&tally, 0, sizeof(tally));
	assert_true(read_log(&account, &filter, NULL, nr_chunk, &tally, &why));
	assert_true(account.events.samples.samples > 0 && account.events.unwanted.samples > 0);
	assert_true(account.events.samples.samples + account.events.unwanted.samples ==
		    all.events.samples.samples);
	for (i = 0; i < tally.events.nr_count; i++)
		assert_string_equal(tally.dict.thread[tally.events.count[i].thread].comm,
				    "threaa");
	ember_tally_free(&tally);
	over();
}

/* Without the clock a log has no rate that others must share. */
static void test_log_clock_off(void **state)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	const char *why;

	(void)state;
	begin_as(&(struct ember_stream_header){ .board = "bench",
						.boot = "another one",
						.cpus = CPUS },
		 0);
	put_event(RING, 0, 65536);
	put_thread(RING, 1);
	seed = 5;
	put_stack(RING, 1, 4);
	put(RING, EMBER_REC_WEIGHTED,
	    &(struct ember_rec_weighted){ .thread = 1, .stack = 1, .weight = 70000 },
	    sizeof(struct ember_rec_weighted));
	end();
	over();
	assert_true(read_log(&account, NULL, NULL, nr_chunk, &tally, &why));
	assert_false(tally.clocked);
	assert_int_equal(tally.period_ns, 0);
	assert_int_equal(weight_of(&tally.events), 70000);
	ember_tally_free(&tally);
	memset(&tally, 0, sizeof(tally));
	memset(&account, 0, sizeof(account));
	/* One of 1000 Hz, behind it. */
	run(11, 1000, 0, 20);
	over();
	assert_true(read_log(&account, NULL, NULL, nr_chunk, &tally, &why));
	assert_true(tally.clocked);
	assert_true(tally.period_ns == 1000000);
	assert_int_equal(account.streams, 2);
	ember_tally_free(&tally);
}

/* ---- fields, each differing from a good one in one thing ---- */

struct weighted_field {
	uint32_t event, samples, columns;
	uint64_t weight;
};

static bool take_event(struct ember_stream *s, uint64_t number, uint64_t type,
		       const char *name, uint64_t unit)
{
	struct ember_buf plain = {}, part = {};
	bool good;

	ember_proto_number(&part, EMBER_EVENT_NUMBER, number);
	ember_proto_number(&part, EMBER_EVENT_TYPE, type);
	ember_proto_bytes(&part, EMBER_EVENT_NAME_TEXT, name, strlen(name));
	ember_proto_number(&part, EMBER_EVENT_UNIT, unit);
	ember_proto_number(&part, EMBER_EVENT_PERIOD, 65536);
	ember_proto_part(&plain, EMBER_CHUNK_EVENT, &part);
	good = ember_stream_chunk(s, 0, plain.bytes, plain.used);
	free(plain.bytes);
	free(part.bytes);
	return good;
}

static bool take_weighted(struct ember_stream *s, const struct weighted_field *w)
{
	struct ember_buf plain = {}, part = {}, column[EMBER_WEIGHTED_DETAIL + 1] = {};
	uint32_t i;
	bool good;

	for (i = 0; i < w->samples; i++) {
		ember_proto_varint(&column[EMBER_WEIGHTED_TIME], 0);
		ember_proto_varint(&column[EMBER_WEIGHTED_THREAD], 0);
		ember_proto_varint(&column[EMBER_WEIGHTED_STACK], 0);
		ember_proto_varint(&column[EMBER_WEIGHTED_EVENT], w->event);
		ember_proto_varint(&column[EMBER_WEIGHTED_WEIGHT], w->weight);
	}
	for (i = EMBER_WEIGHTED_TIME; i <= w->columns; i++)
		ember_proto_part(&part, i, &column[i]);
	ember_proto_part(&plain, EMBER_CHUNK_WEIGHTED, &part);
	good = ember_stream_chunk(s, 0, plain.bytes, plain.used);
	for (i = 0; i <= EMBER_WEIGHTED_DETAIL; i++)
		free(column[i].bytes);
	free(plain.bytes);
	free(part.bytes);
	return good;
}

/* A thread and a stack, both number 0. */
static void take_definitions(struct ember_stream *s)
{
	struct ember_thread thread = { .tid = 1 };
	struct ember_normalized stack = {};

	ember_numbers_add(&s->threads, 0, ember_dictionary_thread(&s->tally->dict, &thread));
	ember_numbers_add(&s->stacks, 0, ember_dictionary_stack(&s->tally->dict, &stack));
}

static void test_fields(void **state)
{
	const struct weighted_field good = { 0, 3, EMBER_WEIGHTED_WEIGHT, 70000 };
	struct ember_tally tally = {};
	struct ember_stream s = { .tally = &tally };
	struct weighted_field bad;
	uint32_t i;

	(void)state;
	take_definitions(&s);
	assert_true(take_event(&s, 0, EMBER_EVENT_GROWTH, "growth", EMBER_UNIT_BYTES));
	assert_true(take_weighted(&s, &good));
	assert_true(s.event[0].counted.samples == 3 && s.event[0].counted.weight == 210000);
	bad = good;
	bad.weight = 0;
	assert_false(take_weighted(&s, &bad));
	bad = good;
	bad.event = EMBER_STREAM_EVENTS;
	assert_false(take_weighted(&s, &bad));
	for (i = EMBER_WEIGHTED_TIME; i < EMBER_WEIGHTED_WEIGHT; i++) {
		bad = good;
		bad.columns = i;
		assert_false(take_weighted(&s, &bad));
	}
	assert_true(s.event[0].counted.samples == 3);
	/* An event that was never defined: it came, and that is all. */
	bad = good;
	bad.event = 1;
	assert_true(take_weighted(&s, &bad));
	assert_true(s.event[1].got.samples == 3 && s.event[1].counted.samples == 0);
	assert_false(take_event(&s, EMBER_STREAM_EVENTS, EMBER_EVENT_GROWTH, "growth", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_CPU, "growth", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH, "", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH, "cpu", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH, "samples", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH, "Growth", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH, "growth;", 2));
	assert_false(take_event(&s, 2, 1ull << 32, "growth", 2));
	assert_false(take_event(&s, 2, EMBER_EVENT_GROWTH,
				"a-name-that-has-more-than-31-bytes", 2));
	/* The first definition of a number holds. */
	assert_true(take_event(&s, 0, 5, "other", EMBER_UNIT_COUNT));
	assert_int_equal(tally.events.nr_event, 1);
	assert_string_equal(tally.events.event[0].name, "growth");
	/* More events than a profile has room for are left out. */
	for (i = 1; i < EMBER_STREAM_EVENTS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "event-%u", i + 100);
		assert_true(take_event(&s, i, i + 100, name, EMBER_UNIT_COUNT));
	}
	assert_int_equal(tally.events.nr_event, EMBER_EVENTS_MAX);
	assert_true(tally.dict.full);
	ember_stream_free(&s);
	ember_tally_free(&tally);
}

/* A collector files a stream once it has samples, be they an event's alone. */
static void test_payload(void **state)
{
	struct ember_buf plain = {}, room = {}, part = {};
	struct ember_payload payload;
	struct ember_chunk c = {};

	(void)state;
	ember_proto_number(&part, EMBER_COUNTS_SENT, 1);
	ember_proto_part(&plain, EMBER_CHUNK_EVENT_COUNTS, &part);
	c.payload = plain.bytes;
	c.n = plain.used;
	ember_payload_read(&payload, &c, &room);
	assert_false(payload.shown);
	ember_proto_number(&part, EMBER_WEIGHTED_START, 1);
	ember_proto_part(&plain, EMBER_CHUNK_WEIGHTED, &part);
	c.payload = plain.bytes;
	c.n = plain.used;
	ember_payload_read(&payload, &c, &room);
	assert_true(payload.shown);
	assert_int_equal(payload.sent, 0);
	free(plain.bytes);
	free(part.bytes);
	free(room.bytes);
}

/* Events whose values have the same names keep theirs apart in one profile. */
static void test_same_names(void **state)
{
	struct ember_event_info block = { .name = "block", .unit = EMBER_UNIT_NANOSECONDS },
				mutex = { .name = "mutex", .unit = EMBER_UNIT_NANOSECONDS };
	struct ember_profile *p = ember_profile_new();

	(void)state;
	ember_profile_event(p, &block);
	ember_profile_event(p, &mutex);
	assert_string_equal(ember_text(p, p->type[0].name), "contentions");
	assert_string_equal(ember_text(p, p->type[1].name), "delay");
	assert_string_equal(ember_text(p, p->type[2].name), "mutex_samples");
	assert_string_equal(ember_text(p, p->type[3].name), "mutex");
	assert_true(ember_profile_show(p, "block") && p->shown == 1);
	assert_true(ember_profile_show(p, "mutex") && p->shown == 3);
	p->nr_event = 0;
	ember_profile_find_events(p);
	assert_int_equal(p->nr_event, 2);
	assert_int_equal(p->event[1].type, 2);
	ember_profile_free(p);
	p = ember_profile_new();
	ember_profile_event(p, &mutex);
	assert_string_equal(ember_text(p, p->type[1].name), "delay");
	assert_true(ember_profile_show(p, "mutex") && p->shown == 1);
	ember_profile_free(p);
}

#define logs(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		logs(test_round_trip),		logs(test_missing),
		logs(test_downsampled),		logs(test_filtered),
		logs(test_log_clock_off),	logs(test_fields),
		cmocka_unit_test(test_payload), cmocka_unit_test(test_same_names),
	};

	return cmocka_run_group_tests_name("tool_weighted_log", tests, NULL, tool_clean);
}
