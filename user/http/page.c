// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "http/kind.h"
#include "export/page.h"

static const char ember_http_page_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60em;"
	"margin:2em auto;padding:0 1em}table{border-collapse:collapse}th,td{text-align:left;"
	"padding:.3em 1.2em .3em 0;border-bottom:1px solid #8884}td.n{text-align:right}"
	"code{font-size:90%%}label{margin-right:1em}input,select,button{font:inherit}</style>\n"
	"</head><body>\n<h1>%s</h1>\n";

static void ember_http_put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		const char *special = strchr("&<>\"'", *text);

		if (special)
			fprintf(out, "&#%d;", *text);
		else
			putc(*text, out);
	}
}

/* A value in a query. */
static void ember_http_put_encoded(FILE *out, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	for (; *text; text++)
		if (strchr(plain, *text))
			putc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
}

/* ---- /debug/pprof/ ---- */

static void ember_http_put_kind(FILE *out, const struct ember_http_backend *b,
				const struct ember_http_kind *k)
{
	uint64_t count;

	fputs("<tr><td class=\"n\">", out);
	if (b->count && b->count(b->context, k->event, &count))
		fprintf(out, "%llu", (unsigned long long)count);
	fprintf(out, "</td><td><a href=\"%s?%s\">%s</a></td><td>%s</td></tr>\n", k->name,
		k->event ? "debug=1" : "seconds=5", k->name, k->what);
}

void ember_http_page_index(const struct ember_http_backend *b, FILE *out)
{
	const struct ember_http_kind *k;

	fprintf(out, ember_http_page_head, "/debug/pprof/", "/debug/pprof/");
	fprintf(out,
		"<p>The emberprof %s's profiles, as <code>go tool pprof</code> reads them.</p>\n<table>\n",
		b->service);
	fputs("<thead><tr><th>Count</th><th>Profile</th><th>What it has</th></tr></thead>\n",
	      out);
	for (k = ember_http_kinds; k->name; k++)
		if (ember_http_kind_served(k, b))
			ember_http_put_kind(out, b, k);
	fputs("<tr><td></td><td><a href=\"cmdline\">cmdline</a></td><td>this program's command line</td></tr>\n"
	      "<tr><td></td><td><a href=\"symbol\">symbol</a></td><td>names of addresses: profiles have theirs, so there are none</td></tr>\n"
	      "</table>\n",
	      out);
	if (b->count)
		fputs("<p>Count: samples of this session, and threads. <code>debug=1</code>: as text.</p>\n",
		      out);
	fputs("<p><code>seconds=N</code>: what is sampled in the next N seconds. <code>from=</code> and "
	      "<code>to=</code>: what was sampled between two times, as <code>-5m</code>, "
	      "<code>2026-11-28T10:15:00Z</code> or seconds since 1970.<br>\n"
	      "<code>pid=</code>, <code>comm=</code>, <code>board=</code>: that part of it alone. "
	      "<code>format=</code>: pprof, folded, perf, json, svg, table",
	      out);
	fputs(ember_page_possible ? " or html.</p>\n" : ".</p>\n", out);
	fputs("<ul>\n<li><a href=\"profile?from=-5m\">the last five minutes</a>, for pprof</li>\n",
	      out);
	fputs("<li><a href=\"profile?from=-5m&amp;format=svg\">the same as a flame graph</a></li>\n",
	      out);
	if (ember_page_possible)
		fputs("<li><a href=\"profile?from=-5m&amp;format=html\">the same as a page</a></li>\n",
		      out);
	if (b->boards)
		fputs("<li><a href=\"/\">the boards</a></li>\n", out);
	fputs("<li><a href=\"/metrics\">metrics</a></li>\n</ul>\n</body></html>\n", out);
}

/* ---- the boards ---- */

struct ember_http_list {
	struct ember_http_board *board;
	uint32_t nr, size;
};

/* An ember_http_board_fn. */
static void ember_http_list_add(void *context, const struct ember_http_board *board)
{
	struct ember_http_list *list = context;

	list->board =
		ember_array_reserve(list->board, list->nr, &list->size, sizeof(*list->board));
	list->board[list->nr++] = (struct ember_http_board){
		.id = ember_copy(board->id),
		.name = ember_copy(board->name),
		.seen_ns = board->seen_ns,
		.bytes = board->bytes,
	};
}

