// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink/folded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "symbols/table.h"

struct ember_names {
	const struct ember_recording *recording;
	struct ember_table kernel;
	struct ember_table *file;	/* by number */
	bool *loaded;
};

/* What separates frames and counts can't be part of a name. */
static void ember_put_name(FILE *out, const char *name)
{
	for (; *name; name++)
		putc(*name == ';' || *name == '\n' ? '_' : *name, out);
}

static const struct ember_table *ember_file_table(struct ember_names *names, uint32_t number,
						  uint32_t tgid)
{
	const struct ember_file *file = &names->recording->spaces.file[number];
	char path[EMBER_PATH_MAX + 64];

	if (names->loaded[number])
		return &names->file[number];
	names->loaded[number] = true;
	if (file->flags & (EMBER_FILE_VDSO | EMBER_FILE_ANON | EMBER_FILE_CUT))
		return &names->file[number];
	if (ember_table_elf(&names->file[number], file->path, file->build_id,
			    file->build_id_bytes))
		return &names->file[number];
	/* Another mount namespace's name: only its build-id makes it safe. */
	if (file->build_id_bytes) {
		ember_table_free(&names->file[number]);
		snprintf(path, sizeof(path), "/proc/%u/root%s", tgid, file->path);
		ember_table_elf(&names->file[number], path, file->build_id,
				file->build_id_bytes);
	}
	return &names->file[number];
}

static void ember_put_user(FILE *out, struct ember_names *names,
			   const struct ember_count *count, uint64_t pc, bool caller)
{
	const struct ember_map *map = ember_spaces_map(&names->recording->spaces, count->generation, pc);
	const struct ember_file *file;
	const char *name, *base;
	uint64_t offset;

	if (!map || map->file >= names->recording->spaces.nr_file ||
	    !names->recording->spaces.file[map->file].path) {
		fprintf(out, "[unknown+0x%llx]", (unsigned long long)pc);
		return;
	}
	file = &names->recording->spaces.file[map->file];
	offset = pc - map->start + map->offset;
	/* A return address may be the next function's first: look before it. */
	name = ember_table_at_offset(ember_file_table(names, map->file, names->recording->thread[count->thread].tgid),
				     offset - caller);
	if (name) {
		ember_put_name(out, name);
		return;
	}
	base = strrchr(file->path, '/');
	putc('[', out);
	ember_put_name(out, base ? base + 1 : file->path);
	fprintf(out, "+0x%llx]", (unsigned long long)offset);
}

static void ember_put_kernel(FILE *out, struct ember_names *names, uint64_t pc, bool caller)
{
	const char *name = ember_table_at(&names->kernel, pc - caller);

	if (name)
		ember_put_name(out, name);
	else
		fprintf(out, "[kernel+0x%llx]", (unsigned long long)pc);
	fputs("_[k]", out);
}

static void ember_put_stack(FILE *out, struct ember_names *names,
			    const struct ember_count *count)
{
	static const char *const context[] = { NULL, "[softirq]", "[interrupt]", "[hrtimer]" };
	const struct ember_thread *thread = &names->recording->thread[count->thread];
	struct ember_stack copy, *stack = &copy;
	unsigned int i;

	ember_stacks_get(&names->recording->stacks, count->stack, stack);
	ember_put_name(out, stack->context && stack->context < 4 ? context[stack->context] :
		       thread->comm[0] ? thread->comm : "?");
	for (i = stack->nr_user; i--;) {
		putc(';', out);
		ember_put_user(out, names, count, stack->frames[stack->nr_kernel + i], i > 0);
	}
	for (i = stack->nr_kernel; i--;) {
		putc(';', out);
		ember_put_kernel(out, names, stack->frames[i], i > 0);
	}
	fprintf(out, " %llu\n", (unsigned long long)count->samples);
}

int ember_folded_write(FILE *out, const struct ember_recording *recording, bool *kernel_named)
{
	struct ember_names names = { .recording = recording };
	uint32_t i;

	names.file = calloc(recording->spaces.nr_file + 1, sizeof(*names.file));
	names.loaded = calloc(recording->spaces.nr_file + 1, sizeof(*names.loaded));
	if (!names.file || !names.loaded)
		return ember_error("out of memory");
	*kernel_named = ember_table_kallsyms(&names.kernel, "/proc/kallsyms");
	for (i = 0; i < recording->nr_count; i++)
		ember_put_stack(out, &names, &recording->count[i]);
	for (i = 0; i < recording->spaces.nr_file; i++)
		ember_table_free(&names.file[i]);
	ember_table_free(&names.kernel);
	free(names.file);
	free(names.loaded);
	if (fflush(out) || ferror(out))
		return ember_error("output: %s", strerror(errno));
	return 0;
}
