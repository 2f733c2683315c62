// SPDX-License-Identifier: GPL-2.0-or-later
/* Unwind tables kept in a folder: read back only if they are what was written. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"
#include "unwind/cache.h"
#include "unwind/table_builder.h"

static char dir[] = "/tmp/ember-cache-XXXXXX";
static struct ember_table_cache cache = { .dir = dir };
static const struct ember_table_key key = { .id = { 1, 2, 3, 0xfe }, .bytes = 4 };

static struct ember_table table(uint64_t end)
{
	static const struct ember_rule rule = { .cfa = EMBER_CFA_SP, .cfa_offset = 8 };
	struct ember_table_builder m = {};

	ember_table_builder_add(&m, 0x1000, end, &rule);
	return ember_table_builder_done(&m);
}

static void path(char *name, const char *what)
{
	sprintf(name, "%s/%s", dir, what);
}

static bool kept(const struct ember_table_key *which)
{
	struct ember_table t;
	bool found = ember_cache_get(&cache, which, &t);

	if (found)
		ember_table_drop(&t);
	else
		assert_null(t.page);
	return found;
}

static void test_kept(void **state)
{
	struct ember_table_key other = key, none = key;
	struct ember_table t = table(0x30000), read;

	(void)state;
	assert_false(kept(&key));
	ember_cache_put(&cache, &key, &t);
	assert_true(ember_cache_get(&cache, &key, &read));
	assert_int_equal(read.first, t.first);
	assert_int_equal(read.nr_pages, t.nr_pages);
	assert_memory_equal(read.page, t.page, (t.nr_pages + 1) * sizeof(*t.page));
	assert_memory_equal(read.row, t.row, t.nr_rows * sizeof(*t.row));
	assert_memory_equal(read.rule, t.rule, t.nr_rules * sizeof(*t.rule));
	ember_table_drop(&read);
	/* Another file's, or one that has debug files now. */
	other.id[3] = 0;
	assert_false(kept(&other));
	other = key;
	other.debug = true;
	assert_false(kept(&other));
	/* A file without an ID isn't cached. */
	none.bytes = 0;
	ember_cache_put(&cache, &none, &t);
	assert_false(kept(&none));
	ember_table_drop(&t);
}

/* One byte at a time: all of it is checked. */
static void test_spoiled(void **state)
{
	char name[64];
	struct stat st;
	uint8_t byte;
	int fd, saved, i;

	(void)state;
	path(name, "010203fe.unwind");
	fd = open(name, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	/* A line each time: not to be read. */
	saved = dup(STDERR_FILENO);
	assert_true(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO) >= 0);
	for (i = 0; i < st.st_size; i++) {
		assert_int_equal(pread(fd, &byte, 1, i), 1);
		byte ^= 1 << i % 8;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
		assert_false(kept(&key));
		byte ^= 1 << i % 8;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
	}
	assert_true(kept(&key));
	assert_int_equal(ftruncate(fd, st.st_size + 1), 0);
	assert_false(kept(&key));
	for (i = 0; i < st.st_size; i += 7) {
		assert_int_equal(ftruncate(fd, i), 0);
		assert_false(kept(&key));
	}
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
}

static uint64_t used(unsigned int *files)
{
	struct dirent *entry;
	uint64_t bytes = 0;
	char name[300];
	struct stat st;
	DIR *d = opendir(dir);

	*files = 0;
	while ((entry = readdir(d))) {
		if (*entry->d_name == '.')
			continue;
		path(name, entry->d_name);
		assert_int_equal(stat(name, &st), 0);
		bytes += st.st_size;
		++*files;
	}
	closedir(d);
	return bytes;
}

static struct ember_table large(void)
{
	struct ember_table t = {
		.first = 0, .nr_pages = 16, .nr_rows = 16 << 16, .nr_rules = 1
	};
	uint32_t i;

	t.page = calloc(t.nr_pages + 1, sizeof(*t.page));
	t.row = calloc(t.nr_rows, sizeof(*t.row));
	t.rule = calloc(t.nr_rules, sizeof(*t.rule));
	for (i = 0; i < t.nr_rows; i++)
		t.row[i].offset = i;
	for (i = 0; i <= t.nr_pages; i++)
		t.page[i] = i << 16;
	return t;
}

/* The oldest go; what isn't of the cache stays. */
static void test_bound(void **state)
{
	struct ember_table t = large(); /* 4 MiB */
	struct ember_table_key k = key;
	unsigned int files, i;
	char name[64];

	(void)state;
	path(name, "notes");
	close(open(name, O_WRONLY | O_CREAT, 0600));
	for (i = 0; i < 6; i++) {
		struct timespec times[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };

		k.id[0] = 0x10 + i;
		ember_cache_put(&cache, &k, &t);
		sprintf(name, "%s/%02x0203fe.unwind", dir, 0x10 + i);
		assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
		assert_true(used(&files) <= EMBER_CACHE_BYTES);
	}
	assert_true(kept(&k));
	k.id[0] = 0x10;
	assert_false(kept(&k));
	path(name, "notes");
	assert_int_equal(access(name, F_OK), 0);
	ember_table_drop(&t);
}

static int begin(void **state)
{
	(void)state;
	return !mkdtemp(dir);
}

static int end(void **state)
{
	char command[80];

	(void)state;
	sprintf(command, "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
