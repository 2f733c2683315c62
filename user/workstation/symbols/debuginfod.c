// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/debuginfod.h"

#include <elfutils/debuginfod.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

struct ember_debuginfod {
	debuginfod_client *client;
	bool failing; /* said */
};

struct ember_debuginfod *ember_debuginfod_open(void)
{
	const char *servers = getenv(DEBUGINFOD_URLS_ENV_VAR);
	struct ember_debuginfod *o;

	if (!servers || !*servers) {
		ember_error("--debuginfod: which server? Set " DEBUGINFOD_URLS_ENV_VAR);
		return NULL;
	}
	o = ember_xrealloc(NULL, 1, sizeof(*o));
	memset(o, 0, sizeof(*o));
	/* A large file takes its time, which a person wants to see. */
	if (isatty(2))
		setenv(DEBUGINFOD_PROGRESS_ENV_VAR, "1", 0);
	o->client = debuginfod_begin();
	if (o->client)
		return o;
	free(o);
	ember_error("--debuginfod: its library can't be set up");
	return NULL;
}

int ember_debuginfod_get(struct ember_debuginfod *o, const uint8_t *id, unsigned int id_bytes,
			 bool debug)
{
	int fd = debug ? debuginfod_find_debuginfo(o->client, id, id_bytes, NULL) :
			 debuginfod_find_executable(o->client, id, id_bytes, NULL);

	if (fd >= 0)
		return fd;
	/* That a server doesn't have it is no failure. */
	if (fd != -ENOENT && fd != -ENOSYS && !o->failing) {
		ember_error("--debuginfod: %s", strerror(-fd));
		o->failing = true;
	}
	return -1;
}

void ember_debuginfod_close(struct ember_debuginfod *o)
{
	if (!o)
		return;
	debuginfod_end(o->client);
	free(o);
}
