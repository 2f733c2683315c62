/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever a process with the right to sample may do with its sessions, in any order: a few
 * threads share descriptors without a lock, and each maps rings of its own.
 */
#ifndef GUEST_STRESS_CONTROL_H
#define GUEST_STRESS_CONTROL_H

#include <signal.h>

#include "stress.h"

#define SLOTS	4
#define MAPS	6
#define THREADS 3

enum state {
	CLOSED,
	OPEN,
	STOPPED,
	RUNNING
};

/* As its process knows it: others have it too. */
struct slot {
	int fd; /* -1: none */
	enum state state;
	uint32_t ring_bytes, nr_rings;
	uint64_t stride, data_offset;
};

static struct slot slots[SLOTS];

struct map {
	uint8_t *at; /* NULL: none */
	size_t bytes;
	bool control;
};

struct hand {
	uint32_t seed, number; /* of its random numbers */
	struct map map[MAPS];
};

/* One that is in this state, most times. */
static struct slot *slot_in(enum state state)
{
	struct slot *slot;

	for (unsigned int tries = 0; tries < 8; tries++) {
		slot = &slots[chance() % SLOTS];
		if (slot->state == state)
			break;
	}
	return slot;
}

static int any_fd(void)
{
	return slots[chance() % SLOTS].fd;
}

