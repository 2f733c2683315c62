// SPDX-License-Identifier: GPL-2.0-or-later
/* What forms of a profile do without in a build for boards: colours, a pager, pages. */
#include <stdio.h>

#include "base/option.h"
#include "base/screen.h"
#include "export/page.h"

const struct ember_option ember_screen_options[] = { EMBER_SCREEN_ROWS(EMBER_UNLISTED), {} };

bool ember_screen_option(struct ember_screen *screen, int c, int *err)
{
	(void)screen;
	*err = 0;
	return c == 'N' || c == 'K' || c == 'M';
}

void ember_screen_open(const struct ember_screen *screen)
{
	(void)screen;
}

void ember_screen_close(void)
{
}

const char *ember_ink(enum ember_ink ink)
{
	(void)ink;
	return "";
}

const bool ember_page_possible = false;

void ember_export_page(FILE *out, const struct ember_page *page)
{
	(void)out;
	(void)page;
}
