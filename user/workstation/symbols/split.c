// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/split.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EMBER_SPLIT_UNITS 65536 /* of a .dwo file that are looked at */

/* An ember_companion_is: whether a unit of the file has the skeleton's id. */
static bool ember_split_is(void *context, int fd)
{
	const uint64_t *wanted = context;
	Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
	uint32_t left = EMBER_SPLIT_UNITS;
	Dwarf_CU *cu = NULL;
	bool found = false;
	uint8_t type;
	uint64_t id;

	while (dwarf && !found && left-- &&
	       !dwarf_get_units(dwarf, cu, &cu, NULL, &type, NULL, NULL))
		found = type == DW_UT_split_compile &&
			!dwarf_cu_info(cu, NULL, NULL, NULL, NULL, &id, NULL, NULL) &&
			id == *wanted;
	dwarf_end(dwarf);
	return found;
}

/* The text itself, as libdw has read the section: private memory. */
static char *ember_split_text(Dwarf_Die *skeleton, unsigned int name)
{
	Dwarf_Attribute attribute;

	return (char *)dwarf_formstring(dwarf_attr(skeleton, name, &attribute));
}

/*
 * Have libdw open the descriptor. It opens the skeleton's name in the folder of the debug
 * file, which is /proc/PID for a Dwarf of ember_dwarf_open(); so the name becomes fd/N
 * meanwhile. libdwfl knows the folder of a relocatable file, so there the whole path is
 * needed. The folder of the compiler, which would be next, becomes none.
 */
static bool ember_split_lead(const struct ember_dwarf *d, Dwarf_Die *skeleton, char *name,
			     char *folder, int fd, Dwarf_Die *split)
{
	char lead[32], was[sizeof(lead)], first = folder ? *folder : 0;
	size_t n =
		snprintf(lead, sizeof(lead), "%sfd/%d", d->dwfl ? "/proc/self/" : "", fd) + 1;

	/* Real names end in .dwo, and are longer; for the whole path most are. */
	if (strlen(name) + 1 < n)
		return false;
	memcpy(was, name, n);
	if (folder)
		*folder = 0;
	memcpy(name, lead, n);
	if (dwarf_cu_info(skeleton->cu, NULL, NULL, NULL, split, NULL, NULL, NULL))
		split->addr = NULL;
	memcpy(name, was, n);
	if (folder)
		*folder = first;
	return split->addr;
}

bool ember_split_find(const struct ember_dwarf *d, Dwarf_Die *skeleton, Dwarf_Die *split)
{
	char *name = ember_split_text(skeleton, DW_AT_dwo_name);
	char *folder = ember_split_text(skeleton, DW_AT_comp_dir);
	bool found;
	uint64_t id;
	int fd;

	if (!name)
		name = ember_split_text(skeleton, DW_AT_GNU_dwo_name);
	if (!name || !d->path || !d->companions.reach ||
	    dwarf_cu_info(skeleton->cu, NULL, NULL, NULL, NULL, &id, NULL, NULL))
		return false;
	fd = ember_companion_named(&d->companions, d->path, folder, name, ember_split_is, &id);
	if (fd < 0)
		return false;
	found = ember_split_lead(d, skeleton, name, folder, fd, split);
	if (found)
		ember_alternate_none(&d->alternate, dwarf_cu_getdwarf(split->cu));
	close(fd);
	return found;
}