static int do_open(void *hand)
{
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), none = -1;
	struct slot *slot = slot_in(CLOSED);

	(void)hand;
	if (fd < 0)
		return -1;
	if (__atomic_compare_exchange_n(&slot->fd, &none, fd, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		slot->state = OPEN;
	else
		close(fd);
	return 0;
}

static int shut(struct slot *slot)
{
	slot->state = CLOSED;
	return close(__atomic_exchange_n(&slot->fd, -1, __ATOMIC_RELAXED));
}

static int do_close(void *hand)
{
	(void)hand;
	return shut(&slots[chance() % SLOTS]);
}

/* Good but for one thing, or for none. */
static int do_config(void *hand)
{
	uint32_t ids[EMBER_IDS_MAX];
	uint8_t cpus[2] = { chance() % 16, 0 };
	struct slot *slot = slot_in(OPEN);
	struct ember_event events[2] = {
		{ .type = EMBER_EVENT_GROWTH,
		  .period = one_in(4) ? 1 + chance() % 4096 : 65536 },
	};
	struct ember_config c = {
		.size = sizeof(c),
		.flags = chance() & EMBER_CONFIG_FLAGS,
		.hz = 1 + chance() % (one_in(8) ? 10000 : 500),
		.ring_bytes = one_in(3) ? 0 : 4096u << chance() % 7,
		.max_frames = one_in(3) ? 1 + chance() % EMBER_FRAMES_MAX : 0,
		.latency_ms = one_in(3) ? chance() % 100 : 0,
		.watermark_bytes = one_in(4) ? chance() % 4096 : 0,
		.stack_slots = one_in(4) ? 64u << chance() % 7 : 0,
		.thread_slots = one_in(4) ? 64u << chance() % 5 : 0,
	};

	(void)hand;
	/* Both together are refused. */
	if (!one_in(8))
		c.flags &= one_in(2) ? ~EMBER_CONFIG_NO_USER : ~EMBER_CONFIG_NO_KERNEL;
	if (one_in(3)) {
		c.filter = 1 + chance() % 3;
		c.nr_ids = one_in(8) ? EMBER_IDS_MAX : 1 + chance() % 4;
		c.ids = (uintptr_t)ids;
		for (uint32_t i = 0; i < c.nr_ids; i++)
			ids[i] = one_in(8) ? 1 + chance() % 400 : (uint32_t)getpid();
	}
	if (one_in(3)) {
		c.cpus = (uintptr_t)cpus;
		c.cpus_bytes = 1 + chance() % 2;
	}
	if (one_in(2)) {
		c.events = (uintptr_t)events;
		c.nr_events = one_in(8) ? chance() % 3 : 1;
		c.hz = one_in(3) ? 0 : c.hz;
	}
	switch (chance() % 40) {
	case 0: c.size = chance() % 200; break;
	case 1: c.flags = chance(); break;
	case 2: c.hz = chance(); break;
	case 3: c.ring_bytes = chance(); break;
	case 4: c.nr_ids = chance() % 1024; break;
	case 5: c.ids = chance(); break;
	case 6: c.cpus = chance(); break;
	case 7: c.cpus_bytes = chance(); break;
	case 8: c.stack_slots = chance(); break;
	case 9: c.thread_slots = chance(); break;
	case 10: c.reserved = chance(); break;
	case 11: c.filter = chance() % 8; break;
	case 12: c.events = chance(); break;
	case 13: c.nr_events = chance(); break;
	case 14: events[0].type = chance() % 4; break;
	case 15: events[0].flags = chance(); break;
	}
	if (ioctl(slot->fd, EMBER_IOC_CONFIG, one_in(50) ? NULL : &c))
		return -1;
	slot->ring_bytes = c.ring_bytes;
	slot->nr_rings = c.nr_rings;
	slot->stride = c.ring_stride;
	slot->data_offset = c.data_offset;
	slot->state = STOPPED;
	return 0;
}

/* The boot session, where the module has one that nobody adopted yet. */
static int do_adopt(void *hand)
{
	struct slot *slot = slot_in(OPEN);
	struct ember_adopt a = { .size = sizeof(a),
				 .abi_version = EMBER_ABI_VERSION,
				 .watermark_bytes = one_in(4) ? chance() % 4096 : 0,
				 .latency_ms = one_in(3) ? chance() % 100 : 0 };

	(void)hand;
	switch (chance() % 20) {
	case 0: a.size = chance() % 200; break;
	case 1: a.abi_version = chance(); break;
	case 2: a.watermark_bytes = chance(); break;
	case 3: a.latency_ms = chance(); break;
	case 4: a.flags = chance(); break;
	case 5: a.reserved[chance() % 5] = chance(); break;
	}
	if (ioctl(slot->fd, EMBER_IOC_ADOPT, one_in(20) ? NULL : &a))
		return -1;
	slot->ring_bytes = a.ring_bytes;
	slot->nr_rings = a.nr_rings;
	slot->stride = a.ring_stride;
	slot->data_offset = a.data_offset;
	slot->state = a.state == EMBER_STATE_RUNNING ? RUNNING : STOPPED;
	return 0;
}

static int do_start(void *hand)
{
	struct slot *slot = slot_in(STOPPED);

	(void)hand;
	if (ioctl(slot->fd, EMBER_IOC_START))
		return -1;
	slot->state = RUNNING;
	return 0;
}

static int do_stop(void *hand)
{
	struct slot *slot = slot_in(RUNNING);

	(void)hand;
	if (ioctl(slot->fd, EMBER_IOC_STOP))
		return -1;
	slot->state = STOPPED;
	return 0;
}

static int do_status(void *hand)
{
	struct ember_status st = { .size = one_in(10) ? chance() % 400 :
					   one_in(3)  ? EMBER_STATUS_SIZE_1 :
							sizeof(st),
				   .index = one_in(2) ? EMBER_STATUS_SELF : chance() % 10,
				   .cpu = one_in(2) ? EMBER_STATUS_CPU_ALL : chance() % 8 };

	(void)hand;
	return ioctl(any_fd(), EMBER_IOC_STATUS, &st);
}

static int do_query(void *hand)
{
	struct ember_query q = { .size = one_in(10) ? chance() % 100 : sizeof(q) };

	(void)hand;
	return ioctl(any_fd(), EMBER_IOC_QUERY, &q);
}

/* Rules and rows as they have to be, but for one word, or for none. */
static int do_unwind(void *hand)
{
	struct ember_rule rules[8] = { { .cfa = EMBER_CFA_NONE } };
	struct ember_row rows[64] = { { 0, 0 } };
	uint32_t pages[2] = { 0, 0 };
	struct ember_unwind u = {
		.size = sizeof(u),
		.file = 1 + chance() % 40,
		.first = one_in(2) ? 0 : chance() % 64,
		.nr_pages = !one_in(8),
		.nr_rules = 8,
		.pages = (uintptr_t)pages,
		.rows = (uintptr_t)rows,
		.rules = (uintptr_t)rules,
	};

	(void)hand;
	u.nr_rows = u.nr_pages ? 1 + chance() % 64 : 0;
	pages[1] = u.nr_rows;
	for (uint32_t i = 1; i < 8; i++)
		rules[i] = (struct ember_rule){ .cfa = 1 + chance() % EMBER_CFA_LAST,
						.cfa_offset = (int)(chance() % 512) - 64,
						.ra = chance() % 4,
						.ra_offset = (int)(chance() % 64) - 48,
						.fp = chance() % 4,
						.fp_offset = (int)(chance() % 64) - 48,
						.r7 = chance() % 4,
						.r7_offset = (int)(chance() % 64) - 48 };
	for (uint32_t i = 1; i < u.nr_rows; i++) {
		rows[i].offset = rows[i - 1].offset + 1 + chance() % 1000;
		rows[i].rule = chance() % 8;
	}
	switch (chance() % 24) {
	case 0: u.size = chance() % 100; break;
	case 1: u.file = chance(); break;
	case 2: u.first = chance(); break;
	case 3: u.nr_pages = chance(); break;
	case 4: u.nr_rows = chance(); break;
	case 5: u.nr_rules = chance(); break;
	case 6: u.pages = chance(); break;
	case 7: u.rows = chance(); break;
	case 8: u.rules = chance(); break;
	case 9: rows[chance() % 64].rule = chance(); break;
	case 10: rows[chance() % 64].offset = chance(); break;
	case 11: ((uint32_t *)rules)[chance() % 32] = chance(); break;
	case 12: pages[chance() % 2] = chance(); break;
	}
	return ioctl(slot_in(RUNNING)->fd, EMBER_IOC_UNWIND,
		     one_in(50) ? (void *)8 : (void *)&u);
}

/* Commands that there aren't, or with sizes that aren't theirs; what isn't for such a file. */
static int do_unknown(void *hand)
{
	char buffer[256] = { 0 };
	unsigned long command = chance();

	(void)hand;
	switch (chance() % 5) {
	case 0: return read(any_fd(), buffer, sizeof(buffer)) < 0 ? -1 : 0;
	case 1: return write(any_fd(), buffer, 8) < 0 ? -1 : 0;
	case 2: return lseek(any_fd(), chance() % 4096, SEEK_SET) < 0 ? -1 : 0;
	case 3:
		command = _IOC(chance() % 4, EMBER_IOC_MAGIC, chance() % 8, chance() % 256);
		break;
	}
	return ioctl(any_fd(), command, one_in(2) ? buffer : (void *)(uintptr_t)chance());
}

static int do_poll(void *hand)
{
	struct pollfd wait = { .fd = slot_in(RUNNING)->fd, .events = POLLIN };

	(void)hand;
	return poll(&wait, 1, chance() % 4) < 0 ? -1 : 0;
}

/* One that is there, or not, most times. */
static struct map *map_that(struct hand *hand, bool there)
{
	struct map *map;

	for (unsigned int tries = 0; tries < 8; tries++) {
		map = &hand->map[chance() % MAPS];
		if (!map->at == !there)
			break;
	}
	return map;
}

static int unmap(struct map *map)
{
	int result;

	if (!map->at) {
		errno = EINVAL;
		return -1;
	}
	result = munmap(map->at, map->bytes);
	map->at = NULL;
	return result;
}

/* A ring's parts as they have to be, but for one thing, or for none. */
static int do_map(void *context)
{
	struct slot *slot = slot_in(one_in(2) ? RUNNING : STOPPED);
	struct map *map = map_that(context, false);
	size_t page = sysconf(_SC_PAGESIZE);
	int protection = PROT_READ, sharing = MAP_SHARED;
	uint64_t at = chance() % (slot->nr_rings + 1) * slot->stride;
	void *got;

	if (map->at)
		unmap(map);
	map->control = one_in(2);
	map->bytes = map->control ? page : page + slot->ring_bytes;
	if (map->control)
		protection |= PROT_WRITE;
	else
		at += slot->data_offset;
	switch (chance() % 20) {
	case 0: at = (uint64_t)chance() * page; break;
	case 1: map->bytes += page; break;
	case 2: protection = PROT_READ | PROT_WRITE; break;
	case 3: protection = PROT_READ | PROT_EXEC; break;
	case 4: sharing = MAP_PRIVATE; break;
	}
	got = mmap(NULL, map->bytes, protection, sharing, slot->fd, at);
	if (got == MAP_FAILED)
		return -1;
	map->at = got;
	return 0;
}

static int do_unmap(void *context)
{
	return unmap(map_that(context, true));
}

/* What the module doesn't allow, and what is the kernel's own business. */
static int do_remap(void *context)
{
	struct map *map = map_that(context, true);
	void *moved;

	if (!map->at) {
		errno = EINVAL;
		return -1;
	}
	switch (chance() % 5) {
	case 0:
		if (mprotect(map->at, map->bytes, PROT_READ | PROT_WRITE))
			return -1;
		return 0;
	case 1:
		/* Its pages don't come back. */
		if (madvise(map->at, map->bytes, MADV_DONTNEED))
			return -1;
		return unmap(map);
	case 2: return madvise(map->at, map->bytes, one_in(2) ? MADV_DONTFORK : MADV_REMOVE);
	case 3: return mlock(map->at, map->bytes);
	}
	moved = mremap(map->at, map->bytes, map->bytes * (1 + chance() % 2), MREMAP_MAYMOVE);
	if (moved == MAP_FAILED)
		return -1;
	map->at = moved;
	return 0;
}

static int do_read(void *context)
{
	struct map *map = map_that(context, true);
	volatile uint8_t *byte = map->at;

	if (!map->at) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < map->bytes; i += 64)
		burn_sink += byte[i];
	return 0;
}

