// SPDX-License-Identifier: GPL-2.0-or-later
/* What a request's line asks for, and who may ask. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/message.h"
#include "http/access.h"
#include "http/query.h"
#include "http/target.h"

#define NOW 1795860000000000000ull /* 2026-11-28T10:00:00Z */

static struct ember_http_target target;
static struct ember_http_query query;
static char why[160];

static void path_is(const char *uri, const char *path, bool moved)
{
	assert_null(ember_http_target_parse(&target, uri));
	assert_string_equal(target.path, path);
	assert_int_equal(target.moved, moved);
}

static void test_paths(void **state)
{
	(void)state;
	path_is("/", "/", false);
	path_is("/a/b/", "/a/b/", false);
	path_is("/a%20b?c", "/a b", false);
	path_is("//a", "/a", true);
	path_is("/a//b", "/a/b", true);
	path_is("/a/./b", "/a/b", true);
	path_is("/a/../b", "/b", true);
	path_is("/../../b", "/b", true);
	path_is("/a/..", "/", true);
	path_is("/..", "/", true);
	path_is("/...", "/...", false);
	path_is("/.a/..b/", "/.a/..b/", false);
	/* Escaped they are names, as for Go. */
	path_is("/a/%2e%2e/b", "/a/../b", false);
	path_is("/a%2fb", "/a/b", false);
	path_is("a", "/a", false);
	path_is("", "/", false);
	path_is("http://host/a?b", "/a", false);
	path_is("http://host", "/", false);
	assert_non_null(ember_http_target_parse(&target, "/%"));
	assert_non_null(ember_http_target_parse(&target, "/%2"));
	assert_non_null(ember_http_target_parse(&target, "/%2g"));
	assert_non_null(ember_http_target_parse(&target, "/%00"));
}

static void test_parameters(void **state)
{
	char uri[4 * EMBER_HTTP_TARGET_MAX] = "/?";
	int i;

	(void)state;
	assert_null(ember_http_target_parse(&target, "/p?a=1&b=x+y%2B&&c&a=2&=d&e=f=g#h"));
	assert_string_equal(ember_http_param(&target, "a"), "1");
	assert_string_equal(ember_http_param(&target, "b"), "x y+");
	assert_string_equal(ember_http_param(&target, "c"), "");
	assert_string_equal(ember_http_param(&target, ""), "d");
	assert_string_equal(ember_http_param(&target, "e"), "f=g");
	assert_null(ember_http_param(&target, "h"));
	assert_non_null(ember_http_target_parse(&target, "/?a=%zz"));
	assert_non_null(ember_http_target_parse(&target, "/?a%0"));
	for (i = 0; i < EMBER_HTTP_PARAMS_MAX; i++)
		strcat(uri, "a&");
	assert_null(ember_http_target_parse(&target, uri));
	assert_int_equal(target.nr_param, EMBER_HTTP_PARAMS_MAX);
	assert_non_null(ember_http_target_parse(&target, strcat(uri, "a")));
	memset(uri + 1, 'a', sizeof(uri) - 2);
	assert_string_equal(ember_http_target_parse(&target, uri), "URI too long");
	/* The longest that is taken, with as many NULs more as there can be. */
	memset(uri, 0, sizeof(uri));
	strcpy(uri, "/?");
	for (i = 1; i < EMBER_HTTP_PARAMS_MAX; i++)
		strcat(uri, "a&");
	i = strlen(uri);
	memset(uri + i, 'b', EMBER_HTTP_TARGET_MAX - EMBER_HTTP_PARAMS_MAX - 5 - i);
	assert_null(ember_http_target_parse(&target, uri));
}

static void moment_is(const char *text, uint64_t wanted)
{
	uint64_t ns;

	assert_true(ember_http_moment(text, NOW, &ns));
	assert_int_equal(ns, wanted);
}

