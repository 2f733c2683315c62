// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Units of the file by their ranges, and of a unit that was asked for its functions by
 * theirs: .debug_aranges isn't relied on, since many compilers leave it out. Below a
 * function only what has the address is looked at.
 */
#include "symbolize/lines.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "model/index.h"
#include "symbolize/demangle.h"
#include "workstation/symbols/ranges.h"
#include "workstation/symbols/split.h"

#define EMBER_CALLS_MAX	 64 /* inlined one in the other */
#define EMBER_SCOPES_MAX 64 /* namespaces and classes, one in the other */
#define EMBER_RANGES_MAX (1u << 22) /* of all units and functions: lists may be shared */

struct ember_unit {
	Dwarf_Die lines; /* whose line table it is */
	Dwarf_Die tree; /* the same, or what it's split off to */
	bool skeleton, read;
	struct ember_ranges functions;
};

struct ember_answer {
	uint64_t address;
	uint32_t first, nr; /* calls */
};

struct ember_lines {
	struct ember_dwarf of;
	bool here; /* the paths in it are ones of this machine */
	uint32_t ranges_left; /* that may be read */
	struct ember_unit *unit;
	uint32_t nr_unit, unit_size;
	struct ember_ranges units;
	struct ember_answer *answer;
	uint32_t nr_answer, answer_size;
	struct ember_index answer_index;
	struct ember_call *call;
	uint32_t nr_call, call_size;
};

/*
 * Whether paths in the file may be opened on this machine: nobody asked for another machine's
 * files, and the file belongs to root or to the user.
 */
static bool ember_lines_here(int fd, const struct ember_companions *c)
{
	struct stat st;

	return c && !c->root && !ember_symfs_foreign(c->dirs->symfs) && !fstat(fd, &st) &&
	       (!st.st_uid || st.st_uid == geteuid());
}

struct ember_lines *ember_lines_open(int fd, const struct ember_companions *companions)
{
	struct ember_lines *l = ember_xrealloc(NULL, 1, sizeof(*l));
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	memset(l, 0, sizeof(*l));
	if (!ember_dwarf_open(&l->of, fd, companions)) {
		ember_lines_close(l);
		return NULL;
	}
	l->ranges_left = EMBER_RANGES_MAX;
	l->here = ember_lines_here(fd, companions);
	/* Never with a split unit: libdw opens whatever file has its name. */
	while (!dwarf_get_units(l->of.dwarf, cu, &cu, NULL, &type, &die, NULL)) {
		uint32_t before = l->units.nr;

		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		ember_ranges_add(&l->units, &die, l->nr_unit, &l->ranges_left);
		if (l->units.nr == before)
			continue;
		l->unit = ember_array_reserve(l->unit, l->nr_unit, &l->unit_size,
					      sizeof(*l->unit));
		l->unit[l->nr_unit++] = (struct ember_unit){
			.lines = die,
			.tree = die,
			.skeleton = type == DW_UT_skeleton,
		};
	}
	ember_ranges_sort(&l->units);
	return l;
}

void ember_lines_close(struct ember_lines *l)
{
	uint32_t i;

	if (!l)
		return;
	for (i = 0; i < l->nr_unit; i++)
		ember_ranges_free(&l->unit[i].functions);
	free(l->unit);
	ember_ranges_free(&l->units);
	free(l->answer);
	ember_index_free(&l->answer_index);
	free(l->call);
	ember_dwarf_close(&l->of);
	free(l);
}

static bool ember_scope_holds_functions(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type: /* Rust's have methods, too */
	/* Lambdas are functions of classes in functions. */
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block: return true;
	}
	return false;
}

/* Return the bytes of a unit: it has no more entries. */
static uint64_t ember_unit_bytes(Dwarf_Die *die)
{
	Dwarf_Off start = dwarf_dieoffset(die) - dwarf_cuoffset(die), end;

	return dwarf_next_unit(dwarf_cu_getdwarf(die->cu), start, &end, NULL, NULL, NULL, NULL,
			       NULL, NULL, NULL) ?
		       0 :
		       end - start;
}

/*
 * All functions of a unit, wherever they're declared. Siblings that lead into children again
 * would make that endless: each entry is read once.
 */
static void ember_unit_read(struct ember_lines *l, struct ember_unit *u)
{
	Dwarf_Die at[EMBER_SCOPES_MAX], split;
	uint32_t depth = 0;
	uint64_t left;

	u->read = true;
	if (u->skeleton && ember_split_find(&l->of, &u->lines, &split))
		u->tree = split;
	if (dwarf_child(&u->tree, &at[0]))
		return;
	for (left = ember_unit_bytes(&u->tree); left; left--) {
		Dwarf_Die *die = &at[depth];

		if (dwarf_tag(die) == DW_TAG_subprogram)
			ember_ranges_add(&u->functions, die, dwarf_dieoffset(die),
					 &l->ranges_left);
		if (ember_scope_holds_functions(die) && depth + 1 < EMBER_SCOPES_MAX &&
		    !dwarf_child(die, &at[depth + 1])) {
			depth++;
			continue;
		}
		while (dwarf_siblingof(&at[depth], &at[depth]))
			if (!depth--)
				goto done;
	}
done:
	ember_ranges_sort(&u->functions);
}

