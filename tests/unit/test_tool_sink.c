// SPDX-License-Identifier: GPL-2.0-or-later
/* Each form of output, and what can't be written. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/json.h"
#include "export/export.h"
#include "export/table.h"

static void test_folded(void **state)
{
	struct ember_profile *p = tool_profile();
	char *path = tool_path("a.folded"), *text;

	(void)state;
	assert_int_equal(ember_export_check(path, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_string_equal(text, TOOL_FOLDED);
	free(text);
	ember_profile_free(p);
}

static void test_table(void **state)
{
	struct ember_profile *p = tool_profile();
	char *path = tool_path("a.txt"), *text;

	(void)state;
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_string_equal(text,
			    "10 samples (count) in 2.50 s, 5 lost, 1 with a truncated stack\n"
			    "2 samples have a stack that may have gaps\n\n"
			    "   self       total   command     function\n"
			    "  30.00 %    60.00 %  work        <fast & \"sure\">\n"
			    "  30.00 %    30.00 %  work        clear_user_[k]\n"
			    "  20.00 %    20.00 %  work        [libbare.so]\n"
			    "  20.00 %    20.00 %  k worker;0  clear_user_[k]\n"
			    "   0.00 %    80.00 %  work        main\n"
			    "   0.00 %    30.00 %  work        vfs_read_[k]\n"
			    "   0.00 %    20.00 %  k worker;0  vfs_read_[k]\n");
	free(text);
	ember_profile_free(p);
}

/* xmllint takes it; names and shares are in it, escaped; twice the same. */
static void test_svg(void **state)
{
	struct ember_profile *p = tool_profile();
	char command[600], *path = tool_path("a.svg"), *text, *again;

	(void)state;
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	snprintf(command, sizeof(command), "xmllint --noout '%s' 2>&1", path);
	text = tool_command(command);
	assert_string_equal(text, "");
	free(text);
	text = tool_read(path);
	assert_non_null(strstr(
		text, "<title>&lt;fast &amp; &quot;sure&quot;&gt; (6, 60.00 %)</title>"));
	assert_non_null(strstr(text, "<title>clear_user_[k] (3, 30.00 %)</title>"));
	assert_non_null(strstr(text, "<title>[libbare.so] (2, 20.00 %)</title>"));
	assert_non_null(strstr(text, "<title>all (10, 100.00 %)</title>"));
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	again = tool_read(path);
	assert_string_equal(text, again);
	free(text);
	free(again);
	ember_profile_free(p);
}

/* What each form has of a chosen event: bytes as people read them, or numbers. */
static void test_event(void **state)
{
	struct ember_profile *p = tool_weighted_profile();
	char path[256], *text;

	(void)state;
	strcpy(path, tool_path("a.txt"));
	assert_int_equal(ember_export_write(p, tool_path("a.folded"), NULL), 0);
	text = tool_read(tool_path("a.folded"));
	assert_string_equal(text, TOOL_FOLDED);
	free(text);
	assert_false(ember_profile_show(p, "growths"));
	assert_true(ember_profile_show(p, "growth"));
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_string_equal(
		text,
		"2.16 MiB growth (bytes) in 2.50 s, 256.00 KiB lost, 1 with a truncated stack\n\n"
		"   self       total   command  function\n"
		"  92.75 %    92.75 %  work     clear_user_[k]\n"
		"   4.35 %    97.10 %  work     <fast & \"sure\">\n"
		"   2.90 %     2.90 %  other    main\n"
		"   0.00 %    97.10 %  work     main\n"
		"   0.00 %    92.75 %  work     vfs_read_[k]\n");
	free(text);
	assert_int_equal(ember_export_write(p, tool_path("a.folded"), NULL), 0);
	text = tool_read(tool_path("a.folded"));
	assert_string_equal(
		text, "other;main 65536\n"
		      "work;main;<fast & \"sure\"> 98304\n"
		      "work;main;<fast & \"sure\">;vfs_read_[k];clear_user_[k] 2097152\n");
	free(text);
	assert_int_equal(ember_export_write(p, tool_path("a.svg"), NULL), 0);
	text = tool_read(tool_path("a.svg"));
	assert_non_null(strstr(text, ">2.16 MiB growth in 2.50 s, 256.00 KiB lost, 1 with"));
	assert_non_null(strstr(text, "<title>clear_user_[k] (2.00 MiB, 92.75 %)</title>"));
	free(text);
	assert_int_equal(ember_export_write(p, path, "tree"), 0);
	text = tool_read(path);
	assert_non_null(strstr(text, "of 2.16 MiB growth\n"));
	free(text);
	assert_int_equal(ember_export_write(p, path, "json"), 0);
	text = tool_read(path);
	assert_non_null(strstr(text, "{\"name\":\"growth_samples\",\"unit\":\"count\"},"
				     "{\"name\":\"growth\",\"unit\":\"bytes\"}]"));
	assert_non_null(strstr(text, "\"events\":[{\"type\":2,\"period\":65536,\"lost\":3,"
				     "\"lost_weight\":262144,\"truncated\":1,\"gaps\":0}]"));
	assert_non_null(strstr(text, "\"values\":[0,0,1,65536]"));
	free(text);
	assert_true(ember_profile_show(p, "growth_samples"));
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_int_equal(strncmp(text, "4 growth_samples (count) in 2.50 s, 3 lost,", 43), 0);
	free(text);
	ember_profile_free(p);
}

