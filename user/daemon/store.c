// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"

#define EMBER_STORE_LOOK_NS 60000000000ull /* between two looks, as between two flushes */
#define EMBER_STORE_ROOM    (256u << 10) /* bytes that a file system must have free */

static uint64_t ember_daemon_store_later(const struct ember_daemon_store *s)
{
	uint64_t flush = s->config->request.flush_ns;

	return ember_clock_ns(CLOCK_MONOTONIC) + (flush ? flush : EMBER_STORE_LOOK_NS);
}

/* Make a folder and those above it. Returns 0 or an errno. */
static int ember_daemon_store_make(const char *path)
{
	char part[4096];
	size_t i, n = strlen(path);

	if (n >= sizeof(part))
		return ENAMETOOLONG;
	for (i = 1; i <= n; i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return errno;
	}
	return 0;
}

/* Whether a folder takes what is written. Returns 0 or an errno. */
static int ember_daemon_store_probe(const char *path)
{
	char name[4096], byte = 0;
	int err = ember_daemon_store_make(path), fd;
	struct statvfs room;

	if (err)
		return err;
	if (!statvfs(path, &room) &&
	    (uint64_t)room.f_bavail * room.f_frsize < EMBER_STORE_ROOM)
		return ENOSPC;
	if ((size_t)snprintf(name, sizeof(name), "%s/.writable", path) >= sizeof(name))
		return ENAMETOOLONG;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	err = write(fd, &byte, 1) == 1 ? 0 : errno;
	if (close(fd) && !err)
		err = errno;
	unlink(name);
	return err;
}

static void ember_daemon_store_choose(struct ember_daemon_store *s, bool fallback)
{
	const struct ember_daemon_config *c = s->config;

	s->fallback = fallback;
	s->path = fallback || !c->store ? c->fallback : c->store;
	s->keep = fallback || !c->store ? c->fallback_keep : c->request.keep;
	s->per_day = fallback || !c->store ? 0 : c->request.per_day;
	s->look_ns = ember_daemon_store_later(s);
}

/* Whether the fallback can be had. */
static bool ember_daemon_store_falls(struct ember_daemon_store *s)
{
	int err = ember_daemon_store_probe(s->config->fallback);

	if (err)
		ember_error("%s: %s: no logs are kept (fallback = DIR)", s->config->fallback,
			    strerror(err));
	return !err;
}

void ember_daemon_store_begin(struct ember_daemon_store *s,
			      const struct ember_daemon_config *c)
{
	int err = c->store ? ember_daemon_store_probe(c->store) : 0;

	memset(s, 0, sizeof(*s));
	s->config = c;
	ember_daemon_store_choose(s, err);
	if (err)
		ember_warning("%s: %s: logs go to %s meanwhile (store = DIR)", c->store,
			      strerror(err), c->fallback);
	if ((err || !c->store) && !ember_daemon_store_falls(s))
		s->path = NULL;
}

/* Go on in the folder that is chosen. */
static void ember_daemon_store_move(struct ember_daemon_store *s, struct ember_log_output *o,
				    bool fallback)
{
	struct ember_daemon_store before = *s;

	ember_daemon_store_choose(s, fallback);
	if (!ember_log_output_move(o, s->path, s->keep, s->per_day))
		return;
	*s = before;
	s->look_ns = ember_daemon_store_later(s);
}

double ember_daemon_store_turn(struct ember_daemon_store *s, struct ember_log_output *o)
{
	const struct ember_daemon_config *c = s->config;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (!c->store || !s->path)
		return -1;
	if (!s->fallback) {
		if (ember_log_output_stuck(o) && now >= s->look_ns &&
		    ember_daemon_store_falls(s)) {
			ember_warning("%s: takes nothing: logs go to %s meanwhile", c->store,
				      c->fallback);
			ember_daemon_store_move(s, o, true);
		} else if (ember_log_output_stuck(o) && now >= s->look_ns) {
			s->look_ns = ember_daemon_store_later(s);
		}
		return ember_log_output_stuck(o) ? (s->look_ns - now) / 1e9 : -1;
	}
	if (now >= s->look_ns) {
		s->look_ns = ember_daemon_store_later(s);
		if (!ember_daemon_store_probe(c->store)) {
			ember_daemon_store_move(s, o, false);
			if (!s->fallback)
				ember_note("%s: takes logs again", c->store);
		}
	}
	return s->fallback ? (s->look_ns - now) / 1e9 : -1;
}
