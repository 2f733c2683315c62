/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `report` shows on workstations alone: source lines, series. */
#ifndef EMBER_VIEW_H
#define EMBER_VIEW_H

#include "base/option.h"
#include "model/profile.h"

struct ember_symfs;

struct ember_view {			/* begins zeroed */
	bool lines;			/* each line is one of its own */
	const char *list;		/* the source of functions that match, instead of a form */
	const char *source_dir;		/* below which it is; NULL: not given */
	double slice;			/* seconds: a file for each; 0: one for all */
};

extern const struct ember_option ember_view_options[];
#define EMBER_VIEW_ROWS(help)                                                                    \
	{ "lines", NULL, help("aggregate by source line (name file:line), not by function"),     \
	  .c = 'L' },                                                                            \
	{ "list", "REGEX", help("the source of functions that match, with what lines took"),     \
	  .c = 'l' },                                                                            \
	{ "source-dir", "DIR", help("sources are below DIR"), .c = 'S' },                        \
	{ "slice", "SEC", help("of logs: a series of files, OUT with the time in its name"),     \
	  .c = 'w' }

/* True, if it's one of these; *err: 0, or the exit status (said). */
bool ember_view_option(struct ember_view *view, int c, int *err);
/* Whether that can be written so, before anything is read: 0, or the exit status (said). */
int ember_view_check(const struct ember_view *view, const char *output, const char *format);
/* Change the profile, once, before it's written. */
void ember_view_apply(const struct ember_view *view, struct ember_profile *profile);
/* Write it instead of what is written otherwise: true, if it is. *err: 0, or 1 (said). */
bool ember_view_write(const struct ember_view *view, struct ember_profile *profile,
		      const struct ember_symfs *symfs, const char *output, const char *format,
		      int *err);

#endif