/* perf's text has the weighted samples of the event that is shown, with what each weighs. */
static void test_event_perf(void **state)
{
	struct ember_profile *p = tool_weighted_profile();
	char *path = tool_path("a.perf"), *text;

	(void)state;
	p->moment = malloc(sizeof(*p->moment));
	p->moment[p->nr_moment++] = (struct ember_timestamp){ 5000000000, 0, 1 };
	p->weighted = malloc(2 * sizeof(*p->weighted));
	p->weighted[p->nr_weighted++] =
		(struct ember_weighted_moment){ 7000000000, 65536, 1, p->nr_sample - 1, 0 };
	p->weighted[p->nr_weighted++] =
		(struct ember_weighted_moment){ 6000000000, 98304, 1, 0, 0 };
	p->sample[0].cpu = p->sample[p->nr_sample - 1].cpu = 1;
	ember_profile_by_time(p);
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_int_equal(strncmp(text, "work 41/41 [000] 5.000000: 10101010 cpu-clock:\n", 47),
			 0);
	assert_null(strstr(text, "growth"));
	free(text);
	assert_true(ember_profile_show(p, "growth"));
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	text = tool_read(path);
	assert_int_equal(strncmp(text, "work 41/41 [000] 6.000000: 98304 growth:\n", 41), 0);
	assert_non_null(strstr(text, "\nother 9/9 [000] 7.000000: 65536 growth:\n"));
	assert_null(strstr(text, "cpu-clock"));
	free(text);
	ember_profile_free(p);
}

/* No samples is no error: each form says so in its own way. */
static void test_empty(void **state)
{
	static const char *const forms[] = { "e.svg", "e.folded", "e.txt",
					     "e.pb",  "e.pb.gz",  "e.json" };
	struct ember_profile *p = ember_profile_new();
	unsigned int i;

	(void)state;
	ember_profile_cpu(p, 1000000);
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		assert_int_equal(ember_export_write(p, tool_path(forms[i]), NULL), 0);
	ember_profile_free(p);
}

/* stderr into a file, to see the one line. */
static char *said(int (*what)(const struct ember_profile *p), const struct ember_profile *p,
		  int status)
{
	char *path = tool_path("stderr"), *text;
	int old = dup(2), fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	dup2(fd, 2);
	assert_int_equal(what(p), status);
	dup2(old, 2);
	close(fd);
	close(old);
	text = tool_read(path);
	assert_non_null(strchr(text, '\n'));
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	return text;
}

static int write_full(const struct ember_profile *p)
{
	return ember_export_write(p, "/dev/full", "folded");
}

static int write_full_pprof(const struct ember_profile *p)
{
	return ember_export_write(p, "/dev/full", "pprof");
}

static int check_missing(const struct ember_profile *p)
{
	(void)p;
	return ember_export_check("/nowhere/at/all.pb.gz", NULL);
}

static int check_folder(const struct ember_profile *p)
{
	(void)p;
	return ember_export_check("/tmp", "svg");
}

