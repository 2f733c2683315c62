// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_BLOCK_BYTES 4096

struct ember_string_block {
	struct ember_string_block *next;
	char text[];
};

static uint32_t ember_string_hash(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash ^ hash >> 15;
}

static const char **ember_string_slot(struct ember_strings *s, const char *text)
{
	uint32_t at = ember_string_hash(text) & (s->slots - 1);

	while (s->slot[at] && strcmp(s->slot[at], text))
		at = (at + 1) & (s->slots - 1);
	return &s->slot[at];
}

static void ember_strings_widen(struct ember_strings *s)
{
	const char **old = s->slot;
	uint32_t i, slots = s->slots;

	s->slots = slots ? 2 * slots : 64;
	s->slot = ember_xrealloc(NULL, s->slots, sizeof(*s->slot));
	memset(s->slot, 0, s->slots * sizeof(*s->slot));
	for (i = 0; i < slots; i++)
		if (old[i])
			*ember_string_slot(s, old[i]) = old[i];
	free(old);
}

static char *ember_strings_room(struct ember_strings *s, uint32_t bytes)
{
	struct ember_string_block *block = s->block;

	if (bytes > s->left) {
		s->left = bytes > EMBER_BLOCK_BYTES ? bytes : EMBER_BLOCK_BYTES;
		block = ember_xrealloc(NULL, 1, sizeof(*block) + s->left);
		block->next = s->block;
		s->block = block;
	}
	/* A block is filled from its end: what is left says where. */
	s->left -= bytes;
	return block->text + s->left;
}

const char *ember_strings_keep(struct ember_strings *s, const char *text)
{
	uint32_t bytes = strlen(text) + 1;
	const char **slot;
	char *kept;

	if (2 * s->nr >= s->slots)
		ember_strings_widen(s);
	slot = ember_string_slot(s, text);
	if (*slot)
		return *slot;
	kept = ember_strings_room(s, bytes);
	memcpy(kept, text, bytes);
	s->nr++;
	return *slot = kept;
}

void ember_strings_free(struct ember_strings *s)
{
	struct ember_string_block *next;

	for (; s->block; s->block = next) {
		next = s->block->next;
		free(s->block);
	}
	free(s->slot);
	memset(s, 0, sizeof(*s));
}
