/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text on a terminal as git shows it: in colours, and by a pager. On workstations alone. */
#ifndef EMBER_SCREEN_H
#define EMBER_SCREEN_H

#include <stdbool.h>

#include "base/option.h"

struct ember_screen {			/* begins zeroed */
	bool no_pager;
	bool always, never;		/* colours; else where there's a terminal */
};

enum ember_ink {
	EMBER_INK_PLAIN,
	EMBER_INK_HEAD,
	EMBER_INK_HOT,
	EMBER_INK_WARM,
	EMBER_INK_KERNEL,
	EMBER_INK_MORE,
	EMBER_INK_LESS
};

extern const struct ember_option ember_screen_options[];
#define EMBER_SCREEN_ROWS(help)                                                                  \
	{ "no-pager", NULL, help("print to the terminal, not through a pager"), .c = 'N' },      \
	{ "color", "[=WHEN]", help("always, never or auto, as git has it"), .c = 'K' },          \
	{ "no-color", NULL, help("as --color=never"), .c = 'M' }

/* True, if it's one of these; *err: 0, or the exit status (said). */
bool ember_screen_option(struct ember_screen *screen, int c, int *err);

/* Text goes to stdout from here on: through $EMBERPROF_PAGER, $PAGER or less, to a terminal. */
void ember_screen_open(const struct ember_screen *screen);
/* All of it has been read. */
void ember_screen_close(void);
/* What changes the colour of what follows, or "". */
const char *ember_ink(enum ember_ink ink);

/* A share of all: by perf's bounds. */
static inline enum ember_ink ember_ink_share(double part)
{
	return part >= 0.05 ? EMBER_INK_HOT : part >= 0.005 ? EMBER_INK_WARM : EMBER_INK_PLAIN;
}

#endif
