// SPDX-License-Identifier: GPL-2.0-or-later
/* Labels of processes: where they come from, through a log, as conditions, in profiles. */
#include "log_kit.h"

#include <sys/wait.h>

#include "base/cgroup.h"
#include "base/clock.h"
#include "export/pprof.h"
#include "import/file.h"
#include "log/fields.h"
#include "log/only.h"
#include "log/stream.h"
#include "model/labels.h"
#include "model/profile_labels.h"
#include "record/labels.h"

/* ---- /proc/PID/cgroup ---- */

static const char *parsed(const char *text)
{
	static char path[EMBER_CGROUP_MAX];

	return ember_cgroup_parse(text, strlen(text), path) ? path : NULL;
}

static void test_paths(void **state)
{
	char *text = malloc(3 * EMBER_CGROUP_MAX), path[EMBER_CGROUP_MAX];
	size_t n;

	(void)state;
	assert_string_equal(parsed("0::/system.slice/a.service\n"), "/system.slice/a.service");
	assert_string_equal(parsed("0::/\n"), "/");
	/* Hybrid: the default hierarchy, unless the process is in its root. */
	assert_string_equal(parsed("2:cpu:/longest/of/all\n1:name=systemd:/s\n0::/d\n"), "/d");
	assert_string_equal(parsed("2:cpu:/longest/of/all\n1:name=systemd:/s\n0::/\n"), "/s");
	assert_string_equal(parsed("1:name=systemd:/s\n2:cpu:/longest/of/all\n"), "/s");
	/* v1 without systemd: the longest, the first of those. */
	assert_string_equal(parsed("3:cpu,cpuacct:/aa\n2:memory:/bb\n1:pids:/\n"), "/aa");
	assert_string_equal(parsed("3:pids:/a\n2:memory:/bbb\n0::/\n"), "/bbb");
	/* Names that hold what separates fields, or look like them. */
	assert_string_equal(parsed("0::/a:b:c\n"), "/a:b:c");
	assert_string_equal(parsed("0::/x 0::y\n"), "/x 0::y");
	assert_string_equal(parsed("9:name=systemd2:/longer\n1:name=systemd:/s\n"), "/s");
	assert_string_equal(parsed("10::/ten\n"), "/ten");
	assert_string_equal(parsed("0::/\xff\x01\n"), "/\xff\x01");
	assert_string_equal(parsed("0::/../host\n"), "/../host");
	assert_string_equal(parsed("0::/gone (deleted)\n"), "/gone");
	assert_string_equal(parsed("0::/ (deleted)\n"), "/ (deleted)"); /* its name */
	/* No path, or a line that was cut. */
	assert_null(parsed(""));
	assert_null(parsed("\n\n"));
	assert_null(parsed("0::/cut"));
	assert_null(parsed("0:/a\n"));
	assert_null(parsed("0::\n"));
	assert_null(parsed("0::relative\n"));
	assert_false(ember_cgroup_parse("0::/a\0b\n", 8, path));
	/* As long as may be, and longer. */
	memcpy(text, "0::", 3);
	memset(text + 3, '/', 2 * EMBER_CGROUP_MAX);
	memcpy(text + 3 + EMBER_CGROUP_MAX - 1, "\n", 2);
	assert_int_equal(strlen(parsed(text)), EMBER_CGROUP_MAX - 1);
	memcpy(text + 3 + EMBER_CGROUP_MAX - 1, "/\n", 3);
	assert_null(parsed(text));
	n = 3 + EMBER_CGROUP_MAX + 1;
	strcpy(text + n, "1:name=systemd:/s\n");
	assert_string_equal(parsed(text), "/s");
	free(text);
}

static void unit_is(const char *path, const char *unit)
{
	size_t n = 0;
	const char *is = ember_cgroup_unit(path, &n);

	if (!unit) {
		assert_null(is);
		return;
	}
	assert_non_null(is);
	assert_int_equal(n, strlen(unit));
	assert_memory_equal(is, unit, n);
}

