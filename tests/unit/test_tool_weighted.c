// SPDX-License-Identifier: GPL-2.0-or-later
/* Weighted samples: from records to sums, to a log and back, and what makes no sense of them. */
#include "log_kit.h"

#include <sys/stat.h>

#include "base/event.h"
#include "export/export.h"
#include "import/file.h"
#include "log/stream.h"
#include "workstation/collect/payload.h"
#include "workstation/report/diff.h"
#include "workstation/report/merge.h"
#include "workstation/report/pagedata.h"
#include "workstation/report/slice.h"

#define RING 0

static struct ember_recording r;

static int setup(void **state)
{
	(void)state;
	ember_recording_init(&r, RINGS, 10000000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ember_recording_free(&r);
	return 0;
}

static void feed(uint16_t type, void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&r, RING, rec);
}

static void feed_event(uint32_t event, uint32_t type, uint32_t unit, uint64_t period)
{
	struct ember_rec_event rec = {
		.event = event, .type = type, .unit = unit, .period = period
	};

	feed(EMBER_REC_EVENT, &rec, sizeof(rec));
}

static void feed_weighted(uint32_t event, uint32_t thread, uint32_t stack, uint64_t weight)
{
	struct ember_rec_weighted rec = {
		.time = 7, .event = event, .thread = thread, .stack = stack, .weight = weight
	};

	feed(EMBER_REC_WEIGHTED, &rec, sizeof(rec));
}

static void feed_lost(uint32_t event, uint64_t lost, uint64_t weight)
{
	struct ember_rec_event_lost rec = { .event = event, .lost = lost, .weight = weight };

	feed(EMBER_REC_EVENT_LOST, &rec, sizeof(rec));
}

/* Thread 1 and stack 1, of the kernel alone: no mapping is waited for. */
static void feed_definitions(void)
{
	struct ember_rec_time time = { .time = 5 };
	struct ember_rec_thread thread = { .thread = 1, .tid = 9, .tgid = 9, .comm = "thread" };
	struct {
		struct ember_rec_stack s;
		uint64_t frame;
	} stack = { .s = { .stack = 1, .nr_kernel = 1 }, .frame = 0xffffffff81000000 };

	feed(EMBER_REC_TIME, &time, sizeof(time));
	feed(EMBER_REC_THREAD, &thread, sizeof(thread));
	feed(EMBER_REC_STACK, &stack, sizeof(stack));
	feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
}

static const struct ember_weighted *only(void)
{
	assert_int_equal(r.events.nr_count, 1);
	return &r.events.count[0];
}

static void test_sums(void **state)
{
	(void)state;
	feed_definitions();
	feed_weighted(0, 1, 1, 65536);
	feed_weighted(0, 1, 1, 2 << 20);
	feed_lost(0, 3, 200000);
	feed_lost(0, 1, 65536);
	assert_int_equal(r.ignored, 0);
	assert_string_equal(r.events.event[0].name, "growth");
	assert_true(only()->sum.samples == 2 && only()->sum.weight == 65536 + (2 << 20));
	assert_int_equal(only()->at, EMBER_NO_NUMBER);
	assert_true(r.event[0].sampled.samples == 2);
	assert_true(r.event[0].lost.samples == 4 && r.event[0].lost.weight == 265536);
	/* None of them is a CPU sample. */
	assert_int_equal(r.samples + r.counts.nr + r.lost + r.undefined, 0);
}

