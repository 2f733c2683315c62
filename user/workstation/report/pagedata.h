/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page is told, as JSON of columns: `nodes` are calls, each a frame below its
 * parent; `rows` say how much a thread on a CPU took in a node itself; `moments` when.
 */
#ifndef EMBER_PAGEDATA_H
#define EMBER_PAGEDATA_H

#include "workstation/report/page.h"

void ember_pagedata_put(FILE *out, const struct ember_page *page);

#endif