static void test_units(void **state)
{
	(void)state;
	unit_is("/system.slice/ssh.service", "ssh.service");
	unit_is("/system.slice/foo.service/sub/more", "foo.service");
	unit_is("/user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
		"a.service");
	unit_is("/user.slice/user-1000.slice/session-3.scope", "session-3.scope");
	unit_is("/system.slice/docker-0123abcd.scope", "docker-0123abcd.scope");
	unit_is("/system.slice/dev-disk-by\\x2dlabel-a.swap", "dev-disk-by\\x2dlabel-a.swap");
	unit_is("/system.slice/srv-data.mount", "srv-data.mount");
	unit_is("/init.scope", "init.scope");
	unit_is("//system.slice//a.service//", "a.service");
	unit_is("/", NULL);
	unit_is("", NULL);
	unit_is("/docker/0123abcd", NULL);
	unit_is("/.service", NULL);
	unit_is("/a.service.d", NULL);
}

/* ---- of processes that live ---- */

static struct ember_process_labels looked;
static struct ember_recording living;

static uint32_t label_of(uint32_t tgid, uint64_t start_time, uint32_t space)
{
	struct ember_thread thread = {
		.tid = tgid, .tgid = tgid, .start_time = start_time, .space = space
	};

	return living.labelled(living.labelled_context, &living, &thread);
}

static void test_processes(void **state)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	char path[EMBER_CGROUP_MAX];
	uint32_t looks, set;
	int status;
	pid_t child;

	(void)state;
	memset(&looked, 0, sizeof(looked));
	ember_recording_init(&living, 1, 1000000);
	ember_process_labels_begin(&looked, &living);
	if (access("/proc/self/cgroup", R_OK)) {
		assert_null(living.labelled);
		ember_recording_free(&living);
		skip();
	}
	assert_true(ember_cgroup_read(getpid(), path));
	set = label_of(getpid(), now, 1);
	assert_int_not_equal(set, 0);
	assert_string_equal(ember_labels_value(&living.labels, set, "cgroup"), path);
	/* Remembered: no second look for the same process, one after it has called exec. */
	looks = looked.looks;
	assert_int_equal(label_of(getpid(), now, 1), set);
	assert_int_equal(looked.looks, looks);
	assert_int_equal(label_of(getpid(), now, 2), set);
	assert_int_equal(looked.looks, looks - 1);
	/* A thread that began after the look may be another process's. */
	assert_int_equal(label_of(getpid(), ember_clock_ns(CLOCK_BOOTTIME) + 1, 2), set);
	assert_int_equal(looked.looks, looks - 2);
	/* Not the process of today: the thread began before it did. */
	assert_int_equal(label_of(getpid(), 1, 3), 0);
	assert_int_equal(label_of(0, now, 0), 0);
	/* One that has ended has none, unless it was looked at before. */
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	assert_int_not_equal(set = label_of(child, now + 3600000000000ull, 4), 0);
	looked.process[child % EMBER_LABELS_SLOTS].looked_ns = UINT64_MAX - EMBER_RELABEL_NS;
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(label_of(child, now + 3600000000000ull, 4), set);
	memset(looked.process, 0, sizeof(looked.process));
	assert_int_equal(label_of(child, now + 3600000000000ull, 4), 0);
	/* No more looks than a second may have. */
	looked.looks = 0;
	looked.refilled_ns = ember_clock_ns(CLOCK_BOOTTIME) + 1000000000;
	memset(looked.process, 0, sizeof(looked.process));
	looked.refilled_ns -= 1000000000;
	assert_int_equal(label_of(getpid(), now, 5), 0);
	assert_true(looked.refused > 0);
	ember_recording_free(&living);
}

/* ---- through a log ---- */

static uint32_t turn;
static const char *value_prefix = "";

/* An ember_labels_fn: labels that name the thread, and change. */
static uint32_t invented(void *context, struct ember_recording *r,
			 const struct ember_thread *thread)
{
	char cgroup[EMBER_LABEL_VALUE], unit[32];

	(void)context;
	if (thread->tid == 101)
		return 0;
	snprintf(unit, sizeof(unit), "u%u", thread->tgid);
	snprintf(cgroup, sizeof(cgroup), "/t%u/%u%s", thread->tid, turn, value_prefix);
	return ember_labels_add(&r->labels, "cgroup", cgroup,
				ember_labels_add(&r->labels, "unit", unit, 0));
}

