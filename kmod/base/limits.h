/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of all sessions: module parameters, checked at load. */
#ifndef EMBER_LIMITS_H
#define EMBER_LIMITS_H

#define EMBER_SESSIONS_MAX	8

extern unsigned int ember_max_sessions;		/* EMBER_SESSIONS_MAX at most */
extern unsigned int ember_max_hz;
extern unsigned long ember_max_bytes;		/* of all sessions' rings and tables */
extern unsigned long ember_max_table_bytes;	/* of all sessions' unwind tables */
extern unsigned int ember_max_ring_bytes;	/* of one ring: a power of two */

/* Return 0 or -EINVAL (said), with ember_max_ring_bytes a power of two. */
int ember_limits_check(void);

#endif
