/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions by address, of one file or of the kernel. */
#ifndef EMBER_TABLE_H
#define EMBER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct ember_symbol {
	uint64_t start;
	uint64_t size;		/* 0: up to the next one */
	char *name;
};

struct ember_segment {		/* of a file: where its bytes want to be */
	uint64_t offset, bytes, address;
};

struct ember_table {
	struct ember_symbol *symbol;	/* sorted by start */
	uint32_t nr;
	struct ember_segment segment[16];
	uint32_t nr_segment;
};

/*
 * From an ELF file's .symtab, else .dynsym. With build_id_bytes the file must have
 * that build-id. False (and an empty table) if it can't be read, isn't the one, or
 * makes no sense.
 */
bool ember_table_elf(struct ember_table *table, const char *path,
		     const uint8_t *build_id, unsigned int build_id_bytes);

/* From /proc/kallsyms; false if that hides its addresses. */
bool ember_table_kallsyms(struct ember_table *table, const char *path);

void ember_table_free(struct ember_table *table);

/* The function at an address (of the kernel), or at a file's offset; or NULL. */
const char *ember_table_at(const struct ember_table *table, uint64_t address);
const char *ember_table_at_offset(const struct ember_table *table, uint64_t offset);

#endif
