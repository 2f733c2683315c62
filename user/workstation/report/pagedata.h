/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page's data, as JSON of columns: `nodes` are calls, each a frame below its parent;
 * `rows` have the self values of a thread on a CPU in a node; `moments` have their times.
 */
#ifndef EMBER_PAGEDATA_H
#define EMBER_PAGEDATA_H

#include <stdio.h>

#include "export/page.h"

void ember_pagedata_put(FILE *out, const struct ember_page *page);

#endif
