/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A named profile: what reports are made of. It's built from a recording
 * (symbolize/naming.h) or read from a file (import/pprof.h, import/folded.h).
 * Everything is known by its number in an array; 0 is the empty string, and no
 * function, no mapping.
 */
#ifndef EMBER_PROFILE_H
#define EMBER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/event_set.h"
#include "model/index.h"
#include "model/timestamp.h"

#define EMBER_TYPES_MAX	(2 + 2 * EMBER_EVENTS_MAX + 1)	/* the last: model/wall.h */

/* What pprof files say of what isn't in them. */
#define EMBER_PPROF_COMMENT	"emberprof: %llu samples lost, %llu skipped, %llu stacks truncated"
#define EMBER_PPROF_GAPS	", %llu that may have gaps" /* behind it, if there are any */

/* How a frame runs. In a location all lines but the last are inlined, whatever their functions are. */
enum ember_frame_kind {
	EMBER_FRAME_NATIVE,		/* machine code in user mode */
	EMBER_FRAME_KERNEL,
	EMBER_FRAME_INTERPRETED,
	EMBER_FRAME_INLINED
};

struct ember_function {
	uint32_t name;			/* strings, as the next two */
	uint32_t linkage;		/* as the symbol table spells it; 0: like name */
	uint32_t file;			/* the source's; 0: unknown */
	uint8_t kind;			/* enum ember_frame_kind, never inlined */
	bool bare;			/* has no name but its file's and where it begins */
	bool here;			/* that file is one of this machine: it may be shown */
};

struct ember_mapping {			/* of a file, at the file's own addresses */
	uint64_t start, limit, offset;
	uint32_t file;			/* strings, as the next */
	uint32_t build_id;		/* in hex */
	uint8_t kind;			/* of its functions */
	bool has_functions;
	bool found;			/* names were looked for in the file itself */
};

struct ember_line {
	uint32_t function;
	uint32_t line;			/* 0: unknown */
};

struct ember_location {
	uint64_t address;
	uint32_t mapping;
	uint32_t first_line, nr_lines;	/* in lines[]; the innermost inlined first.
					 * None: it has no name */
};

struct ember_sample {
	uint32_t comm;			/* a string; 0: unknown */
	uint32_t tgid, tid;
	uint32_t cpu;			/* + 1; 0: unknown */
	uint32_t board;			/* a string; 0: unknown */
	uint32_t labels;		/* of its process (model/profile_labels.h); 0: none */
	uint32_t state;			/* a string that trees have below comm: "[futex]"; 0: none */
	bool base;			/* of what it's compared with: counts against it */
	uint32_t first_frame, nr_frames; /* in frames[]; innermost first */
};

struct ember_profile_label {
	uint32_t key, value;		/* strings: "unit", "ssh.service" */
	uint32_t next;			/* the set's other labels; 0: none */
};

struct ember_type {
	uint32_t name, unit;		/* strings: "cpu", "nanoseconds" */
};

/* Weighted samples: two types of values, NAME_samples/count and NAME in the event's unit. */
struct ember_profile_event {
	uint32_t type;			/* the first of the two */
	uint32_t kind;			/* EMBER_EVENT_*; 0: unknown */
	uint64_t period;		/* 0: unknown, or several */
	struct ember_event_sum lost;	/* samples that aren't here */
	uint64_t truncated, gaps;	/* samples, as in struct ember_profile */
};

/* What the shown values lack. */
struct ember_defects {
	uint64_t lost, skipped, truncated, gaps;	/* samples */
};

struct ember_origin {			/* strings; 0: unknown, or several */
	uint32_t file;			/* what was read */
	uint32_t board;
	uint32_t kernel;		/* the board's release */
};

#define EMBER_PROFILE_FRAMES	(1u << 25)	/* of all stacks; then only innermost ones are kept */

struct ember_profile {
	char *text;			/* all strings with their NULs */
	uint32_t text_used, text_size;
	uint32_t *string;		/* where in text */
	uint32_t nr_string, string_size;
	struct ember_index string_index;
	struct ember_function *function;
	uint32_t nr_function, function_size;
	struct ember_index function_index;
	struct ember_mapping *mapping;
	uint32_t nr_mapping, mapping_size;
	struct ember_location *location;
	uint32_t nr_location, location_size;
	struct ember_index location_index;
	struct ember_line *line;
	uint32_t nr_line, line_size;
	uint32_t *frame;		/* numbers of locations */
	uint32_t nr_frame, frame_size;
	struct ember_sample *sample;
	uint32_t nr_sample, sample_size;
	struct ember_index sample_index;
	struct ember_profile_label *label;	/* of samples, in sets; 0 is the empty set */
	uint32_t nr_label, label_size;
	struct ember_index label_index;
	uint64_t *value;		/* nr_type for each sample */
	uint32_t value_size;
	struct ember_type type[EMBER_TYPES_MAX];
	uint32_t nr_type;
	uint32_t program;		/* a string: the name of samples without a comm */
	uint32_t shown;			/* the type that reports show */
	bool inlined_apart;		/* a function is another one where it is inlined */
	bool by_total;			/* tables are sorted by what functions take with those they call */
	struct ember_type period_type;
	uint64_t period;
	uint64_t time_ns;		/* since 1970; 0: there was no clock */
	uint64_t duration_ns;
	uint64_t lost, skipped;		/* samples that aren't here */
	uint64_t truncated;		/* samples whose stack was cut, */
	uint64_t gaps;			/* and others whose stack may lack frames in its middle */
	uint32_t shortened;		/* stacks that had no room but for their innermost frame */
	struct ember_timestamp *moment;	/* each single sample, by time, if times are known */
	uint32_t nr_moment;
	struct ember_profile_event event[EMBER_EVENTS_MAX];	/* of what isn't the clock's */
	uint32_t nr_event;
	struct ember_weighted_moment *weighted;	/* as moments, each of one event */
	uint32_t nr_weighted;
	bool kernel_hidden;		/* the kernel hid its symbols */
	struct ember_origin origin;	/* set on workstations alone */
};

