/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by build-id from debuginfod servers, those that $DEBUGINFOD_URLS names. */
#ifndef EMBER_DEBUGINFOD_H
#define EMBER_DEBUGINFOD_H

#include <stdbool.h>
#include <stdint.h>

struct ember_debuginfod;

/* NULL: there's no server to ask (said). */
struct ember_debuginfod *ember_debuginfod_open(void);
/* The program or library, or what debug information it has: a descriptor, or -1. */
int ember_debuginfod_get(struct ember_debuginfod *online, const uint8_t *id, unsigned int id_bytes,
		     bool debug);
void ember_debuginfod_close(struct ember_debuginfod *online);

#endif
