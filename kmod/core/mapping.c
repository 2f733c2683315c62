// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/nospec.h>

#include "../sample/session_state.h"
#include "mapping.h"

static struct ember_ring *ember_ring_of(struct ember_session *s, u64 number)
{
	unsigned long cpu;

	if (number == nr_cpu_ids)
		return &s->spaces.definitions.ring;
	if (number > nr_cpu_ids)
		return ERR_PTR(-EINVAL);
	cpu = array_index_nospec((unsigned long)number, nr_cpu_ids);
	return s->cpu[cpu] ? &s->cpu[cpu]->ring : ERR_PTR(-ENXIO);
}

/*
 * The mmap lock is held here and s->lock is taken outside of it in ioctl, so it
 * can't be taken: the rings are published by `state` and stay until the last close,
 * which waits for the mapping.
 */
int ember_session_mmap(struct ember_session *s, struct vm_area_struct *vma)
{
	u64 at = (u64)vma->vm_pgoff << PAGE_SHIFT, number, offset;
	struct ember_ring *ring;

	/* Pairs with ember_session_publish(). */
	if (smp_load_acquire(&s->state) == EMBER_STATE_NEW)
		return -EINVAL;
	number = div64_u64_rem(at, ember_ring_stride(s->spaces.definitions.ring.mask + 1),
			       &offset);
	ring = ember_ring_of(s, number);
	return IS_ERR(ring) ? PTR_ERR(ring) : ember_ring_mmap(ring, offset, vma);
}
