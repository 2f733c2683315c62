/* SPDX-License-Identifier: GPL-2.0-only */
/* The events `block` and `preempt` of event.h: what main.c and probes.c need of them. */
#ifndef EMBER_BLOCK_H
#define EMBER_BLOCK_H

#include "../base/probes.h"

extern struct ember_probe ember_block_probes[];	/* attached on demand */

void ember_block_module_init(void);
/* The probe is detached, and no session is left. */
void ember_block_module_exit(void);

#endif
