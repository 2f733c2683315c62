// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/loader.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/error.h"
#include "symbols/vdso.h"
#include "unwind/compile.h"

static bool ember_loader_hand(int fd, uint32_t file, const struct ember_table *table)
{
	struct ember_unwind unwind = {
		.size = sizeof(unwind),
		.file = file,
		.first = table->first,
		.nr_pages = table->nr_pages,
		.nr_rows = table->nr_rows,
		.nr_rules = table->nr_rules,
		.pages = (uintptr_t)table->page,
		.rows = (uintptr_t)table->row,
		.rules = (uintptr_t)table->rule,
	};

	return !ioctl(fd, EMBER_IOC_UNWIND, &unwind);
}

static bool ember_loader_make(struct ember_loader *l, const struct ember_file *file,
			      const struct ember_elf *elf, uint32_t root,
			      struct ember_table *table)
{
	struct ember_compiler *compiler = NULL;
	struct ember_compiled compiled;
	struct ember_table_key key = {};
	struct ember_elf debug;
	uint64_t bias = 0;
	bool good;

	key.debug = ember_debug_open(&l->reach, l->dirs, elf, file->path, root, &debug, &bias);
	key.bytes = ember_elf_id(elf, key.id);
	good = ember_cache_get(&l->cache, &key, table);
	if (!good) {
		compiler = ember_compile_begin(elf, key.debug ? &debug : NULL, bias);
		good = compiler;
	}
	if (compiler) {
		while (ember_compile_step(compiler, EMBER_COMPILE_SLICE))
			ember_turn_take(&l->turn);
		ember_compile_end(compiler, &compiled);
		*table = compiled.table;
		ember_cache_put(&l->cache, &key, table);
	}
	if (key.debug)
		ember_elf_close(&debug);
	return good;
}

static bool ember_loader_table(struct ember_loader *l, const struct ember_file *file,
			       const struct ember_mapper *mapper, struct ember_table *table)
{
	struct ember_elf elf;
	void *image = NULL;
	uint32_t root = 0;
	bool good;

	ember_dates_look(&l->dates);
	good = file->path &&
	       (file->flags & EMBER_FILE_VDSO ?
			ember_vdso_open(mapper, &elf, &image) :
			ember_binary_open(&l->reach, file, mapper, 1, &l->dates, &elf, &root));
	if (good) {
		good = ember_loader_make(l, file, &elf, root, table);
		ember_elf_close(&elf);
	}
	free(image);
	return good;
}

static void ember_loader_file(struct ember_loader *l, const struct ember_spaces *spaces,
			      const struct ember_map *map, uint32_t tgid, int fd)
{
	struct ember_mapper mapper = { tgid, map->start, map->end };
	struct ember_table table;
	uint32_t file = map->file;

	/* Turns that are taken meanwhile may add to what is known, and move it. */
	if (!ember_loader_table(l, &spaces->file[file], &mapper, &table)) {
		l->missing++;
		return;
	}
	if (!table.nr_pages)
		l->missing++;
	else if (ember_loader_hand(fd, file, &table))
		l->loaded++;
	else if (errno == ENOSPC || errno == ENOMEM || errno == ENOTTY)
		l->full = true;
	ember_table_drop(&table);
}

static bool ember_loader_seen(struct ember_loader *l, uint32_t file)
{
	l->seen = ember_reach(l->seen, &l->nr_seen, file, sizeof(*l->seen));
	if (l->seen[file])
		return true;
	l->seen[file] = true;
	return false;
}

bool ember_loader_next(struct ember_loader *l, const struct ember_spaces *spaces, int fd)
{
	if (l->compacted != spaces->compacted) {
		l->compacted = spaces->compacted;
		l->looked = 0;
		l->at = 0;
	}
	while (!l->off && !l->full && l->looked < spaces->nr_generation) {
		const struct ember_generation *g = spaces->generation[l->looked];

		while (l->at < g->nr) {
			const struct ember_map *map = &spaces->map[g->map[l->at++]];

			if (map->file >= spaces->nr_file || ember_loader_seen(l, map->file))
				continue;
			ember_loader_file(l, spaces, map, g->tgid, fd);
#ifdef __GLIBC__
			/* It would keep what compiling took, for all of a recording. */
			malloc_trim(0);
#endif
			return true;
		}
		l->at = 0;
		l->looked++;
	}
	return false;
}

void ember_loader_free(struct ember_loader *l)
{
	ember_reach_free(&l->reach);
	free(l->seen);
	memset(l, 0, sizeof(*l));
}