static void run_labelled(uint64_t number, uint32_t records, uint32_t most)
{
	uint64_t time[CPUS] = { 5000000000ull, 5000000000ull };
	uint32_t i, cpu;

	seed = number;
	begin(most);
	counting.labelled = logging.labelled = invented;
	for (i = 1; i < 7; i++)
		put_file(i, 0);
	for (cpu = 0; cpu < CPUS; cpu++)
		put(cpu, EMBER_REC_TIME, &(struct ember_rec_time){ .time = time[cpu] },
		    sizeof(struct ember_rec_time));
	for (i = 0; i < records; i++) {
		struct ember_rec_sample sample = { .thread = chance(8), .stack = chance(40) };

		cpu = chance(CPUS);
		switch (chance(16)) {
		case 0: put_thread(cpu, chance(8)); break;
		case 1: put_stack(cpu, chance(40), 12); break;
		case 2:
			turn = chance(5);
			if (chance(40))
				break;
			/* All that the rings can name is looked up again. */
			counting.relabelled_ns = logging.relabelled_ns = 0;
			ember_recording_look(&counting);
			ember_recording_look(&logging);
			break;
		case 3:
			if (!chance(30))
				ember_log_resync(&writer);
			if (chance(10))
				break;
			writer.tidy_at = 0;
			ember_log_tidy(&writer);
			break;
		default:
			time[cpu] += chance(2000000);
			sample.time = time[cpu];
			put(cpu, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		}
	}
	end();
}

static uint64_t of_labels(const struct ember_profile *p, const char *key, const char *value,
			  uint32_t tid)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++) {
		const struct ember_sample *s = &p->sample[i];
		const char *is = ember_profile_label_value(p, s->labels, key);

		if (s->tid == tid && (value ? is && !strcmp(is, value) : !is))
			sum += p->value[(uint64_t)i * p->nr_type];
	}
	return sum;
}

/* Interrupts are nobody's: only what a process did itself fulfils a condition. */
static void test_interrupts(void **state)
{
	struct ember_log_filter filter = {};
	struct ember_log_account account = {}, all = {};
	struct ember_tally tally = {}, whole = {};
	uint64_t i, own = 0;
	const char *why;
	uint8_t *bytes;
	size_t n;

	(void)state;
	run_labelled(7, 8000, 0);
	bytes = joined(NULL, nr_chunk, &n);
	assert_true(ember_log_read(bytes, n, NULL, &whole, &all, &why));
	for (i = 0; i < whole.counts.nr; i++) {
		const struct ember_count *c = &whole.counts.count[i];

		if (whole.dict.thread[c->thread].labels &&
		    whole.dict.stack[c->stack].context == EMBER_CONTEXT_TASK)
			own += c->samples;
	}
	assert_null(ember_only_add(&filter.only, "cgroup=/"));
	assert_true(ember_log_read(bytes, n, &filter, &tally, &account, &why));
	assert_int_equal(account.samples, own);
	assert_true(own > 1000 && account.unwanted > 100);
	for (i = 0; i < tally.counts.nr; i++)
		assert_int_equal(tally.dict.stack[tally.counts.count[i].stack].context,
				 EMBER_CONTEXT_TASK);
	ember_tally_free(&whole);
	ember_tally_free(&tally);
	free(bytes);
	over();
}

/* Read chunks of order[]; NULL: all. */
static struct ember_profile *read_back(const uint32_t *order, uint32_t nr,
				       struct ember_tally *tally,
				       struct ember_log_account *account)
{
	struct ember_profile *p;
	const char *why;
	size_t n;
	uint8_t *bytes = joined(order, nr, &n);

	if (!ember_log_read(bytes, n, NULL, tally, account, &why)) {
		free(bytes);
		return NULL;
	}
	free(text_of(tally, &p));
	free(bytes);
	return p;
}

static void test_log(void **state)
{
	uint64_t i, any = 0, none = 0;

	(void)state;
	for (i = 1; i <= 30; i++) {
		struct ember_log_account account = {};
		struct ember_profile *straight, *logged;
		struct ember_tally tally = {};
		uint32_t tid, k;

		run_labelled(i, 4000, i % 2 ? 300 + chance(3000) : 0);
		assert_same();
		free(counted_text(&straight));
		logged = read_back(NULL, nr_chunk, &tally, &account);
		assert_non_null(logged);
		for (tid = 100; tid < 106; tid++) {
			for (k = 0; k < 5; k++) {
				char value[32];

				snprintf(value, sizeof(value), "/t%u/%u", tid, k);
				assert_int_equal(of_labels(straight, "cgroup", value, tid),
						 of_labels(logged, "cgroup", value, tid));
				any += of_labels(logged, "cgroup", value, tid);
			}
			assert_int_equal(of_labels(straight, "unit", NULL, tid),
					 of_labels(logged, "unit", NULL, tid));
			none += of_labels(logged, "unit", NULL, tid);
		}
		/* Stacks know nothing of labels. */
		assert_int_equal(logged->nr_location, straight->nr_location);
		ember_profile_free(straight);
		ember_profile_free(logged);
		ember_tally_free(&tally);
		over();
		drop(NULL);
	}
	assert_true(any > 20000);
	assert_true(none > 2000);
}