static void test_moments(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"-5x",
		"-0",
		"now",
		"1e9",
		"99999999999",
		"1.2.3",

		"2026-",
		"2026-13-01",
		"2026-11-28T25:00:00Z",
		"2026-11-28T10:00:00+1:00",
		"2026-11-28T10:00:00+24:00",
		"2026-11-28T10:00:00Zx",
		"2026-11-28,2026-11-29",
		"1970-01-01T00:00:00+01:00",
	};
	uint64_t ns;
	unsigned int i;

	(void)state;
	moment_is("-5m", NOW - 300000000000ull);
	moment_is("-250ms", NOW - 250000000ull);
	moment_is("0", 0);
	moment_is("1795860000", NOW);
	moment_is("1795860000.25", NOW + 250000000);
	moment_is("1795860000.123456789123", NOW + 123456789);
	moment_is("2026-11-28T10:00:00Z", NOW);
	moment_is("2026-11-28T10:00:00.5Z", NOW + 500000000);
	moment_is("2026-11-28T11:30:00+01:30", NOW);
	moment_is("2026-11-28T11:30:00 01:30", NOW);
	moment_is("2026-11-28T08:00:00-02:00", NOW);
	moment_is("2026-11-28T10:00", NOW);
	moment_is("2026-11-28", NOW - 36000000000000ull);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(ember_http_moment(bad[i], NOW, &ns));
}

static int snapshot(void *context, const struct ember_http_query *asked)
{
	(void)context;
	(void)asked;
	return 0;
}

static struct ember_http_backend backend = { .snapshot = snapshot };

static const char *asks(const char *kind, const char *parameters)
{
	char uri[256];

	snprintf(uri, sizeof(uri), "/?%s", parameters);
	assert_null(ember_http_target_parse(&target, uri));
	return ember_http_query_parse(&query, ember_http_kind_find(kind, &backend), &target,
				      NOW, why);
}

static void test_seconds(void **state)
{
	static const char *const thirty[] = { "",	    "seconds=",	 "seconds=0",
					      "seconds=-5", "seconds=x", "seconds=1.5" };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(thirty) / sizeof(*thirty); i++) {
		assert_null(asks("profile", thirty[i]));
		assert_int_equal(query.seconds, 30);
		assert_false(query.delta);
	}
	assert_null(asks("profile", "seconds=%2B007"));
	assert_int_equal(query.seconds, 7);
	assert_null(asks("profile", "seconds=3600"));
	assert_non_null(asks("profile", "seconds=3601"));
	assert_non_null(asks("profile", "seconds=99999999999999999999"));
	assert_null(asks("growth", ""));
	assert_int_equal(query.seconds, 0);
	assert_false(query.filter.from.given || query.filter.to.given || query.delta);
	assert_null(asks("growth", "seconds=2"));
	assert_true(query.seconds == 2 && query.delta);
	for (i = 2; i < sizeof(thirty) / sizeof(*thirty); i++)
		assert_string_equal(
			asks("growth", thirty[i]),
			"invalid value for \"seconds\" - must be a positive integer");
	assert_string_equal(asks("growth", "seconds=2&debug=1"),
			    "seconds and debug params are incompatible");
	assert_null(asks("growth", "debug=1"));
	assert_string_equal(query.format->name, "table");
	assert_null(asks("profile", "debug=1"));
	assert_string_equal(query.format->name, "pprof");
	assert_null(ember_http_kind_find("heap", &backend));
	assert_null(ember_http_kind_find("", &backend));
}