static int check_unknown(const struct ember_profile *p)
{
	(void)p;
	return ember_export_check("a.png", NULL);
}

static int check_format(const struct ember_profile *p)
{
	(void)p;
	return ember_export_check("a.svg", "png");
}

static int check_stdout(const struct ember_profile *p)
{
	(void)p;
	return ember_export_check("-", NULL);
}

static int write_missing(const struct ember_profile *p)
{
	return ember_export_write(p, "/nowhere/at/all.pb.gz", NULL);
}

static void test_refused(void **state)
{
	static const struct {
		int (*what)(const struct ember_profile *p);
		int status;
		const char *line;
	} cases[] = {
		{ write_full, 1, "emberprof: /dev/full: No space left on device\n" },
		{ write_full_pprof, 1, "emberprof: /dev/full: No space left on device\n" },
		{ check_missing, 1,
		  "emberprof: /nowhere/at/all.pb.gz: No such file or directory\n" },
		{ write_missing, 1,
		  "emberprof: /nowhere/at/all.pb.gz: No such file or directory\n" },
		{ check_folder, 1, "emberprof: /tmp: is a directory\n" },
		{ check_unknown, 2,
		  "emberprof: a.png: which format? Name it .pb.gz, .pb, .folded, .svg, .json, .perf, .txt, .html or .ember, or say --format\n" },
		{ check_format, 2,
		  "emberprof: no format png: pprof, folded, svg, json, perf, table, tree, timeline, html or ember\n" },
	};
	struct ember_profile *p = tool_profile();
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = said(cases[i].what, p, cases[i].status);

		assert_string_equal(text, cases[i].line);
		free(text);
	}
	ember_profile_free(p);
}

/* A terminal gets no binary data; a pipe, which this then is again, does. */
static void test_terminal(void **state)
{
	int main = posix_openpt(O_RDWR | O_NOCTTY), old, tty;
	struct ember_profile *p = tool_profile();
	char *text;

	(void)state;
	assert_true(main >= 0);
	assert_int_equal(grantpt(main) | unlockpt(main), 0);
	tty = open(ptsname(main), O_RDWR | O_NOCTTY);
	assert_true(tty >= 0);
	fflush(stdout);
	old = dup(1);
	dup2(tty, 1);
	text = said(check_stdout, p, 2);
	assert_int_equal(ember_export_check("-", "folded"), 0);
	dup2(old, 1);
	assert_string_equal(
		text,
		"emberprof: pprof is binary and stdout a terminal: redirect it, or say -o FILE\n");
	free(text);
	close(old);
	close(tty);
	close(main);
	ember_profile_free(p);
}

/* No line is wider than the terminal, and the page has an end. */
static void test_width(void **state)
{
	struct ember_profile *p = tool_profile();
	char *path = tool_path("narrow"), *text, *line, *next;
	uint32_t frame =
		tool_frame(p,
			   "std::vector<std::pair<int, std::string> >::_M_realloc_insert"
			   "(h\xc3\xa4h)",
			   0x400456, 1, false);
	struct ember_sample sample = { .comm = ember_profile_string(
					       p, "a process of a long name") };
	FILE *out = fopen(path, "w");

	(void)state;
	ember_profile_sample(p, &sample, &frame, 1, (uint64_t[]){ 90, 1 });
	ember_export_table(out, p, 70, 3);
	fclose(out);
	text = tool_read(path);
	for (line = text; *line; line = next + 1) {
		next = strchr(line, '\n');
		assert_non_null(next);
		assert_true(next - line <= 70);
	}
	assert_non_null(strstr(
		text,
		"\n  90.00 %    90.00 %  a process of a long name  std::vector<std::pai..\n"));
	assert_non_null(strstr(text, "\nand 5 more\n"));
	free(text);
	ember_profile_free(p);
}

