// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/export.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/message.h"
#include "base/output.h"
#include "export/calltree.h"
#include "export/folded.h"
#include "export/json.h"
#include "output/log.h"
#include "export/page.h"
#include "export/perf.h"
#include "export/pprof.h"
#include "export/svg.h"
#include "export/table.h"
#include "export/timeline.h"
#include "model/wall.h"

#define EMBER_TREE_LEAST 5 /* of 1000: calls that took less aren't shown */

static bool ember_ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

enum ember_form ember_export_form(const char *output, const char *format)
{
	static const struct {
		const char *name;
		const char *ending;
		enum ember_form form;
	} forms[] = {
		{ "pprof", ".pb.gz", EMBER_FORM_PPROF },
		{ NULL, ".pb", EMBER_FORM_PPROF_PLAIN },
		{ "folded", ".folded", EMBER_FORM_FOLDED },
		{ "svg", ".svg", EMBER_FORM_SVG },
		{ "table", ".txt", EMBER_FORM_TABLE },
		{ "tree", NULL, EMBER_FORM_TREE },
		{ "json", ".json", EMBER_FORM_JSON },
		{ "perf", ".perf", EMBER_FORM_PERF },
		{ "timeline", NULL, EMBER_FORM_TIMELINE },
		{ "html", ".html", EMBER_FORM_PAGE },
		{ "ember", ".ember", EMBER_FORM_LOG },
	};
	unsigned int i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (format ? forms[i].name && !strcmp(format, forms[i].name) :
			     forms[i].ending && ember_ends(output, forms[i].ending))
			/* The ending decides about gzip even when the format is given. */
			return forms[i].form == EMBER_FORM_PPROF && ember_ends(output, ".pb") ?
				       EMBER_FORM_PPROF_PLAIN :
				       forms[i].form;
	if (!format && ember_log_is_folder(output))
		return EMBER_FORM_LOG;
	return !format && ember_output_is_stdout(output) ? EMBER_FORM_PPROF : EMBER_FORM_NONE;
}

int ember_export_check(const char *output, const char *format)
{
	enum ember_form form = ember_export_form(output, format);

	if (form == EMBER_FORM_NONE && format) {
		ember_error(
			"no format %s: pprof, folded, svg, json, perf, table, tree, timeline, html or ember",
			format);
		return 2;
	}
	if (form == EMBER_FORM_NONE) {
		ember_error(
			"%s: which format? Name it .pb.gz, .pb, .folded, .svg, .json, .perf, .txt, .html or .ember, or say --format",
			output);
		return 2;
	}
	if (form == EMBER_FORM_PAGE && !ember_page_possible) {
		ember_error("%s: pages need a tool built with WITH_WORKSTATION=1",
			    format ? format : output);
		return 2;
	}
	if (form == EMBER_FORM_LOG && ember_log_is_folder(output))
		return 0;
	if (!ember_output_is_stdout(output))
		return ember_output_check(output);
	if ((form == EMBER_FORM_PPROF || form == EMBER_FORM_PPROF_PLAIN ||
	     form == EMBER_FORM_LOG) &&
	    isatty(1)) {
		ember_error("%s is binary and stdout a terminal: redirect it, or say -o FILE",
			    form == EMBER_FORM_LOG ? "a log" : "pprof");
		return 2;
	}
	return 0;
}

bool ember_export_is_timed(const char *output, const char *format)
{
	enum ember_form form = ember_export_form(output, format);

	return form == EMBER_FORM_PERF || form == EMBER_FORM_TIMELINE ||
	       form == EMBER_FORM_PAGE;
}

bool ember_export_is_text(const char *output, const char *format)
{
	enum ember_form form = ember_export_form(output, format);

	return ember_output_is_stdout(output) &&
	       (form == EMBER_FORM_TABLE || form == EMBER_FORM_TREE ||
		form == EMBER_FORM_TIMELINE);
}

bool ember_export_has_lines(const char *output, const char *format)
{
	switch (ember_export_form(output, format)) {
	case EMBER_FORM_PPROF:
	case EMBER_FORM_PPROF_PLAIN:
	case EMBER_FORM_JSON:
	case EMBER_FORM_PAGE: return true;
	default: return false;
	}
}

bool ember_export_is_log(const char *output, const char *format)
{
	return ember_export_form(output, format) == EMBER_FORM_LOG;
}

static void ember_put_table(FILE *out, const struct ember_profile *profile)
{
	struct winsize size;

	/* A terminal gets a page of it; a file gets everything. */
	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !isatty(fileno(out)))
		ember_export_table(out, profile, 0, 0);
	else
		ember_export_table(out, profile, size.ws_col ? size.ws_col : 80,
				   size.ws_row > 16 ? size.ws_row - 6 : 24);
}

struct ember_put {
	const struct ember_profile *profile;
	enum ember_form form;
};

/* An ember_output_fn. */
static void ember_put(void *context, FILE *out)
{
	const struct ember_put *put = context;

	switch (put->form) {
	case EMBER_FORM_PPROF:
	case EMBER_FORM_PPROF_PLAIN:
		ember_export_pprof(out, put->profile, put->form == EMBER_FORM_PPROF);
		break;
	case EMBER_FORM_FOLDED: ember_export_folded(out, put->profile); break;
	case EMBER_FORM_SVG: ember_export_svg(out, put->profile); break;
	case EMBER_FORM_JSON: ember_export_json(out, put->profile); break;
	case EMBER_FORM_TREE:
		ember_export_calltree(out, put->profile, EMBER_TREE_LEAST);
		break;
	case EMBER_FORM_PERF: ember_export_perf(out, put->profile); break;
	case EMBER_FORM_TIMELINE: ember_export_timeline(out, put->profile); break;
	case EMBER_FORM_PAGE:
		ember_export_page(out, &(struct ember_page){ .profile = put->profile });
		break;
	default: ember_put_table(out, put->profile);
	}
}

int ember_export_write(const struct ember_profile *profile, const char *output,
		       const char *format)
{
	struct ember_put put = { profile, ember_export_form(output, format) };

	if ((put.form == EMBER_FORM_PERF || put.form == EMBER_FORM_TIMELINE) &&
	    !ember_profile_timed(profile))
		return ember_error(
			"%s: cannot write sample times: only logs have them (read logs alone)",
			output);
	if (put.form == EMBER_FORM_PERF && ember_wall_shown(profile))
		return ember_error("%s: lists samples of one event (--event cpu or block)",
				   output);
	if (put.form == EMBER_FORM_TIMELINE &&
	    (ember_profile_shown(profile) || ember_wall_shown(profile)))
		return ember_error("%s: a timeline shows the clock's samples (--event cpu)",
				   output);
	return ember_output_write(output, ember_put, &put);
}
