// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: one line each, whatever is in the names that they hold. */
#include "tool.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/message.h"
#include "base/syslog.h"
#include "base/utf8.h"

/* What a message with this name in it is on stderr. */
static const char *said(const char *name)
{
	static char text[16384];
	int was = dup(2), fd = open(tool_path("said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	assert_true(was >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, 2), 2);
	assert_int_equal(ember_error("%s: no such thing", name), 1);
	assert_int_equal(dup2(was, 2), 2);
	close(was);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = 0;
	close(fd);
	return text;
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(said("plain"), "emberprof: plain: no such thing\n");
	assert_string_equal(said("caf\xc3\xa9"), "emberprof: caf\xc3\xa9: no such thing\n");
	assert_string_equal(said("a\nemberprof: b"),
			    "emberprof: a\\x0aemberprof: b: no such thing\n");
	assert_string_equal(said("\x1b]0;owned\a\r\x7f"),
			    "emberprof: \\x1b]0;owned\\x07\\x0d\\x7f: no such thing\n");
	/* Not UTF-8, and a control character that UTF-8 can write. */
	assert_string_equal(said("\xff\xc2\x9b"),
			    "emberprof: \\xff\\xc2\\x9b: no such thing\n");
}

/* A name of any length: the line is cut, and ends. */
static void test_long(void **state)
{
	char *name = malloc(20000);
	const char *text;

	(void)state;
	memset(name, '\n', 19999);
	name[19999] = 0;
	text = said(name);
	assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
	assert_true(strlen(text) < 16000);
	free(name);
}

static void test_room(void **state)
{
	char to[8];

	(void)state;
	assert_int_equal(ember_utf8_escape(to, sizeof(to), "abcdefgh"), 7);
	assert_string_equal(to, "abcdefg");
	/* Neither a character nor an escape is cut in two. */
	assert_int_equal(ember_utf8_escape(to, sizeof(to), "abcdef\xc3\xa9"), 6);
	assert_int_equal(ember_utf8_escape(to, sizeof(to), "abcd\n"), 4);
	assert_int_equal(ember_utf8_escape(to, sizeof(to), "abc\n"), 7);
	assert_string_equal(to, "abc\\x0a");
	assert_int_equal(ember_utf8_escape(to, 1, "a"), 0);
	assert_string_equal(to, "");
}

/* A log whose reader has stopped: lines are left out, and nobody waits. */
static void test_unread(void **state)
{
	int ends[2], was = dup(2);
	char text[8192];
	uint32_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_int_equal(pipe(ends), 0);
	ember_message_never_wait();
	dup2(ends[1], 2);
	for (i = 0; i < 1000; i++)
		ember_error("%s", text);
	dup2(was, 2);
	close(was);
	close(ends[1]);
	/* What is there is whole lines. */
	for (i = 0; read(ends[0], &text[i % 2], 1) == 1; i++)
		assert_true(text[i % 2] == 'x' || strchr("emberprof: \n", text[i % 2]));
	assert_true(i > 4096);
	assert_int_equal(text[(i - 1) % 2], '\n');
	close(ends[0]);
}

struct heard {
	uint32_t lines;
	enum ember_message_level level; /* of the last one */
	char line[256];
};

static void hear(void *context, enum ember_message_level level, const char *line)
{
	struct heard *h = context;

	h->lines++;
	h->level = level;
	snprintf(h->line, sizeof(h->line), "%s", line);
}

/* A daemon's lines go to its sink by their levels, escaped as on stderr, and nowhere else. */
static void test_sink(void **state)
{
	struct heard h = {};

	(void)state;
	ember_message_set(EMBER_LEVEL_WARNING, hear, &h);
	assert_string_equal(said("a\nb"), "");
	assert_int_equal(h.lines, 1);
	assert_int_equal(h.level, EMBER_LEVEL_ERROR);
	assert_string_equal(h.line, "a\\x0ab: no such thing");
	ember_warning("%d of 2", 1);
	assert_int_equal(h.level, EMBER_LEVEL_WARNING);
	assert_string_equal(h.line, "1 of 2");
	ember_note("less than is wanted");
	ember_debug("even less");
	assert_int_equal(h.lines, 2);
	ember_message_set(EMBER_LEVEL_DEBUG, hear, &h);
	ember_debug("all is wanted");
	assert_int_equal(h.lines, 3);
	assert_int_equal(h.level, EMBER_LEVEL_DEBUG);
	ember_message_set(EMBER_LEVEL_NOTE, NULL, NULL);
	ember_debug("to nobody");
	assert_string_equal(said("plain"), "emberprof: plain: no such thing\n");
	assert_int_equal(h.lines, 3);
}

/* A socket as /dev/log is one. */
static int system_log(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void taken(int fd, const char *priority, const char *line)
{
	char text[2048], expected[128];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = 0;
	snprintf(expected, sizeof(expected), "<%s>emberprof[%d]: %s", priority, (int)getpid(),
		 line);
	assert_string_equal(text, expected);
}

/* The levels are those of syslog, of the facility for daemons: 3 * 8 and the severity. */
static void test_syslog_has_levels(void **state)
{
	const char *path = tool_path("log");
	int fd = system_log(path);

	(void)state;
	assert_true(ember_syslog(path, EMBER_LEVEL_ERROR, "a: fails"));
	assert_true(ember_syslog(path, EMBER_LEVEL_WARNING, "b: less"));
	assert_true(ember_syslog(path, EMBER_LEVEL_NOTE, "c: is back"));
	assert_true(ember_syslog(path, EMBER_LEVEL_DEBUG, "d"));
	taken(fd, "27", "a: fails");
	taken(fd, "28", "b: less");
	taken(fd, "29", "c: is back");
	taken(fd, "31", "d");
	close(fd);
}

/* Without a reader, or with one that has stopped, the caller may write elsewhere, at once. */
static void test_syslog_says_what_is_not_taken(void **state)
{
	const char *path = tool_path("stopped");
	int fd = system_log(path), i;
	char line[5000], text[2048];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = 0;
	assert_false(ember_syslog(tool_path("nothing"), EMBER_LEVEL_ERROR, "line"));
	for (i = 0; i < 100000 && ember_syslog(path, EMBER_LEVEL_NOTE, line); i++)
		;
	assert_in_range(i, 1, 99999);
	/* A long line is cut to what each reader takes. */
	assert_int_equal(recv(fd, text, sizeof(text), 0), 1023);
	close(fd);
	assert_false(ember_syslog(path, EMBER_LEVEL_NOTE, "nobody is left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_syslog_has_levels),
		cmocka_unit_test(test_syslog_says_what_is_not_taken),
		cmocka_unit_test(test_unread),
	};

	return cmocka_run_group_tests_name("tool_message", tests, NULL, tool_clean);
}