/* An attribute's text, its own or of what it's an instance of. */
static const char *ember_die_text(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

static void ember_call_name(struct ember_call *call, Dwarf_Die *die,
			    struct ember_strings *strings)
{
	const char *name = ember_die_text(die, DW_AT_linkage_name);

	if (!name)
		name = ember_die_text(die, DW_AT_MIPS_linkage_name);
	if (!name)
		name = ember_die_text(die, DW_AT_name);
	if (!name)
		return;
	call->linkage = ember_strings_keep(strings, name);
	call->name = ember_demangle(strings, call->linkage);
}

static uint64_t ember_die_number(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) ? 0 : value;
}

static struct ember_call *ember_lines_call(struct ember_lines *l)
{
	l->call = ember_array_reserve(l->call, l->nr_call, &l->call_size, sizeof(*l->call));
	l->call[l->nr_call] = (struct ember_call){ .here = l->here };
	return &l->call[l->nr_call++];
}

/* The block or inlined function, directly below, that has the address. */
static bool ember_die_within(Dwarf_Die *in, uint64_t address, Dwarf_Die *within)
{
	int end;

	for (end = dwarf_child(in, within); !end; end = dwarf_siblingof(within, within)) {
		switch (dwarf_tag(within)) {
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			if (dwarf_haspc(within, address) > 0)
				return true;
		}
	}
	return false;
}

/* The function, and what is inlined at the address, outermost first. */
static uint32_t ember_unit_scopes(struct ember_lines *l, struct ember_unit *u,
				  uint64_t address, Dwarf_Die scope[EMBER_CALLS_MAX])
{
	const struct ember_range *function;
	uint32_t nr = 0, depth;
	Dwarf_Die in;

	if (!u->read)
		ember_unit_read(l, u);
	function = ember_ranges_find(&u->functions, address);
	if (!function || !dwarf_offdie(dwarf_cu_getdwarf(u->tree.cu), function->is, &in))
		return 0;
	scope[nr++] = in;
	for (depth = 0; depth < EMBER_SCOPES_MAX; depth++) {
		Dwarf_Die outer = in;

		if (!ember_die_within(&outer, address, &in))
			break;
		if (dwarf_tag(&in) == DW_TAG_inlined_subroutine && nr < EMBER_CALLS_MAX)
			scope[nr++] = in;
	}
	return nr;
}

/* Return a path, resolved against the folder in which the compiler ran if it's relative. */
static const char *ember_unit_path(struct ember_unit *u, const char *path,
				   struct ember_strings *strings)
{
	const char *folder = *path == '/' ? NULL : ember_die_text(&u->lines, DW_AT_comp_dir);
	char *whole;

	if (!folder || !*folder)
		return ember_strings_keep(strings, path);
	whole = ember_path_in(folder, path);
	path = ember_strings_keep(strings, whole);
	free(whole);
	return path;
}

/* Where an inlined function was called. */
static void ember_call_site(struct ember_call *call, struct ember_unit *u, Dwarf_Die *inlined,
			    struct ember_strings *strings)
{
	uint64_t number = ember_die_number(inlined, DW_AT_call_file);
	Dwarf_Files *files;
	const char *path;
	size_t nr;

	call->line = ember_die_number(inlined, DW_AT_call_line);
	if (dwarf_getsrcfiles(&u->tree, &files, &nr) || number >= nr)
		return;
	path = dwarf_filesrc(files, number, NULL, NULL);
	call->file = path ? ember_unit_path(u, path, strings) : NULL;
}

static void ember_call_line(struct ember_call *call, struct ember_unit *u, uint64_t address,
			    struct ember_strings *strings)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->lines, address);
	const char *path = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number;

	call->file = path ? ember_unit_path(u, path, strings) : NULL;
	if (line && !dwarf_lineno(line, &number))
		call->line = number;
}

static uint32_t ember_lines_look(struct ember_lines *l, uint64_t address,
				 struct ember_strings *strings)
{
	const struct ember_range *range;
	Dwarf_Die scope[EMBER_CALLS_MAX];
	struct ember_call *call;
	struct ember_unit *u;
	uint32_t i, nr;

	if (address >= l->of.limit)
		return 0;
	address += l->of.base;
	range = ember_ranges_find(&l->units, address);
	if (!range)
		return 0;
	u = &l->unit[range->is];
	nr = ember_unit_scopes(l, u, address, scope);
	call = ember_lines_call(l);
	ember_call_line(call, u, address, strings);
	if (!nr && !call->line)
		return l->nr_call--, 0;
	for (i = nr; i--;) {
		ember_call_name(call, &scope[i], strings);
		if (!i)
			break;
		call = ember_lines_call(l);
		ember_call_site(call, u, &scope[i], strings);
	}
	return nr ? nr : 1;
}

struct ember_answer_key {
	const struct ember_lines *lines;
	uint64_t address;
};

static bool ember_answer_same(const void *context, uint32_t item)
{
	const struct ember_answer_key *key = context;

	return key->lines->answer[item].address == key->address;
}

const struct ember_call *ember_lines_at(struct ember_lines *l, uint64_t address,
					struct ember_strings *strings, uint32_t *nr)
{
	struct ember_answer_key key = { l, address };
	uint64_t hash = ember_mix_first(address);
	uint32_t i = ember_index_find(&l->answer_index, hash, ember_answer_same, &key);

	if (i == EMBER_NO_NUMBER) {
		uint32_t first = l->nr_call;

		l->answer = ember_array_reserve(l->answer, l->nr_answer, &l->answer_size,
						sizeof(*l->answer));
		i = l->nr_answer;
		l->answer[i] = (struct ember_answer){ address, first,
						      ember_lines_look(l, address, strings) };
		ember_index_add(&l->answer_index, hash, l->nr_answer++);
	}
	*nr = l->answer[i].nr;
	return *nr ? l->call + l->answer[i].first : NULL;
}