/* With chunks missing, a thread has its own labels or none. */
static void test_losses(void **state)
{
	uint32_t order[CHUNKS], i, k, nr, some = 0, none = 0;

	(void)state;
	for (i = 1; i <= 30; i++) {
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		struct ember_profile *p;

		run_labelled(i, 4000, 300 + chance(700));
		for (nr = 0, k = 0; k < nr_chunk; k++)
			if (!k || chance(10) > 2)
				order[nr++] = k;
		p = read_back(order, nr, &tally, &account);
		assert_non_null(p);
		for (k = 0; k < p->nr_sample; k++) {
			const struct ember_sample *s = &p->sample[k];
			const char *is = ember_profile_label_value(p, s->labels, "cgroup");

			if (is) {
				assert_int_equal(strtoul(is + 2, NULL, 10), s->tid);
				assert_non_null(
					ember_profile_label_value(p, s->labels, "unit"));
			}
			some += !!is;
			none += !is && s->tid && s->tid != 101;
		}
		ember_profile_free(p);
		ember_tally_free(&tally);
		over();
		drop(NULL);
	}
	assert_true(some > 1000);
	assert_true(none > 10);
}

/* Values as long as may be: no chunk is larger than a reader takes. */
static void test_long(void **state)
{
	static char longest[EMBER_LABEL_VALUE - 10];
	uint32_t i;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	value_prefix = longest;
	seed = 5;
	begin(0);
	counting.labelled = logging.labelled = invented;
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	put_stack(0, 0, 12);
	for (turn = 0; turn < 200; turn++) {
		put_thread(0, turn % 8);
		for (i = 0; i < 8; i++)
			put(0, EMBER_REC_SAMPLE, &(struct ember_rec_sample){ .thread = i },
			    sizeof(struct ember_rec_sample));
	}
	end();
	value_prefix = "";
	for (i = 0; i < nr_chunk; i++)
		assert_true(chunk[i].n <= EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX);
	assert_same();
	over();
}

/* ---- messages that make no sense ---- */

static struct ember_tally bad_tally;

static bool takes(struct ember_stream *s, uint64_t number, const char *key, const char *value,
		  size_t n, uint64_t next)
{
	struct ember_buf plain = {}, part = {};
	bool good;

	ember_proto_number(&part, EMBER_LABEL_NUMBER, number);
	ember_proto_text(&part, EMBER_LABEL_KEY_TEXT, key);
	ember_proto_bytes(&part, EMBER_LABEL_VALUE_TEXT, value, n);
	ember_proto_number(&part, EMBER_LABEL_NEXT, next);
	ember_proto_part(&plain, EMBER_CHUNK_LABEL, &part);
	good = ember_stream_chunk(s, 0, plain.bytes, plain.used);
	free(plain.bytes);
	free(part.bytes);
	return good;
}

