/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF file as far as names need it. Nothing in the file is believed: tables are
 * read in pieces, by pread (a mapping would die with SIGBUS when the file is cut),
 * and what lies outside of the file isn't there.
 */
#ifndef EMBER_ELF_H
#define EMBER_ELF_H

#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

#include "elf/strings.h"
#include "elf/addr_lookup.h"

#define EMBER_SEGMENTS_MAX	4096	/* each address is looked for in all of them */

struct ember_segment {		/* of the file: where its bytes want to be */
	uint64_t offset, bytes, address;
};

struct ember_elf_section {
	uint64_t start, end;
	bool code;
};

struct ember_elf {
	Elf *elf;
	int fd;				/* -1: an image in memory */
	const uint8_t *image;
	uint64_t bytes;
	uint16_t machine;
	bool wide;			/* 64 bit */
	bool bare;			/* no section headers: sections are executable segments */
	struct ember_segment *segment;
	uint32_t nr_segment;
	struct ember_elf_section *section;
	uint32_t nr_section;
};

/*
 * Of a regular file, or of an image, which must stay; false if it makes no sense.
 * The descriptor is the ELF's from here on, in either case.
 */
bool ember_elf_open(struct ember_elf *elf, int fd);
bool ember_elf_image(struct ember_elf *elf, const void *image, uint64_t bytes);
void ember_elf_close(struct ember_elf *elf);

/* All of them or none. */
bool ember_elf_read(const struct ember_elf *elf, uint64_t offset, void *to, uint64_t bytes);

/* Into id[20]; its length, 0 if there is none. */
unsigned int ember_elf_id(const struct ember_elf *elf, uint8_t *id);

/* Whether a section's name begins so, in as many bytes (the NUL may be one of them). */
bool ember_elf_named(const struct ember_elf *elf, const GElf_Shdr *section,
		     const char *name, size_t bytes);

/* By its name: its header; false if it isn't there. */
bool ember_elf_section(const struct ember_elf *elf, const char *name, GElf_Shdr *section);

/* By its name: where it lies in the file; false if it isn't there. */
bool ember_elf_find(const struct ember_elf *elf, const char *name, uint64_t *offset,
		    uint64_t *bytes);

/* The first segment of that type; false: there is none. */
bool ember_elf_segment(const struct ember_elf *elf, uint32_t type, GElf_Phdr *segment);

bool ember_elf_has_symtab(const struct ember_elf *elf);

/* Where a byte of the file wants to be; false if no segment has it. */
bool ember_segment_address(const struct ember_segment *segment, uint32_t nr,
			   uint64_t offset, uint64_t *address);

/* Where `bytes` from an address on lie in the file; false if no segment has all of them. */
bool ember_segment_offset(const struct ember_segment *segment, uint32_t nr,
			  uint64_t address, uint64_t bytes, uint64_t *offset);

/*
 * What lies from an address on, and before `end`, in the first segment that has it, and in no
 * one before that: ember_segment_offset() finds all of it there. bytes 0: nothing does.
 */
struct ember_segment ember_segment_part(const struct ember_segment *segment, uint32_t nr,
					uint64_t address, uint64_t end);

/*
 * All functions of .symtab and .dynsym pass by, `bias` added to their addresses:
 * their extents, or (naming) their names, kept in strings.
 */
void ember_elf_symbols(const struct ember_elf *elf, struct ember_addr_lookup *wanted,
		       uint64_t bias, bool naming, struct ember_strings *strings);

/*
 * The same functions' places, as the tables have them: on ARM odd ones are Thumb's. Some hundred
 * symbols pass by a call; returns false when there are no more.
 */
struct ember_elf_chains {		/* of a DT_GNU_HASH, which give the number of symbols */
	bool on, done;			/* words are left; the last chain's end was seen */
	uint64_t at;			/* in the file: the next word */
	uint64_t buckets;		/* that are left */
	uint64_t first, last;		/* symbols: the first that is hashed; the last so far */
};

struct ember_elf_begins {		/* begins zeroed */
	bool opened;
	Elf_Scn *section;		/* the last one that was looked at */
	struct ember_elf_chains chains;
	GElf_Shdr table;		/* the symbols at hand, */
	uint64_t next;			/* from this number on */
};

typedef void ember_elf_begin_at(void *context, uint64_t address);
bool ember_elf_begins(const struct ember_elf *elf, struct ember_elf_begins *begins,
		      ember_elf_begin_at *place, void *context);

#endif
