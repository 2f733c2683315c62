// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/naming_location.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"
#include "symbolize/lines.h"

#define EMBER_LINES_MAX	  64 /* of one address */
#define EMBER_KERNEL_NAME "[kernel.kallsyms]" /* by custom, wherever names are from */

static uint32_t ember_naming_path(struct ember_naming *n, const struct ember_file *file)
{
	char text[80]; /* names of modules are shorter */

	if (file->flags & EMBER_FILE_MODULE)
		snprintf(text, sizeof(text), "[%s]", file->path);
	return ember_profile_string(n->p, file->flags & EMBER_FILE_MODULE ? text :
					  file->flags & EMBER_FILE_KERNEL ? EMBER_KERNEL_NAME :
					  *file->path			  ? file->path :
									    "?");
}

/*
 * One mapping for a file, wherever processes have it: at the addresses that the file
 * itself is made for. Where these aren't known, at its offsets; what isn't a file is
 * where it is.
 */
static uint32_t ember_naming_mapping(struct ember_naming *n, const struct ember_place *place,
				     bool made, uint64_t *address)
{
	const struct ember_file *file = place->file;
	struct ember_mapping m = { .offset = place->map_offset };
	char id[2 * EMBER_BUILD_ID_MAX + 1] = "";
	uint32_t *number = &n->mapping[place->file_number];
	uint64_t into;
	unsigned int i;
	bool kernel = file->flags & EMBER_FILE_KERNEL;

	m.kind = kernel ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE;
	if (made || file->flags & EMBER_FILE_ANON || (kernel && !*address)) {
		*address = place->pc;
		m.offset = kernel ? 0 : place->map_start;
	} else if (!*address) {
		*address = place->pc - place->map_start + place->map_offset;
	}
	into = place->pc - place->map_start;
	m.start = *address > into ? *address - into : 0;
	m.limit = *address + (place->map_end - place->pc);
	/* As far as it was sampled: a kernel's end isn't known. */
	if (kernel) {
		m.start = *address & ~4095ull;
		m.limit = m.start + 4096;
	}
	if (!*number) {
		for (i = 0; i < file->build_id_bytes; i++)
			snprintf(id + 2 * i, 3, "%02x", file->build_id[i]);
		m.file = ember_naming_path(n, file);
		m.build_id = ember_profile_string(n->p, id);
		*number = ember_profile_mapping(n->p, &m);
	}
	ember_profile_reach(&n->p->mapping[*number], m.start, m.limit, m.offset);
	*address -= place->caller;
	return *number;
}

static uint32_t ember_naming_function(struct ember_naming *n, const char *name,
				      const char *linkage, const struct ember_call *call,
				      uint8_t kind)
{
	struct ember_function f = { .kind = kind };

	f.name = ember_profile_string(n->p, name);
	if (linkage && strcmp(linkage, name))
		f.linkage = ember_profile_string(n->p, linkage);
	if (call && call->file) {
		f.file = ember_profile_string(n->p, call->file);
		f.here = call->here && n->t->here;
	}
	return ember_profile_function(n->p, &f);
}

/* One function for all of its addresses, without saying of its mapping that it has names. */
static uint32_t ember_naming_bare(struct ember_naming *n, uint32_t mapping, uint64_t begin)
{
	char made[EMBER_LABEL_MAX];
	struct ember_function f = { .bare = true };

	f.name = ember_profile_string(n->p, ember_label_bare(n->p, mapping, begin, made));
	return ember_profile_function(n->p, &f);
}