static int do_scribble(void *context)
{
	struct map *map = map_that(context, true);
	volatile uint32_t *word = (volatile uint32_t *)map->at;

	if (!map->at || !map->control) {
		errno = EINVAL;
		return -1;
	}
	word[0] = one_in(3) ? chance() : word[0] + (chance() % 512) * 8;
	word[chance() % (map->bytes / 4)] = chance();
	return 0;
}

/* A process that has the descriptors and the mappings for a moment more. */
static int do_fork(void *context)
{
	unsigned int us = chance() % 20000;
	pid_t pid;

	(void)context;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		usleep(us);
		if (us & 1)
			ioctl(slots[us % SLOTS].fd, us & 2 ? EMBER_IOC_START : EMBER_IOC_STOP);
		if (us & 4)
			raise(SIGKILL);
		_exit(0);
	}
	return 0;
}

static const struct kind control_kinds[] = {
	{ "open", 4, do_open, DONE },
	{ "close", 2, do_close, BOTH },
	{ "config", 5, do_config, BOTH },
	{ "adopt", 2, do_adopt, BOTH },
	{ "start", 6, do_start, BOTH },
	{ "stop", 5, do_stop, BOTH },
	{ "status", 4, do_status, BOTH },
	{ "query", 2, do_query, BOTH },
	{ "unwind", 8, do_unwind, BOTH },
	{ "unknown", 2, do_unknown, REFUSED },
	{ "poll", 3, do_poll, DONE },
	{ "map", 12, do_map, BOTH },
	{ "unmap", 2, do_unmap, BOTH },
	{ "remap", 2, do_remap, BOTH },
	{ "read", 4, do_read, DONE },
	{ "scribble", 4, do_scribble, DONE },
	{ "fork", 1, do_fork, DONE },
	{ NULL, 0, NULL, DONE },
};

/* Where the kernel can: what it allocates and copies for this thread fails now and then. */
static void failing(bool on)
{
	static const char switch_of_this[] = "/proc/thread-self/make-it-fail";

	/* Off may fail for that very reason. */
	while (put(switch_of_this, on ? "1" : "0") && errno != ENOENT && !on)
		;
}

/* Nothing may be left of what it has, so nothing fails. */
static void let_go(struct hand *hand)
{
	failing(false);
	for (unsigned int i = 0; i < MAPS; i++)
		if (hand->map[i].at)
			unmap(&hand->map[i]);
	for (unsigned int i = 0; i < SLOTS; i++)
		shut(&slots[i]);
	failing(true);
}

static void *control_thread(void *context)
{
	struct hand *hand = context;

	chance_seed(hand->seed, hand->number);
	failing(true);
	while (!over()) {
		if (__atomic_load_n(&shared->leave, __ATOMIC_RELAXED)) {
			let_go(hand);
			usleep(1000);
			continue;
		}
		act(control_kinds, shared->control, hand);
		__atomic_add_fetch(&shared->count, 1, __ATOMIC_RELAXED);
	}
	let_go(hand);
	return NULL;
}

#endif
