// SPDX-License-Identifier: GPL-2.0-or-later
/* What the relay makes of logs: intervals that lose nothing, labels, requests; and of answers. */
#include "log_kit.h"

#include <zlib.h>

#include "base/message.h"
#include "model/profile_labels.h"
#include "relay/answer.h"
#include "relay/cut.h"
#include "relay/push.h"
#include "relay/otlp.h"
#include "relay/request.h"
#include "relay/subset.h"

#define WIDTH 3000000ull /* ns of an interval, since the kit's samples are that close */

/* ---- streams in any order, ended at any place ---- */

static uint64_t samples_of(const struct ember_profile *p)
{
	uint64_t sum = 0;
	uint32_t i, k;

	for (i = 0; i < p->nr_sample; i++)
		for (k = 0; k < p->nr_type; k += 2)
			sum += p->value[(uint64_t)i * p->nr_type + k];
	return sum;
}

static uint64_t cut_all(struct ember_feed *f, bool ended)
{
	struct ember_cut cut;
	uint64_t sum = 0, from = 0;

	while (ember_cut_find(f, WIDTH, ended, &cut) == EMBER_CUT_DUE) {
		struct ember_symbols *symbols = ember_symbols_new();
		struct ember_profile *p = ember_cut_take(f, &cut, symbols);

		assert_true(cut.from_ns >= from && cut.to_ns > cut.from_ns);
		assert_true(cut.to_ns - cut.from_ns <= WIDTH);
		from = cut.to_ns;
		ember_symbols_free(symbols);
		sum += samples_of(p);
		ember_profile_free(p);
	}
	return sum;
}

static void put_chunk(struct ember_feed *f, uint32_t number)
{
	struct ember_chunk c;

	assert_true(ember_chunk_at(chunk[number].bytes, chunk[number].n, &c));
	if (c.stream == f->number || !f->begun)
		ember_feed_put(f, &c);
}

/* A log of random records; returns how many samples a reader finds in it. */
static uint64_t make_log(uint64_t number, uint32_t *stream)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	struct ember_chunk c;
	const char *why;
	uint8_t *bytes;
	size_t n;

	weighs = true;
	run(number, 20000, 400, 20);
	weighs = false;
	bytes = joined(NULL, nr_chunk, &n);
	assert_true(ember_log_read(bytes, n, NULL, &tally, &account, &why));
	assert_true(ember_chunk_at(chunk[0].bytes, chunk[0].n, &c));
	*stream = c.stream;
	free(bytes);
	ember_tally_free(&tally);
	over();
	return account.samples + account.events.samples.samples;
}

static void test_in_order(void **state)
{
	uint32_t stream, i;
	struct ember_feed f;
	uint64_t all = make_log(7, &stream), sum = 0;

	(void)state;
	ember_feed_begin(&f, stream, NULL);
	for (i = 0; i < nr_chunk; i++) {
		put_chunk(&f, i);
		ember_feed_read(&f, false, UINT32_MAX);
		sum += cut_all(&f, false);
	}
	sum += cut_all(&f, true);
	assert_true(all > 15000);
	assert_int_equal(sum, all);
	assert_int_equal(f.missing, 0);
	ember_feed_free(&f);
	drop(NULL);
}

