// SPDX-License-Identifier: GPL-2.0-only
/* The memory of rings, and how it is mapped. */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include <asm/shmparam.h>
#ifdef CONFIG_ARM
#include <asm/cachetype.h>
#endif

#include "../compat/mm.h"
#include "ring.h"

int ember_ring_alloc(struct ember_ring *ring, u32 ring_bytes)
{
	u8 *pages;

	/* vmalloc_user: zeroed, and coloured as SHMLBA asks. */
	ring->control = vmalloc_user(PAGE_SIZE);
	if (!ring->control)
		return -ENOMEM;
	pages = vmalloc_user(PAGE_SIZE + ring_bytes);
	if (!pages) {
		vfree(ring->control);
		ring->control = NULL;
		return -ENOMEM;
	}
	ring->head = (struct ember_ring_head *)pages;
	ring->data = pages + PAGE_SIZE;
	ember_ring_init(ring, ring_bytes, PAGE_SIZE);
	return 0;
}

void ember_ring_free(struct ember_ring *ring)
{
	vfree(ring->control);
	vfree(ring->head);
	ring->control = NULL;
	ring->head = NULL;
}

/* A cache indexed by virtual address alone holds a page once for each of its
 * addresses, whatever their colour.
 */
bool ember_rings_possible(void)
{
#ifdef CONFIG_ARM
	return !cache_is_vivt();
#else
	return true;
#endif
}

size_t ember_ring_memory(u32 ring_bytes)
{
	return 2 * PAGE_SIZE + (size_t)ring_bytes;
}

u64 ember_ring_data_offset(void)
{
	return max_t(u64, PAGE_SIZE, SHMLBA);
}

u64 ember_ring_stride(u32 ring_bytes)
{
	u64 align = ember_ring_data_offset();

	return align + ALIGN(PAGE_SIZE + (u64)ring_bytes, align);
}

/* Two addresses of one page must have the same colour where caches alias. */
static bool ember_ring_aliases(const struct vm_area_struct *vma)
{
#ifdef CONFIG_ARM
	return cache_is_vipt_aliasing() && (vma->vm_start & (SHMLBA - 1));
#else
	return false;
#endif
}

int ember_ring_mmap(struct ember_ring *ring, u64 offset, struct vm_area_struct *vma)
{
	unsigned long length = vma->vm_end - vma->vm_start;
	unsigned long access = vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);
	unsigned long bytes = ring->mask + 1;
	void *memory;

	if (!(vma->vm_flags & VM_SHARED) || ember_ring_aliases(vma))
		return -EINVAL;
	if (offset == 0) {
		if (length != PAGE_SIZE || access != (VM_READ | VM_WRITE))
			return -EINVAL;
		memory = ring->control;
	} else if (offset == ember_ring_data_offset()) {
		if (length != PAGE_SIZE + bytes)
			return -EINVAL;
		if (access & VM_WRITE)
			return -EPERM;
		if (access != VM_READ)
			return -EINVAL;
		ember_vm_flags_clear(vma, VM_MAYWRITE);
		memory = ring->head;
	} else {
		return -EINVAL;
	}
	ember_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTCOPY);
	ember_vm_flags_clear(vma, VM_MAYEXEC);
	return remap_vmalloc_range(vma, memory, 0);
}
