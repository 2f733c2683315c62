/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For test programs: a session by hand, without the tool. reader_open, _start,
 * _read (as often as wanted), _stop. What goes wrong ends the program with a line.
 */
#ifndef TEST_READER_H
#define TEST_READER_H

#include <errno.h>
#include <fcntl.h>
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

#define READER_RINGS	65

struct reader {
	int fd;
	struct ember_query query;
	struct ember_config config;
	struct ember_ring_control *control[READER_RINGS];
	struct ember_ring_head *head[READER_RINGS];
	uint64_t time[READER_RINGS];	/* of the last record with one, all 64 bits */
};

typedef void reader_record(void *context, unsigned int ring,
			   const struct ember_record *record);

static inline void reader_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(3);
}

static inline uint64_t reader_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* What the module can do: EMBER_FEATURE_*. */
static inline uint64_t reader_features(void)
{
	struct ember_query q = { .size = sizeof(q) };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, EMBER_IOC_QUERY, &q))
		reader_die(EMBER_DEVICE);
	close(fd);
	return q.features;
}

/* Whether a session of that event alone is refused, as the kernel does not have it. */
static inline bool reader_lacks(uint32_t type, uint32_t period)
{
	struct ember_event event = { .type = type, .period = period };
	struct ember_config config = { .size = sizeof(config),
				       .events = (uintptr_t)&event,
				       .nr_events = 1 };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), err;

	err = ioctl(fd, EMBER_IOC_CONFIG, &config) ? errno : 0;
	close(fd);
	return err == EOPNOTSUPP;
}

/* The config has what is asked for; its size is set here. */
static inline void reader_open(struct reader *r, const struct ember_config *config)
{
	unsigned int i;
	size_t page;

	memset(r, 0, sizeof(*r));
	r->config = *config;
	r->config.size = sizeof(r->config);
	r->query.size = sizeof(r->query);
	r->fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (r->fd < 0)
		reader_die(EMBER_DEVICE);
	if (ioctl(r->fd, EMBER_IOC_QUERY, &r->query))
		reader_die("query");
	if (ioctl(r->fd, EMBER_IOC_CONFIG, &r->config))
		reader_die("config");
	page = r->query.min_ring_bytes;
	for (i = 0; i < r->config.nr_rings && i < READER_RINGS; i++) {
		off_t at = i * r->config.ring_stride;

		r->control[i] = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED,
				     r->fd, at);
		if (r->control[i] == MAP_FAILED && errno == ENXIO) {
			r->control[i] = NULL;
			continue;
		}
		r->head[i] = mmap(NULL, page + r->config.ring_bytes, PROT_READ, MAP_SHARED,
				  r->fd, at + r->config.data_offset);
		if (r->control[i] == MAP_FAILED || r->head[i] == MAP_FAILED)
			reader_die("mmap");
	}
}

static inline void reader_start(struct reader *r)
{
	if (ioctl(r->fd, EMBER_IOC_START))
		reader_die("start");
}

/* The whole of a sample's time, from its low half and what came before. */
static inline uint64_t reader_time(struct reader *r, unsigned int ring,
				   const struct ember_rec_sample *sample)
{
	r->time[ring] += (uint32_t)(sample->time - (uint32_t)r->time[ring]);
	return r->time[ring];
}

static inline void reader_drain(struct reader *r, unsigned int ring, reader_record *record,
				void *context)
{
	const struct ember_ring_head *head = r->head[ring];
	const uint8_t *data = (const uint8_t *)head + head->page_bytes;
	uint32_t end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);
	uint32_t at = r->control[ring]->tail;

	while (at != end) {
		uint32_t place = at & (head->ring_bytes - 1);
		const struct ember_record *rec = (const void *)(data + place);
		uint32_t size = rec->size ? rec->size : head->ring_bytes - place;

		if (size % 8 || size > end - at || size > head->ring_bytes - place) {
			fprintf(stderr, "ring %u: a record makes no sense\n", ring);
			exit(3);
		}
		if (rec->type == EMBER_REC_TIME)
			r->time[ring] = ((const struct ember_rec_time *)rec)->time;
		if (rec->type != EMBER_REC_PAD)
			record(context, ring, rec);
		at += size;
	}
	__atomic_store_n(&r->control[ring]->tail, end, __ATOMIC_RELEASE);
}

static inline void reader_read(struct reader *r, reader_record *record, void *context)
{
	for (unsigned int i = 0; i < r->config.nr_rings && i < READER_RINGS; i++)
		if (r->control[i])
			reader_drain(r, i, record, context);
}

/* Stops, reads what is left, and asks for the status. */
static inline void reader_stop(struct reader *r, struct ember_status *status,
			       reader_record *record, void *context)
{
	if (ioctl(r->fd, EMBER_IOC_STOP))
		reader_die("stop");
	do {
		reader_read(r, record, context);
		memset(status, 0, sizeof(*status));
		status->size = sizeof(*status);
		status->index = EMBER_STATUS_SELF;
		status->cpu = EMBER_STATUS_CPU_ALL;
		if (ioctl(r->fd, EMBER_IOC_STATUS, status))
			reader_die("status");
	} while (status->definitions_waiting);
	reader_read(r, record, context);
}

#endif
