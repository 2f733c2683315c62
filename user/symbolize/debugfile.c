// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/debugfile.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define EMBER_DEBUG_DIR	 "/usr/lib/debug"
#define EMBER_ID_BYTES	 20
#define EMBER_LINK_BYTES 512
#define EMBER_CRC_BYTES	 (1ull << 30) /* a larger file isn't summed up */

struct ember_debug_search {
	struct ember_safe_open *reach;
	const struct ember_elf *stripped;
	struct ember_elf *debug;
	uint8_t id[EMBER_ID_BYTES];
	unsigned int id_bytes;
	uint32_t crc;
	bool linked; /* by CRC, not by build-id */
	uint64_t *bias;
};

static bool ember_debug_crc(const struct ember_elf *e, uint32_t crc)
{
	uint8_t piece[16384];
	uint64_t at = 0, n;
	uLong sum = crc32(0, NULL, 0);

	if (e->bytes > EMBER_CRC_BYTES)
		return false;
	for (; at < e->bytes; at += n) {
		n = e->bytes - at < sizeof(piece) ? e->bytes - at : sizeof(piece);
		if (!ember_elf_read(e, at, piece, n))
			return false;
		sum = crc32(sum, piece, n);
	}
	return sum == crc;
}

/* One distance for all; false: another one came before. */
static bool ember_debug_moved(uint64_t by, uint64_t *bias, bool *any)
{
	if (*any && by != *bias)
		return false;
	*bias = by;
	*any = true;
	return true;
}

/*
 * All code must have been moved by the same distance. patchelf moves headers and adds
 * segments, so sections of code are compared; segments where there are no section headers.
 */
static bool ember_debug_bias(const struct ember_elf *stripped, const struct ember_elf *debug,
			     uint64_t *bias)
{
	const struct ember_elf_section *to = stripped->section, *from = debug->section;
	uint32_t i, k = 0;
	bool any = false;

	*bias = 0;
	for (i = 0; stripped->bare && i < debug->nr_segment; i++)
		if (i >= stripped->nr_segment ||
		    !ember_debug_moved(stripped->segment[i].address -
					       debug->segment[i].address,
				       bias, &any))
			return false;
	for (i = 0; !stripped->bare && i < debug->nr_section; i++) {
		if (!from[i].code)
			continue;
		while (k < stripped->nr_section && !to[k].code)
			k++;
		if (k == stripped->nr_section ||
		    to[k].end - to[k].start != from[i].end - from[i].start ||
		    !ember_debug_moved(to[k++].start - from[i].start, bias, &any))
			return false;
	}
	return true;
}

/* Takes the descriptor over. */
static bool ember_debug_is(struct ember_debug_search *s, int fd)
{
	uint8_t id[EMBER_ID_BYTES];
	unsigned int n;

	if (fd < 0 || !ember_elf_open(s->debug, fd))
		return false;
	n = ember_elf_id(s->debug, id);
	if (s->debug->machine == s->stripped->machine && s->debug->wide == s->stripped->wide &&
	    ember_elf_has_symtab(s->debug) &&
	    (s->id_bytes && n == s->id_bytes ?
		     !memcmp(id, s->id, n) :
		     s->linked && ember_debug_crc(s->debug, s->crc)) &&
	    ember_debug_bias(s->stripped, s->debug, s->bias))
		return true;
	ember_elf_close(s->debug);
	return false;
}

static bool ember_debug_try(struct ember_debug_search *s, uint32_t root, const char *path)
{
	return ember_debug_is(s, ember_safe_open_file(s->reach, root, path));
}

static bool ember_debug_below(struct ember_debug_search *s, const struct ember_symfs *symfs)
{
	uint32_t n;
	int fd;

	for (n = 0; (fd = ember_symfs_open(symfs, s->id, s->id_bytes, n)) >= 0; n++)
		if (ember_debug_is(s, fd))
			return true;
	return false;
}