static void test_kinds(void **state)
{
	const struct ember_http_kind *k;

	(void)state;
	assert_null(asks("block", "debug=1"));
	assert_true(query.format->debug && !query.whole);
	assert_null(asks("block", "debug=x"));
	assert_string_equal(query.format->name, "pprof");
	assert_null(asks("goroutine", "debug=1&comm=a&pid=2&unit=b"));
	assert_true(query.format->debug && !query.whole && query.kind->now);
	assert_true(!query.seconds && !query.delta && query.nr_only == 1);
	assert_null(asks("threads", "debug=2&from=&to=&board="));
	assert_true(query.format->debug && query.whole);
	assert_null(asks("threads", "debug=2&format=folded"));
	assert_string_equal(query.format->name, "folded");
	assert_string_equal(asks("threads", "seconds=1&debug=1"),
			    "\"seconds\" parameter is not supported for this profile type");
	assert_string_equal(asks("threads", "seconds=0"),
			    "invalid value for \"seconds\" - must be a positive integer");
	assert_non_null(asks("threads", "from=-1m"));
	assert_non_null(asks("threads", "from=-2m&to=-1m"));
	assert_non_null(asks("threads", "board=a"));
	assert_non_null(asks("threads", "format=perf"));
	assert_non_null(asks("threads", "format=debug"));
	/* Who lists none has none; the names are in order. */
	assert_null(ember_http_kind_find("threads", &(struct ember_http_backend){}));
	assert_null(ember_http_kind_find("goroutine", &(struct ember_http_backend){}));
	assert_non_null(ember_http_kind_find("block", &(struct ember_http_backend){}));
	for (k = ember_http_kinds; k[1].name; k++)
		assert_true(strcmp(k->name, k[1].name) < 0);
}

static void test_ranges(void **state)
{
	(void)state;
	assert_null(asks("profile", "from=-5m"));
	assert_true(query.filter.from.given && query.filter.to.given);
	assert_int_equal(query.filter.from.ns, NOW - 300000000000ull);
	assert_int_equal(query.filter.to.ns, NOW);
	assert_int_equal(query.seconds, 0);
	assert_null(asks("profile", "from=-5m&to=-1m&pid=1,2&comm=a+b&board=c&format=folded"));
	assert_int_equal(query.filter.to.ns, NOW - 60000000000ull);
	assert_int_equal(query.filter.nr_pid, 2);
	assert_string_equal(query.filter.comm, "a b");
	assert_string_equal(query.filter.board, "c");
	assert_string_equal(query.format->name, "folded");
	assert_null(
		asks("profile", "from=-1m&cgroup=/a/b&label=k=v&unit=c.service&cgroup=/d"));
	assert_int_equal(query.nr_only, 4);
	assert_string_equal(query.only[0], "cgroup=/a/b");
	assert_string_equal(query.only[1], "label=k=v");
	assert_null(asks("block", "from=-1m&wait=futex"));
	assert_string_equal(query.only[0], "wait=futex");
	assert_non_null(asks("profile", "from=-1m&cgroup=a"));
	assert_non_null(asks("profile", "from=-1m&label=k"));
	assert_non_null(asks("profile", "from=-1m&unit=/a"));
	assert_non_null(asks(
		"profile", "unit=a&unit=a&unit=a&unit=a&unit=a&unit=a&unit=a&unit=a&unit=a"));
	assert_non_null(asks("profile", "to=-5m"));
	assert_non_null(asks("profile", "from=-1m&to=-5m"));
	assert_non_null(asks("profile", "from=-1m&to=-1m"));
	assert_non_null(asks("profile", "from=-1m&seconds=1"));
	assert_non_null(asks("profile", "from=x"));
	assert_non_null(asks("profile", "from=-1m&pid=x"));
	assert_non_null(asks("profile", "from=-1m&format=x"));
	assert_non_null(
		asks("profile",
		     "from=-1m&board="
		     "0123456789012345678901234567890123456789012345678901234567890123"));
}

/* ---- who may ask ---- */

static void keep(void *context, enum ember_message_level level, const char *line)
{
	(void)level;
	snprintf(context, sizeof(why), "%s", line);
}

static const char *token(const char *text)
{
	char *path = tool_path("token");
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	chmod(path, 0600);
	return path;
}

