/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_flags became read-only with 6.3; the maple tree replaced the list of VMAs with
 * 6.1; mm_lock_seq came with per-VMA locks in 6.4 as an int and became a seqcount_t,
 * which begins with one.
 */
#ifndef EMBER_COMPAT_MM_H
#define EMBER_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/version.h>

static inline void ember_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

static inline void ember_vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* Moves whenever the mappings are changed; 0 where there's no such count. */
static inline u32 ember_mm_lock_seq(const struct mm_struct *mm)
{
#ifdef CONFIG_PER_VMA_LOCK
	BUILD_BUG_ON(sizeof(mm->mm_lock_seq) < sizeof(u32));
	return READ_ONCE(*(const u32 *)&mm->mm_lock_seq);
#else
	return 0;
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define EMBER_VMA_ITERATOR(name, mm)	VMA_ITERATOR(name, mm, 0)
#define ember_for_each_vma(iterator, vma)	for_each_vma(iterator, vma)
#else
#define EMBER_VMA_ITERATOR(name, mm)	struct mm_struct *name = (mm)
#define ember_for_each_vma(iterator, vma)	\
	for (vma = iterator->mmap; vma; vma = vma->vm_next)
#endif

#endif
