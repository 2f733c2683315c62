// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/message.h"
#include "unwind/table_builder.h"

/* Changes whenever a table's meaning does, and with what the compiler makes of a file. */
#define EMBER_CACHE_MAGIC  0x31574255u /* "UBW1" */
#define EMBER_CACHE_SUFFIX ".unwind"

struct ember_cached {
	uint32_t magic;
	uint32_t check; /* CRC-32 of all that follows it */
	uint8_t id[20];
	uint32_t id_bytes, debug;
	uint32_t first, nr_pages, nr_rows, nr_rules;
};

static bool ember_cache_path(const struct ember_table_cache *cache,
			     const struct ember_table_key *key, char *path, size_t room)
{
	unsigned int i;
	int n;

	if (!cache->dir || !key->bytes || key->bytes > sizeof(key->id))
		return false;
	n = snprintf(path, room, "%s/", cache->dir);
	for (i = 0; i < key->bytes && n > 0 && (size_t)n < room; i++)
		n += snprintf(path + n, room - n, "%02x", key->id[i]);
	if (n > 0 && (size_t)n < room)
		n += snprintf(path + n, room - n, "%s%s", key->debug ? "-debug" : "",
			      EMBER_CACHE_SUFFIX);
	return n > 0 && (size_t)n < room;
}

static struct ember_cached ember_cache_head(const struct ember_table_key *key,
					    const struct ember_table *t)
{
	struct ember_cached head = {
		.magic = EMBER_CACHE_MAGIC,
		.id_bytes = key->bytes,
		.debug = key->debug,
		.first = t->first,
		.nr_pages = t->nr_pages,
		.nr_rows = t->nr_rows,
		.nr_rules = t->nr_rules,
	};

	memcpy(head.id, key->id, key->bytes);
	return head;
}

static uint32_t ember_cache_check(const struct ember_cached *head, const struct ember_table *t)
{
	const uint8_t *from = (const uint8_t *)&head->id;
	uLong crc = crc32(0, from, (const uint8_t *)(head + 1) - from);

	crc = crc32(crc, (const Bytef *)t->page, (t->nr_pages + 1) * sizeof(*t->page));
	crc = crc32(crc, (const Bytef *)t->row, t->nr_rows * sizeof(*t->row));
	return crc32(crc, (const Bytef *)t->rule, t->nr_rules * sizeof(*t->rule));
}

static bool ember_cache_all(FILE *f, void *to, size_t bytes)
{
	return fread(to, 1, bytes, f) == bytes;
}

/*
 * Read and verify a table. Its counts must add up to the file's size, which bounds what is
 * allocated. Return true if the table is valid.
 */
static bool ember_cache_read(FILE *f, const struct ember_table_key *key, struct ember_table *t)
{
	struct ember_cached head, own;
	struct stat st;

	if (!ember_cache_all(f, &head, sizeof(head)) || fstat(fileno(f), &st) ||
	    !head.nr_pages || head.nr_pages > 1 << 16 || !head.nr_rules)
		return false;
	t->first = head.first;
	t->nr_pages = head.nr_pages;
	t->nr_rows = head.nr_rows;
	t->nr_rules = head.nr_rules;
	if ((uint64_t)st.st_size != sizeof(head) + ember_table_bytes(t))
		return false;
	t->page = ember_xrealloc(NULL, t->nr_pages + 1, sizeof(*t->page));
	t->row = ember_xrealloc(NULL, t->nr_rows, sizeof(*t->row));
	t->rule = ember_xrealloc(NULL, t->nr_rules, sizeof(*t->rule));
	own = ember_cache_head(key, t);
	own.check = head.check;
	return ember_cache_all(f, t->page, (t->nr_pages + 1) * sizeof(*t->page)) &&
	       ember_cache_all(f, t->row, t->nr_rows * sizeof(*t->row)) &&
	       ember_cache_all(f, t->rule, t->nr_rules * sizeof(*t->rule)) &&
	       !memcmp(&own, &head, sizeof(own)) &&
	       ember_cache_check(&head, t) == head.check && ember_table_good(t);
}

bool ember_cache_get(struct ember_table_cache *cache, const struct ember_table_key *key,
		     struct ember_table *table)
{
	char path[PATH_MAX];
	bool good;
	FILE *f;

	memset(table, 0, sizeof(*table));
	if (!ember_cache_path(cache, key, path, sizeof(path)))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	good = ember_cache_read(f, key, table);
	fclose(f);
	if (good)
		return true;
	ember_warning("%s: invalid cached unwind table (compiling it again)", path);
	ember_table_drop(table);
	return false;
}

/* Bytes of all tables that are there; the oldest one's name. */
static uint64_t ember_cache_used(const char *dir, char *oldest, size_t room)
{
	struct dirent *entry;
	uint64_t bytes = 0;
	time_t age = 0;
	DIR *d = opendir(dir);

	*oldest = 0;
	while (d && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name), suffix = strlen(EMBER_CACHE_SUFFIX);
		struct stat st;

		if (n < suffix || strcmp(entry->d_name + n - suffix, EMBER_CACHE_SUFFIX) ||
		    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		bytes += st.st_size;
		if (*oldest && st.st_mtime >= age)
			continue;
		age = st.st_mtime;
		snprintf(oldest, room, "%s/%s", dir, entry->d_name);
	}
	if (d)
		closedir(d);
	return bytes;
}

static bool ember_cache_room(const char *dir, uint64_t bytes)
{
	char oldest[PATH_MAX];

	if (bytes > EMBER_CACHE_BYTES)
		return false;
	while (ember_cache_used(dir, oldest, sizeof(oldest)) > EMBER_CACHE_BYTES - bytes)
		if (!*oldest || unlink(oldest))
			return false;
	return true;
}

static bool ember_cache_write(const char *path, const struct ember_table_key *key,
			      const struct ember_table *t)
{
	struct ember_cached head = ember_cache_head(key, t);
	FILE *f = fopen(path, "we");
	bool good;

	if (!f)
		return false;
	head.check = ember_cache_check(&head, t);
	good = fwrite(&head, sizeof(head), 1, f) == 1 &&
	       fwrite(t->page, sizeof(*t->page), t->nr_pages + 1, f) == t->nr_pages + 1 &&
	       fwrite(t->row, sizeof(*t->row), t->nr_rows, f) == t->nr_rows &&
	       fwrite(t->rule, sizeof(*t->rule), t->nr_rules, f) == t->nr_rules;
	return !fclose(f) && good;
}

/* Under another name until it's whole. */
void ember_cache_put(struct ember_table_cache *cache, const struct ember_table_key *key,
		     const struct ember_table *t)
{
	char path[PATH_MAX - 16], temporary[PATH_MAX];

	if (!t->nr_pages || !ember_cache_path(cache, key, path, sizeof(path)) ||
	    !ember_cache_room(cache->dir, sizeof(struct ember_cached) + ember_table_bytes(t)))
		return;
	snprintf(temporary, sizeof(temporary), "%s.%d", path, getpid());
	if (ember_cache_write(temporary, key, t) && !rename(temporary, path))
		return;
	if (!cache->reported)
		ember_warning("%s: %s; unwind tables aren't kept", temporary, strerror(errno));
	cache->reported = true;
	unlink(temporary);
}
