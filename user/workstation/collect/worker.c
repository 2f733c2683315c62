// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

struct ember_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool idle, ends;
	bool busy; /* the owner's: begun, and its end not seen */
	void (*job)(void *context); /* NULL: none waits */
	void *context;
	int fd;
};

static void *ember_worker_run(void *arg)
{
	static const uint64_t one = 1;
	struct ember_worker *w = arg;

	/* Not SCHED_IDLE: what holds a lock that others want must get on. */
	if (w->idle)
		setpriority(PRIO_PROCESS, gettid(), 19);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		void (*job)(void *context);

		while (!w->job && !w->ends)
			pthread_cond_wait(&w->wake, &w->lock);
		job = w->job;
		w->job = NULL;
		if (!job)
			break;
		pthread_mutex_unlock(&w->lock);
		job(w->context);
		/* It fails only if as many jobs as fit into 64 bits were never looked at. */
		if (write(w->fd, &one, sizeof(one)) < 0)
			abort();
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct ember_worker *ember_worker_new(bool idle)
{
	struct ember_worker *w = ember_xrealloc(NULL, 1, sizeof(*w));
	sigset_t all, before;
	int err;

	memset(w, 0, sizeof(*w));
	w->idle = idle;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = w->fd < 0 ? errno : 0;
	/* Signals are the owner's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!err)
		err = pthread_create(&w->thread, NULL, ember_worker_run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err)
		return w;
	ember_error("cannot start a thread: %s", strerror(err));
	if (w->fd >= 0)
		close(w->fd);
	free(w);
	return NULL;
}

int ember_worker_fd(const struct ember_worker *w)
{
	return w->fd;
}

void ember_worker_begin(struct ember_worker *w, void (*job)(void *context), void *context)
{
	pthread_mutex_lock(&w->lock);
	w->busy = true;
	w->job = job;
	w->context = context;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool ember_worker_busy(const struct ember_worker *w)
{
	return w->busy;
}

bool ember_worker_done(struct ember_worker *w)
{
	uint64_t n;

	if (!w->busy || read(w->fd, &n, sizeof(n)) != sizeof(n))
		return false;
	w->busy = false;
	return true;
}

bool ember_worker_wait(struct ember_worker *w, uint64_t ns)
{
	struct pollfd fd = { .fd = w->fd, .events = POLLIN };

	return !w->busy || poll(&fd, 1, ns / 1000000) > 0;
}

void ember_worker_free(struct ember_worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ends = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	close(w->fd);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
}
