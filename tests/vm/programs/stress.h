/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the processes of `stress` share: until when they go on, and what became of each try. */
#ifndef GUEST_STRESS_H
#define GUEST_STRESS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "chance.h"
#include "session.h"

#define KINDS 32

/* What has to have become of a kind's tries. */
enum expected {
	DONE,
	REFUSED,
	BOTH,
	OPTIONAL /* not every kernel or machine can */
};

struct kind {
	const char *name;
	unsigned int weight;
	int (*act)(void *context); /* 0, or -1 with errno */
	enum expected expected;
};

struct tally {
	uint64_t done, refused, slowest_ns;
};

struct shared {
	uint32_t over;	     /* set at the end */
	uint64_t operations; /* at most, of those on sessions */
	uint64_t count;	     /* so far */
	uint32_t leave;	     /* each lets go of its sessions, and waits */
	uint64_t suspended;  /* when last, ns */
	uint32_t reloading;  /* one takes the module out */
	int32_t forked;	     /* processes that `fork` has alive */
	struct tally control[KINDS], load[KINDS], around[KINDS];
};

static struct shared *shared;

static inline int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return result;
}

static inline bool over(void)
{
	return __atomic_load_n(&shared->over, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&shared->count, __ATOMIC_RELAXED) >= shared->operations;
}

/* One of the kinds by its weight, done and counted. The last one's name is NULL. */
static inline void act(const struct kind *kinds, struct tally *tally, void *context)
{
	uint32_t all = 0, at;
	uint64_t begun, ns;
	unsigned int i;

	for (i = 0; kinds[i].name; i++)
		all += kinds[i].weight;
	at = chance() % all;
	for (i = 0; at >= kinds[i].weight; i++)
		at -= kinds[i].weight;
	begun = now();
	errno = 0;
	if (kinds[i].act(context))
		__atomic_add_fetch(&tally[i].refused, 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&tally[i].done, 1, __ATOMIC_RELAXED);
	ns = now() - begun;
	if (ns > __atomic_load_n(&tally[i].slowest_ns, __ATOMIC_RELAXED))
		__atomic_store_n(&tally[i].slowest_ns, ns, __ATOMIC_RELAXED);
}

#endif