/* Chunks that come late wait for one another. */
static void test_any_order(void **state)
{
	uint32_t stream, i, order[CHUNKS];
	struct ember_feed f;
	uint64_t all = make_log(8, &stream), sum = 0;

	(void)state;
	for (i = 0; i < nr_chunk; i++)
		order[i] = i;
	for (i = 1; i + 4 < nr_chunk; i++) {
		uint32_t k = i + chance(4), other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
	ember_feed_begin(&f, stream, NULL);
	for (i = 0; i < nr_chunk; i++) {
		put_chunk(&f, order[i]);
		/* Twice is once. */
		put_chunk(&f, order[chance(i + 1)]);
		ember_feed_read(&f, false, UINT32_MAX);
		sum += cut_all(&f, false);
	}
	sum += cut_all(&f, true);
	assert_int_equal(sum, all);
	ember_feed_free(&f);
	drop(NULL);
}

/* A life ends after any chunk; the next one reads the log once more, from the cursor on. */
static void test_lives(void **state)
{
	struct ember_feed_cursor cursor = {};
	uint32_t stream, i, k;
	struct ember_feed f;
	uint64_t all = make_log(9, &stream), sum = 0;

	(void)state;
	for (i = 0; i < nr_chunk; i += 1 + chance(nr_chunk / 8)) {
		ember_feed_begin(&f, stream, &cursor);
		for (k = 0; k <= i; k++)
			put_chunk(&f, k);
		ember_feed_read(&f, false, UINT32_MAX);
		sum += cut_all(&f, false);
		cursor = f.cursor;
		ember_feed_free(&f);
	}
	ember_feed_begin(&f, stream, &cursor);
	for (k = 0; k < nr_chunk; k++)
		put_chunk(&f, k);
	ember_feed_read(&f, true, UINT32_MAX);
	sum += cut_all(&f, true);
	assert_int_equal(sum, all);
	assert_int_equal(ember_feed_pending(&f), 0);
	ember_feed_free(&f);
	drop(NULL);
}

/* ---- clocks ---- */

#define S  1000000000ull
#define AT (1800000000 * S)

static void test_clocks(void **state)
{
	struct ember_relay_clocks c = {};

	(void)state;
	assert_int_equal(ember_relay_clocks_wall(&c, 5 * S), 0);
	/* It began in 1970, slept for 20 s, and was set at 100 s. */
	ember_relay_clocks_add(&c,
			       &(struct ember_stream_clock){ 10 * S, 10 * S, 3 * S, false });
	ember_relay_clocks_add(&c,
			       &(struct ember_stream_clock){ 50 * S, 70 * S, 63 * S, false });
	assert_int_equal(ember_relay_clocks_wall(&c, 60 * S), 0);
	ember_relay_clocks_add(&c, &(struct ember_stream_clock){ 100 * S, 120 * S, AT, true });
	assert_int_equal(ember_relay_clocks_wall(&c, 100 * S), AT);
	assert_int_equal(ember_relay_clocks_wall(&c, 60 * S), AT - 40 * S);
	assert_int_equal(ember_relay_clocks_wall(&c, 20 * S), AT - 100 * S);
	/* What says that it is set, and shows 1970, is not. */
	ember_relay_clocks_add(&c, &(struct ember_stream_clock){ 200 * S, 220 * S, S, true });
	assert_int_equal(ember_relay_clocks_wall(&c, 150 * S), AT + 50 * S);
	/* A clock that is set once more counts from then on. */
	ember_relay_clocks_add(&c, &(struct ember_stream_clock){ 300 * S, 320 * S,
								 AT + 1000 * S, true });
	assert_int_equal(ember_relay_clocks_wall(&c, 310 * S), AT + 1010 * S);
	assert_int_equal(ember_relay_clocks_wall(&c, 150 * S), AT + 50 * S);
	ember_relay_clocks_free(&c);
	/* Another stream of that boot knows. */
	ember_relay_clocks_add(&c,
			       &(struct ember_stream_clock){ 10 * S, 15 * S, 3 * S, false });
	c.boot_known = true;
	c.boot_real_ns = AT;
	assert_int_equal(ember_relay_clocks_wall(&c, 20 * S), AT + 25 * S);
	ember_relay_clocks_free(&c);
}

/* ---- labels and requests ---- */

static struct ember_profile *named(uint32_t stacks, const char *const *comm, uint32_t nr_comm)
{
	struct ember_profile *p = ember_profile_new();
	uint64_t values[EMBER_TYPES_MAX] = { 1, 10 };
	uint32_t i;

	ember_profile_cpu(p, 10);
	p->time_ns = AT;
	p->duration_ns = 15 * S;
	for (i = 0; i < stacks; i++) {
		char text[40];
		struct ember_function f = {};
		struct ember_line line = {};
		struct ember_sample s = { .tid = i, .tgid = 5, .cpu = 1 + i % 3 };
		uint32_t frame[2];

		snprintf(text, sizeof(text), "function_%u", i);
		f.name = ember_profile_string(p, text);
		line.function = ember_profile_function(p, &f);
		s.comm = ember_profile_string(p, comm[i % nr_comm]);
		s.board = ember_profile_string(p, "board-1");
		frame[0] = ember_profile_location(p, i + 1, 0, &line, 1);
		/* A location without a line. */
		frame[1] = ember_profile_location(p, 1 << 20, 0, NULL, 0);
		ember_profile_sample(p, &s, frame, 2, values);
	}
	return p;
}

struct taken {
	struct ember_relay_request q[64];
	uint32_t nr;
	uint64_t samples;
};

static bool take(void *context, struct ember_relay_request *q)
{
	struct taken *t = context;

	assert_true(t->nr < 64);
	t->samples += q->samples;
	t->q[t->nr++] = *q;
	return true;
}

static void forget(struct taken *t)
{
	while (t->nr)
		free(t->q[--t->nr].body.bytes);
	t->samples = 0;
}

static void test_series(void **state)
{
	static const char *const comm[] = { "kworker/0:1-events", "kworker/u8:3", "a/b",
					    "ksoftirqd/1", "shell" };
	struct ember_relay_rules rules;
	struct taken t = {};
	struct ember_request_maker maker = {
		.form = EMBER_RELAY_PUSH, .rules = &rules, .take = take, .context = &t
	};
	struct ember_profile *p = named(50, comm, 5);
	uint64_t last = 0;

	(void)state;
	ember_relay_rules_begin(&rules);
	assert_true(ember_request_make(&maker, p, &last));
	assert_int_equal(t.nr, 4);
	assert_int_equal(t.samples, 50);
	assert_string_equal(t.q[0].series, "process_cpu of kworker");
	assert_int_equal(t.q[0].samples, 20);
	assert_string_equal(t.q[1].series, "process_cpu of a/b");
	assert_int_equal(last, AT);
	forget(&t);
	/* The same time once more is just behind the last one; a clock that went back is believed. */
	assert_true(ember_request_make(&maker, p, &last));
	assert_int_equal(t.q[0].time_ns, AT + 1);
	assert_int_equal(last, AT + 1);
	forget(&t);
	last = AT + 3600 * S;
	assert_true(ember_request_make(&maker, p, &last));
	assert_int_equal(last, AT);
	forget(&t);
	/* Beyond the bound. */
	ember_relay_rules_free(&rules);
	rules.most = 2;
	assert_true(ember_request_make(&maker, p, &last));
	assert_int_equal(t.nr, 3);
	assert_string_equal(t.q[2].series, "process_cpu of other");
	assert_int_equal(t.samples, 50);
	assert_int_equal(maker.overflowed, 20);
	forget(&t);
	ember_relay_rules_free(&rules);
	ember_profile_free(p);
}

/* Labels of the process: the unit is the service, else the last part of the cgroup. */
static void test_process_labels(void **state)
{
	static const char *const comm[] = { "one", "two", "three" };
	struct ember_relay_label label[EMBER_SERIES_LABELS];
	struct ember_profile *p = named(3, comm, 3);
	struct ember_relay_rules rules;
	struct ember_series_list list;
	uint32_t cgroup = ember_profile_string(p, "cgroup"), nr;

	(void)state;
	p->sample[0].labels = ember_profile_label(
		p, cgroup, ember_profile_string(p, "/system.slice/a.service"),
		ember_profile_label(p, ember_profile_string(p, "unit"),
				    ember_profile_string(p, "a.service"), 0));
	p->sample[1].labels =
		ember_profile_label(p, cgroup, ember_profile_string(p, "/kubepods/pod7"), 0);
	ember_relay_rules_begin(&rules);
	list = ember_series_group(&rules, p, 1);
	assert_int_equal(list.nr, 3);
	nr = ember_series_labels(&rules, p, &list.item[0], label);
	assert_int_equal(nr, 5);
	assert_string_equal(label[1].name, "cgroup");
	assert_string_equal(label[1].value, "/system.slice/a.service");
	assert_string_equal(label[3].name, "service_name");
	assert_string_equal(label[3].value, "a.service");
	assert_string_equal(label[4].value, "a.service");
	nr = ember_series_labels(&rules, p, &list.item[1], label);
	assert_int_equal(nr, 4);
	assert_string_equal(label[3].value, "pod7");
	nr = ember_series_labels(&rules, p, &list.item[2], label);
	assert_int_equal(nr, 3);
	assert_string_equal(label[2].value, "three");
	ember_series_free(&list);
	ember_relay_rules_free(&rules);
	ember_profile_free(p);
}

static void test_split(void **state)
{
	static const char *const comm[] = { "one" };
	struct ember_relay_rules rules;
	struct taken t = {};
	struct ember_request_maker maker = {
		.form = EMBER_RELAY_PUSH, .rules = &rules, .take = take, .context = &t
	};
	struct ember_profile *p = named(40000, comm, 1);
	uint64_t last = 0;
	uint32_t i;

	(void)state;
	ember_relay_rules_begin(&rules);
	assert_true(ember_request_make(&maker, p, &last));
	assert_true(t.nr >= 3);
	assert_int_equal(t.samples, 40000);
	for (i = 0; i < t.nr; i++) {
		assert_int_equal(t.q[i].time_ns, AT + i);
		assert_true(t.q[i].samples <= EMBER_REQUEST_SAMPLES);
	}
	assert_int_equal(last, AT + t.nr - 1);
	forget(&t);
	ember_relay_rules_free(&rules);
	ember_profile_free(p);
}

/* Equal stacks of several threads and CPUs are one; long names keep their end. */
static void test_subset(void **state)
{
	static const char *const comm[] = { "one" };
	struct ember_profile *p = named(2, comm, 1), *s;
	uint64_t values[EMBER_TYPES_MAX] = { 3, 30 };
	uint32_t sample[3] = { 0, 1, 2 }, frame[] = { 1, 2 };
	char *name = calloc(1, 70001);
	struct ember_function f = {};
	struct ember_line line = {};

	(void)state;
	memset(name, 'x', 69999);
	name[69999] = 'y';
	f.name = ember_profile_string(p, name);
	line.function = ember_profile_function(p, &f);
	frame[0] = ember_profile_location(p, 77, 0, &line, 1);
	ember_profile_sample(p, &(struct ember_sample){ .tid = 1 }, frame, 1, values);
	ember_profile_sample(p, &(struct ember_sample){ .tid = 2 }, frame, 1, values);
	sample[0] = 2;
	sample[1] = 3;
	s = ember_subset_make(p, sample, 2, EMBER_SUBSET_CPU);
	assert_int_equal(s->nr_sample, 1);
	assert_int_equal(s->value[0], 6);
	assert_int_equal(s->value[1], 60);
	assert_int_equal(strlen(ember_text(s, s->function[1].name)), EMBER_SUBSET_SYMBOL);
	assert_int_equal(ember_text(s, s->function[1].name)[EMBER_SUBSET_SYMBOL - 1], 'y');
	ember_profile_free(s);
	ember_profile_free(p);
	free(name);
}

/* An event has the types of its kind, whatever other events of the same types are beside it. */
static void test_types(void **state)
{
	static const char *const comm[] = { "one" };
	struct ember_event_info info = { .unit = EMBER_UNIT_NANOSECONDS, .period = 1000 };
	struct ember_profile *p = named(1, comm, 1), *s;
	uint64_t values[EMBER_TYPES_MAX] = { 0 };
	uint32_t sample = 1, frame, i, mutex;
	struct ember_line line = {};

	(void)state;
	snprintf(info.name, sizeof(info.name), "block");
	ember_profile_event(p, &info);
	snprintf(info.name, sizeof(info.name), "mutex");
	mutex = ember_profile_event(p, &info);
	for (i = 0; i < 2; i++)
		values[p->event[mutex].type + i] = 7 + i;
	frame = ember_profile_location(p, 77, 0, &line, 1);
	ember_profile_sample(p, &(struct ember_sample){ .tid = 1 }, &frame, 1, values);
	s = ember_subset_make(p, &sample, 1, mutex);
	assert_string_equal(ember_text(s, s->type[0].name), "contentions");
	assert_string_equal(ember_text(s, s->type[1].name), "delay");
	assert_string_equal(ember_text(s, s->period_type.name), "contentions");
	assert_true(s->value[0] == 7 && s->value[1] == 8);
	ember_profile_free(s);
	ember_profile_free(p);
}

static void test_rules(void **state)
{
	struct ember_relay_rules r;
	char good[] = "site=lab", twice[] = "site=x", bare[] = "site", own[] = "__a=b",
	     first[] = "1a=b";

	(void)state;
	ember_message_set(EMBER_LEVEL_ERROR - 1, NULL, NULL);
	ember_relay_rules_begin(&r);
	assert_int_equal(ember_relay_rules_extra(&r, good), 0);
	assert_int_equal(ember_relay_rules_extra(&r, twice), 2);
	assert_int_equal(ember_relay_rules_extra(&r, bare), 2);
	assert_int_equal(ember_relay_rules_extra(&r, own), 2);
	assert_int_equal(ember_relay_rules_extra(&r, first), 2);
	assert_int_equal(ember_relay_rules_labels(&r, "comm,board"), 0);
	assert_true(r.label[EMBER_SOURCE_COMM] && !r.label[EMBER_SOURCE_UNIT]);
	assert_int_equal(ember_relay_rules_labels(&r, "comm,"), 2);
	assert_int_equal(ember_relay_rules_service(&r, "board,comm"), 0);
	assert_int_equal(r.service[0], EMBER_SOURCE_BOARD);
	assert_int_equal(ember_relay_rules_service(&r, "="), 2);
	ember_relay_rules_free(&r);
}

/* ---- answers ---- */

static void judge(enum ember_relay_form form, long status, const char *type, const char *body,
		  size_t n, enum ember_verdict verdict, const char *why)
{
	struct ember_relay_answer a = { status, type, (const uint8_t *)body, n, false };
	char said[EMBER_ANSWER_WHY];

	assert_int_equal(ember_answer_judge(form, &a, said), verdict);
	if (!strstr(said, why))
		fail_msg("%ld: said \"%s\", not \"%s\"", status, said, why);
}

static void test_answers(void **state)
{
	static const char json[] =
		"{\"code\":\"a\", \"message\": \"no \\\"room\\\"\\nhere\x1b\"}";
	static const char rejected[] = "\x0a\x06\x08\x03\x12\x02no", accepted[] = "\x0a\x00";

	(void)state;
	judge(EMBER_RELAY_PUSH, 200, "application/proto", "", 0, EMBER_VERDICT_SENT, "");
	judge(EMBER_RELAY_PUSH, 200, "text/html", "<p>", 3, EMBER_VERDICT_UNCERTAIN,
	      "text/html");
	judge(EMBER_RELAY_PUSH, 200, NULL, "", 0, EMBER_VERDICT_UNCERTAIN, "no type");
	judge(EMBER_RELAY_PUSH, 200, "application/proto", "\xff", 1, EMBER_VERDICT_UNCERTAIN,
	      "answered 200");
	judge(EMBER_RELAY_PUSH, 429, "application/json", json, sizeof(json) - 1,
	      EMBER_VERDICT_AGAIN, "no \"room\" here?");
	judge(EMBER_RELAY_PUSH, 503, NULL, "", 0, EMBER_VERDICT_AGAIN, "503");
	judge(EMBER_RELAY_PUSH, 307, NULL, "", 0, EMBER_VERDICT_AGAIN, "not followed");
	judge(EMBER_RELAY_PUSH, 401, NULL, "", 0, EMBER_VERDICT_AGAIN, "--user");
	judge(EMBER_RELAY_PUSH, 400, NULL, "plain", 5, EMBER_VERDICT_REFUSED, "plain");
	judge(EMBER_RELAY_PUSH, 400, NULL, "<html>", 6, EMBER_VERDICT_REFUSED, "answered 400");
	judge(EMBER_RELAY_PUSH, 500, NULL, "", 0, EMBER_VERDICT_UNCERTAIN, "500");
	judge(EMBER_RELAY_OTLP, 200, "application/x-protobuf", accepted, 2, EMBER_VERDICT_SENT,
	      "");
	judge(EMBER_RELAY_OTLP, 200, "application/x-protobuf", rejected, 8,
	      EMBER_VERDICT_REFUSED, "rejected the profile: no");
	judge(EMBER_RELAY_OTLP, 400, "application/x-protobuf", "\x08\x03\x12\x03why", 7,
	      EMBER_VERDICT_REFUSED, "why");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),       cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_lives),	       cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_series),	       cmocka_unit_test(test_split),
		cmocka_unit_test(test_process_labels), cmocka_unit_test(test_subset),
		cmocka_unit_test(test_types),	       cmocka_unit_test(test_rules),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
