/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a store's index, made by a workstation's collector, says of the store's logs. */
#ifndef EMBER_IMPORT_CATALOG_H
#define EMBER_IMPORT_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "log/filter.h"

struct ember_catalog;

/* If one is there, to be asked; NULL: there's none, or it isn't one. */
struct ember_catalog *ember_catalog_ask(const char *folder);
/* Whether a log has nothing of what is asked for: known only if it's as large as it was. */
bool ember_catalog_rules_out(struct ember_catalog *catalog, const char *name, uint64_t bytes,
			     const struct ember_log_filter *filter);
void ember_catalog_close(struct ember_catalog *catalog);

#endif
