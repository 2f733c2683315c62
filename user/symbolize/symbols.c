// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kallsyms.h"
#include "base/memory.h"
#include "model/recording.h"
#include "symbolize/kernel_names.h"
#include "symbolize/symbol_source.h"
#include "symbolize/vdso.h"

struct ember_symbols *ember_symbols_new(void)
{
	struct ember_symbols *s = ember_xrealloc(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	ember_dates_look(&s->dates);
	return s;
}

void ember_symbols_free(struct ember_symbols *s)
{
	uint32_t i;

	for (i = 0; i < s->slots; i++) {
		if (!s->source[i])
			continue;
		ember_addr_lookup_free(&s->source[i]->wanted);
		ember_asked_free(&s->source[i]->asked);
		ember_lines_close(s->source[i]->lines);
		free(s->source[i]->segment);
		free(s->source[i]);
	}
	free(s->source);
	while (s->dirs.nr)
		free(s->dirs.path[--s->dirs.nr]);
	free(s->dirs.path);
	ember_asked_free(&s->kernel_asked);
	ember_addr_lookup_free(&s->kernel);
	ember_living_free(&s->living);
	ember_kept_free(&s->kept);
	ember_safe_open_free(&s->reach);
	ember_strings_free(&s->strings);
	free(s);
}

void ember_symbols_since(struct ember_symbols *s, const struct ember_dates *dates)
{
	s->dates = *dates;
}

void ember_symbols_keep(struct ember_symbols *s, const struct ember_spaces *spaces)
{
	ember_kept_look(&s->kept, &s->reach, spaces->file, spaces->nr_file);
}

void ember_symbols_process(struct ember_symbols *s, uint32_t tgid)
{
	ember_living_add(&s->living, tgid);
}

void ember_symbols_debug_dir(struct ember_symbols *s, const char *path)
{
	char *full = realpath(path, NULL);

	if (!full)
		return;
	s->dirs.path = ember_xrealloc(s->dirs.path, s->dirs.nr + 1, sizeof(*s->dirs.path));
	s->dirs.path[s->dirs.nr++] = full;
}

void ember_symbols_vmlinux(struct ember_symbols *s, const char *path)
{
	s->vmlinux = path;
}

void ember_symbols_symfs(struct ember_symbols *s, struct ember_symfs *symfs)
{
	s->dirs.symfs = symfs;
}

const struct ember_debug_dirs *ember_symbols_debug_dirs(const struct ember_symbols *s)
{
	return &s->dirs;
}

void ember_symbols_remote(struct ember_symbols *s, bool remote_too)
{
	s->reach.remote_too = remote_too;
}

void ember_symbols_lines(struct ember_symbols *s, bool inlined)
{
	s->lines = true;
	s->inlined = inlined;
}

/* A compiler may have made it at run time: what it said of addresses counts, if no file does. */
static bool ember_place_made(const struct ember_place *place)
{
	return place->tgid && !(place->file->flags & EMBER_FILE_ANON) &&
	       place->map_start != place->map_offset && ember_file_made(place->file);
}

static struct ember_symbol_source **
ember_symbol_source_slot(struct ember_symbols *s, enum ember_symbol_source_kind kind,
			 uint32_t number)
{
	uint32_t at = (number * 0x9e3779b1u + kind) & (s->slots - 1);

	while (s->source[at] &&
	       (s->source[at]->kind != kind || s->source[at]->number != number))
		at = (at + 1) & (s->slots - 1);
	return &s->source[at];
}

static void ember_sources_widen(struct ember_symbols *s)
{
	struct ember_symbol_source **old = s->source;
	uint32_t i, slots = s->slots;

	s->slots = slots ? 2 * slots : 64;
	s->source = ember_xrealloc(NULL, s->slots, sizeof(*s->source));
	memset(s->source, 0, s->slots * sizeof(*s->source));
	for (i = 0; i < slots; i++)
		if (old[i])
			*ember_symbol_source_slot(s, old[i]->kind, old[i]->number) = old[i];
	free(old);
}

/* made: what the process' compiler said of it. */
static struct ember_symbol_source *
ember_symbol_source_of(struct ember_symbols *s, const struct ember_place *place, bool made)
{
	struct ember_mapper mapper = { place->tgid, place->map_start, place->map_end };
	enum ember_symbol_source_kind kind = EMBER_FROM_FILE;
	uint32_t number = place->file_number;
	struct ember_symbol_source **slot;

	if (place->file->flags & EMBER_FILE_KERNEL) {
		kind = EMBER_FROM_IMAGE;
	} else if (place->file->flags & EMBER_FILE_VDSO) {
		kind = EMBER_FROM_VDSO;
		number = ember_vdso_ours(&mapper) ? 0 : place->tgid;
	} else if (made || place->file->flags & EMBER_FILE_ANON) {
		kind = EMBER_FROM_PERFMAP;
		number = place->tgid;
	}
	if (2 * s->nr_source >= s->slots)
		ember_sources_widen(s);
	slot = ember_symbol_source_slot(s, kind, number);
	if (!*slot) {
		*slot = ember_xrealloc(NULL, 1, sizeof(**slot));
		memset(*slot, 0, sizeof(**slot));
		(*slot)->kind = kind;
		(*slot)->number = number;
		s->nr_source++;
	}
	/* Of a dictionary that grows between two questions the places move. */
	(*slot)->file = place->file;
	if (!(*slot)->asked.nr || (*slot)->read)
		(*slot)->mapper = mapper;
	if (place->began_ns)
		(*slot)->began_ns = place->began_ns;
	return *slot;
}

/* Where signal handlers return to: nobody called from before it. */
static bool ember_name_trampoline(const struct ember_want *want)
{
	static const char *const names[] = {
		"__restore_rt",
		"__restore",
		"__kernel_rt_sigreturn",
		"__kernel_sigreturn",
		"__default_rt_sa_restorer",
		"__default_sa_restorer",
	};
	size_t i;

	for (i = 0; want && want->name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(want->name, names[i]))
			return true;
	return false;
}

/* What is looked for: the place of pc, or before it. */
static uint64_t ember_place_at(const struct ember_symbol_source *source,
			       const struct ember_place *place)
{
	uint64_t at = place->pc - place->caller;

	return source->kind == EMBER_FROM_PERFMAP ? at :
						    at - place->map_start + place->map_offset;
}

/* Which address in the file that is; false: no segment has it, or it wasn't read. */
static bool ember_symbol_source_address(const struct ember_symbol_source *source, uint64_t at,
					uint64_t *address)
{
	*address = at + source->base;
	return source->kind == EMBER_FROM_PERFMAP || source->kind == EMBER_FROM_IMAGE ||
	       ember_segment_address(source->segment, source->nr_segment, at, address);
}

/* Ask, unless an earlier answer is one for this address, too. */
static void ember_symbol_source_ask(struct ember_symbol_source *source, uint64_t at)
{
	uint64_t address;

	if (source->found && ember_symbol_source_address(source, at, &address) &&
	    ember_addr_lookup_known(&source->wanted, address))
		return;
	ember_asked_add(&source->asked, at);
	source->read = false;
}

static void ember_symbol_source_want(struct ember_symbol_source *source,
				     const struct ember_place *place)
{
	ember_symbol_source_ask(source, ember_place_at(source, place));
	if (place->caller)
		ember_symbol_source_ask(source, ember_place_at(source, place) + 1);
}

void ember_symbols_want_user(struct ember_symbols *s, const struct ember_place *place)
{
	ember_symbol_source_want(ember_symbol_source_of(s, place, false), place);
	if (ember_place_made(place))
		ember_symbol_source_want(ember_symbol_source_of(s, place, true), place);
}

void ember_symbols_want_kernel(struct ember_symbols *s, uint64_t pc, bool caller)
{
	const struct ember_want *known = ember_addr_lookup_known(&s->kernel, pc - caller);

	if (known && (known->name || !caller))
		return;
	ember_asked_add(&s->kernel_asked, pc - caller);
	if (caller)
		ember_asked_add(&s->kernel_asked, pc);
	s->kernel_read = false;
}

void ember_symbols_cancel(struct ember_symbols *s, bool (*hurry)(void))
{
	s->hurry = hurry;
}

uint32_t ember_symbols_unread(const struct ember_symbols *s)
{
	return s->unread;
}

static void ember_name_is(struct ember_name *out, const struct ember_want *want)
{
	if (want)
		out->begin = want->begin;
	if (!want || !want->name)
		return;
	out->name = want->plain;
	out->linkage = want->name;
	out->module = want->module;
}

static void ember_name_lines(struct ember_symbols *s, struct ember_name *out,
			     const struct ember_symbol_source *source, uint64_t address)
{
	if (!source->lines)
		return;
	out->call = ember_lines_at(source->lines, address - source->lines_bias, &s->strings,
				   &out->nr_call);
	if (!s->inlined && out->nr_call) {
		out->call += out->nr_call - 1;
		out->nr_call = 1;
	}
	/* Where a symbol table has no name for it. */
	if (!out->name && out->nr_call) {
		out->name = out->call[out->nr_call - 1].name;
		out->linkage = out->call[out->nr_call - 1].linkage;
	}
}

static void ember_symbol_source_name(struct ember_symbols *s,
				     struct ember_symbol_source *source,
				     const struct ember_place *place, struct ember_name *out)
{
	uint64_t address, at = ember_place_at(source, place);

	memset(out, 0, sizeof(*out));
	if (!source->asked.nr)
		ember_symbol_source_want(source, place);
	if (!source->read)
		ember_symbol_source_read(s, source);
	out->found = source->found;
	if (!source->found || !ember_symbol_source_address(source, at, &address))
		return;
	if (!ember_addr_lookup_known(&source->wanted, address)) {
		ember_symbol_source_want(source, place);
		ember_symbol_source_read(s, source);
	}
	out->made = source->kind == EMBER_FROM_PERFMAP;
	out->address = out->made ? 0 : address + place->caller;
	ember_name_is(out, ember_addr_lookup_known(&source->wanted, address));
	ember_name_lines(s, out, source, address);
	if (!out->name && place->caller && source->kind == EMBER_FROM_IMAGE)
		ember_name_is(out, ember_addr_lookup_known(&source->wanted, address + 1));
	if (!out->name && place->caller && source->kind != EMBER_FROM_PERFMAP) {
		const struct ember_want *want =
			ember_addr_lookup_start(&source->wanted, address + 1);

		if (ember_name_trampoline(want))
			ember_name_is(out, want);
	}
}

void ember_symbols_user(struct ember_symbols *s, const struct ember_place *place,
			struct ember_name *out)
{
	struct ember_symbol_source *source = ember_symbol_source_of(s, place, false);

