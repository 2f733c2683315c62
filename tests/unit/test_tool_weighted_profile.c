// SPDX-License-Identifier: GPL-2.0-or-later
/* What workstations make of profiles with weighted samples. */
#include "weighted_kit.h"

#include <sys/stat.h>

#include "export/export.h"
#include "import/file.h"
#include "workstation/report/diff.h"
#include "workstation/report/merge.h"
#include "workstation/report/pagedata.h"
#include "workstation/report/slice.h"

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
	struct ember_diff_runs runs[2] = { { &p, 1 }, { &other, 1 } };
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
	struct ember_diff_runs runs[2] = { { &again, 1 }, { &again, 1 } };
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
		again = ember_import_bytes(bytes, st.st_size, &why);
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

#define logs(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		logs(test_slices),
		logs(test_diff),
		logs(test_page),
		logs(test_pprof),
	};

	return cmocka_run_group_tests_name("tool_weighted_profile", tests, NULL, tool_clean);
}
