/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in a store's logs, by board, time and process, in SQLite. It's made of the logs
 * alone, so it can be made again, and what it doesn't know is in them.
 */
#ifndef EMBER_CATALOG_H
#define EMBER_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "import/catalog.h"

struct ember_catalog_scan;

/* Below the store's folder. `fresh`: without what it held. NULL: it can't be had (said). */
struct ember_catalog *ember_catalog_open(const char *folder, bool fresh);

/* Several logs' scans together. */
void ember_catalog_begin(struct ember_catalog *catalog);
void ember_catalog_end(struct ember_catalog *catalog);
/*
 * Index a log below the folder, if its size has changed, in slices, which bound the time of a
 * call: of 256 KiB of the log, or of 4 MiB that they inflate to. Returns NULL if there is
 * nothing to do.
 */
struct ember_catalog_scan *ember_catalog_scan(struct ember_catalog *catalog, const char *name);
/* Reads the next slice. Returns false once the log is entered, and the scan freed. */
bool ember_catalog_slice(struct ember_catalog_scan *scan);
/* Frees a scan that isn't done. */
void ember_catalog_cancel(struct ember_catalog_scan *scan);
/* Logs that are no more. */
void ember_catalog_tidy(struct ember_catalog *catalog);

#endif
