/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the tool's parts share. */
#ifndef TEST_TOOL_H
#define TEST_TOOL_H

#include "unit.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "model/index.h"
#include "model/profile.h"

static inline char *tool_path(const char *name)
{
	static char folder[64], path[4][256];
	static unsigned int turn;

	if (!*folder) {
		strcpy(folder, "/tmp/ember-unit-XXXXXX");
		assert_non_null(mkdtemp(folder));
	}
	snprintf(path[++turn % 4], sizeof(path[0]), "%s/%s", folder, name);
	return path[turn % 4];
}

/* The folder goes away with all that is in it. */
static inline int tool_clean(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", tool_path("."));
	*strrchr(command, '/') = 0;
	strcat(command, "'");
	return system(command);
}

/* The most slots that a look-up may have to pass: long runs are hashes that collide. */
static inline uint32_t tool_longest_run(const struct ember_index *index)
{
	uint32_t i, run = 0, longest = 0;

	for (i = 0; i < index->slots; i++) {
		run = index->slot[i].item ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static inline char *tool_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, 8 << 20);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (8 << 20) - 1, file) > 0 || feof(file));
	fclose(file);
	return text;
}

/* stdout of a command; its exit status must be 0. */
static inline char *tool_command(const char *command)
{
	char *text = calloc(1, 8 << 20);
	FILE *pipe = popen(command, "r");

	assert_non_null(pipe);
	assert_non_null(text);
	fread(text, 1, (8 << 20) - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static inline uint32_t tool_frame(struct ember_profile *p, const char *name, uint64_t address,
				  uint32_t mapping, bool kernel)
{
	struct ember_function f = {
		.name = ember_profile_string(p, name),
		.kind = kernel ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE,
	};
	struct ember_line line = { .function = ember_profile_function(p, &f) };

	return ember_profile_location(p, address, mapping, &line, 1);
}

/*
 * 10 samples: `work` (pid 41, threads 41 and 42): 6 in main;<fast & "sure">, 3 of them
 * further in the kernel's read path, 2 in something unnamed; 2 of another process.
 */
static inline struct ember_profile *tool_profile(void)
{
	struct ember_profile *p = ember_profile_new();
	struct ember_mapping binary = {
		.start = 0x400000, .limit = 0x402000, .offset = 0x1000,
		.file = ember_profile_string(p, "/usr/bin/work"),
		.build_id = ember_profile_string(p, "0123456789abcdef0123456789abcdef01234567"),
		.has_functions = true,
	};
	struct ember_mapping kernel = {
		.start = 0xffffffff81000000, .limit = 0xffffffff82000000,
		.file = ember_profile_string(p, "[kernel.kallsyms]"),
		.kind = EMBER_FRAME_KERNEL, .has_functions = true,
	};
	struct ember_mapping bare = {
		.start = 0x1000, .limit = 0x5000, .offset = 0x1000,
		.file = ember_profile_string(p, "/lib/libbare.so"),
	};
	uint32_t m = ember_profile_mapping(p, &binary), k = ember_profile_mapping(p, &kernel);
	uint32_t b = ember_profile_mapping(p, &bare);
	uint32_t outer = tool_frame(p, "main", 0x400123, m, false);
	uint32_t fast = tool_frame(p, "<fast & \"sure\">", 0x400234, m, false);
	uint32_t vfs = tool_frame(p, "vfs_read", 0xffffffff81234567, k, true);
	uint32_t clear = tool_frame(p, "clear_user", 0xffffffff81345678, k, true);
	uint32_t unnamed = ember_profile_location(p, 0x2345, b, NULL, 0);
	struct ember_sample work = { .comm = ember_profile_string(p, "work"), .tgid = 41, .tid = 41 };
	struct ember_sample other = { .comm = ember_profile_string(p, "k worker;0"), .tgid = 7,
				      .tid = 7 };
	uint64_t period = 10101010;

	ember_profile_cpu(p, period);
	p->time_ns = 1764000000000000000;
	p->duration_ns = 2500000000;
	p->lost = 5;
	p->truncated = 1;
	p->gaps = 2;
	ember_profile_sample(p, &work, (uint32_t []){ fast, outer }, 2,
			     (uint64_t []){ 2, 2 * period });
	work.tid = 42;
	ember_profile_sample(p, &work, (uint32_t []){ fast, outer }, 2,
			     (uint64_t []){ 1, period });
	ember_profile_sample(p, &work, (uint32_t []){ clear, vfs, fast, outer }, 4,
			     (uint64_t []){ 3, 3 * period });
	ember_profile_sample(p, &work, (uint32_t []){ unnamed, outer }, 2,
			     (uint64_t []){ 2, 2 * period });
	ember_profile_sample(p, &other, (uint32_t []){ clear, vfs }, 2,
			     (uint64_t []){ 1, period });
	ember_profile_sample(p, &other, (uint32_t []){ clear, vfs }, 2,
			     (uint64_t []){ 1, period });
	return p;
}

/* The same, and growth of it: 96 KiB and 2 MiB in two stacks that are above, 64 KiB elsewhere. */
static inline struct ember_profile *tool_weighted_profile(void)
{
	struct ember_event_info growth = { .name = "growth", .type = EMBER_EVENT_GROWTH,
					   .unit = EMBER_UNIT_BYTES, .period = 65536,
					   .lost = { 3, 262144 } };
	struct ember_profile *p = tool_profile();
	static const uint64_t weights[] = { 98304, 0, 2097152, 0, 0 };
	uint64_t values[4];
	uint32_t i, own;

	/* Values of two more types for the samples that are there. */
	own = p->nr_sample;
	p->value = realloc(p->value, (own + 1) * 4 * sizeof(*p->value));
	for (i = own; i--;) {
		memcpy(values, p->value + 2 * i, 2 * sizeof(*values));
		values[2] = weights[i] ? 1 + (weights[i] > 1 << 20) : 0;
		values[3] = weights[i];
		memcpy(p->value + 4 * i, values, sizeof(values));
	}
	p->value_size = own + 1;
	ember_profile_event(p, &growth);
	p->event[0].truncated = 1;
	ember_profile_sample(p, &(struct ember_sample){ .comm = ember_profile_string(p, "other"),
							.tgid = 9, .tid = 9 },
			     (uint32_t []){ 1 }, 1, (uint64_t []){ 0, 0, 1, 65536 });
	return p;
}

#define TOOL_FOLDED						\
	"k worker:0;vfs_read_[k];clear_user_[k] 2\n"		\
	"work;main;<fast & \"sure\"> 3\n"			\
	"work;main;<fast & \"sure\">;vfs_read_[k];clear_user_[k] 3\n"	\
	"work;main;[libbare.so+0x2345] 2\n"

#endif
