/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock that current is about to wait for, as its memory has it: interrupts off. */
#ifndef EMBER_LOCK_READ_H
#define EMBER_LOCK_READ_H

#include <linux/hash.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "../sample/capture.h"
#include "../unwind/ram.h"
#include "futex_call.h"
#include "lock_layout.h"

/* Why a wait isn't one for a mutex whose holder can be named. */
enum ember_lock_read {
	EMBER_LOCK_MUTEX,
	EMBER_LOCK_OTHER,	/* it's no mutex that is held, or not of a known layout */
	EMBER_LOCK_UNREAD,	/* no memory that can be read is there now */
	EMBER_LOCK_LIES,	/* nobody has its owner's thread id who could hold it */
};

/* Read words of user memory, 4 bytes each; never what isn't memory. */
static inline bool ember_lock_words(unsigned long at, u32 *word, unsigned int nr)
{
	unsigned long bytes = nr * sizeof(*word), last;
	unsigned int i, state;
	int bad = 0;

	if (at & 3 || at > EMBER_USER_END - bytes)
		return false;
	ember_faults_off();
	state = ember_user_begin();
	last = ember_ram_last(ember_user_nospec(at, EMBER_USER_END), bytes);
	for (i = 0; at <= last && i < nr && !bad; i++)
		ember_user_word(ember_user_nospec(at + i * sizeof(*word), EMBER_USER_END),
				&word[i], &bad);
	ember_user_end(state);
	ember_faults_on();
	return at <= last && !bad;
}

static inline enum ember_lock_read ember_lock_memory(const struct ember_futex_call *call,
						     struct ember_lock *lock)
{
	u32 word[EMBER_GLIBC_WORDS];

	if (ember_futex_inherits(call)) {
		if (!ember_lock_words(call->at, word, 1))
			return EMBER_LOCK_UNREAD;
		return ember_lock_inherit(word[0], !(call->op & FUTEX_PRIVATE_FLAG), lock) ?
			       EMBER_LOCK_MUTEX :
			       EMBER_LOCK_OTHER;
	}
	/* Most condition variables, semaphores and the like end here, unread. */
	if (!(call->val & EMBER_LOCK_WAITERS) &&
	    (call->val & ~EMBER_GLIBC_CEILING) != EMBER_GLIBC_CONTENDED)
		return EMBER_LOCK_OTHER;
	if (!ember_lock_words(call->at, word, EMBER_GLIBC_WORDS))
		return EMBER_LOCK_UNREAD;
	if (ember_lock_glibc(word, call->val, call->wide, lock))
		return EMBER_LOCK_MUTEX;
	/* A word before it, which a mutex at a page's begin hasn't. */
	return call->val & EMBER_LOCK_WAITERS &&
			       ember_lock_words(call->at - sizeof(*word), word, 3) &&
			       ember_lock_musl(word, call->val, lock) ?
		       EMBER_LOCK_MUTEX :
		       EMBER_LOCK_OTHER;
}

/*
 * Find the mutex that current, in a futex call, begins to wait for. *owner: its owner's task as an
 * address, to be compared only, or 0 if the lock doesn't say. The owner is another thread that
 * lives, of the same process if the mutex isn't shared.
 */
static inline enum ember_lock_read ember_lock_find(const struct ember_futex_call *call,
						   unsigned long *owner)
{
	struct ember_lock lock;
	enum ember_lock_read read = ember_lock_memory(call, &lock);
	const struct task_struct *task;

	*owner = 0;
	if (read != EMBER_LOCK_MUTEX || !lock.owner)
		return read;
	rcu_read_lock();
	task = pid_task(find_vpid(lock.owner), PIDTYPE_PID);
	if (!task || task == current || READ_ONCE(task->exit_state) ||
	    (!lock.shared && task->signal != current->signal))
		read = EMBER_LOCK_LIES;
	else
		*owner = (unsigned long)task;
	rcu_read_unlock();
	return read;
}

#endif
