/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of .eh_frame or .debug_frame, one for each function, in order of place. */
#ifndef EMBER_FRAME_SECTION_H
#define EMBER_FRAME_SECTION_H

#include "elf/inflate.h"
#include "unwind/cfi.h"

struct ember_fde {
	uint64_t begin;			/* address */
	uint32_t bytes;			/* of code */
	uint32_t at;			/* in the section */
};

struct ember_frame_section {
	const struct ember_elf *elf;
	const struct ember_cfi_registers *registers;
	uint64_t offset, bytes, address;	/* of the section */
	bool packed;			/* it is compressed, and read from */
	struct ember_inflate inflate;
	uint64_t bias;			/* to be added to its addresses of code */
	bool debug;			/* .debug_frame */
	struct ember_fde *fde;
	unsigned int nr, room;
	uint64_t covered;		/* bytes of code that entries cover, overlaps included */
	uint64_t next;			/* in the section: up to there entries are known */
	bool listed, disordered;	/* all of them are known; not in order */
	struct ember_order {		/* a merge sort at work: runs of `width` are in order */
		struct ember_fde *to;
		unsigned int width, low, left, right, out;
	} order;
	struct ember_window {		/* of the section */
		uint64_t at, bytes;
		uint8_t byte[4096];
	} *window;
	struct ember_cfi cfi;		/* the program at work */
	unsigned int bad;		/* entries that make no sense */
	uint8_t *entry, *common;	/* the one that is looked at, and its CIE */
	struct ember_cie cie;
};

/* false: there's no such section. bias: of a debug file, to the addresses of its program. */
bool ember_frame_section_open(struct ember_frame_section *frames, const struct ember_elf *elf, bool debug,
		       uint64_t bias);
void ember_frame_section_close(struct ember_frame_section *frames);

/* Read the entry at `at` in the section; false: there is none, or it makes no sense. */
bool ember_frame_section_at(struct ember_frame_section *frames, uint64_t at, struct ember_fde *fde);

/* Lists entries until *work is `most`; false: all are there, in order. */
bool ember_frame_section_list(struct ember_frame_section *frames, unsigned int *work, unsigned int most);

/* Begins with what the n-th says, for ember_cfi_go() of frames->cfi; false: it makes no sense. */
bool ember_frame_section_run(struct ember_frame_section *frames, unsigned int n, ember_cfi_row *row,
		      void *context);

#endif
