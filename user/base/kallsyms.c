// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/kallsyms.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"

#define EMBER_HIDDEN_LINES 64 /* the first of them are absolute, and zero anyhow */

/* address type name [tab [module]]; by hand: there are many. */
static bool ember_kernel_symbol_parse(struct ember_kernel_symbol *line)
{
	char *end;

	line->start = strtoull(line->text, &end, 16);
	if (end == line->text || end[0] != ' ' || !end[1] || end[2] != ' ')
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

bool ember_kernel_symbol_next(FILE *file, struct ember_kernel_symbol *line)
{
	while (fgets(line->text, sizeof(line->text), file))
		if (ember_kernel_symbol_parse(line))
			return true;
	return false;
}

bool ember_kernel_symbol_find(FILE *file, const char *name, uint64_t *address)
{
	struct ember_kernel_symbol line;

	while (ember_kernel_symbol_next(file, &line))
		if (!strcmp(line.name, name)) {
			*address = line.start;
			return true;
		}
	return false;
}

bool ember_kernel_symbols_hidden(FILE *file)
{
	struct ember_kernel_symbol line;
	uint32_t i = 0;

	rewind(file);
	while (i < EMBER_HIDDEN_LINES && ember_kernel_symbol_next(file, &line)) {
		if (tolower((unsigned char)line.type) != 't')
			continue;
		if (line.start)
			return false;
		i++;
	}
	return i > 0;
}

bool ember_kernel_module_next(FILE *file, struct ember_kernel_module *module)
{
	char text[EMBER_KERNEL_LINE];

	while (fgets(text, sizeof(text), file)) {
		module->start = strtoull(ember_field(text, 5), NULL, 16);
		module->end = module->start + strtoull(ember_field(text, 1), NULL, 10);
		if (!module->start || module->end < module->start)
			continue;
		text[strcspn(text, " ")] = 0;
		snprintf(module->name, sizeof(module->name), "%.63s", text);
		return true;
	}
	return false;
}
