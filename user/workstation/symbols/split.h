/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split units: what a skeleton unit of a program leaves to a .dwo file. libdw opens what the
 * skeleton names (a FIFO as well), but only where a split unit is asked for, in
 * dwarf_cu_info() and dwarf_get_units(). So nobody else asks: here the file is found and
 * checked first, and libdw is led to that descriptor. Workstations only.
 */
#ifndef EMBER_SPLIT_H
#define EMBER_SPLIT_H

#include "workstation/symbols/dwarf.h"

/*
 * Find the unit that a skeleton is split into. Return false if its file isn't there: then
 * the skeleton's line table is all that is known.
 */
bool ember_split_find(const struct ember_dwarf *dwarf, Dwarf_Die *skeleton, Dwarf_Die *split);

#endif