static int ember_http_list_order(const void *a, const void *b)
{
	const struct ember_http_board *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void ember_http_put_time(FILE *out, uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm utc;

	if (!ns || !gmtime_r(&seconds, &utc)) {
		fputs("never", out);
		return;
	}
	fprintf(out, "%04d-%02d-%02d %02d:%02d:%02d UTC", utc.tm_year + 1900, utc.tm_mon + 1,
		utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static void ember_http_put_link(FILE *out, const char *board, const char *from,
				const char *format, const char *text)
{
	fputs("<a href=\"/debug/pprof/profile?board=", out);
	ember_http_put_encoded(out, board);
	fprintf(out, "&amp;from=%s&amp;format=%s\">%s</a>", from, format, text);
}

static void ember_http_put_board(FILE *out, const struct ember_http_board *board)
{
	const char *shown = ember_page_possible ? "html" : "svg";

	fputs("<tr><td>", out);
	ember_http_put_escaped(out, board->name);
	fputs("</td><td>", out);
	ember_http_put_time(out, board->seen_ns);
	fprintf(out, "</td><td class=\"n\">%llu</td><td>", (unsigned long long)board->bytes);
	ember_http_put_link(out, board->id, "-5m", shown, "5 min");
	fputs(" &middot; ", out);
	ember_http_put_link(out, board->id, "-1h", shown, "1 h");
	fputs("</td><td>", out);
	ember_http_put_link(out, board->id, "-5m", "pprof", "5 min");
	fputs(" &middot; ", out);
	ember_http_put_link(out, board->id, "-1h", "pprof", "1 h");
	fputs("</td></tr>\n", out);
}

static void ember_http_put_form(FILE *out, const struct ember_http_list *list)
{
	static const char *const format[] = { "html",  "svg",  "pprof", "folded",
					      "table", "perf", "json" };
	uint32_t i;

	fputs("<h2>Any interval</h2>\n<form action=\"/debug/pprof/profile\">\n"
	      "<p><label>Board <select name=\"board\">",
	      out);
	for (i = 0; i < list->nr; i++) {
		fputs("<option value=\"", out);
		ember_http_put_escaped(out, list->board[i].id);
		fputs("\">", out);
		ember_http_put_escaped(out, list->board[i].name);
		fputs("</option>", out);
	}
	fputs("</select></label>\n"
	      "<label>from <input name=\"from\" value=\"-5m\" size=\"24\"></label>\n"
	      "<label>to <input name=\"to\" size=\"24\" placeholder=\"now\"></label>\n"
	      "<label>command <input name=\"comm\" size=\"12\" placeholder=\"all\"></label></p>\n"
	      "<p><label>as <select name=\"format\">",
	      out);
	for (i = !ember_page_possible; i < sizeof(format) / sizeof(*format); i++)
		fprintf(out, "<option>%s</option>", format[i]);
	fputs("</select></label> <button>Show</button></p></form>\n"
	      "<p>Times: <code>2026-11-28T10:15:00Z</code>, or back from now as <code>-90s</code>, "
	      "<code>-5m</code>, <code>-2h</code>.</p>\n",
	      out);
}

int ember_http_page_start(const struct ember_http_backend *b, FILE *out)
{
	struct ember_http_list list = {};
	uint32_t i;

	b->boards(b->context, ember_http_list_add, &list);
	if (list.nr)
		qsort(list.board, list.nr, sizeof(*list.board), ember_http_list_order);
	fprintf(out, ember_http_page_head, "Emberprof", "Boards");
	if (!list.nr)
		fputs("<p>No board has sent anything yet.</p>\n", out);
	if (list.nr)
		fputs("<table>\n<thead><tr><th>Board</th><th>Last log written</th><th>Bytes</th>"
		      "<th>Look at the last</th><th>pprof of the last</th></tr></thead>\n",
		      out);
	for (i = 0; i < list.nr; i++)
		ember_http_put_board(out, &list.board[i]);
	if (list.nr) {
		fputs("</table>\n", out);
		ember_http_put_form(out, &list);
	}
	fputs("<p><a href=\"/debug/pprof/\">/debug/pprof/</a> &middot; "
	      "<a href=\"/metrics\">/metrics</a> &middot; <a href=\"/healthz\">/healthz</a></p>\n"
	      "</body></html>\n",
	      out);
	return 0;
}