static uint32_t ember_naming_location(struct ember_naming *n, uint32_t mapping,
				      uint64_t address, const struct ember_name *name)
{
	uint8_t kind = n->p->mapping[mapping].kind;
	struct ember_line line[EMBER_LINES_MAX] = {};
	const struct ember_call *call = name->call;
	uint32_t i, nr = 0;

	if (!name->name && !name->begin)
		return ember_profile_location(n->p, address, mapping, NULL, 0);
	if (!name->name) {
		line->function = ember_naming_bare(n, mapping, name->begin);
		return ember_profile_location(n->p, address, mapping, line, 1);
	}
	/* What is inlined into it, and into each other; and it, as its symbol calls it. */
	for (i = 0; i + 1 < name->nr_call && nr + 1 < EMBER_LINES_MAX; i++) {
		if (!call[i].name)
			continue;
		line[nr].line = call[i].line;
		line[nr++].function = ember_naming_function(n, call[i].name, call[i].linkage,
							    &call[i], kind);
	}
	if (name->nr_call)
		line[nr].line = call[i].line;
	line[nr++].function = ember_naming_function(n, name->name, name->linkage,
						    name->nr_call ? &call[i] : NULL, kind);
	n->p->mapping[mapping].has_functions = true;
	return ember_profile_location(n->p, address, mapping, line, nr);
}

/* In a file of any kind. */
static uint32_t ember_naming_normalized(struct ember_naming *n,
					const struct ember_place *place)
{
	struct ember_name name = {};
	uint32_t mapping;

	if (ember_naming_knows(n, place))
		ember_symbols_user(n->symbols, place, &name);
	mapping = ember_naming_mapping(n, place, name.made, &name.address);
	n->p->mapping[mapping].found |= name.found;
	return ember_naming_location(n, mapping, name.address, &name);
}

/* The kernel's mapping, or a module's: as far as it was sampled, in whole pages. */
static uint32_t ember_naming_module(struct ember_naming *n, const char *module, uint64_t pc)
{
	struct ember_mapping m = { .start = pc & ~4095ull, .kind = EMBER_FRAME_KERNEL };
	char text[80] = EMBER_KERNEL_NAME;
	uint32_t i, name = module ? ember_profile_string(n->p, module) : 0;

	m.limit = m.start + 4096;
	for (i = 0; i < n->nr_module; i++)
		if (n->module[i].name == name)
			break;
	if (i == n->nr_module) {
		if (module)
			snprintf(text, sizeof(text), "[%s]", module);
		m.file = ember_profile_string(n->p, text);
		n->module =
			ember_array_reserve(n->module, i, &n->module_size, sizeof(*n->module));
		n->module[i].name = name;
		n->module[i].mapping = ember_profile_mapping(n->p, &m);
		n->nr_module++;
	}
	ember_profile_reach(&n->p->mapping[n->module[i].mapping], m.start, m.limit, 0);
	return n->module[i].mapping;
}

uint32_t ember_naming_locate(struct ember_naming *n, const struct ember_naming_frame *f)
{
	uint64_t pc = f->pc - f->caller;
	struct ember_name name = {};
	struct ember_place place;
	uint32_t mapping = 0;

	if (ember_naming_place(n, f, &place))
		return ember_naming_normalized(n, &place);
	if (f->kernel && n->t->here)
		ember_symbols_kernel(n->symbols, f->pc, f->caller, &name);
	if (f->kernel)
		mapping = ember_naming_module(n, name.module, pc);
	return ember_naming_location(n, mapping, pc, &name);
}

/* A softirq that nobody could look into: its vector is what we know. */
uint32_t ember_naming_vector(struct ember_naming *n, uint8_t vector)
{
	static const char *const vectors[] = {
		"hi",	    "timer",   "net_tx", "net_rx",  "block",
		"irq_poll", "tasklet", "sched",	 "hrtimer", "rcu",
	};
	char text[32];
	struct ember_name name = { .name = text };

	if (vector < sizeof(vectors) / sizeof(*vectors))
		snprintf(text, sizeof(text), "softirq %s", vectors[vector]);
	else
		snprintf(text, sizeof(text), "softirq %u", vector);
	return ember_naming_location(n, ember_naming_module(n, "softirq", 0), 0, &name);
}
