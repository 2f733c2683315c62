// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/ldcache.h"

#include <string.h>

#define EMBER_LDCACHE_OLD "ld.so-1.7.0"
#define EMBER_LDCACHE_NEW "glibc-ld.so.cache1.1"

struct ember_ldcache_old {
	char magic[12];
	uint32_t nr;
};

struct ember_ldcache_new {
	char magic[20];
	uint32_t nr, string_bytes;
	uint32_t flags, extension, unused[3];
};

/* What both have of an entry: places of strings. */
struct ember_ldcache_entry {
	uint32_t flags, name, path;
};

/* Entries from `entries` on, of `each` bytes; their strings' places count from `strings`. */
struct ember_ldcache {
	const char *text;
	uint64_t bytes, entries, strings;
	uint32_t nr, each;
};

/* A string that ends within the text, or NULL. */
static const char *ember_ldcache_string(const struct ember_ldcache *c, uint32_t at)
{
	uint64_t from = c->strings + at;

	return from < c->bytes && memchr(c->text + from, 0, c->bytes - from) ? c->text + from :
									       NULL;
}

static bool ember_ldcache_look(const struct ember_ldcache *c, const char *name,
			       ember_ldcache_take *take, void *context)
{
	uint64_t at = c->entries;
	uint32_t i;

	for (i = 0; i < c->nr && c->bytes - at >= c->each; i++, at += c->each) {
		struct ember_ldcache_entry entry;
		const char *is, *path;

		memcpy(&entry, c->text + at, sizeof(entry));
		is = ember_ldcache_string(c, entry.name);
		path = is && !strcmp(is, name) ? ember_ldcache_string(c, entry.path) : NULL;
		if (path && take(context, path))
			return true;
	}
	return false;
}

bool ember_ldcache_find(const char *text, uint64_t bytes, const char *name,
			ember_ldcache_take *take, void *context)
{
	struct ember_ldcache_old old = {};
	struct ember_ldcache_new head;
	struct ember_ldcache c = { .text = text, .bytes = bytes };

	if (bytes >= sizeof(old) && !memcmp(text, EMBER_LDCACHE_OLD, sizeof(old.magic) - 1)) {
		memcpy(&old, text, sizeof(old));
		c.entries = sizeof(old);
		c.nr = old.nr;
		c.each = 12;
		c.strings = c.entries + (uint64_t)old.nr * c.each;
		/* The new format may follow, and is the one that is read then. */
		c.entries = (c.strings + 7) & ~7ull;
	}
	if (c.entries <= bytes && bytes - c.entries >= sizeof(head) &&
	    !memcmp(text + c.entries, EMBER_LDCACHE_NEW, sizeof(head.magic))) {
		memcpy(&head, text + c.entries, sizeof(head));
		c.strings = c.entries;
		c.entries += sizeof(head);
		c.nr = head.nr;
		c.each = 24;
	} else {
		c.entries = sizeof(old);
	}
	return c.each && ember_ldcache_look(&c, name, take, context);
}