static void test_addresses(void **state)
{
	static const char *const good[] = {
		"127.0.0.1:6060",      ":6060",	      "6060",
		"[::1]:6060",	       "127.9.8.7:1", "0.0.0.0:6060,insecure",
		"127.0.0.1:1,insecure"
	};
	static const char *const bad[] = { "",
					   "127.0.0.1",
					   "0",
					   ":0",
					   "localhost:6060",
					   "0.0.0.0:6060",
					   "[::]:6060",
					   "192.0.2.1:6060",
					   "::1:6060",
					   ",insecure",
					   "127.0.0.1:6060,secure",
					   "127.0.0.1:65536" };
	struct ember_http_access access;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(ember_http_access_read(&access, good[i], NULL), 0);
		assert_string_equal(access.token, "");
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(ember_http_access_read(&access, bad[i], NULL), 2);
	assert_int_equal(
		ember_http_access_read(&access, "0.0.0.0:1", token("0123456789abcdef\n")), 0);
	assert_string_equal(access.token, "0123456789abcdef");
	assert_int_equal(ember_http_access_read(&access, ":1", token("0123456789abcde\n")), 1);
	assert_int_equal(ember_http_access_read(&access, ":1", token("0123456789abcdef\nx\n")),
			 1);
	assert_int_equal(ember_http_access_read(&access, ":1", token("0123456789 abcdef")), 1);
	assert_int_equal(ember_http_access_read(&access, ":1", token("")), 1);
	assert_int_equal(ember_http_access_read(&access, ":1", tool_path("none")), 1);
}

static void test_tokens(void **state)
{
	struct ember_http_access access;

	(void)state;
	assert_int_equal(ember_http_access_read(&access, ":1", token("0123456789abcdef")), 0);
#define SAYS(text) ember_http_access_check(&access, text, "any.example")
	assert_int_equal(SAYS("Bearer 0123456789abcdef"), EMBER_HTTP_WELCOME);
	assert_int_equal(SAYS("bearer   0123456789abcdef"), EMBER_HTTP_WELCOME);
	/* user:0123456789abcdef, :0123456789abcdef, 0123456789abcdef */
	assert_int_equal(SAYS("Basic dXNlcjowMTIzNDU2Nzg5YWJjZGVm"), EMBER_HTTP_WELCOME);
	assert_int_equal(SAYS("basic OjAxMjM0NTY3ODlhYmNkZWY="), EMBER_HTTP_WELCOME);
	assert_int_equal(SAYS("Basic MDEyMzQ1Njc4OWFiY2RlZg=="), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Bearer 0123456789abcdeg"), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Bearer 0123456789abcde"), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Bearer 0123456789abcdef0"), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Bearer "), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Basic "), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("Basic %%%%"), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS("0123456789abcdef"), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS(""), EMBER_HTTP_UNAUTHORIZED);
	assert_int_equal(SAYS(NULL), EMBER_HTTP_UNAUTHORIZED);
}

static void test_hosts(void **state)
{
	static const char *const ours[] = { "localhost",  "LOCALHOST:1", "127.0.0.1:80",
					    "192.0.2.7",  "[::1]",	 "[2001:db8::1]:6060",
					    "bench:6060", "bench.local" };
	static const char *const foreign[] = {
		"example.org",	 "localhost.example", "127.0.0.1.example", "[::1",
		"[::1].example", "bench.example",     "benches",	   "",
		"[x]:1"
	};
	struct ember_http_access access;
	unsigned int i;

	(void)state;
	assert_int_equal(ember_http_access_read(&access, ":1", NULL), 0);
	strcpy(access.host, "bench");
	assert_int_equal(ember_http_access_check(&access, NULL, NULL), EMBER_HTTP_WELCOME);
	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		assert_int_equal(ember_http_access_check(&access, NULL, ours[i]),
				 EMBER_HTTP_WELCOME);
	for (i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		assert_int_equal(ember_http_access_check(&access, NULL, foreign[i]),
				 EMBER_HTTP_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),	  cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_moments),	  cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_hosts),
	};

	ember_message_set(EMBER_LEVEL_ERROR, keep, why);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
