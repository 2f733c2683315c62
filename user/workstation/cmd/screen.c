// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/screen.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"

const struct ember_option ember_screen_options[] = { EMBER_SCREEN_ROWS(EMBER_LISTED), {} };

static pid_t ember_screen_pager; /* 0: none runs */
static bool ember_screen_colours;

bool ember_screen_option(struct ember_screen *s, int c, int *err)
{
	*err = 0;
	switch (c) {
	case 'N': s->no_pager = true; return true;
	case 'M': s->never = true; return true;
	case 'K':
		s->always = !optarg || !strcmp(optarg, "always");
		s->never = optarg && !strcmp(optarg, "never");
		if (!s->always && !s->never && strcmp(optarg, "auto")) {
			ember_error("--color=%s: always, never or auto", optarg);
			*err = 2;
		}
		return true;
	}
	return false;
}

static const char *ember_screen_command(void)
{
	const char *command = getenv("EMBERPROF_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		command = "less";
	return *command && strcmp(command, "cat") ? command : NULL;
}

static void ember_screen_page(const char *command)
{
	int pipes[2];

	fflush(stdout);
	if (pipe(pipes))
		return;
	ember_screen_pager = fork();
	if (!ember_screen_pager) {
		dup2(pipes[0], STDIN_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		/* It ends by itself where all fits; it shows colours, and leaves them there. */
		setenv("LESS", "FRX", 0);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (ember_screen_pager > 0)
		dup2(pipes[1], STDOUT_FILENO);
	else
		ember_screen_pager = 0;
	close(pipes[0]);
	close(pipes[1]);
	/* Ctrl-C and a reader that has seen enough are the pager's to deal with. */
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

void ember_screen_open(const struct ember_screen *s)
{
	const char *command = ember_screen_command(), *terminal = getenv("TERM");
	const char *no_colour = getenv("NO_COLOR");
	bool dumb = !terminal || !strcmp(terminal, "dumb"), there = isatty(STDOUT_FILENO);

	ember_screen_colours = !s->never &&
			       (s->always || (there && !dumb && !(no_colour && *no_colour)));
	if (there && !dumb && command && !s->no_pager)
		ember_screen_page(command);
}

void ember_screen_close(void)
{
	if (!ember_screen_pager)
		return;
	fflush(stdout);
	/* Nothing follows, and the pager sees the end. */
	close(STDOUT_FILENO);
	waitpid(ember_screen_pager, NULL, 0);
	ember_screen_pager = 0;
	/* What was too much for a reader that has seen enough is no failure. */
	clearerr(stdout);
}

const char *ember_ink(enum ember_ink ink)
{
	static const char *const inks[] = {
		[EMBER_INK_PLAIN] = "\033[m",	 [EMBER_INK_HEAD] = "\033[1m",
		[EMBER_INK_HOT] = "\033[31m",	 [EMBER_INK_WARM] = "\033[32m",
		[EMBER_INK_KERNEL] = "\033[36m", [EMBER_INK_MORE] = "\033[31m",
		[EMBER_INK_LESS] = "\033[34m",
	};

	return ember_screen_colours ? inks[ink] : "";
}
