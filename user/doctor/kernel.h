/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's part of the findings. */
#ifndef EMBER_DOCTOR_KERNEL_H
#define EMBER_DOCTOR_KERNEL_H

#include "doctor/findings.h"

/* Add findings about the kernel's options, tracepoints and symbols. release: from uname(). */
void ember_findings_kernel(struct ember_findings *findings, const char *release);

#endif