	ember_symbol_source_name(s, source, place, out);
	if (!out->found && ember_place_made(place))
		ember_symbol_source_name(s, ember_symbol_source_of(s, place, true), place,
					 out);
}

bool ember_symbols_kernel_hidden(struct ember_symbols *s)
{
	FILE *file;

	if (s->kernel_known)
		return s->kernel_hidden;
	file = fopen("/proc/kallsyms", "re");
	s->kernel_hidden = file && ember_kernel_symbols_hidden(file);
	s->kernel_known = true;
	if (file)
		fclose(file);
	return s->kernel_hidden;
}

static void ember_kernel_read(struct ember_symbols *s)
{
	FILE *file, *modules;

	s->kernel_read = true;
	ember_addr_lookup_new(&s->kernel, &s->kernel_asked, NULL, NULL);
	if (ember_symbols_kernel_hidden(s) || ember_symbols_skip(s))
		return;
	file = fopen("/proc/kallsyms", "re");
	modules = fopen("/proc/modules", "re");
	if (file) {
		ember_kernel_names(file, modules, &s->kernel, &s->strings);
		fclose(file);
	}
	if (modules)
		fclose(modules);
	ember_addr_lookup_plain(s, &s->kernel);
}

/* ARM has system calls return to the first instruction of a symbol with none before. */
static const struct ember_want *ember_kernel_find(struct ember_symbols *s, uint64_t pc,
						  bool caller)
{
	const struct ember_want *found = ember_addr_lookup_known(&s->kernel, pc - caller);

	return found && !found->name && caller ? ember_addr_lookup_known(&s->kernel, pc) :
						 found;
}

void ember_symbols_kernel(struct ember_symbols *s, uint64_t pc, bool caller,
			  struct ember_name *out)
{
	memset(out, 0, sizeof(*out));
	out->address = pc;
	if (!s->kernel_read || !ember_kernel_find(s, pc, caller)) {
		ember_symbols_want_kernel(s, pc, caller);
		ember_kernel_read(s);
	}
	ember_name_is(out, ember_kernel_find(s, pc, caller));
}