/* Each differs from test_sums() in one thing. */
static void test_nonsense(void **state)
{
	struct ember_rec_weighted cut = {
		.event = 0, .thread = 1, .stack = 1, .weight = 65536
	};
	uint32_t i;

	(void)state;
	feed_definitions();
	feed_weighted(1, 1, 1, 65536); /* an event that isn't defined */
	feed_weighted(EMBER_EVENTS_MAX, 1, 1, 65536);
	feed_weighted(UINT32_MAX, 1, 1, 65536);
	feed_weighted(0, 1, 1, 0);
	feed_lost(1, 3, 200000);
	feed_lost(UINT32_MAX, 3, 200000);
	feed_event(EMBER_EVENTS_MAX, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
	feed_event(1, EMBER_EVENT_CPU, EMBER_UNIT_BYTES, 65536);
	feed_event(1, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 0);
	feed(EMBER_REC_WEIGHTED, &cut, sizeof(cut) - 8);
	assert_int_equal(r.ignored, 10);
	assert_int_equal(r.events.nr_count, 0);
	assert_int_equal(r.events.nr_event, 1);
	/* A thread or a stack that isn't defined is a loss of a known event. */
	feed_weighted(0, 2, 1, 65536);
	feed_weighted(0, 1, 2, 100000);
	assert_int_equal(r.ignored, 10);
	assert_true(r.event[0].undefined.samples == 2);
	assert_true(r.event[0].undefined.weight == 165536);
	/* Another definition of the number holds from then on, as long as there is room. */
	for (i = 1; i <= EMBER_EVENTS_MAX; i++) {
		feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536 + i);
		feed_weighted(0, 1, 1, 65536 + i);
	}
	assert_int_equal(r.events.nr_event, EMBER_EVENTS_MAX);
	assert_int_equal(r.events.nr_count, EMBER_EVENTS_MAX - 1);
	assert_int_equal(r.ignored, 12);
	feed_event(0, EMBER_EVENT_GROWTH, EMBER_UNIT_BYTES, 65536);
	feed_weighted(0, 1, 1, 65536);
	assert_int_equal(r.events.nr_count, EMBER_EVENTS_MAX);
	assert_int_equal(r.ignored, 12);
}

static void test_huge(void **state)
{
	(void)state;
	feed_definitions();
	feed_weighted(0, 1, 1, UINT64_MAX - 1);
	feed_weighted(0, 1, 1, 65536);
	feed_lost(0, UINT64_MAX, UINT64_MAX);
	feed_lost(0, 1, 1);
	assert_true(only()->sum.samples == 2 && only()->sum.weight == UINT64_MAX);
	assert_true(r.event[0].sampled.weight == UINT64_MAX);
	assert_true(r.event[0].lost.samples == UINT64_MAX);
	assert_true(r.event[0].lost.weight == UINT64_MAX);
}

/* Of a type or unit that isn't known all is kept, under a number. */
static void test_unknown(void **state)
{
	struct ember_tally tally = {};
	struct ember_profile *p;
	char *text;

	(void)state;
	feed_definitions();
	feed_event(1, 77, 9, 5);
	feed_weighted(1, 1, 1, 12);
	ember_normalize_all(&r, &tally);
	tally.here = false;
	text = text_of(&tally, &p);
	assert_string_equal(text, ""); /* no CPU sample */
	free(text);
	assert_int_equal(p->nr_type, 6);
	assert_string_equal(ember_text(p, p->type[4].name), "event-77_samples");
	assert_string_equal(ember_text(p, p->type[4].unit), "count");
	assert_string_equal(ember_text(p, p->type[5].name), "event-77");
	assert_string_equal(ember_text(p, p->type[5].unit), "unit-9");
	assert_true(p->value[4] == 1 && p->value[5] == 12);
	assert_true(ember_profile_show(p, "event-77"));
	assert_int_equal(p->shown, 5);
	assert_true(ember_profile_show(p, "cpu"));
	assert_int_equal(p->shown, 0);
	assert_false(ember_profile_show(p, "event-78"));
	ember_profile_free(p);
	ember_tally_free(&tally);
}

/* Samples of a recording without the clock: the events are all that there is. */
static void test_clock_off(void **state)
{
	struct ember_tally tally = {};
	struct ember_profile *p;
	char *text;

	(void)state;
	r.period_ns = 0;
	feed_definitions();
	feed_weighted(0, 1, 1, 65536);
	ember_normalize_all(&r, &tally);
	tally.here = false;
	text = text_of(&tally, &p);
	assert_string_equal(text, "thread;[kernel+0xffffffff81000000]_[k] 65536\n");
	assert_int_equal(p->nr_type, 2);
	assert_int_equal(p->shown, 1);
	assert_true(p->period == 65536);
	assert_string_equal(ember_text(p, p->period_type.name), "growth");
	ember_profile_free(p);
	ember_tally_free(&tally);
	free(text);
}

