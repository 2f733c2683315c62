// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/loader.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/memory.h"
#include "symbolize/vdso.h"
#include "unwind/compile.h"

static bool ember_loader_load(int fd, uint32_t file, const struct ember_table *table)
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

/* None is to be had: the stacks that go on by frame pointer there are as whole as they get. */
static void ember_loader_none(struct ember_loader *l, int fd, uint32_t file)
{
	struct ember_rule rule = { .cfa = EMBER_CFA_NONE };
	struct ember_row row = {};
	uint32_t page[] = { 0, 1 };

	l->missing++;
	if (l->marks)
		ember_loader_load(fd, file,
				  &(struct ember_table){ .nr_pages = 1,
							 .nr_rows = 1,
							 .nr_rules = 1,
							 .page = page,
							 .row = &row,
							 .rule = &rule });
}

static void ember_loader_hand(struct ember_loader *l, int fd, uint32_t file,
			      const struct ember_table *table)
{
	if (!table->nr_pages)
		ember_loader_none(l, fd, file);
	else if (ember_loader_load(fd, file, table))
		l->loaded++;
	else if (errno == ENOSPC || errno == ENOMEM || errno == ENOTTY)
		l->full = true;
}

/* glibc would keep what compiling took, for all of a recording. */
static void ember_loader_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

/* Begins with an open file; its debug file and its kept table are looked for first. */
static void ember_loader_begin(struct ember_loader *l, const char *path, uint32_t root)
{
	struct ember_loader_job *job = &l->job;

	job->on = true;
	memset(&job->key, 0, sizeof(job->key));
	job->key.debug = ember_debug_open(&l->reach, l->dirs, &job->elf, path, root,
					  &job->debug, &job->bias);
	job->key.bytes = ember_elf_id(&job->elf, job->key.id);
}

static void ember_loader_end(struct ember_loader *l)
{
	struct ember_loader_job *job = &l->job;

	if (!job->on)
		return;
	job->on = false;
	if (job->compiler)
		ember_compile_end(job->compiler, NULL);
	job->compiler = NULL;
	if (job->key.debug)
		ember_elf_close(&job->debug);
	ember_elf_close(&job->elf);
	free(job->image);
	ember_loader_trim();
}

bool ember_loader_step(struct ember_loader *l, int fd)
{
	struct ember_loader_job *job = &l->job;
	struct ember_compiled compiled = {};

	if (!job->on)
		return false;
	if (job->compiler) {
		if (ember_compile_step(job->compiler, EMBER_COMPILE_SLICE))
			return true;
		ember_compile_end(job->compiler, &compiled);
		job->compiler = NULL;
		ember_cache_put(&l->cache, &job->key, &compiled.table);
	} else if (!ember_cache_get(&l->cache, &job->key, &compiled.table)) {
		job->compiler = ember_compile_begin(
			&job->elf, job->key.debug ? &job->debug : NULL, job->bias);
		if (job->compiler)
			return true;
	}
	if (job->awaited.file) {
		ember_loader_hand(l, fd, job->awaited.file, &compiled.table);
		ember_table_drop(&compiled.table);
	} else {
		ember_ready_add(&l->ready, &job->ready, &compiled.table);
	}
	ember_loader_end(l);
	return false;
}

void ember_loader_ahead(struct ember_loader *l, uint32_t tgid, const char *path)
{
	struct ember_loader_job *job = &l->job;
	int fd;

	if (l->off || job->on || l->ready.bytes >= EMBER_READY_BYTES)
		return;
	fd = ember_safe_open_file(&l->reach, tgid, path);
	if (fd < 0 || !ember_elf_open(&job->elf, fd))
		return;
	job->awaited.file = 0;
	job->image = NULL;
	if (ember_ready_key(&job->elf, &job->ready) &&
	    !ember_ready_find(&l->ready, &job->ready))
		ember_loader_begin(l, path, tgid);
	else
		ember_elf_close(&job->elf);
}

void ember_loader_forget(struct ember_loader *l)
{
	if (!l->ready.nr)
		return;
	ember_ready_free(&l->ready);
	ember_loader_trim();
}

