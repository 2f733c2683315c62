// SPDX-License-Identifier: GPL-2.0-or-later
/* One recording into several logs. */
#include "log_kit.h"

#include "output/fanout.h"

static struct ember_fanout fanout;
static struct ember_log_writer second;
static struct ember_buf bytes;
static uint64_t wanted, weighted;

static bool even(const void *context, const struct ember_recording *recording,
		 const struct ember_thread *thread, const struct ember_event_info *event)
{
	(void)context;
	(void)recording;
	return !(thread->tid % 2) && (!event || event->type == EMBER_EVENT_GROWTH);
}

static void count(void *context, const struct ember_resolved *s)
{
	(void)context;
	wanted += even(NULL, &logging, &logging.thread[s->thread], NULL);
}

static void count_weighted(void *context, const struct ember_weighted_resolved *s)
{
	(void)context;
	weighted += even(NULL, &logging, &logging.thread[s->sample.thread],
			 &logging.events.event[s->event]);
}

static void gather(void *context, const void *chunk, uint32_t n)
{
	(void)context;
	ember_proto_copy(&bytes, chunk, n);
}

static void begin_both(void)
{
	struct ember_stream_header hello = {
		.board = "bench", .boot = "another one", .period_ns = 1000000, .cpus = CPUS
	};
	ember_resolved_fn *settled;
	ember_weighted_fn *weights;

	begin(0);
	settled = logging.settled;
	weights = logging.weighted;
	ember_fanout_begin(&fanout, &logging);
	logging.settled = settled;
	logging.weighted = weights;
	logging.settled_context = &writer;
	assert_true(ember_fanout_add(&fanout, NULL, NULL));
	ember_log_begin(&second, &logging, &hello, 0, 0, gather, NULL);
	assert_true(ember_fanout_add(&fanout, even, NULL));
	logging.settled = count;
	logging.weighted = count_weighted;
	logging.settled_context = &wanted;
	assert_true(ember_fanout_add(&fanout, NULL, NULL));
	assert_int_equal(fanout.nr, 3);
}

static void tidy(struct ember_log_writer *w)
{
	w->tidy_at = 0;
	ember_log_tidy(w);
}

/* Random records; each of the writers compacts the recording now and then. */
static void feed(uint64_t number)
{
	uint64_t time[CPUS] = { 5000000000ull, 5000000000ull };
	uint32_t i, generations = 0, cpu;

	seed = number;
	for (i = 1; i < 7; i++)
		put_file(i, 0);
	for (cpu = 0; cpu < CPUS; cpu++) {
		struct ember_rec_time rec = { .time = time[cpu] };

		put(cpu, EMBER_REC_TIME, &rec, sizeof(rec));
		put_event(cpu, 0, 65536);
		put_event(cpu, 1, 1000);
	}
	for (i = 0; i < 4000; i++) {
		struct ember_rec_sample sample = { .thread = chance(8), .stack = chance(40) };

		cpu = chance(CPUS);
		switch (chance(32)) {
		case 0: put_thread(cpu, chance(8)); break;
		case 1:
		case 2: put_stack(cpu, chance(40), 12); break;
		case 3:
			put_generation(1 + chance(3), ++generations,
				       time[cpu] - chance(9000000), 6);
			break;
		case 4:
			if (!chance(4))
				tidy(chance(2) ? &writer : &second);
			break;
		default:
			time[cpu] += chance(2000000);
			sample.time = time[cpu];
			put(cpu, EMBER_REC_SAMPLE, &sample, sizeof(sample));
			put_weighted(cpu, time[cpu]);
		}
	}
}

static void end_both(void)
{
	ember_recording_stop(&counting);
	ember_recording_stop(&logging);
	logging.duration_ns = counting.duration_ns;
	ember_log_end(&writer);
	ember_log_end(&second);
	ember_log_free(&writer);
	ember_log_free(&second);
}

static void assert_second(void)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	const char *why = NULL;
	uint64_t growth = 0;
	uint32_t i;

	assert_true(ember_log_read(bytes.bytes, bytes.used, NULL, &tally, &account, &why));
	assert_int_equal(account.samples, wanted);
	assert_int_equal(account.undefined + account.missing + account.wrong, 0);
	for (i = 0; i < tally.dict.nr_thread; i++)
		assert_int_equal(tally.dict.thread[i].tid % 2, 0);
	for (i = 0; i < tally.events.nr_count; i++)
		growth += tally.events.count[i].sum.samples;
	assert_int_equal(growth, weighted);
	ember_tally_free(&tally);
}

static void test_two(void **state)
{
	uint32_t tidied = 0;
	uint64_t i, all = 0;

	(void)state;
	for (i = 1; i <= 20; i++) {
		bytes.used = 0;
		wanted = weighted = 0;
		begin_both();
		feed(i);
		end_both();
		tidied += logging.spaces.compacted;
		assert_true(wanted > 0 && wanted < logging.samples);
		assert_true(weighted > 0);
		all += wanted;
		assert_same();
		assert_second();
		over();
		drop(NULL);
	}
	assert_true(tidied > 100 && all > 1000);
}

/* A branch that is dropped gets no more, and there is room for another. */
static void test_drop(void **state)
{
	uint32_t i;

	(void)state;
	begin_both();
	ember_fanout_drop(&fanout, &writer);
	assert_int_equal(fanout.nr, 2);
	ember_fanout_drop(&fanout, &writer);
	assert_int_equal(fanout.nr, 2);
	feed(7);
	ember_recording_stop(&logging);
	assert_int_equal(writer.sent, 0);
	assert_true(second.sent > 0);
	for (i = fanout.nr; i < EMBER_FANOUT_MAX; i++)
		assert_true(ember_fanout_add(&fanout, NULL, NULL));
	assert_false(ember_fanout_add(&fanout, NULL, NULL));
	ember_log_free(&writer);
	ember_log_free(&second);
	over();
	drop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_drop),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(bytes.bytes);
	return failed;
}
