// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/symbol_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "elf/plt.h"
#include "model/dictionary.h"
#include "symbolize/binary.h"
#include "symbolize/debugfile.h"
#include "symbolize/demangle.h"
#include "symbolize/functions.h"
#include "symbolize/kernel_names.h"
#include "symbolize/perfmap.h"
#include "symbolize/vdso.h"
#include "symbolize/companion.h"
#include "symbolize/image.h"
#include "symbolize/unpack.h"

#define EMBER_MAPPERS_MAX 8

static bool ember_elf_place(void *context, uint64_t *address)
{
	const struct ember_elf *elf = context;

	return ember_segment_address(elf->segment, elf->nr_segment, *address, address);
}

/* Of the file itself, or of the one with its debug information. */
static void ember_symbol_source_lines(struct ember_symbols *s,
				      struct ember_symbol_source *source,
				      const struct ember_elf *elf, uint32_t root,
				      const struct ember_elf *debug, uint64_t bias)
{
	struct ember_companions companions = { &s->reach, &s->dirs, root };

	source->lines = elf->image ? NULL : ember_lines_open(elf->fd, &companions);
	source->lines_bias = 0;
	if (source->lines || !debug)
		return;
	source->lines = ember_lines_open(debug->fd, &companions);
	source->lines_bias = bias;
}

static void ember_symbol_source_elf(struct ember_symbols *s,
				    struct ember_symbol_source *source, struct ember_elf *elf,
				    uint32_t root)
{
	struct ember_elf debug;
	bool more = false;
	uint64_t bias, bytes;
	int fd;

	free(source->segment);
	source->nr_segment = elf->nr_segment;
	source->segment = ember_xrealloc(NULL, elf->nr_segment + 1, sizeof(*source->segment));
	memcpy(source->segment, elf->segment, elf->nr_segment * sizeof(*source->segment));
	ember_addr_lookup_new(&source->wanted, &source->asked, ember_elf_place, elf);
	if (!source->wanted.nr)
		return;
	if (!elf->image && (!ember_elf_has_symtab(elf) ||
			    (s->lines && !ember_elf_find(elf, ".debug_info", &bias, &bytes))))
		more = ember_debug_open(&s->reach, &s->dirs, elf, source->file->path, root,
					&debug, &bias);
	if (!more && !elf->image && !ember_elf_has_symtab(elf)) {
		fd = ember_unpack_symbols(elf);
		more = fd >= 0 && ember_elf_open(&debug, fd);
		bias = 0;
	}
	if (s->lines)
		ember_symbol_source_lines(s, source, elf, root, more ? &debug : NULL, bias);
	ember_elf_symbols(elf, &source->wanted, 0, false, NULL);
	if (more)
		ember_elf_symbols(&debug, &source->wanted, bias, false, NULL);
	ember_addr_lookup_settle(&source->wanted);
	ember_elf_symbols(elf, &source->wanted, 0, true, &s->strings);
	if (more) {
		ember_elf_symbols(&debug, &source->wanted, bias, true, &s->strings);
		ember_elf_close(&debug);
	}
	ember_elf_plt(elf, &source->wanted, &s->strings);
	ember_elf_functions(elf, !more && !ember_elf_has_symtab(elf), &source->wanted,
			    &s->strings);
}

static bool ember_image_place(void *context, uint64_t *address)
{
	const struct ember_image *image = context;

	*address += image->base;
	return true;
}

/* A kernel's, or a module's, of another machine. */
static void ember_symbol_source_image(struct ember_symbols *s,
				      struct ember_symbol_source *source)
{
	struct ember_image image;

	source->found = ember_image_open(&image, source->file, s->dirs.symfs, s->vmlinux);
	if (!source->found)
		return;
	source->base = image.base;
	ember_addr_lookup_new(&source->wanted, &source->asked, ember_image_place, &image);
	if (image.map) {
		ember_kernel_names(image.map, NULL, &source->wanted, &s->strings);
	} else {
		if (s->lines)
			ember_symbol_source_lines(s, source, &image.elf, 0, NULL, 0);
		ember_elf_symbols(&image.elf, &source->wanted, 0, false, NULL);
		ember_addr_lookup_settle(&source->wanted);
		ember_elf_symbols(&image.elf, &source->wanted, 0, true, &s->strings);
	}
	ember_image_close(&image);
}

static void ember_symbol_source_perfmap(struct ember_symbols *s,
					struct ember_symbol_source *source)
{
	/* Of a process that isn't known there's none. */
	FILE *file = source->number ? ember_perfmap_open(&s->reach, source->number,
							 source->began_ns, &s->dates) :
				      NULL;

	source->found = file;
	if (!file)
		return;
	ember_addr_lookup_new(&source->wanted, &source->asked, NULL, NULL);
	ember_perfmap_name(file, &source->wanted, &s->strings);
	fclose(file);
}

void ember_addr_lookup_plain(struct ember_symbols *s, struct ember_addr_lookup *wanted)
{
	struct ember_want *want = wanted->want;
	uint32_t i;

	for (i = 0; i < wanted->nr; i++)
		if (want[i].name)
			want[i].plain = i && want[i].name == want[i - 1].name ?
						want[i - 1].plain :
						ember_demangle(&s->strings, want[i].name);
}

bool ember_symbols_skip(struct ember_symbols *s)
{
	if (!s->hurry || !s->hurry())
		return false;
	s->unread++;
	return true;
}

/* In the board's folders, on this machine, or where servers have it. */
static bool ember_symbol_source_open(struct ember_symbols *s,
				     const struct ember_symbol_source *source,
				     struct ember_elf *elf, uint32_t *root)
{
	const struct ember_file *file = source->file;
	struct ember_mapper mapper[EMBER_MAPPERS_MAX];
	uint32_t nr;
	int fd;

	if (ember_symfs_binary(s->dirs.symfs, file, elf) ||
	    ember_binary_open(&s->reach, file, NULL, 0, &s->dates, elf, root))
		return true;
	nr = ember_living_find(&s->living, file, mapper, EMBER_MAPPERS_MAX);
	if (nr && ember_binary_open(&s->reach, file, mapper, nr, &s->dates, elf, root))
		return true;
	*root = 0;
	if (ember_binary_mapped(file, ember_kept_open(&s->kept, file), &s->dates, elf))
		return true;
	fd = ember_symfs_fetch(s->dirs.symfs, file->build_id, file->build_id_bytes, false);
	return fd >= 0 && ember_binary_matches(file, fd, elf);
}

void ember_symbol_source_read(struct ember_symbols *s, struct ember_symbol_source *source)
{
	struct ember_elf elf;
	uint32_t root = 0;
	void *image = NULL;

	source->read = true;
	source->found = false;
	source->wanted.nr = 0;
	ember_lines_close(source->lines);
	source->lines = NULL;
	if (ember_symbols_skip(s))
		return;
	if (source->kind == EMBER_FROM_PERFMAP) {
		ember_symbol_source_perfmap(s, source);
	} else if (source->kind == EMBER_FROM_IMAGE) {
		ember_symbol_source_image(s, source);
	} else if (source->kind == EMBER_FROM_VDSO ?
			   ember_vdso_open(&source->mapper, &elf, &image) :
			   ember_symbol_source_open(s, source, &elf, &root)) {
		source->found = true;
		ember_symbol_source_elf(s, source, &elf, root);
		ember_elf_close(&elf);
		free(image);
	}
	ember_addr_lookup_plain(s, &source->wanted);
}
