// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocation that fails: of what an input sizes, and of all else. */
#include "tool.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

#define TOO_MUCH (1ul << 62)

/* The sanitizer would end the test where malloc() returns NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static uint32_t caches;

static bool drop_cache(void *context)
{
	uint32_t *dropped = context;

	++*dropped;
	return caches && caches--;
}

/* The old array stays, and all caches go before an input is refused. */
static void test_refused(void **state)
{
	uint32_t dropped = 0;
	char *old = ember_copy("old"), *more;

	(void)state;
	assert_null(ember_try_realloc(old, TOO_MUCH, 1));
	assert_null(ember_try_realloc(old, TOO_MUCH, 8));
	caches = 3;
	ember_memory_set(drop_cache, &dropped);
	assert_null(ember_try_realloc(old, TOO_MUCH, 1));
	assert_int_equal(dropped, 4);
	assert_string_equal(old, "old");
	more = ember_try_realloc(old, 8, 1);
	assert_non_null(more);
	assert_int_equal(dropped, 4);
	ember_memory_set(NULL, NULL);
	free(more);
}

/* One line, and status 1. */
static void test_ends(void **state)
{
	const char *path = tool_path("said");
	char text[4096] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), status;
	pid_t child;

	(void)state;
	assert_true(fd >= 0);
	child = fork();
	if (!child) {
		dup2(fd, 2);
		free(ember_xrealloc(NULL, TOO_MUCH, 1));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	close(fd);
	assert_non_null(strstr(text, "emberprof: out of memory\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests_name("tool_memory", tests, NULL, tool_clean);
}
