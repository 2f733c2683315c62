// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/kernel_names.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/kallsyms.h"

/* What has a name and no end, such as a BPF program: as much as one may be taken for. */
#define EMBER_LONE_BYTES 65536

struct ember_kernel_names {
	struct ember_kernel_module *module;
	uint32_t nr_module;
	struct ember_strings *strings;
	const char *name; /* of the line at hand */
};

/* Where the linker script begins or ends something; not a function. */
static bool ember_kernel_mark(const char *name)
{
	static const char *const marks[] = {
		"_text",
		"_stext",
		"_etext",
		"_sinittext",
		"_einittext",
		"__init_begin",
		"__init_end",
		"__indirect_thunk_start",
		"__indirect_thunk_end",
	};
	size_t i;

	if (*name != '_')
		return false;
	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (!strcmp(name, marks[i]))
			return true;
	return strstr(name, "text_start") || strstr(name, "text_end") ||
	       strstr(name, "text_begin");
}

static uint64_t ember_kernel_end(const struct ember_kernel_names *k,
				 const struct ember_kernel_symbol *line)
{
	uint32_t i;

	if (!line->module)
		return UINT64_MAX;
	for (i = 0; i < k->nr_module; i++)
		if (!strcmp(k->module[i].name, line->module) &&
		    line->start - k->module[i].start < k->module[i].end - k->module[i].start)
			return k->module[i].end;
	return line->start < UINT64_MAX - EMBER_LONE_BYTES ? line->start + EMBER_LONE_BYTES :
							     UINT64_MAX;
}

static void ember_kernel_modules(struct ember_kernel_names *k, FILE *file)
{
	struct ember_kernel_module m;

	while (file && ember_kernel_module_next(file, &m)) {
		k->module = ember_xrealloc(k->module, k->nr_module + 1, sizeof(m));
		k->module[k->nr_module++] = m;
	}
}

static bool ember_module_wanted(const struct ember_kernel_module *m,
				const struct ember_addr_lookup *wanted)
{
	uint32_t i;

	for (i = 0; i < wanted->nr; i++)
		if (wanted->want[i].address - m->start < m->end - m->start)
			return true;
	return false;
}

/*
 * What the loader has put behind a module's last function (arm64's veneers) is no part of
 * it: where sections begin, nothing of before goes on.
 */
static void ember_kernel_sections(const struct ember_kernel_module *m,
				  struct ember_addr_lookup *wanted)
{
	struct ember_symbol symbol = { .end = UINT64_MAX, .kind = EMBER_SYMBOL_BARRIER };
	char path[320], text[32];
	struct dirent *entry;
	FILE *file;
	DIR *dir;
	int n = snprintf(path, sizeof(path), "/sys/module/%s/sections/", m->name);

	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path + n, sizeof(path) - n, "%.200s", entry->d_name);
		file = fopen(path, "re");
		if (file && fgets(text, sizeof(text), file)) {
			symbol.start = strtoull(text, NULL, 16);
			if (symbol.start)
				ember_addr_lookup_extent(wanted, &symbol);
		}
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
}

static const char *ember_kernel_keep(void *context)
{
	const struct ember_kernel_names *k = context;

	return ember_strings_keep(k->strings, k->name);
}

static void ember_kernel_pass(struct ember_kernel_names *k, FILE *file,
			      struct ember_addr_lookup *wanted, bool naming)
{
	struct ember_kernel_symbol line;

	rewind(file);
	while (ember_kernel_symbol_next(file, &line)) {
		struct ember_symbol symbol = {};
		int type;

		/* $t and the like say what code it is, not whose. */
		if (line.name[0] == '$')
			continue;
		type = tolower((unsigned char)line.type);
		symbol.start = line.start;
#if defined(__arm__) || defined(__aarch64__)
		symbol.start &= ~1ull; /* Thumb */
#endif
		symbol.kind = EMBER_SYMBOL_BARRIER;
		if ((type == 't' || type == 'w') && !ember_kernel_mark(line.name))
			symbol.kind = EMBER_SYMBOL_UNSIZED;
		symbol.rank = type == 'w'      ? EMBER_RANK_WEAK :
			      line.type == 'T' ? EMBER_RANK_GLOBAL :
						 EMBER_RANK_LOCAL;
		symbol.end = ember_kernel_end(k, &line);
		if (!naming) {
			ember_addr_lookup_extent(wanted, &symbol);
			continue;
		}
		k->name = line.name;
		ember_addr_lookup_name(
			wanted, &symbol,
			line.module ? ember_strings_keep(k->strings, line.module) : NULL,
			ember_kernel_keep, k);
	}
}

void ember_kernel_names(FILE *file, FILE *modules, struct ember_addr_lookup *wanted,
			struct ember_strings *strings)
{
	struct ember_kernel_names k = { .strings = strings };
	uint32_t i;

	if (!wanted->nr)
		return;
	ember_kernel_modules(&k, modules);
	for (i = 0; i < k.nr_module; i++)
		if (ember_module_wanted(&k.module[i], wanted))
			ember_kernel_sections(&k.module[i], wanted);
	ember_kernel_pass(&k, file, wanted, false);
	ember_addr_lookup_settle(wanted);
	ember_kernel_pass(&k, file, wanted, true);
	free(k.module);
}
