// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/recording.h"
#include "symbols/table.h"

struct ember_symbols {
	struct ember_table kernel;
	bool kernel_read, kernel_hidden;
	struct {
		struct ember_table table;
		bool read;
	} *file;			/* by number */
	uint32_t nr_file;
};

struct ember_symbols *ember_symbols_new(void)
{
	struct ember_symbols *s = ember_grow(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	return s;
}

void ember_symbols_free(struct ember_symbols *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_file; i++)
		ember_table_free(&s->file[i].table);
	free(s->file);
	ember_table_free(&s->kernel);
	free(s);
}

void ember_symbols_debug_dir(struct ember_symbols *s, const char *path)
{
	(void)s;
	(void)path;
}

void ember_symbols_want_user(struct ember_symbols *s, const struct ember_place *place)
{
	(void)s;
	(void)place;
}

void ember_symbols_want_kernel(struct ember_symbols *s, uint64_t pc, bool caller)
{
	(void)s;
	(void)pc;
	(void)caller;
}

static void ember_file_read(struct ember_table *table, const struct ember_place *place)
{
	const struct ember_file *file = place->file;
	char path[EMBER_PATH_MAX + 64];

	if (!file->path || file->flags & (EMBER_FILE_VDSO | EMBER_FILE_ANON | EMBER_FILE_CUT) ||
	    ember_table_elf(table, file->path, file->build_id, file->build_id_bytes))
		return;
	/* Another mount namespace's name: only its build-id makes it safe. */
	if (file->build_id_bytes) {
		ember_table_free(table);
		snprintf(path, sizeof(path), "/proc/%u/root%s", place->tgid, file->path);
		ember_table_elf(table, path, file->build_id, file->build_id_bytes);
	}
}

void ember_symbols_user(struct ember_symbols *s, const struct ember_place *place,
			struct ember_name *out)
{
	uint32_t n = place->file_number;

	memset(out, 0, sizeof(*out));
	if (n >= s->nr_file) {
		uint32_t nr = n + 1 + n / 2;

		s->file = ember_grow(s->file, nr, sizeof(*s->file));
		memset(s->file + s->nr_file, 0, (nr - s->nr_file) * sizeof(*s->file));
		s->nr_file = nr;
	}
	if (!s->file[n].read)
		ember_file_read(&s->file[n].table, place);
	s->file[n].read = true;
	out->name = ember_table_at_offset(&s->file[n].table, place->pc - place->caller -
					  place->map_start + place->map_offset);
	out->linkage = out->name;
}

static void ember_kernel_read(struct ember_symbols *s)
{
	if (!s->kernel_read)
		s->kernel_hidden = !ember_table_kallsyms(&s->kernel, "/proc/kallsyms");
	s->kernel_read = true;
}

void ember_symbols_kernel(struct ember_symbols *s, uint64_t pc, bool caller,
			  struct ember_name *out)
{
	memset(out, 0, sizeof(*out));
	ember_kernel_read(s);
	out->name = ember_table_at(&s->kernel, pc - caller);
	out->linkage = out->name;
	out->address = pc;
}

bool ember_symbols_kernel_hidden(struct ember_symbols *s)
{
	ember_kernel_read(s);
	return s->kernel_hidden;
}
