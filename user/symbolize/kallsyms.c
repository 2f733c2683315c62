// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/kallsyms.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/field.h"

#define EMBER_LINE_BYTES   1024
#define EMBER_HIDDEN_LINES 64 /* the first of them are absolute, and zero anyhow */
/* What has a name and no end, such as a BPF program: as much as one may be taken for. */
#define EMBER_LONE_BYTES 65536

struct ember_module {
	char name[64];
	uint64_t start, end;
};

struct ember_kallsyms {
	struct ember_module *module;
	uint32_t nr_module;
	struct ember_strings *strings;
	const char *name; /* of the line at hand */
};

struct ember_kallsyms_line {
	uint64_t start;
	char type;
	char *name;
	char *module; /* or NULL */
};

/* address type name [tab [module]]; by hand: there are many. */
static bool ember_kallsyms_parse(char *text, struct ember_kallsyms_line *line)
{
	char *end;

	line->start = strtoull(text, &end, 16);
	if (end == text || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	line->type = end[1];
	line->name = end + 3;
	end = line->name + strcspn(line->name, " \t\n");
	line->module = NULL;
	if (*end == '\t' && end[1] == '[') {
		line->module = end + 2;
		line->module[strcspn(line->module, "]\n")] = 0;
	}
	*end = 0;
	return *line->name;
}

/* Where the linker script begins or ends something; not a function. */
static bool ember_kallsyms_mark(const char *name)
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

static uint64_t ember_kallsyms_end(const struct ember_kallsyms *k,
				   const struct ember_kallsyms_line *line)
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

static void ember_kallsyms_modules(struct ember_kallsyms *k, FILE *file)
{
	char text[EMBER_LINE_BYTES];

	while (file && fgets(text, sizeof(text), file)) {
		uint64_t size = strtoull(ember_field(text, 1), NULL, 10);
		struct ember_module m;

		m.start = strtoull(ember_field(text, 5), NULL, 16);
		m.end = m.start + size;
		if (!m.start || m.end < m.start)
			continue;
		text[strcspn(text, " ")] = 0;
		snprintf(m.name, sizeof(m.name), "%.63s", text);
		k->module = ember_xrealloc(k->module, k->nr_module + 1, sizeof(m));
		k->module[k->nr_module++] = m;
	}
}

static bool ember_module_wanted(const struct ember_module *m,
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
static void ember_kallsyms_sections(const struct ember_module *m,
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

static const char *ember_kallsyms_keep(void *context)
{
	const struct ember_kallsyms *k = context;

	return ember_strings_keep(k->strings, k->name);
}

static void ember_kallsyms_pass(struct ember_kallsyms *k, FILE *file,
				struct ember_addr_lookup *wanted, bool naming)
{
	char text[EMBER_LINE_BYTES];

	rewind(file);
	while (fgets(text, sizeof(text), file)) {
		struct ember_kallsyms_line line;
		struct ember_symbol symbol = {};
		int type;

		/* $t and the like say what code it is, not whose. */
		if (!ember_kallsyms_parse(text, &line) || line.name[0] == '$')
			continue;
		type = tolower((unsigned char)line.type);
		symbol.start = line.start;
#if defined(__arm__) || defined(__aarch64__)
		symbol.start &= ~1ull; /* Thumb */
#endif
		symbol.kind = EMBER_SYMBOL_BARRIER;
		if ((type == 't' || type == 'w') && !ember_kallsyms_mark(line.name))
			symbol.kind = EMBER_SYMBOL_UNSIZED;
		symbol.rank = type == 'w'      ? EMBER_RANK_WEAK :
			      line.type == 'T' ? EMBER_RANK_GLOBAL :
						 EMBER_RANK_LOCAL;
		symbol.end = ember_kallsyms_end(k, &line);
		if (!naming) {
			ember_addr_lookup_extent(wanted, &symbol);
			continue;
		}
		k->name = line.name;
		ember_addr_lookup_name(
			wanted, &symbol,
			line.module ? ember_strings_keep(k->strings, line.module) : NULL,
			ember_kallsyms_keep, k);
	}
}

void ember_kallsyms_name(FILE *file, FILE *modules, struct ember_addr_lookup *wanted,
			 struct ember_strings *strings)
{
	struct ember_kallsyms k = { .strings = strings };
	uint32_t i;

	if (!wanted->nr)
		return;
	ember_kallsyms_modules(&k, modules);
	for (i = 0; i < k.nr_module; i++)
		if (ember_module_wanted(&k.module[i], wanted))
			ember_kallsyms_sections(&k.module[i], wanted);
	ember_kallsyms_pass(&k, file, wanted, false);
	ember_addr_lookup_settle(wanted);
	ember_kallsyms_pass(&k, file, wanted, true);
	free(k.module);
}

bool ember_kallsyms_hidden(FILE *file)
{
	char text[EMBER_LINE_BYTES];
	struct ember_kallsyms_line line;
	uint32_t i = 0;

	rewind(file);
	while (i < EMBER_HIDDEN_LINES && fgets(text, sizeof(text), file)) {
		if (!ember_kallsyms_parse(text, &line) || tolower(line.type) != 't')
			continue;
		if (line.start)
			return false;
		i++;
	}
	return i > 0;
}