static bool ember_debug_by_id(struct ember_debug_search *s, uint32_t root, const char *dir,
			      const char *under)
{
	char path[PATH_MAX];
	unsigned int i;
	int n;

	if (s->id_bytes < 2)
		return false;
	n = snprintf(path, sizeof(path) - 2 * EMBER_ID_BYTES - 16, "%s%s/%02x/", dir, under,
		     s->id[0]);
	if (n < 0 || n >= (int)sizeof(path) - 2 * EMBER_ID_BYTES - 16)
		return false;
	for (i = 1; i < s->id_bytes; i++)
		n += sprintf(path + n, "%02x", s->id[i]);
	strcpy(path + n, ".debug");
	return ember_debug_try(s, root, path);
}

/* DIR, the stripped file's own folder, and perhaps .debug in it. */
static bool ember_debug_by_link(struct ember_debug_search *s, uint32_t root, const char *dir,
				const char *stripped, const char *under, const char *name)
{
	int folder = strrchr(stripped, '/') - stripped; /* the path is absolute */
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%.*s%s/%s", dir, folder, stripped, under,
			 name);

	return n > 0 && n < (int)sizeof(path) && strcmp(path, stripped) &&
	       ember_debug_try(s, root, path);
}

/* A name, a NUL, up to a multiple of 4, the CRC of the file. */
static bool ember_debug_link(struct ember_debug_search *s, char *name)
{
	uint64_t offset, bytes, n;

	if (!ember_elf_find(s->stripped, ".gnu_debuglink", &offset, &bytes) ||
	    bytes > EMBER_LINK_BYTES || !ember_elf_read(s->stripped, offset, name, bytes))
		return false;
	n = strnlen(name, bytes);
	if (!n || n == bytes || memchr(name, '/', n))
		return false;
	offset += (n + 4) & ~3ull;
	return ((n + 4) & ~3ull) + 4 <= bytes &&
	       ember_elf_read(s->stripped, offset, &s->crc, 4);
}

static bool ember_debug_in(struct ember_debug_search *s, const struct ember_debug_dirs *dirs,
			   const char *path, uint32_t root, const char *link)
{
	uint32_t i;

	for (i = 0; !root && i < dirs->nr; i++)
		if (link ? ember_debug_by_link(s, 0, dirs->path[i], path, "", link) :
			   ember_debug_by_id(s, 0, dirs->path[i], "/.build-id") ||
				    ember_debug_by_id(s, 0, dirs->path[i], ""))
			return true;
	if (!link)
		return ember_debug_by_id(s, root, EMBER_DEBUG_DIR, "/.build-id");
	return ember_debug_by_link(s, root, "", path, "", link) ||
	       ember_debug_by_link(s, root, "", path, "/.debug", link) ||
	       ember_debug_by_link(s, root, EMBER_DEBUG_DIR, path, "", link);
}

bool ember_debug_open(struct ember_safe_open *reach, const struct ember_debug_dirs *dirs,
		      const struct ember_elf *stripped, const char *path, uint32_t root,
		      struct ember_elf *debug, uint64_t *bias)
{
	struct ember_debug_search s = {
		.reach = reach,
		.stripped = stripped,
		.debug = debug,
		.bias = bias,
	};
	char link[EMBER_LINK_BYTES];

	s.id_bytes = ember_elf_id(stripped, s.id);
	if (ember_debug_below(&s, dirs->symfs) || ember_debug_in(&s, dirs, path, root, NULL) ||
	    (root && ember_debug_in(&s, dirs, path, 0, NULL)))
		return true;
	s.linked = path && *path == '/' && ember_debug_link(&s, link);
	if (s.linked && (ember_debug_in(&s, dirs, path, root, link) ||
			 (root && ember_debug_in(&s, dirs, path, 0, link))))
		return true;
	return ember_debug_is(&s, ember_symfs_fetch(dirs->symfs, s.id, s.id_bytes, true));
}
