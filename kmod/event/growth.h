/* SPDX-License-Identifier: GPL-2.0-only */
/* The event `growth` of event.h: what core/main.c and core/tracepoints.c need of it. */
#ifndef EMBER_GROWTH_H
#define EMBER_GROWTH_H

#include "../base/probes.h"

extern struct ember_probe ember_growth_probes[];	/* attached on demand */

void ember_growth_module_init(void);
/* The probe is detached, and no session is left. */
void ember_growth_module_exit(void);

#endif