/* ---- logs ---- */

static char *folded(struct ember_profile *p, const char *event)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_true(ember_profile_show(p, event));
	ember_export_folded(out, p);
	fclose(out);
	return text;
}

static bool read_log(struct ember_log_account *account, const struct ember_log_filter *filter,
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

/* ---- what workstations make of profiles ---- */

/* A profile of a log whose samples have their times, in order. */
static struct ember_profile *timed_profile(uint64_t number)
{
	struct ember_log_account account = {};
	struct ember_tally tally = { .timed = true };
	struct ember_profile *p;
	const char *why;

	weighs = true;
	run(number, 20000, 0, 20);
	weighs = false;
	assert_true(read_log(&account, NULL, NULL, nr_chunk, &tally, &why));
	free(text_of(&tally, &p));
	ember_profile_by_time(p);
	ember_tally_free(&tally);
	over();
	drop(NULL);
	return p;
}

static uint64_t value_of(const struct ember_profile *p, uint32_t type)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++)
		sum += p->value[(uint64_t)i * p->nr_type + type];
	return sum;
}

/* The slices of a profile have all of each type, and each once. */
static void test_slices(void **state)
{
	struct ember_profile *p = timed_profile(21), *sum = NULL;
	struct ember_slice s = {};
	uint32_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct ember_profile *slice;

		s.first = s.last;
		s.first_weighted = s.last_weighted;
		s.last = i == 2 ? p->nr_moment : (i + 1) * 4000;
		s.last_weighted = i == 2 ? p->nr_weighted : (i + 1) * 1000;
		slice = ember_slice_make(p, &s);
		assert_true(value_of(slice, 0) == s.last - s.first);
		assert_true(value_of(slice, 2) + value_of(slice, 4) ==
			    s.last_weighted - s.first_weighted);
		if (!sum) {
			sum = slice;
			continue;
		}
		assert_true(ember_merge_sum(sum, slice));
		ember_profile_free(slice);
	}
	for (i = 0; i < p->nr_type; i++)
		assert_true(value_of(sum, i) == value_of(p, i));
	assert_true(sum->event[0].period == 65536);
	ember_profile_free(sum);
	ember_profile_free(p);
}

/* An event's weight is compared by its period; a comparison with itself finds nothing. */
static void test_diff(void **state)
{
	struct ember_profile *p = timed_profile(22), *other = timed_profile(22);
	struct ember_runs runs[2] = { { &p, 1 }, { &other, 1 } };
	struct ember_diff diff;
	uint64_t samples;

	(void)state;
	assert_null(ember_diff_make(&diff, runs, false));
	assert_true(diff.nr[0] == value_of(p, 0));
	ember_diff_free(&diff);
	assert_true(ember_profile_show(p, "growth"));
	assert_non_null(ember_diff_make(&diff, runs, false)); /* with CPU samples */
	ember_diff_free(&diff);
	assert_true(ember_profile_show(other, "growth"));
	assert_null(ember_diff_make(&diff, runs, false));
	samples = value_of(p, 3) / 65536;
	/* Each sum is rounded. */
	assert_true(diff.nr[0] + p->nr_sample > samples &&
		    diff.nr[0] < samples + p->nr_sample);
	assert_int_equal(diff.nr[0], diff.nr[1]);
	assert_int_equal(diff.nr_is, 0);
	assert_true(diff.distance == 0);
	assert_int_equal(diff.parts[0].nr, EMBER_DIFF_PARTS);
	ember_diff_free(&diff);
	assert_non_null(ember_diff_make(&diff, runs, true)); /* by time */
	ember_diff_free(&diff);
	ember_profile_free(p);
	ember_profile_free(other);
}

/* Numbers of a column of the page's data; how many. */
static uint32_t column(const char *text, const char *name, uint64_t *sum, uint64_t *most)
{
	char key[32], *end;
	uint32_t n = 0;

	snprintf(key, sizeof(key), "\"%s\":[", name);
	text = strstr(text, key);
	assert_non_null(text);
	*sum = *most = 0;
	for (text += strlen(key); *text != ']'; text = *end == ',' ? end + 1 : end, n++) {
		uint64_t value = strtoull(text, &end, 10);

		*sum += value;
		*most = value > *most ? value : *most;
	}
	return n;
}

