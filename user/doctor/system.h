/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings of `emberprof check`. */
#ifndef EMBER_SYSTEM_H
#define EMBER_SYSTEM_H

#include "doctor/findings.h"

/* Fill the findings: machine, module, rights, device, kernel. The module needn't be loaded. */
void ember_findings_take(struct ember_findings *findings);

#endif