/* Another's parser reads it, and adds up what is in it. */
/* Names of programs and files, which may be any bytes. */
static void test_json_string(void **state)
{
	static const struct {
		const char *text, *json;
	} want[] = {
		{ "plain", "\"plain\"" },
		{ "M\xc3\xbcller \xe6\x97\xa5 \xf0\x9f\x94\xa5",
		  "\"M\xc3\xbcller \xe6\x97\xa5 \xf0\x9f\x94\xa5\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\x1b[2J\n\x7f", "\"\\u001b[2J\\u000a\\u007f\"" },
		{ "\xff", "\"\\ufffd\"" },
		{ "cut \xc3", "\"cut \\ufffd\"" },
		{ "cut \xf0\x9f", "\"cut \\ufffd\\ufffd\"" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" }, /* a slash in two bytes */
		{ "\xc2\x9b", "\"\\ufffd\\ufffd\"" }, /* a control character's two bytes */
	};
	size_t i, bytes;
	char *json;
	FILE *out;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		out = open_memstream(&json, &bytes);
		ember_json_string(out, want[i].text);
		fclose(out);
		assert_string_equal(json, want[i].json);
		free(json);
	}
}

static void test_json(void **state)
{
	struct ember_profile *p = tool_profile();
	char command[600], *path = tool_path("a.json"), *text;

	(void)state;
	assert_int_equal(ember_export_write(p, path, NULL), 0);
	snprintf(command, sizeof(command),
		 "python3 -c 'import json, sys; p = json.load(open(sys.argv[1])); "
		 "s = p[\"samples\"]; print(sum(x[\"values\"][0] for x in s), p[\"lost\"], "
		 "p[\"period\"], s[1][\"tid\"], s[2][\"stack\"], p[\"types\"][1][\"unit\"], "
		 "[hex(m[\"start\"]) for m in p[\"mappings\"]])' '%s'",
		 path);
	text = tool_command(command);
	assert_string_equal(text,
			    "10 5 10101010 42 ['main', '<fast & \"sure\">', 'vfs_read_[k]', "
			    "'clear_user_[k]'] nanoseconds ['0x400000', "
			    "'0xffffffff81000000', '0x1000']\n");
	free(text);
	ember_profile_free(p);
}

static char *limited;

static int write_limited(const struct ember_profile *p)
{
	return ember_export_write(p, limited, NULL);
}

/* A file system that fills up: what was there stays, and nothing is left beside it. */
static void test_full(void **state)
{
	struct ember_profile *p = tool_profile();
	char command[600], *mount = tool_path("full"), *text;

	(void)state;
	snprintf(command, sizeof(command),
		 "mkdir '%s' && mount -t tmpfs -o size=16k none '%s' 2>/dev/null", mount,
		 mount);
	if (system(command)) {
		print_message("# no right to mount a small file system: left out\n");
		ember_profile_free(p);
		skip();
	}
	limited = tool_path("full/a.svg");
	snprintf(command, sizeof(command),
		 "echo old >'%s'; dd if=/dev/zero of='%s/fill' bs=4k count=9 2>/dev/null || :",
		 limited, mount);
	assert_int_equal(system(command), 0);
	text = said(write_limited, p, 1);
	assert_non_null(strstr(text, ": No space left on device\n"));
	free(text);
	text = tool_read(limited);
	assert_string_equal(text, "old\n");
	free(text);
	snprintf(command, sizeof(command), "ls '%s' | tr '\\n' ' '; umount '%s'", mount,
		 mount);
	text = tool_command(command);
	assert_string_equal(text, "a.svg fill ");
	free(text);
	ember_profile_free(p);
}

/* A link stays a link, and the file keeps its mode. */
static void test_kept(void **state)
{
	struct ember_profile *p = tool_profile();
	char *path = tool_path("b.folded"), *link = tool_path("link.folded");
	struct stat st;
	int fd = open(path, O_CREAT | O_WRONLY, 0640);

	(void)state;
	assert_true(fd >= 0);
	fchmod(fd, 0640);
	close(fd);
	assert_int_equal(symlink("b.folded", link), 0);
	assert_int_equal(ember_export_write(p, link, NULL), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_true(st.st_size > 0);
	ember_profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folded),	    cmocka_unit_test(test_table),
		cmocka_unit_test(test_svg),	    cmocka_unit_test(test_event),
		cmocka_unit_test(test_event_perf),  cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refused),	    cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_width),	    cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_string), cmocka_unit_test(test_full),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests_name("tool_sink", tests, NULL, tool_clean);
}