struct ember_profile *ember_profile_new(void);
void ember_profile_free(struct ember_profile *profile);

/* Types of a CPU profile: samples/count, cpu/nanoseconds, shown as counts. */
void ember_profile_cpu(struct ember_profile *profile, uint64_t period_ns);

/*
 * Add the types of an event. In a profile without others the event is what is shown. Return its
 * number; EMBER_NO_NUMBER: there are too many.
 */
uint32_t ember_profile_event(struct ember_profile *profile,
			     const struct ember_event_info *event);

/* Find the events of a profile whose types are read from a file, by the types' names. */
void ember_profile_find_events(struct ember_profile *profile);

/*
 * Show the values of an event: cpu, those of a type with that name, or samples of it. Return
 * false if there are none.
 */
bool ember_profile_show(struct ember_profile *profile, const char *event);
/* Return the event whose values are shown; NULL: they are the clock's, or unknown. */
const struct ember_profile_event *ember_profile_shown(const struct ember_profile *profile);
struct ember_defects ember_profile_defects(const struct ember_profile *profile);
/* Write a value of the type that is shown, with a unit if it is bytes. */
void ember_profile_amount(const struct ember_profile *profile, uint64_t value,
			  char text[EMBER_AMOUNT_MAX]);
/* Write what was lost of the values that are shown, as such an amount; "": nothing. */
void ember_profile_lost(const struct ember_profile *profile, char text[EMBER_AMOUNT_MAX]);
/* Return whether each single sample of what is shown has its time. */
bool ember_profile_timed(const struct ember_profile *profile);

/* Return how the frame of a location's n-th line runs. */
static inline enum ember_frame_kind ember_frame_kind(const struct ember_profile *profile,
						     uint32_t location, uint32_t n)
{
	const struct ember_location *l = &profile->location[location];

	if (!l->nr_lines)
		return profile->mapping[l->mapping].kind;
	return n + 1 < l->nr_lines ? EMBER_FRAME_INLINED :
				     profile->function[profile->line[l->first_line + n].function].kind;
}

/* Types of a comparison: before/count, after/count, shown as the second. */
void ember_profile_pair(struct ember_profile *profile);

/* Return whether the first two types are those of a CPU profile. */
bool ember_profile_is_cpu(const struct ember_profile *profile);
bool ember_profile_is_pair(const struct ember_profile *profile);

/*
 * Each returns the number of what's now there, new or as it was. In strings whatever
 * isn't printable UTF-8 becomes `?`, so that every exporter may write them.
 */
uint32_t ember_profile_string(struct ember_profile *profile, const char *text);
uint32_t ember_profile_text(struct ember_profile *profile, const char *text, uint32_t n);
uint32_t ember_profile_function(struct ember_profile *profile,
				const struct ember_function *function);
uint32_t ember_profile_mapping(struct ember_profile *profile,
			       const struct ember_mapping *mapping);	/* always new */
/* More of the same file was seen. */
void ember_profile_reach(struct ember_mapping *mapping, uint64_t start, uint64_t limit,
			 uint64_t offset);
uint32_t ember_profile_location(struct ember_profile *profile, uint64_t address,
				uint32_t mapping, const struct ember_line *lines,
				uint32_t nr_lines);
/*
 * Adds values (nr_type of them) to the sample, whose number comes back, with that thread and those frames,
 * whose first_frame and nr_frames come from `frames`.
 */
uint32_t ember_profile_sample(struct ember_profile *profile, const struct ember_sample *sample,
			      const uint32_t *frames, uint32_t nr_frames,
			      const uint64_t *values);

/* Sorts its moments, which may come in any order. */
void ember_profile_by_time(struct ember_profile *profile);

static inline const char *ember_text(const struct ember_profile *profile, uint32_t string)
{
	return profile->text + profile->string[string];
}

/* Whether a location has no name but its file's. */
static inline bool ember_nameless(const struct ember_profile *profile,
				  const struct ember_location *location)
{
	return !location->nr_lines ||
	       profile->function[profile->line[location->first_line].function].bare;
}

static inline uint64_t ember_shown(const struct ember_profile *profile, uint32_t sample)
{
	return profile->value[(uint64_t)sample * profile->nr_type + profile->shown];
}

#endif