/* What pprof files have of events is read again: both values, by name, and the default. */
static void test_pprof(void **state)
{
	static const char *const shown[] = { "cpu", "growth", "growth_samples", "event-77" };
	struct ember_profile *p = timed_profile(24), *again;
	struct ember_runs runs[2] = { { &again, 1 }, { &again, 1 } };
	const char *path = tool_path("event.pb"), *why;
	struct ember_diff diff;
	char *bytes;
	struct stat st;
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_true(ember_profile_show(p, shown[i]));
		assert_int_equal(ember_export_write(p, path, NULL), 0);
		assert_int_equal(stat(path, &st), 0);
		bytes = tool_read(path);
		again = ember_source_bytes(bytes, st.st_size, &why);
		assert_non_null(again);
		assert_int_equal(again->shown, p->shown);
		free(bytes);
		if (!i)
			ember_profile_free(again);
	}
	assert_int_equal(again->nr_event, 2);
	assert_int_equal(again->event[0].type, 2);
	for (i = 0; i < 4; i++) {
		char *was = folded(p, shown[i]), *is = folded(again, shown[i]);

		assert_string_equal(was, is);
		free(was);
		free(is);
	}
	/* Without a period samples are what is compared. */
	assert_true(ember_profile_show(again, "growth"));
	assert_null(ember_diff_make(&diff, runs, false));
	assert_true(diff.nr[0] == value_of(again, 2));
	ember_diff_free(&diff);
	ember_profile_free(again);
	ember_profile_free(p);
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

/* A page has the rows and moments of the event that is shown, and no others. */
static void test_page(void **state)
{
	struct ember_profile *p = timed_profile(23);
	uint64_t sum, most, rows, moments;
	char *text = NULL;
	size_t n;
	FILE *out;

	(void)state;
	assert_true(ember_profile_show(p, "growth"));
	out = open_memstream(&text, &n);
	ember_pagedata_put(out, &(struct ember_page){ .profile = p });
	fclose(out);
	assert_non_null(
		strstr(text, "\"type\":\"growth\",\"unit\":\"bytes\",\"period_ns\":0,"));
	rows = column(text, "value", &sum, &most);
	assert_true(rows < p->nr_sample);
	assert_true(sum == value_of(p, 3));
	moments = column(text, "weight", &sum, &most);
	assert_true(sum == value_of(p, 3));
	assert_true(moments == value_of(p, 2));
	assert_int_equal(column(text, "row", &sum, &most), moments);
	assert_true(most == rows - 1);
	free(text);
	ember_profile_free(p);
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

static void test_amounts(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} amounts[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.00 KiB" },
		{ 65536, "64.00 KiB" },
		{ 1048575, "1024.00 KiB" },
		{ 1048576, "1.00 MiB" },
		{ 70385664, "67.13 MiB" },
		{ 1ull << 40, "1.00 TiB" },
		{ UINT64_MAX, "16.00 EiB" },
	};
	char text[EMBER_AMOUNT_MAX];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(amounts) / sizeof(*amounts); i++) {
		ember_amount(amounts[i].value, true, text);
		assert_string_equal(text, amounts[i].text);
	}
	ember_amount(70385664, false, text);
	assert_string_equal(text, "70385664");
}

#define records(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define logs(name)    cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		records(test_sums),	  records(test_nonsense),  records(test_huge),
		records(test_unknown),	  records(test_clock_off), logs(test_round_trip),
		logs(test_missing),	  logs(test_downsampled),  logs(test_filtered),
		logs(test_log_clock_off), logs(test_fields),	   logs(test_slices),
		logs(test_diff),	  logs(test_page),	   logs(test_pprof),
		logs(test_payload),	  logs(test_amounts),
	};

	return cmocka_run_group_tests_name("tool_weighted", tests, NULL, tool_clean);
}
