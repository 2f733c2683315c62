/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a profile goes: a form, and a path or stdout. */
#ifndef EMBER_EXPORT_H
#define EMBER_EXPORT_H

#include "model/profile.h"

enum ember_form {
	EMBER_FORM_NONE,
	EMBER_FORM_PPROF,
	EMBER_FORM_PPROF_PLAIN,		/* not compressed */
	EMBER_FORM_FOLDED,
	EMBER_FORM_SVG,
	EMBER_FORM_TABLE,
	EMBER_FORM_JSON,
	EMBER_FORM_PERF,
	EMBER_FORM_TREE,
	EMBER_FORM_TIMELINE,
	EMBER_FORM_PAGE,
	EMBER_FORM_LOG
};

/* What ember_export_check() says of the two; EMBER_FORM_NONE: none that is known. */
enum ember_form ember_export_form(const char *output, const char *format);

/*
 * output: a path, or "-" for stdout. format: "pprof", "folded", "svg", "json", "table",
 * "perf", "html", "ember"; NULL: by the path's ending (.pb.gz .pb .folded .svg .json .perf
 * .html .txt .ember), pprof for stdout. To be asked before there is anything to write: says
 * that the form is unknown, that a terminal would get binary data, or that the path can't be
 * written. Returns 0, or 1, or 2 for wrong usage (said).
 */
int ember_export_check(const char *output, const char *format);

/* Return true if the form lists each sample with its time, which takes a timed profile. */
bool ember_export_is_timed(const char *output, const char *format);

/* Whether it's text for people, on stdout. */
bool ember_export_is_text(const char *output, const char *format);

/* Return true if the form has source lines. */
bool ember_export_has_lines(const char *output, const char *format);

/* Whether it's a log, which is written while samples are taken (output/log.h). */
bool ember_export_is_log(const char *output, const char *format);

/* All of it or nothing: the path's old content stays until the new is whole. */
int ember_export_write(const struct ember_profile *profile, const char *output,
		     const char *format);

#endif
