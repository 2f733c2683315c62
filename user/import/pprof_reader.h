/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reader of pprof has understood of a file so far: its strings, and what has an id. */
#ifndef EMBER_PPROF_READER_H
#define EMBER_PPROF_READER_H

#include <stddef.h>

#include "base/proto.h"
#include "model/profile.h"

struct ember_pprof_id {
	uint64_t id;
	uint32_t is; /* a number of the profile's */
};

struct ember_pprof_ids { /* what the file calls by an id */
	struct ember_pprof_id *item;
	uint32_t nr, size;
	struct ember_index index;
};

struct ember_pprof_reader {
	struct ember_profile *p;
	const uint8_t *bytes;
	size_t n;
	const char *why;
	struct ember_pprof_text {
		uint32_t at, n; /* in bytes */
		uint32_t is; /* the profile's number; 0: not used yet */
	} * text;
	uint32_t nr_text, text_size;
	struct ember_pprof_ids mapping, function, location;
	struct ember_function *made; /* the file's functions, by `function` */
	uint32_t nr_made, made_size;
	uint32_t *list; /* scratch */
	uint32_t nr_list, list_size;
	struct ember_line *line; /* scratch */
	uint32_t nr_line, line_size;
	uint64_t default_type; /* a string of the file's */
};

/* Note why the file can't be read, if it is the first cause; static storage. Returns false. */
bool ember_pprof_bad(struct ember_pprof_reader *reader, const char *why);

/* Give a string of the file's the profile's number. False: there is no such string. */
bool ember_pprof_text(struct ember_pprof_reader *reader, uint64_t number, uint32_t *is);
/* The same of n of them. */
bool ember_pprof_texts(struct ember_pprof_reader *reader, uint64_t *number, uint32_t *is,
		       unsigned int n);

/* Find what has an id. False: nothing has it. */
bool ember_pprof_find(struct ember_pprof_reader *reader, const struct ember_pprof_ids *ids,
		      uint64_t id, uint32_t *is);
/* Add what an id is. False: the id is 0, or there is one. */
bool ember_pprof_add(struct ember_pprof_reader *reader, struct ember_pprof_ids *ids, uint64_t id,
		     uint32_t is);

/* Read the numeric fields 1 .. n - 1 of a message; others are left out. False: it is corrupt. */
bool ember_pprof_numbers(struct ember_pprof_reader *reader, const struct ember_field *field,
			 uint64_t *number, unsigned int n);

void ember_pprof_reader_free(struct ember_pprof_reader *reader);

#endif