static void test_wrong(void **state)
{
	static char value[2 * EMBER_LABEL_VALUE], key[EMBER_LABEL_KEY + 1];
	struct ember_stream s = { .tally = &bad_tally };
	struct ember_buf plain = {};
	uint32_t i;

	(void)state;
	memset(value, 'v', sizeof(value));
	memset(key, 'k', sizeof(key) - 1);
	assert_false(takes(&s, 0, "", "a", 1, 0));
	assert_false(takes(&s, 0, key, "a", 1, 0));
	assert_true(takes(&s, 0, key + 1, "a", 1, 0));
	assert_false(takes(&s, 1, "k", value, EMBER_LABEL_VALUE, 0));
	assert_true(takes(&s, 1, "k", value, EMBER_LABEL_VALUE - 1, 0));
	assert_false(takes(&s, 2, "k", "a\0b", 3, 0));
	/* Itself, or one that isn't defined: no set, and no mistake. */
	i = bad_tally.dict.labels.nr;
	assert_true(takes(&s, 3, "k", "a", 1, 4));
	assert_true(takes(&s, 3, "k", "a", 1, 100));
	assert_true(takes(&s, 3, "k", "a", 1, UINT64_MAX));
	assert_int_equal(bad_tally.dict.labels.nr, i);
	/* The first definition of a number holds. */
	assert_true(takes(&s, 0, "k", "other", 5, 0));
	assert_string_equal(ember_labels_value(&bad_tally.dict.labels,
					       ember_numbers_find(&s.labels, 0), key + 1),
			    "a");
	/* A set of 16. */
	for (i = 10; i < 25; i++)
		assert_true(takes(&s, i, "k", "a", 1, i == 10 ? 1 : i));
	assert_false(takes(&s, 25, "k", "a", 1, 25));
	/* One payload defines 1024. */
	for (i = 0; i < EMBER_STREAM_LABELS + 1; i++)
		ember_proto_bytes(&plain, EMBER_CHUNK_LABEL, "\x12\1k", 3);
	assert_false(ember_stream_chunk(&s, 0, plain.bytes, plain.used));
	assert_true(ember_stream_chunk(&s, 0, plain.bytes, plain.used - 6));
	free(plain.bytes);
	/* And a tally so many, however they come. */
	for (i = 0; i < EMBER_TALLY_LABELS + 10; i++) {
		snprintf(value, sizeof(value), "%u", i);
		assert_true(takes(&s, 1000 + i, "n", value, strlen(value), 0));
	}
	assert_int_equal(bad_tally.dict.labels.nr, EMBER_TALLY_LABELS);
	assert_true(bad_tally.dict.full);
	ember_stream_free(&s);
	ember_tally_free(&bad_tally);
}

/* ---- conditions ---- */

static struct ember_blob_table table;

static bool wants(const char *const *conditions, uint32_t nr, const char *comm, uint32_t set)
{
	struct ember_only only = {};

	while (nr--)
		assert_null(ember_only_add(&only, conditions[nr]));
	return ember_only_wants(&only, comm, &table, set);
}

#define WANTS(set, ...)                             \
	wants((const char *const[]){ __VA_ARGS__ }, \
	      sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), "work", set)

static void test_only(void **state)
{
	struct ember_only only = {};
	uint32_t set, bare;

	(void)state;
	set = ember_labels_add(&table, "unit", "foo.service", 0);
	set = ember_labels_add(&table, "cgroup", "/system.slice/foo.service/in", set);
	bare = ember_labels_add(&table, "cgroup", "/", 0);
	assert_true(WANTS(set, "cgroup=/system.slice/foo.service"));
	assert_true(WANTS(set, "cgroup=/system.slice/foo.service/"));
	assert_true(WANTS(set, "cgroup=/system.slice/foo.service/in"));
	assert_true(WANTS(set, "cgroup=/system.slice"));
	assert_true(WANTS(set, "cgroup=/"));
	assert_true(WANTS(bare, "cgroup=/"));
	assert_true(WANTS(set, "cgroup=/system.slice/f*"));
	assert_false(WANTS(set, "cgroup=/system.slice/f"));
	assert_false(WANTS(set, "cgroup=/system.slice/foo.service/inner"));
	assert_false(WANTS(bare, "cgroup=/system.slice"));
	assert_true(WANTS(set, "unit=foo.service"));
	assert_true(WANTS(set, "unit=system.slice"));
	assert_true(WANTS(set, "unit=foo*"));
	assert_false(WANTS(set, "unit=foo"));
	assert_false(WANTS(set, "unit=oo.service"));
	assert_false(WANTS(bare, "unit=foo.service"));
	assert_true(WANTS(0, "comm=work"));
	assert_true(WANTS(0, "comm=w*"));
	assert_true(WANTS(0, "comm=*"));
	assert_false(WANTS(0, "comm=wor"));
	assert_true(WANTS(set, "label=unit=foo.service"));
	assert_true(WANTS(set, "label=unit=*"));
	assert_false(WANTS(set, "label=uni=foo.service"));
	assert_false(WANTS(set, "label=unit="));
	assert_false(WANTS(0, "label=unit=*"));
	assert_false(WANTS(0, "cgroup=/"));
	/* One of each key. */
	assert_true(WANTS(set, "comm=no", "comm=work", "unit=foo.service"));
	assert_false(WANTS(set, "comm=no", "unit=foo.service"));
	assert_false(WANTS(bare, "comm=work", "unit=foo.service"));
	assert_true(WANTS(set, "label=unit=x", "label=unit=foo*"));
	assert_false(WANTS(set, "label=unit=foo*", "label=other=x"));
	assert_false(ember_only_labels(&only));
	assert_null(ember_only_add(&only, "comm=x"));
	assert_false(ember_only_labels(&only));
	assert_null(ember_only_add(&only, "unit=x"));
	assert_true(ember_only_labels(&only));
	assert_non_null(ember_only_add(&only, ""));
	assert_non_null(ember_only_add(&only, "pid=1"));
	assert_non_null(ember_only_add(&only, "cgroup=relative"));
	assert_non_null(ember_only_add(&only, "cgroup="));
	assert_non_null(ember_only_add(&only, "unit="));
	assert_non_null(ember_only_add(&only, "unit=a/b"));
	assert_non_null(ember_only_add(&only, "comm="));
	assert_non_null(ember_only_add(&only, "label=x"));
	assert_non_null(ember_only_add(&only, "label==x"));
	assert_int_equal(only.nr, 2);
	while (only.nr < EMBER_ONLY_MAX)
		assert_null(ember_only_add(&only, "comm=x"));
	assert_non_null(ember_only_add(&only, "comm=x"));
	ember_blob_table_free(&table);
}

