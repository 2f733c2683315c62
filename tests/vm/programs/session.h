/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For guest programs that drive a session by hand: cases that say what failed, a
 * session with its rings mapped, and a reader that checks every record's form.
 */
#ifndef GUEST_SESSION_H
#define GUEST_SESSION_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "emberprof.h"

#define MAYBE_UNUSED	__attribute__((unused))

static unsigned int cases, cases_failed;

/* One case: said only if it failed. Returns good. */
MAYBE_UNUSED static bool ok(bool good, const char *what)
{
	cases++;
	if (!good) {
		cases_failed++;
		printf("# failed: %s (%s)\n", what, strerror(errno));
	}
	return good;
}

/* A call that has to fail, with this error. */
MAYBE_UNUSED static void refused(long result, int error, const char *what)
{
	int got = result >= 0 ? 0 : errno;

	cases++;
	if (got != error) {
		cases_failed++;
		printf("# failed: %s: %s instead of %s\n", what, strerror(got),
		       strerror(error));
	}
}

/* main's return value. */
MAYBE_UNUSED static int cases_end(const char *name)
{
	printf("# %s: %u cases, %u failed\n", name, cases, cases_failed);
	return cases_failed || !cases;
}

struct group {
	const char *name;
	void (*run)(void);
};

/* The group of cases that the command line names. */
MAYBE_UNUSED static int groups_main(int argc, char **argv, const struct group *groups,
				    unsigned int nr)
{
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc == 2 && i < nr; i++)
		if (!strcmp(argv[1], groups[i].name)) {
			groups[i].run();
			return cases_end(argv[1]);
		}
	fprintf(stderr, "usage: %s GROUP:", argv[0]);
	for (i = 0; i < nr; i++)
		fprintf(stderr, " %s", groups[i].name);
	fputc('\n', stderr);
	return 2;
}

MAYBE_UNUSED static int device(void)
{
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror("# " EMBER_DEVICE);
		exit(1);
	}
	return fd;
}

MAYBE_UNUSED static uint64_t now(void)
{
	struct timespec t;

	/* Fails for who has asked for failures. */
	while (clock_gettime(CLOCK_MONOTONIC, &t))
		;
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

MAYBE_UNUSED static void sleep_ms(unsigned int ms)
{
	uint64_t end = now() + ms * 1000000ull;

	while (now() < end)
		poll(NULL, 0, 1 + (end - now()) / 1000000);
}

static volatile unsigned int burn_sink;

/* Work in user mode until then. */
MAYBE_UNUSED __attribute__((noinline)) static void burn(uint64_t until)
{
	while (now() < until)
		for (int i = 0; i < 10000; i++)
			burn_sink += i;
}

struct session {
	int fd;
	struct ember_config config;
	uint32_t page;
	struct ember_ring_control **control;	/* [nr_rings], NULL: no such ring */
	struct ember_ring_head **head;
	/* what drain has seen */
	uint64_t records, samples, lost, skipped, bad;
};

MAYBE_UNUSED static struct ember_query query(int fd)
{
	struct ember_query q = { .size = sizeof(q) };

	if (ioctl(fd, EMBER_IOC_QUERY, &q))
		perror("# query");
	return q;
}

MAYBE_UNUSED static struct ember_status status(int fd, uint32_t index, uint32_t cpu)
{
	struct ember_status st = { .size = sizeof(st), .index = index, .cpu = cpu };

	if (ioctl(fd, EMBER_IOC_STATUS, &st))
		perror("# status");
	return st;
}

MAYBE_UNUSED static struct ember_counters counters(const struct session *s, uint32_t cpu)
{
	return status(s->fd, EMBER_STATUS_SELF, cpu).counters;
}

/* Opens, configures (from s->config) and maps. 0, or -1 with errno. */
MAYBE_UNUSED static int session_open(struct session *s)
{
	uint32_t i;

	s->config.size = sizeof(s->config);
	s->page = sysconf(_SC_PAGESIZE);
	s->fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (s->fd < 0 || ioctl(s->fd, EMBER_IOC_CONFIG, &s->config))
		return -1;
	s->control = calloc(s->config.nr_rings, sizeof(*s->control));
	s->head = calloc(s->config.nr_rings, sizeof(*s->head));
	for (i = 0; i < s->config.nr_rings; i++) {
		uint64_t at = i * s->config.ring_stride;

		s->control[i] = mmap(NULL, s->page, PROT_READ | PROT_WRITE, MAP_SHARED,
				     s->fd, at);
		if (s->control[i] == MAP_FAILED) {
			s->control[i] = NULL;
			if (errno == ENXIO)
				continue;
			return -1;
		}
		s->head[i] = mmap(NULL, s->page + s->config.ring_bytes, PROT_READ,
				  MAP_SHARED, s->fd, at + s->config.data_offset);
		if (s->head[i] == MAP_FAILED)
			return -1;
	}
	return 0;
}

MAYBE_UNUSED static void session_close(struct session *s)
{
	uint32_t i;

	for (i = 0; i < s->config.nr_rings; i++)
		if (s->control[i]) {
			munmap(s->control[i], s->page);
			munmap(s->head[i], s->page + s->config.ring_bytes);
		}
	free(s->control);
	free(s->head);
	close(s->fd);
}

MAYBE_UNUSED static void drain_ring(struct session *s, uint32_t ring)
{
	const struct ember_ring_head *head = s->head[ring];
	uint32_t bytes = s->config.ring_bytes;
	uint32_t end, at;

	if (!head)
		return;
	end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);
	at = s->control[ring]->tail;
	while (at != end) {
		uint32_t place = at & (bytes - 1);
		const struct ember_record *r =
			(const void *)((const uint8_t *)head + head->page_bytes + place);
		uint32_t size = r->size ? r->size : bytes - place;

		if (size < 8 || size % 8 || size > end - at || size > bytes - place ||
		    r->type > EMBER_REC_RATE) {
			s->bad++;
			break;
		}
		s->records++;
		if (r->type == EMBER_REC_SAMPLE) {
			s->samples++;
		} else if (r->type == EMBER_REC_LOST) {
			const struct ember_rec_lost *lost = (const void *)r;

			s->lost += lost->lost;
			s->skipped += lost->skipped;
		}
		at += size;
	}
	__atomic_store_n(&s->control[ring]->tail, end, __ATOMIC_RELEASE);
}

MAYBE_UNUSED static void drain(struct session *s)
{
	uint32_t i;

	for (i = 0; i < s->config.nr_rings; i++)
		drain_ring(s, i);
}

MAYBE_UNUSED static bool settled(const struct ember_counters *c)
{
	return c->points == c->points_sampled + c->points_lost + c->points_filtered +
			    c->points_idle + c->points_skipped + c->points_throttled;
}

#endif
