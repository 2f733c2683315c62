/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_flags became read-only with 6.3; the maple tree replaced the list of VMAs with
 * 6.1.
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

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define EMBER_VMA_ITERATOR(name, mm)	VMA_ITERATOR(name, mm, 0)
#define ember_for_each_vma(iterator, vma)	for_each_vma(iterator, vma)
#else
#define EMBER_VMA_ITERATOR(name, mm)	struct mm_struct *name = (mm)
#define ember_for_each_vma(iterator, vma)	\
	for (vma = iterator->mmap; vma; vma = vma->vm_next)
#endif

#endif
