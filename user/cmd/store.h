/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A collector's store, as `status` shows it on workstations. */
#ifndef EMBER_CMD_STORE_H
#define EMBER_CMD_STORE_H

#include <stdbool.h>

/* What follows the options in the usage, up to "every session". */
extern const char ember_store_usage[];
/* Print it: true, if this build can; *err: the exit status (said). */
bool ember_store_status(const char *folder, bool json, int *err);

#endif
