/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that bring 120 kB into a static tool of 1 MB: strtoul() and strtoull() do. */
#ifndef EMBER_POISON_H
#define EMBER_POISON_H

#include <stdio.h>
#include <stdlib.h>

#pragma GCC poison scanf sscanf fscanf vsscanf atof strtod strtof strtold

#endif
