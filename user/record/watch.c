// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/stat.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3; one number on every architecture */
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* 6.9 */
#endif

static uint32_t ember_thread_group(uint32_t id)
{
	char path[32], line[256];
	uint32_t tgid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", id);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!tgid && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Tgid:", 5))
			tgid = strtoul(line + 5, NULL, 10);
	fclose(file);
	return tgid;
}

/* A process is over when its last thread is: its first may end earlier. */
static bool ember_is_over(const struct ember_watch *w, uint32_t i)
{
	struct ember_stat st;

	if (!ember_stat_read(w->ids[i], &st) || st.start != w->start[i])
		return true;
	return strchr("ZXx", st.state) && (w->threads || st.threads <= 1);
}

static int ember_watch_one(struct ember_watch *w, uint32_t i)
{
	uint32_t id = w->ids[i], tgid = ember_thread_group(id);
	struct ember_stat st;

	if (!id || !tgid || !ember_stat_read(id, &st))
		return ember_error("no such %s: %u", w->threads ? "thread" : "process", id);
	if (!w->threads && tgid != id)
		return ember_error("%u is a thread of process %u: -t %u, or -p %u", id, tgid,
				   id, tgid);
	w->start[i] = st.start;
	w->fds[i].fd = syscall(SYS_pidfd_open, id, w->threads ? PIDFD_THREAD : 0);
	w->fds[i].events = POLLIN;
	/*
	 * Poll /proc on kernels without PIDFD_THREAD: a plain pidfd of a first thread is that of
	 * its process.
	 */
	w->blind |= w->fds[i].fd < 0;
	w->left++;
	return 0;
}

int ember_watch_open(struct ember_watch *w, const uint32_t *ids, uint32_t nr, bool threads)
{
	uint32_t i;

	memset(w, 0, sizeof(*w));
	w->threads = threads;
	w->nr = nr;
	w->fds = ember_xrealloc(NULL, nr + 1, sizeof(*w->fds));
	w->start = ember_xrealloc(NULL, nr + 1, sizeof(*w->start));
	w->ids = ember_xrealloc(NULL, nr + 1, sizeof(*w->ids));
	for (i = 0; i < nr; i++)
		w->fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (nr)
		memcpy(w->ids, ids, nr * sizeof(*ids));
	for (i = 0; i < nr; i++)
		if (ember_watch_one(w, i))
			return 1;
	return 0;
}

void ember_watch_wait(const struct ember_watch *w, struct ember_loop *loop)
{
	uint32_t i;

	for (i = 0; i < w->nr; i++)
		ember_loop_fd(loop, w->fds[i].fd, POLLIN);
	if (w->blind)
		ember_loop_within(loop, 1);
}

uint32_t ember_watch_look(struct ember_watch *w)
{
	bool blind = false;
	uint32_t i;

	for (i = 0; i < w->nr; i++)
		w->fds[i].revents = 0;
	if (w->nr)
		poll(w->fds, w->nr, 0);
	for (i = 0; i < w->nr; i++) {
		struct pollfd *fd = &w->fds[i];

		if (!w->ids[i])
			continue;
		if (fd->fd >= 0 ? fd->revents : ember_is_over(w, i)) {
			if (fd->fd >= 0)
				close(fd->fd);
			fd->fd = -1;
			w->ids[i] = 0;
			w->left--;
		}
		blind |= w->ids[i] && fd->fd < 0;
	}
	w->blind = blind;
	return w->left;
}

uint32_t ember_watch_left(struct ember_watch *w, uint32_t *ids)
{
	uint32_t i, n = 0;

	ember_watch_look(w);
	for (i = 0; i < w->nr; i++)
		if (w->ids[i])
			ids[n++] = w->ids[i];
	return n;
}

void ember_watch_close(struct ember_watch *w)
{
	uint32_t i;

	for (i = 0; i < w->nr; i++)
		if (w->fds[i].fd >= 0)
			close(w->fds[i].fd);
	free(w->fds);
	free(w->start);
	free(w->ids);
}
