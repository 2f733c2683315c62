/* SPDX-License-Identifier: GPL-2.0-only */
/* IRQ_WORK_INIT_HARD() came with 5.11, when the flags moved. */
#ifndef EMBER_COMPAT_IRQ_WORK_H
#define EMBER_COMPAT_IRQ_WORK_H

#include <linux/irq_work.h>

/* Work that runs in the interrupt, on PREEMPT_RT too. */
static inline void ember_irq_work_init(struct irq_work *work, void (*func)(struct irq_work *))
{
#ifdef IRQ_WORK_INIT_HARD
	*work = IRQ_WORK_INIT_HARD(func);
#else
	init_irq_work(work, func);
	atomic_set(&work->flags, IRQ_WORK_HARD_IRQ);
#endif
}

#endif
