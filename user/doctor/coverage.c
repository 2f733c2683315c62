// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/coverage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/json.h"
#include "symbolize/debugfile.h"
#include "unwind/compile.h"

static double ember_percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * part / all : 0;
}

static uint64_t ember_covered(const struct ember_compiled *c)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = EMBER_UNWIND_NONE + 1; i < EMBER_UNWIND_SOURCES; i++)
		bytes += c->bytes[i];
	return bytes;
}

static void ember_coverage_table(const char *path, const struct ember_compiled *c)
{
	printf("%9.1f %7.1f %% %7.1f %% %8.1f %% %5.1f %% %5.1f %% %8u %6u %7.1f  %s\n",
	       c->code / 1024.0, ember_percent(ember_covered(c), c->code),
	       ember_percent(c->bytes[EMBER_UNWIND_EH_FRAME], c->code),
	       ember_percent(c->bytes[EMBER_UNWIND_DEBUG_FRAME], c->code),
	       ember_percent(c->bytes[EMBER_UNWIND_EXIDX], c->code),
	       ember_percent(c->bytes[EMBER_UNWIND_SCAN], c->code), c->table.nr_rows,
	       c->table.nr_rules, ember_table_loaded_bytes(&c->table) / 1024.0, path);
}

static void ember_coverage_json(const char *path, const struct ember_compiled *c)
{
	fputs("{\"file\": ", stdout);
	ember_json_string(stdout, path);
	printf(", \"code_bytes\": %" PRIu64 ", \"eh_frame_bytes\": %" PRIu64
	       ", \"debug_frame_bytes\": %" PRIu64 ", \"exidx_bytes\": %" PRIu64
	       ", \"scan_bytes\": %" PRIu64 ", \"unknown_rule_bytes\": %" PRIu64
	       ", \"bad_entries\": %u, \"rows\": %u, \"rules\": %u, \"table_bytes\": %" PRIu64
	       "}\n",
	       c->code, c->bytes[EMBER_UNWIND_EH_FRAME], c->bytes[EMBER_UNWIND_DEBUG_FRAME],
	       c->bytes[EMBER_UNWIND_EXIDX], c->bytes[EMBER_UNWIND_SCAN],
	       c->bytes[EMBER_UNWIND_NONE], c->bad, c->table.nr_rows, c->table.nr_rules,
	       ember_table_loaded_bytes(&c->table));
}

static void ember_coverage_saved(const char *name, uint8_t saved, int offset)
{
	switch (saved) {
	case EMBER_SAVED_CFA: printf(" %s=c%+d", name, offset * EMBER_SAVED_UNIT); break;
	case EMBER_SAVED_FP: printf(" %s=f%+d", name, offset * EMBER_SAVED_UNIT); break;
	case EMBER_SAVED_LOST: printf(" %s=?", name); break;
	}
}

/* As readelf writes them: an offset, the CFA, where registers are from there on. */
static void ember_coverage_rule(uint64_t offset, const struct ember_rule *rule)
{
	static const char *const cfa[] = {
		[EMBER_CFA_NONE] = "none",     [EMBER_CFA_END] = "end",
		[EMBER_CFA_SP] = "sp%+d",      [EMBER_CFA_FP] = "fp%+d",
		[EMBER_CFA_R7] = "r7%+d",      [EMBER_CFA_SP_AT] = "(sp%+d)",
		[EMBER_CFA_PLT] = "plt%+d",    [EMBER_CFA_FP_AT] = "(fp%+d)",
		[EMBER_CFA_SIGNAL] = "signal",
	};

	printf("%" PRIx64 " ", offset);
	printf(cfa[rule->cfa], rule->cfa_offset);
	if (rule->cfa_add)
		printf("+%u", rule->cfa_add);
	ember_coverage_saved("ra", rule->ra, rule->ra_offset);
	ember_coverage_saved("fp", rule->fp, rule->fp_offset);
	ember_coverage_saved("r7", rule->r7, rule->r7_offset);
	putchar('\n');
}

static void ember_coverage_rows(const struct ember_table *t)
{
	uint32_t p, r;

	for (p = 0; p < t->nr_pages; p++)
		for (r = t->page[p]; r < t->page[p + 1]; r++)
			ember_coverage_rule(((t->first + p) << EMBER_UNWIND_PAGE_SHIFT) +
						    t->row[r].offset,
					    &t->rule[t->row[r].rule]);
}

/* Whether code that the file is to have lies behind its end. */
static bool ember_coverage_torn(const struct ember_elf *elf)
{
	/* Debug files have code of other files, and section headers. */
	for (uint32_t i = 0; elf->bare && i < elf->nr_segment; i++)
		if (elf->segment[i].offset + elf->segment[i].bytes > elf->bytes)
			return true;
	return false;
}

static int ember_coverage_of(struct ember_safe_open *reach, const char *path,
			     enum ember_coverage_form form)
{
	const struct ember_debug_dirs dirs = {};
	struct ember_compiled compiled;
	struct ember_elf elf, debug;
	uint64_t bias = 0;
	bool has_debug, known;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO doesn't wait */

	if (fd < 0)
		return ember_error("%s: %s", path, strerror(errno));
	if (!ember_elf_open(&elf, fd))
		return ember_error("%s: not an ELF file of this byte order", path);
	if (ember_coverage_torn(&elf)) {
		ember_elf_close(&elf);
		return ember_error("%s: cut short: what it's to hold lies behind its end",
				   path);
	}
	has_debug = ember_debug_open(reach, &dirs, &elf, path, 0, &debug, &bias);
	known = ember_unwind_compile(&elf, has_debug ? &debug : NULL, bias, &compiled);
	if (has_debug)
		ember_elf_close(&debug);
	ember_elf_close(&elf);
	if (!known)
		return ember_error("%s: for an architecture that isn't unwound", path);
	if (form == EMBER_COVERAGE_TABLE)
		ember_coverage_table(path, &compiled);
	else if (form == EMBER_COVERAGE_JSON)
		ember_coverage_json(path, &compiled);
	else
		ember_coverage_rows(&compiled.table);
	ember_table_drop(&compiled.table);
	return 0;
}

int ember_coverage_print(char **paths, enum ember_coverage_form form)
{
	struct ember_safe_open reach = {};
	int status = 0;

	if (form == EMBER_COVERAGE_TABLE)
		puts(" code KiB   covered .eh_frame .debug_fr.   exidx    scan     rows  rules     KiB  file");
	for (; *paths; paths++)
		status |= ember_coverage_of(&reach, *paths, form);
	ember_safe_open_free(&reach);
	return status;
}
