/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison of two profiles: a table, folded stacks with two counts, a page, or pprof. */
#ifndef EMBER_CHANGES_H
#define EMBER_CHANGES_H

#include "workstation/report/diff.h"

struct ember_changes_how {
	const char *output, *format;	/* as for ember_export_check(); table, folded, html, pprof */
	bool all;			/* in a table, every function */
	bool by_time;
};

/* To be asked before anything is read: 0, 1, or 2 for wrong usage (said). */
int ember_changes_check(const char *output, const char *format);
/* 0, or 1 (said). */
int ember_changes_write(const struct ember_diff *diff, const struct ember_diff_runs runs[2],
			const struct ember_changes_how *how);

#endif
