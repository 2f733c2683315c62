/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request's line names: a path and parameters. */
#ifndef EMBER_HTTP_TARGET_H
#define EMBER_HTTP_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#define EMBER_HTTP_TARGET_MAX	2048
#define EMBER_HTTP_PARAMS_MAX	32

struct ember_http_target {
	char text[EMBER_HTTP_TARGET_MAX];	/* all of it, decoded, with NULs between */
	const char *path;
	const char *query;		/* as it came; "": none */
	struct {
		const char *name, *value;
	} param[EMBER_HTTP_PARAMS_MAX];
	uint32_t nr_param;
	bool moved;			/* `path` had //, . or .. in it, and is without now */
};

/* The target lasts as long as `uri`. NULL, or what is wrong with it, in static storage. */
const char *ember_http_target_parse(struct ember_http_target *target, const char *uri);
/* Return the value of a parameter, its first one; NULL: there is none. */
const char *ember_http_param(const struct ember_http_target *target, const char *name);

#endif
