// SPDX-License-Identifier: GPL-2.0-or-later
/* A snapshot of threads as text: grouped as Go's debug=1, whole as its debug=2. */
#include "tool.h"

#include "base/event.h"
#include "model/profile_labels.h"
#include "threads/snapshot.h"
#include "threads/text.h"

#define SECOND 1000000000ull

static uint32_t location(struct ember_profile *p, const char *name, uint64_t address,
			 bool kernel)
{
	struct ember_mapping mapping = {
		.start = 0,
		.limit = UINT64_MAX,
		.file = ember_profile_string(p,
					     kernel ? "[kernel.kallsyms]" : "/usr/bin/server"),
		.kind = kernel ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE,
	};
	static uint32_t user_mapping, kernel_mapping;
	uint32_t *made = kernel ? &kernel_mapping : &user_mapping;
	struct ember_function f = { .name = name ? ember_profile_string(p, name) : 0,
				    .kind = kernel ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE };
	struct ember_line line = {};

	if (!p->nr_location || !*made || *made >= p->nr_mapping)
		*made = ember_profile_mapping(p, &mapping);
	if (!name)
		return ember_profile_location(p, address, *made, NULL, 0);
	line.function = ember_profile_function(p, &f);
	return ember_profile_location(p, address, *made, &line, 1);
}

static void thread(struct ember_profile *p, const char *comm, uint32_t tgid, uint32_t tid,
		   uint32_t detail, uint64_t wait, const uint32_t *frames, uint32_t nr)
{
	uint32_t key = ember_profile_string(p, EMBER_LABEL_STATE);
	uint32_t value = ember_profile_string(p, ember_snapshot_state(detail));
	struct ember_sample sample = {
		.comm = ember_profile_string(p, comm),
		.tgid = tgid,
		.tid = tid,
		.labels = ember_profile_label(p, key, value, 0),
	};
	uint64_t values[2] = { 1, wait };

	ember_profile_sample(p, &sample, frames, nr, values);
}

static struct ember_profile *profile_new(void)
{
	const struct ember_event_info event = { .name = "threads",
						.type = EMBER_EVENT_THREADS,
						.unit = EMBER_UNIT_NANOSECONDS,
						.period = 1 };
	struct ember_profile *p = ember_profile_new();

	assert_int_equal(ember_profile_event(p, &event), 0);
	assert_string_equal(ember_text(p, p->type[0].name), "threads");
	assert_string_equal(ember_text(p, p->type[1].name), "wait");
	return p;
}

static void groups(FILE *out, const struct ember_profile *p)
{
	ember_threads_text_groups(out, p, "threads");
}

static char *text_of(void (*put)(FILE *, const struct ember_profile *),
		     struct ember_profile *p)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	put(out, p);
	fclose(out);
	ember_profile_free(p);
	return text;
}

static struct ember_profile *some_threads(void)
{
	struct ember_profile *p = profile_new();
	uint32_t schedule = location(p, "__schedule", 0xffffffff81000010, true);
	uint32_t again = location(p, "schedule", 0xffffffff81000020, true);
	uint32_t futex = location(p, "futex_wait_queue", 0xffffffff81000030, true);
	uint32_t nap = location(p, "do_nanosleep", 0xffffffff81000040, true);
	uint32_t work = location(p, "work", 0x1200, false);
	uint32_t bare = location(p, NULL, 0x1300, false);
	uint32_t waits[] = { schedule, again, futex, work }, naps[] = { schedule, nap, bare };

	thread(p, "server", 10, 12, 0, 3 * SECOND / 2, naps, 3);
	thread(p, "server", 10, 14, EMBER_WAIT_SLEEP, 200 * SECOND, waits, 4);
	thread(p, "server", 10, 13, EMBER_WAIT_SLEEP, 65 * SECOND, waits, 4);
	thread(p, "server", 10, 10, EMBER_THREADS_RUNNING, 2000, &work, 1);
	thread(p, "gone", 9, 9, EMBER_THREADS_DEAD, 4 * SECOND, NULL, 0);
	/* The same stack in another state is another group. */
	thread(p, "server", 10, 11, EMBER_WAIT_STOPPED, 5 * SECOND, waits, 4);
	return p;
}

