// SPDX-License-Identifier: GPL-2.0-or-later
/* What a service manager gets to read on its socket. */
#include "tool.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/notify.h"

/* A socket that stands for the manager's; name[0] == '@' is an abstract one. */
static int manager(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(strlen(name) < sizeof(at.sun_path));
	strcpy(at.sun_path, name);
	if (*name == '@')
		at.sun_path[0] = 0;
	assert_return_code(fd, errno);
	assert_return_code(bind(fd, (struct sockaddr *)&at,
				offsetof(struct sockaddr_un, sun_path) + strlen(name)),
			   errno);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The one datagram that waits; "": there is none. */
static const char *got(int fd)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = 0;
	assert_true(n == (ssize_t)strlen(text) || n < 0);
	return text;
}

static void test_sockets(void **state)
{
	char abstract[64];
	int fd = manager(tool_path("notify"));

	(void)state;
	ember_notify("READY=1");
	assert_string_equal(got(fd), "READY=1");
	ember_notify("WATCHDOG=1");
	ember_notify("STOPPING=1");
	assert_string_equal(got(fd), "WATCHDOG=1");
	assert_string_equal(got(fd), "STOPPING=1");
	assert_string_equal(got(fd), "");
	close(fd);
	/* The manager is gone: nobody minds. */
	ember_notify("READY=1");

	snprintf(abstract, sizeof(abstract), "@ember-unit-%d", getpid());
	fd = manager(abstract);
	ember_notify("READY=1");
	assert_string_equal(got(fd), "READY=1");
	close(fd);
}

static void test_unusable(void **state)
{
	char name[200];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	ember_notify("READY=1");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	name[0] = '/';
	setenv("NOTIFY_SOCKET", name, 1);
	ember_notify("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	ember_notify("READY=1");
	setenv("NOTIFY_SOCKET", "@", 1);
	ember_notify("READY=1");
	setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	ember_notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	ember_notify("READY=1");
}

/* A value is one line of UTF-8, whatever a board has put into it. */
static void test_one_line(void **state)
{
	int fd = manager(tool_path("lines"));
	char text[4096] = "STATUS=";
	const char *line;

	(void)state;
	ember_notify("STATUS=a\nMAINPID=1\x1b[31m\x7f");
	assert_string_equal(got(fd), "STATUS=a\\x0aMAINPID=1\\x1b[31m\\x7f");
	ember_notify("STATUS=caf\xc3\xa9 \xff\xc3");
	assert_string_equal(got(fd), "STATUS=caf\xc3\xa9 \\xff\\xc3");
	while (strlen(text) + 3 < sizeof(text))
		strcat(text, "\xc3\xa9");
	ember_notify(text);
	line = got(fd);
	assert_in_range(strlen(line), 1000, 1024);
	assert_memory_equal(line, text, strlen(line) - 1);
	close(fd);
}

/* One that does not read costs a second at most. */
static void test_full(void **state)
{
	int fd = manager(tool_path("full")), i;
	struct timespec begin, end;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < 2000; i++) {
		ember_notify("WATCHDOG=1");
		clock_gettime(CLOCK_MONOTONIC, &end);
		if (end.tv_sec - begin.tv_sec > 1)
			break;
	}
	assert_true(end.tv_sec - begin.tv_sec < 5);
	assert_string_equal(got(fd), "WATCHDOG=1");
	close(fd);
}

static uint64_t watchdog(const char *usec, const char *pid)
{
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	else
		unsetenv("WATCHDOG_USEC");
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	else
		unsetenv("WATCHDOG_PID");
	return ember_notify_watchdog_ns();
}

static void test_watchdog(void **state)
{
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(watchdog("30000000", pid), 15000000000);
	assert_int_equal(watchdog("30000000", NULL), 15000000000);
	assert_int_equal(watchdog("30000000", "1"), 0);
	assert_int_equal(watchdog("30000000", "x"), 0);
	assert_int_equal(watchdog(NULL, pid), 0);
	assert_int_equal(watchdog("", pid), 0);
	assert_int_equal(watchdog("-1", pid), 0);
	assert_int_equal(watchdog("1s", pid), 0);
	assert_int_equal(watchdog("18446744073709551615", pid), 0);
	assert_int_equal(watchdog("99999999999999999999", pid), 0);
	assert_int_equal(watchdog("0", pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets),	 cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_one_line), cmocka_unit_test(test_full),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, tool_clean);
}
