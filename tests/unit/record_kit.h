/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording, and records as a ring's into it. */
#ifndef TEST_RECORD_KIT_H
#define TEST_RECORD_KIT_H

#include "tool.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model/recording.h"

#ifndef RINGS
#define RINGS 3 /* the last has definitions */
#endif

#define SECOND 1000000000ull

static struct ember_recording r;

static inline int setup(void **state)
{
	(void)state;
	ember_recording_init(&r, RINGS, 10000000);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	ember_recording_free(&r);
	return 0;
}

/* A test of one recording. */
#define records(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline void feed(unsigned int ring, uint16_t type, void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&r, ring, rec);
}

static inline void feed_time(unsigned int ring, uint64_t time)
{
	struct ember_rec_time rec = { .time = time };

	feed(ring, EMBER_REC_TIME, &rec, sizeof(rec));
}

static inline void feed_thread(unsigned int ring, uint32_t number, uint32_t tid, uint32_t space)
{
	struct ember_rec_thread rec = {
		.thread = number, .tid = tid, .tgid = tid, .space = space, .comm = "thread"
	};

	feed(ring, EMBER_REC_THREAD, &rec, sizeof(rec));
}

static inline void feed_stack(unsigned int ring, uint32_t number, uint64_t kernel, uint64_t user)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frames[2];
	} rec = { .s = { .stack = number,
			 .nr_kernel = kernel != 0,
			 .nr_user = user != 0,
			 .end_user = EMBER_END_WHOLE } };
	unsigned int n = 0;

	if (kernel)
		rec.frames[n++] = kernel;
	if (user)
		rec.frames[n++] = user;
	feed(ring, EMBER_REC_STACK, &rec, sizeof(rec.s) + 8 * n);
}

static inline void feed_sample(unsigned int ring, uint64_t time, uint32_t thread, uint32_t stack)
{
	struct ember_rec_sample rec = { .time = time, .thread = thread, .stack = stack };

	feed(ring, EMBER_REC_SAMPLE, &rec, sizeof(rec));
}

static inline void feed_file(uint32_t number, const char *path)
{
	struct {
		struct ember_rec_file f;
		char path[256];
	} rec = { .f = { .file = number, .path_bytes = strlen(path) } };
	struct stat st;

	/* Without a build-id a file is known by these. */
	if (!stat(path, &st)) {
		rec.f.dev_major = major(st.st_dev);
		rec.f.dev_minor = minor(st.st_dev);
		rec.f.ino = st.st_ino;
	}
	strcpy(rec.path, path);
	feed(RINGS - 1, EMBER_REC_FILE, &rec, sizeof(rec.f) + (strlen(path) + 8) / 8 * 8);
}

static inline void feed_space(uint32_t space, uint32_t generation, uint64_t time)
{
	struct ember_rec_space rec = { .space = space,
				       .generation = generation,
				       .time = time };

	feed(RINGS - 1, EMBER_REC_SPACE, &rec, sizeof(rec));
}

static inline void feed_map(uint32_t space, uint64_t start, uint64_t end, uint64_t offset,
		    uint32_t file)
{
	struct ember_rec_map rec = {
		.space = space, .start = start, .end = end, .offset = offset, .file = file
	};

	feed(RINGS - 1, EMBER_REC_MAP, &rec, sizeof(rec));
}

static inline void feed_end(uint32_t space, uint32_t generation, uint32_t maps)
{
	struct ember_rec_space_end rec = { .space = space,
					   .generation = generation,
					   .maps = maps };

	feed(RINGS - 1, EMBER_REC_SPACE_END, &rec, sizeof(rec));
}

/* A generation with one mapping, 0x1000 to 0x2000, of `file`; file 0: with none. */
static inline void feed_generation(uint32_t space, uint32_t generation, uint64_t time, uint32_t file)
{
	feed_space(space, generation, time);
	if (file)
		feed_map(space, 0x1000, 0x2000, 0, file);
	feed_end(space, generation, file != 0);
}

#endif
