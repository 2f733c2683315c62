/* SPDX-License-Identifier: GPL-2.0-only */
/* All configured sessions, and what they take of the module's limits. */
#ifndef EMBER_SESSIONS_H
#define EMBER_SESSIONS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct ember_session;

extern struct mutex ember_sessions_lock;
extern unsigned int ember_sessions_used;
extern unsigned long ember_memory_used;

/* List @s by its number, which it has since open(), or take it off, if it is listed. */
void ember_sessions_list(struct ember_session *s);
void ember_sessions_unlist(struct ember_session *s);

/* The n-th configured session with a reference, or NULL. */
struct ember_session *ember_session_nth(u32 index);

/* Have each look for dead address spaces that it holds (task/exits.h). */
void ember_sessions_reap(void);

/*
 * A session counts against max_sessions and max_bytes from its CONFIG on, so that
 * one can be opened to ask for a status when all are taken. -EBUSY past a cap, -ENOMEM
 * for more than half of the memory that the machine has left.
 */
int ember_session_admit(struct ember_session *s, u64 bytes);
void ember_session_dismiss(struct ember_session *s);

#endif