/* ---- what was published once ---- */

static uint64_t vector_samples(const char *condition)
{
	uint8_t *bytes = (uint8_t *)tool_read("doc/log-vectors/labels.ember");
	struct ember_log_filter filter = {};
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	const char *why;

	if (condition)
		assert_null(ember_only_add(&filter.only, condition));
	ember_log_read(bytes, 442, &filter, &tally, &account, &why);
	assert_int_equal(account.chunks, 3);
	assert_int_equal(account.wrong + account.missing + account.skipped_bytes, 0);
	ember_tally_free(&tally);
	free(bytes);
	return account.samples;
}

static void test_vector(void **state)
{
	uint8_t *bytes = (uint8_t *)tool_read("doc/log-vectors/labels.ember"), *again;
	struct ember_log_account account = {};
	struct ember_profile *p, *read;
	struct ember_tally tally = {};
	const char *why;
	size_t n;
	FILE *out;

	(void)state;
	assert_int_equal(vector_samples(NULL), 10);
	assert_int_equal(vector_samples("unit=work.service"), 6);
	assert_int_equal(vector_samples("cgroup=/system.slice/work.service/inner"), 3);
	assert_int_equal(vector_samples("unit=user-1000.slice"), 2);
	assert_int_equal(vector_samples("unit=none"), 0);
	assert_true(ember_log_read(bytes, 442, NULL, &tally, &account, &why));
	free(text_of(&tally, &p));
	assert_int_equal(of_labels(p, "cgroup", "/system.slice/work.service/inner", 42), 3);
	assert_int_equal(of_labels(p, "unit", NULL, 60), 2);
	/* And in pprof's form, there and back. */
	out = open_memstream((char **)&again, &n);
	ember_export_pprof(out, p, false);
	fclose(out);
	read = ember_import_bytes(again, n, &why);
	assert_non_null(read);
	assert_int_equal(read->nr_sample, p->nr_sample);
	assert_int_equal(of_labels(read, "cgroup", "/system.slice/work.service/inner", 42), 3);
	assert_int_equal(of_labels(read, "unit", "work.service", 41), 3);
	assert_int_equal(of_labels(read, "unit", "player.service", 50), 2);
	assert_int_equal(of_labels(read, "unit", NULL, 60), 2);
	ember_profile_free(read);
	ember_profile_free(p);
	ember_tally_free(&tally);
	free(again);
	free(bytes);
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_paths),  test(test_units),  test(test_processes),  test(test_log),
		test(test_losses), test(test_long),   test(test_interrupts), test(test_wrong),
		test(test_only),   test(test_vector),
	};

	return cmocka_run_group_tests_name("tool_labels", tests, NULL, tool_clean);
}