static void test_groups(void **state)
{
	char *text = text_of(groups, some_threads());

	(void)state;
	assert_string_equal(
		text,
		"threads profile: total 6\n"
		"2 @ 0xffffffff81000010 0xffffffff81000020 0xffffffff81000030 0x1200\n"
		"# [sleep in futex_wait_queue, 1 minute to 3 minutes] server 14 and others\n"
		"#\t0xffffffff81000010\t__schedule\t[kernel.kallsyms]\n"
		"#\t0xffffffff81000020\tschedule\t[kernel.kallsyms]\n"
		"#\t0xffffffff81000030\tfutex_wait_queue\t[kernel.kallsyms]\n"
		"#\t0x1200\twork\t/usr/bin/server\n"
		"\n"
		"1 @\n"
		"# [dead, 4.00 s] gone 9\n"
		"\n"
		"1 @ 0x1200\n"
		"# [running, 2.00 us] server 10\n"
		"#\t0x1200\twork\t/usr/bin/server\n"
		"\n"
		"1 @ 0xffffffff81000010 0xffffffff81000020 0xffffffff81000030 0x1200\n"
		"# [stopped in futex_wait_queue, 5.00 s] server 11\n"
		"#\t0xffffffff81000010\t__schedule\t[kernel.kallsyms]\n"
		"#\t0xffffffff81000020\tschedule\t[kernel.kallsyms]\n"
		"#\t0xffffffff81000030\tfutex_wait_queue\t[kernel.kallsyms]\n"
		"#\t0x1200\twork\t/usr/bin/server\n"
		"\n"
		"1 @ 0xffffffff81000010 0xffffffff81000040 0x1300\n"
		"# [sleep in do_nanosleep, 1.50 s] server 12\n"
		"#\t0xffffffff81000010\t__schedule\t[kernel.kallsyms]\n"
		"#\t0xffffffff81000040\tdo_nanosleep\t[kernel.kallsyms]\n"
		"#\t0x1300\t[server+0x1300]\t/usr/bin/server\n"
		"\n");
	free(text);
}

static void test_full(void **state)
{
	char *text = text_of(ember_threads_text_full, some_threads());

	(void)state;
	assert_memory_equal(
		text,
		"thread 9 [dead, 4.00 s] gone, process 9:\n\n"
		"thread 10 [running, 2.00 us] server, process 10:\n"
		"work\n\t/usr/bin/server+0x1200\n\n"
		"thread 11 [stopped in futex_wait_queue, 5.00 s] server, process 10:\n"
		"__schedule\n\t[kernel.kallsyms]+0xffffffff81000010\n",
		40);
	assert_non_null(strstr(
		text,
		"\n\nthread 14 [sleep in futex_wait_queue, 3 minutes] server, process 10:\n"
		"__schedule\n"));
	assert_null(strstr(strstr(text, "thread 14 ") + 1, "\nthread "));
	free(text);
}

static void test_none(void **state)
{
	char *text = text_of(groups, profile_new());

	(void)state;
	assert_string_equal(text, "threads profile: total 0\n");
	free(text);
	text = text_of(ember_threads_text_full, profile_new());
	assert_string_equal(text ? text : "", "");
	free(text);
}

/* Without names of the kernel nobody knows what a thread waits in. */
static void test_hidden(void **state)
{
	struct ember_profile *p = profile_new();
	uint32_t frames[] = { location(p, NULL, 0xffffffff81000010, true),
			      location(p, "work", 0x1200, false) };
	char *text;

	(void)state;
	thread(p, "server", 10, 12, EMBER_WAIT_IO, SECOND, frames, 2);
	text = text_of(groups, p);
	assert_non_null(strstr(text, "\n# [I/O, 1.00 s] server 12\n"));
	free(text);
}

static void test_states(void **state)
{
	(void)state;
	assert_string_equal(ember_snapshot_state(1 << 4 | EMBER_WAIT_PREEMPTED), "runnable");
	assert_string_equal(ember_snapshot_state(EMBER_WAIT_UNINTERRUPTIBLE),
			    "uninterruptible sleep");
	assert_string_equal(ember_snapshot_state(EMBER_THREADS_UNREACHED),
			    "running, not reached");
	assert_string_equal(ember_snapshot_state(15), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups), cmocka_unit_test(test_full),
		cmocka_unit_test(test_none),   cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
