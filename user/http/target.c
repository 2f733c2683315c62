// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/target.h"

#include <stdio.h>
#include <string.h>

static int ember_http_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode up to one of `ends`, and a NUL behind it. Return what follows; NULL: it's no text. */
static const char *ember_http_decode(char **to, const char *from, const char *ends, bool plus)
{
	int high, low;

	for (; *from && !strchr(ends, *from); from++) {
		char c = *from;

		if (c == '%') {
			high = ember_http_hex(from[1]);
			low = high < 0 ? -1 : ember_http_hex(from[2]);
			if (low < 0 || !(high | low))
				return NULL;
			c = high << 4 | low;
			from += 2;
		} else if (c == '+' && plus)
			c = ' ';
		*(*to)++ = c;
	}
	*(*to)++ = 0;
	return from;
}

/* Take empty, . and .. segments out of a path, in place. Return whether there were any. */
static bool ember_http_clean(char *path)
{
	char *to = path, *from = path;
	bool moved = false;
	size_t n;

	while (*from) {
		n = 1 + strcspn(from + 1, "/");
		if ((n == 1 && from[1]) || (n == 2 && from[1] == '.')) {
			moved = true;
		} else if (n == 3 && from[1] == '.' && from[2] == '.') {
			moved = true;
			while (to > path && *--to != '/')
				;
		} else {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
	return moved;
}

/* Skip what stands before the path of an absolute URI. */
static const char *ember_http_origin(const char *uri)
{
	const char *host = strstr(uri, "://");

	if (*uri == '/' || !host || host - uri > 5)
		return uri;
	host += 3;
	return host + strcspn(host, "/?#");
}

const char *ember_http_target_parse(struct ember_http_target *t, const char *uri)
{
	char *to = t->text;
	size_t n;

	t->nr_param = 0;
	/* Decoded it has no more bytes, but for NULs in place of '=' that are missing. */
	if (strlen(uri) >= sizeof(t->text) - EMBER_HTTP_PARAMS_MAX - 4)
		return "URI too long";
	uri = ember_http_origin(uri);
	n = strcspn(uri, "?#");
	/* Dots and slashes that are escaped are part of a name, as for Go. */
	snprintf(t->text, sizeof(t->text), "%s%.*s", *uri == '/' ? "" : "/", (int)n, uri);
	t->moved = ember_http_clean(t->text);
	t->path = to;
	if (!ember_http_decode(&to, t->path, "", false))
		return "invalid URL escape in path";
	uri += n;
	t->query = *uri == '?' ? uri + 1 : "";
	for (uri = t->query; *uri && *uri != '#'; uri += *uri == '&') {
		if (*uri == '&')
			continue;
		if (t->nr_param == EMBER_HTTP_PARAMS_MAX)
			return "too many parameters";
		t->param[t->nr_param].name = to;
		uri = ember_http_decode(&to, uri, "=&#", true);
		t->param[t->nr_param].value = to;
		if (uri)
			uri = ember_http_decode(&to, uri + (*uri == '='), "&#", true);
		if (!uri)
			return "invalid URL escape in query";
		t->nr_param++;
	}
	return NULL;
}

const char *ember_http_param(const struct ember_http_target *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->nr_param; i++)
		if (!strcmp(t->param[i].name, name))
			return t->param[i].value;
	return NULL;
}
