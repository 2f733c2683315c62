/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why /dev/emberprof may be closed to us: what the running kernel says of it. */
#ifndef EMBER_PERMISSIONS_H
#define EMBER_PERMISSIONS_H

#include <stdbool.h>

/* CAP_PERFMON, or CAP_SYS_ADMIN which includes it and comes before it (5.8). */
bool ember_permissions_capable(void);

/* We are in a user namespace: the capabilities that we have don't count outside. */
bool ember_permissions_namespaced(void);

/*
 * -1: can't be known. 0: not locked down. 1: locked down for integrity, which hinders
 * unsigned modules only. 2: for confidentiality, which forbids profiling.
 */
int ember_permissions_lockdown(void);

/* Loaded, or built in; and the minor of its device number, -1 if not known. */
bool ember_permissions_loaded(void);
int ember_permissions_minor(void);

/* One line says why open() of the device failed with `error`, and what to do. 1. */
int ember_permissions_refused(int error);

#endif
