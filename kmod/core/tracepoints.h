/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tracepoints the module attaches, and what follows from it. */
#ifndef EMBER_TRACEPOINTS_H
#define EMBER_TRACEPOINTS_H

#include "../base/probes.h"

extern const struct ember_probes_ops ember_tracepoints_ops;

#endif
