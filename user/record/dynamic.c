// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/dynamic.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_DYNAMIC_MAX 4096 /* entries */
#define EMBER_NEEDED_MAX  256 /* of one file */

/* A string of less than PATH_MAX bytes in the file, for the caller to free; or NULL. */
static char *ember_dynamic_string(const struct ember_elf *e, uint64_t offset)
{
	uint64_t bytes = offset < e->bytes ? e->bytes - offset : 0;
	char text[PATH_MAX];

	if (bytes > sizeof(text))
		bytes = sizeof(text);
	if (!bytes || !ember_elf_read(e, offset, text, bytes) || !memchr(text, 0, bytes))
		return NULL;
	return ember_copy(text);
}

/* False: it is past the end. */
static bool ember_dynamic_entry(const struct ember_elf *e, const GElf_Phdr *segment,
				unsigned int n, GElf_Dyn *entry)
{
	Elf32_Dyn narrow;
	uint64_t each = e->wide ? sizeof(*entry) : sizeof(narrow), at = n * each;

	if (n >= EMBER_DYNAMIC_MAX || at + each > segment->p_filesz)
		return false;
	at += segment->p_offset;
	if (e->wide)
		return ember_elf_read(e, at, entry, sizeof(*entry)) && entry->d_tag != DT_NULL;
	if (!ember_elf_read(e, at, &narrow, sizeof(narrow)))
		return false;
	entry->d_tag = narrow.d_tag;
	entry->d_un.d_val = narrow.d_un.d_val;
	return entry->d_tag != DT_NULL;
}

static void ember_dynamic_take(const struct ember_elf *e, uint64_t strings,
			       const GElf_Dyn *entry, struct ember_dynamic *d)
{
	char **to = entry->d_tag == DT_RPATH   ? &d->rpath :
		    entry->d_tag == DT_RUNPATH ? &d->runpath :
						 NULL;
	char *text;

	if (!to && (entry->d_tag != DT_NEEDED || d->nr == EMBER_NEEDED_MAX))
		return;
	text = ember_dynamic_string(e, strings + entry->d_un.d_val);
	if (!text)
		return;
	if (!to) {
		d->needed =
			ember_array_reserve(d->needed, d->nr, &d->room, sizeof(*d->needed));
		to = &d->needed[d->nr++];
		*to = NULL;
	}
	free(*to);
	*to = text;
}

void ember_dynamic_read(const struct ember_elf *e, struct ember_dynamic *d)
{
	uint64_t strings = 0;
	GElf_Phdr segment;
	unsigned int i;
	GElf_Dyn entry;

	memset(d, 0, sizeof(*d));
	if (ember_elf_segment(e, PT_INTERP, &segment))
		d->interpreter = ember_dynamic_string(e, segment.p_offset);
	if (!ember_elf_segment(e, PT_DYNAMIC, &segment))
		return;
	for (i = 0; ember_dynamic_entry(e, &segment, i, &entry); i++)
		if (entry.d_tag == DT_STRTAB &&
		    !ember_segment_offset(e->segment, e->nr_segment, entry.d_un.d_ptr, 1,
					  &strings))
			return;
	for (i = 0; strings && ember_dynamic_entry(e, &segment, i, &entry); i++)
		ember_dynamic_take(e, strings, &entry, d);
}

void ember_dynamic_free(struct ember_dynamic *d)
{
	while (d->nr)
		free(d->needed[--d->nr]);
	free(d->needed);
	free(d->interpreter);
	free(d->rpath);
	free(d->runpath);
}