/* Opens a file that has turned up. *image: to be freed once the ELF is closed. */
static bool ember_loader_open(struct ember_loader *l, const struct ember_file *file,
			      const struct ember_awaited *a, struct ember_elf *elf,
			      uint32_t *root, void **image)
{
	struct ember_mapper mapper = { a->tgid, a->start, a->end };

	*image = NULL;
	*root = 0;
	ember_dates_look(&l->dates);
	return file->path &&
	       (file->flags & EMBER_FILE_VDSO ?
			ember_vdso_open(&mapper, elf, image) :
			ember_binary_open(&l->reach, file, &mapper, 1, &l->dates, elf, root));
}

/* Loads the table of a file that was compiled ahead; false: it wasn't. */
static bool ember_loader_at_once(struct ember_loader *l, const struct ember_file *file,
				 const struct ember_awaited *a, int fd)
{
	struct ember_ready *ready = NULL;
	struct ember_ready_key key;
	struct ember_elf elf;
	uint32_t root;
	void *image;

	if (!l->ready.nr || !ember_loader_open(l, file, a, &elf, &root, &image))
		return false;
	if (ember_ready_key(&elf, &key))
		ready = ember_ready_find(&l->ready, &key);
	ember_elf_close(&elf);
	free(image);
	if (!ready)
		return false;
	ember_loader_hand(l, fd, a->file, &ready->table);
	/* If the module forgets the file and defines it again, the table is compiled then. */
	ember_ready_drop(&l->ready, ready);
	return true;
}

static bool ember_loader_seen(struct ember_loader *l, uint32_t file)
{
	l->seen = ember_array_ensure(l->seen, &l->nr_seen, file, sizeof(*l->seen));
	if (l->seen[file])
		return true;
	l->seen[file] = true;
	return false;
}

static void ember_loader_map(struct ember_loader *l, const struct ember_spaces *spaces,
			     const struct ember_map *map, uint32_t tgid, int fd)
{
	struct ember_awaited awaited = { map->file, tgid, map->start, map->end };

	if (map->file >= spaces->nr_file || ember_loader_seen(l, map->file) ||
	    ember_loader_at_once(l, &spaces->file[map->file], &awaited, fd))
		return;
	if (l->next == l->nr_awaited)
		l->next = l->nr_awaited = 0;
	l->awaited = ember_array_reserve(l->awaited, l->nr_awaited, &l->room, sizeof(awaited));
	l->awaited[l->nr_awaited++] = awaited;
}

/* Files that have turned up. */
static void ember_loader_look(struct ember_loader *l, const struct ember_spaces *spaces,
			      int fd)
{
	if (l->compacted != spaces->compacted) {
		l->compacted = spaces->compacted;
		l->looked = 0;
		l->at = 0;
	}
	for (; !l->off && !l->full && l->looked < spaces->nr_generation;
	     l->looked++, l->at = 0) {
		const struct ember_epoch *g = spaces->generation[l->looked];

		while (l->at < g->nr)
			ember_loader_map(l, spaces, &spaces->map[g->map[l->at++]], g->tgid,
					 fd);
	}
}

bool ember_loader_next(struct ember_loader *l, const struct ember_spaces *spaces, int fd)
{
	struct ember_loader_job *job = &l->job;
	const struct ember_file *file;
	uint32_t root;

	ember_loader_look(l, spaces, fd);
	if (l->off || l->full)
		return false;
	if (!job->on && l->next < l->nr_awaited) {
		job->awaited = l->awaited[l->next++];
		file = &spaces->file[job->awaited.file];
		/* It may have been compiled ahead since it turned up. */
		if (ember_loader_at_once(l, file, &job->awaited, fd))
			;
		else if (ember_loader_open(l, file, &job->awaited, &job->elf, &root,
					   &job->image))
			ember_loader_begin(l, file->path, root);
		else
			ember_loader_none(l, fd, job->awaited.file);
	}
	return ember_loader_step(l, fd) || l->next < l->nr_awaited;
}

void ember_loader_free(struct ember_loader *l)
{
	ember_loader_end(l);
	ember_safe_open_free(&l->reach);
	ember_ready_free(&l->ready);
	free(l->awaited);
	free(l->seen);
	memset(l, 0, sizeof(*l));
}
