/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_STACK_H
#define EMBER_STACK_H

#include <linux/types.h>

#include "../base/uapi.h"

/* What was found out about one stack, as one word too; the frames are in the ember_cpu. */
union ember_stack {
	struct {
		u16 nr_kernel;
		u16 nr_user;
		u8 context;		/* EMBER_CONTEXT_* */
		u8 end_kernel;		/* EMBER_END_* */
		u8 end_user;
		u8 vector;
	};
	u64 word;
};

/* Nothing of it is to be counted: no interrupt's, and whole. */
static inline bool ember_stack_plain(union ember_stack stack)
{
	const union ember_stack odd = {
		.context = 0xff,
		.end_kernel = 0xff & ~EMBER_END_WHOLE,
		.end_user = 0xff & ~EMBER_END_WHOLE,
	};

	return !(stack.word & odd.word);
}

#endif
