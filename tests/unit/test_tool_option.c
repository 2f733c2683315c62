// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of options: what getopt_long() and the usage make of them. */
#include "tool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/option.h"
#include "cmd/cmd.h"
#include "workstation/cmd/commands.h"

enum { TEST_LONG = 256, TEST_HIDDEN };

static const struct ember_option first[] = {
	{ "rate", "HZ", "so often", .letter = 'F' },
	{ "ring", "SIZE", "bytes, of which -m has pages", .c = TEST_LONG, .letter = 'm' },
	{ "graph", "HOW", "the letter takes no value", .c = 'G', .letter = 'g', .bare = true },
	{ "color", "[=WHEN]", "may have a value", .c = 'K' },
	{},
};
static const struct ember_option second[] = {
	{ "hidden", "X", NULL, .c = TEST_HIDDEN },
	{ "an-option-that-is-long", "VALUE", "has a line of its own", .c = 'L' },
	{ "text", NULL,
	  "a text of many words is broken at blanks, so that no line is longer than ninety columns, "
	  "and goes on below its first word",
	  .c = 't' },
	{},
};
static const struct ember_option *const tables[] = { first, second, NULL };

static int next(struct ember_options *o, int argc, char **argv)
{
	return getopt_long(argc, argv, o->letters, o->all, NULL);
}

static void test_names_and_letters_return_what_their_row_says(void **state)
{
	char *argv[] = { "x",	    "-F", "99",	     "--rate=98",
			 "-m",	    "4",  "--ring",  "64K",
			 "--graph", "fp", "-g",	     "--hidden",
			 "1",	    "-h", "--color", "--color=never",
			 NULL };
	struct ember_options o;
	int argc = sizeof(argv) / sizeof(*argv) - 1;

	(void)state;
	ember_options_begin(&o, tables, "+:");
	assert_string_equal(o.letters, "+:F:m:gh");
	assert_int_equal(next(&o, argc, argv), 'F');
	assert_string_equal(optarg, "99");
	assert_int_equal(next(&o, argc, argv), 'F');
	assert_string_equal(optarg, "98");
	assert_int_equal(next(&o, argc, argv), 'm');
	assert_string_equal(optarg, "4");
	assert_int_equal(next(&o, argc, argv), TEST_LONG);
	assert_string_equal(optarg, "64K");
	assert_int_equal(next(&o, argc, argv), 'G');
	assert_string_equal(optarg, "fp");
	assert_int_equal(next(&o, argc, argv), 'g');
	assert_int_equal(next(&o, argc, argv), TEST_HIDDEN);
	assert_int_equal(next(&o, argc, argv), 'h');
	assert_int_equal(next(&o, argc, argv), 'K');
	assert_null(optarg);
	assert_int_equal(next(&o, argc, argv), 'K');
	assert_string_equal(optarg, "never");
	assert_int_equal(next(&o, argc, argv), -1);
}

static void test_tables_start_again_for_each_command(void **state)
{
	char *argv[] = { "x", "-F", "1", NULL };
	struct ember_options o;
	int turn;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		ember_options_begin(&o, tables, ":");
		assert_int_equal(next(&o, 3, argv), 'F');
		assert_int_equal(next(&o, 3, argv), -1);
	}
}

static void test_usage_lists_rows_with_help(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	ember_options_usage(out, tables);
	fclose(out);
	assert_string_equal(
		text,
		"  -F, --rate HZ       so often\n"
		"  -m, --ring SIZE     bytes, of which -m has pages\n"
		"  -g, --graph HOW     the letter takes no value\n"
		"      --color[=WHEN]  may have a value\n"
		"      --an-option-that-is-long VALUE\n"
		"                      has a line of its own\n"
		"      --text          a text of many words is broken at blanks, so that no line is longer\n"
		"                      than ninety columns, and goes on below its first word\n"
		"  -h, --help\n");
	free(text);
}

static const struct ember_option like[] = {
	{ "pages", "N", NULL, .c = 'm', .alias = true },
	{},
};
static const struct ember_option same_name[] = { { "rate", NULL, NULL, .c = 'x' }, {} };
static const struct ember_option same_letter[] = { { "fast", NULL, NULL, .letter = 'F' }, {} };
static const struct ember_option same_code[] = { { "terse", NULL, NULL, .c = 't' }, {} };
static const struct ember_option code_of_letter[] = { { "grow", NULL, NULL, .c = 'g' }, {} };
static const struct ember_option help_too[] = { { "host", NULL, NULL, .c = 'h' }, {} };

static void test_rows_that_clash_are_found(void **state)
{
	const struct ember_option *const wrong[] = { same_name, same_letter, same_code,
						     code_of_letter, help_too };
	const struct ember_option *const good[] = { first, second, like, NULL };
	unsigned int i;

	(void)state;
	assert_null(ember_options_clash(tables));
	assert_null(ember_options_clash(good));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const struct ember_option *const bad[] = { first, second, wrong[i], NULL };

		assert_ptr_equal(ember_options_clash(bad), wrong[i]);
	}
}

static void test_a_clash_ends_the_program(void **state)
{
	const struct ember_option *const bad[] = { first, second, same_code, NULL };
	struct ember_options o;
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		fclose(stderr);
		ember_options_begin(&o, bad, ":");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Each command makes its arrays of its tables before it prints them. */
static void test_no_command_has_rows_that_clash(void **state)
{
	int (*const command[])(int, char **) = {
		ember_cmd_record, ember_cmd_report,	     ember_cmd_check,
		ember_cmd_daemon, ember_cmd_status,	     ember_cmd_collect,
		ember_cmd_diff,	  ember_relay_commands->run,
	};
	char *argv[] = { "x", "-h", NULL };
	int out = dup(1), none = open("/dev/null", O_WRONLY);
	unsigned int i;

	(void)state;
	fflush(stdout);
	dup2(none, 1);
	for (i = 0; i < sizeof(command) / sizeof(*command); i++)
		if (command[i](2, argv))
			break;
	fflush(stdout);
	dup2(out, 1);
	close(none);
	assert_int_equal(i, sizeof(command) / sizeof(*command));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_letters_return_what_their_row_says),
		cmocka_unit_test(test_tables_start_again_for_each_command),
		cmocka_unit_test(test_usage_lists_rows_with_help),
		cmocka_unit_test(test_rows_that_clash_are_found),
		cmocka_unit_test(test_a_clash_ends_the_program),
		cmocka_unit_test(test_no_command_has_rows_that_clash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
