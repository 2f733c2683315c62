/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that wait, in poll() or a file's epoll set, for a session to have something. */
#ifndef EMBER_READER_H
#define EMBER_READER_H

#include <linux/sched.h>
#include <linux/wait.h>

struct ember_reader {
	wait_queue_head_t queue;
	bool readable;			/* since poll() reported it last */
};

/* Wake them. Any context but a run queue's. */
static inline void ember_reader_wake(struct ember_reader *reader)
{
	WRITE_ONCE(reader->readable, true);
	wake_up_interruptible(&reader->queue);
}

#endif
