// SPDX-License-Identifier: GPL-2.0-or-later
/* A daemon's destinations: opened and ended again and again on one recording. */
#include "record_kit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/config.h"
#include "daemon/destinations.h"
#include "log/reader.h"

static struct ember_destinations to;
static struct ember_daemon_config config;
static char folder[] = "/tmp/ember-destinations-XXXXXX";

static const char *text(void)
{
	static char conf[1024];

	snprintf(conf, sizeof(conf),
		 "store = %s/store\nfallback = %s/fallback\n"
		 "[destination even]\naddress = %s/even\npid = 100,102\n"
		 "[destination none]\naddress = %s/none\ncomm = nobody\n"
		 "[destination unit]\naddress = %s/unit\nonly = unit=odd.service\n",
		 folder, folder, folder, folder, folder);
	return conf;
}

static void begin(void)
{
	const char *conf = text();

	assert_int_equal(ember_config_parse(&config, "f.conf", conf, strlen(conf)), 0);
	ember_destinations_begin(&to, &config, &r, 1);
	assert_int_equal(to.nr, 4);
	assert_true(to.item[0].open && to.item[1].open && to.item[2].open && to.item[3].open);
}

static void end(void)
{
	ember_destinations_end(&to, true);
	ember_config_free(&config);
}

/* So many samples of 4 threads in turn, with user frames: they wait for mappings. */
static void feed_some(uint32_t n)
{
	uint64_t time = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i;

	feed_time(0, time);
	for (i = 0; i < 4; i++) {
		feed_thread(0, i, 100 + i, 1);
		feed_stack(0, i, 0xffffffff81000000ull + i, 0x1000 + i);
	}
	for (i = 0; i < n; i++)
		feed_sample(0, time + i, i % 4, i % 4);
}

/* Samples in all logs of a folder; removes them. */
static uint64_t samples(const char *name)
{
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	char path[300];
	uint64_t all = 0;
	const char *why;
	uint8_t *bytes;
	uint32_t i;
	FILE *in;
	size_t n;

	for (i = 1; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/%s/%08u.ember", folder, name, i);
		in = fopen(path, "re");
		if (!in)
			continue;
		bytes = test_malloc(1 << 20);
		n = fread(bytes, 1, 1 << 20, in);
		fclose(in);
		memset(&account, 0, sizeof(account));
		assert_true(ember_log_read(bytes, n, NULL, &tally, &account, &why));
		assert_int_equal(account.missing + account.wrong + account.undefined, 0);
		all += account.samples;
		ember_tally_free(&tally);
		test_free(bytes);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	rmdir(path);
	return all;
}

/* An ember_labels_fn: odd processes are a unit's. */
static uint32_t labelled(void *context, struct ember_recording *recording,
			 const struct ember_thread *thread)
{
	(void)context;
	return thread->tgid % 2 ?
		       ember_labels_add(&recording->labels, "unit", "odd.service", 0) :
		       0;
}

static void test_again(void **state)
{
	uint32_t i;

	(void)state;
	r.labelled = labelled;
	ember_recording_start(&r);
	for (i = 0; i < 20; i++) {
		begin();
		feed_some(40);
		ember_destinations_turn(&to);
		if (i % 3 == 0)
			ember_destinations_shrink(&to);
		feed_some(40);
		if (i % 2)
			ember_destinations_cut(&to);
		end();
	}
	/* Between two logs nothing is counted elsewhere. */
	feed_some(8);
	ember_recording_stop(&r);
	assert_int_equal(samples("store"), 20 * 80);
	assert_int_equal(samples("even"), 20 * 40);
	assert_int_equal(samples("none"), 0);
	assert_int_equal(samples("unit"), 20 * 40);
}

/* The store becomes a file: what waits goes to the fallback, and later samples, too. */
static void test_fallback(void **state)
{
	char path[300];

	(void)state;
	snprintf(path, sizeof(path), "%s/store", folder);
	fclose(fopen(path, "we"));
	ember_recording_start(&r);
	begin();
	assert_true(to.store.fallback);
	assert_string_equal(to.store.path, config.fallback);
	feed_some(40);
	ember_destinations_cut(&to);
	unlink(path);
	to.store.look_ns = 0;
	ember_destinations_turn(&to);
	assert_false(to.store.fallback);
	assert_string_equal(to.store.path, config.store);
	feed_some(40);
	end();
	ember_recording_stop(&r);
	/* The chunk of the first 40 waited, and went along. */
	assert_int_equal(samples("store"), 80);
	assert_int_equal(samples("fallback"), 0);
	samples("even");
	samples("none");
	samples("unit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		records(test_again),
		records(test_fallback),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
