/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file in which dwz has put what several debug files share (.gnu_debugaltlink). libdw
 * opens whatever path the link has, unless an alternate file was set before: so one is set
 * in any case, an empty one where none was found. Workstations only.
 */
#ifndef EMBER_ALTERNATE_H
#define EMBER_ALTERNATE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "symbolize/companion.h"

struct ember_alternate {		/* begins zeroed */
	Elf *elf, *empty_elf;
	Dwarf *dwarf, *empty;
};

/*
 * Set the alternate of a debug file, whose path is `of`; NULL companions: an empty one.
 * Return false without memory.
 */
bool ember_alternate_set(struct ember_alternate *alternate, Dwarf *dwarf,
			 const struct ember_companions *companions, const char *of);
/* Set an empty one, so that libdw looks for none. */
void ember_alternate_none(const struct ember_alternate *alternate, Dwarf *dwarf);
/* Only after the files that it was set for are closed. */
void ember_alternate_close(struct ember_alternate *alternate);

#endif
