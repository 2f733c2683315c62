/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which control group a process is in, and which systemd unit that is of. */
#ifndef EMBER_CGROUP_H
#define EMBER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMBER_CGROUP_MAX	4096	/* bytes of a path with its NUL */

/*
 * Find the path in n bytes of /proc/PID/cgroup: of the default hierarchy (0::), unless that is
 * its root; else the one that systemd manages (name=systemd), else the longest. Longer paths
 * than EMBER_CGROUP_MAX count as none. Return false if there is none.
 */
bool ember_cgroup_parse(const char *text, size_t n, char path[EMBER_CGROUP_MAX]);

/*
 * Read a process's path. Return false if it has ended, or has none. It may be another process
 * of that number: the caller checks afterwards that the number is still the process's.
 */
bool ember_cgroup_read(uint32_t tgid, char path[EMBER_CGROUP_MAX]);

/*
 * Find the unit that a path is of: the last component with the name of one that has processes,
 * as systemd has escaped it. Return its start and set *n to its length; NULL: there is none.
 */
const char *ember_cgroup_unit(const char *path, size_t *n);

/* Return the next component at or behind *at, and its length in *n; NULL: there are no more. */
const char *ember_cgroup_component(const char **at, size_t *n);

#endif
