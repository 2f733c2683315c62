// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched.h>

#include "ram.h"

/* Levels of page tables below the first one, by the addresses that this CPU has. */
static unsigned int ember_levels(void)
{
	return pgtable_l5_enabled ? 4 : pgtable_l4_enabled ? 3 : 2;
}

/*
 * Whether `at`, an address of user mode, is in a page of current's that is ordinary memory: no
 * huge page of a device has a page's number that is known as memory. Page tables that are
 * being freed wait for interrupts to be on where the kernel has lockless walks of its own;
 * elsewhere another CPU may free them, and they aren't looked at. All levels are alike.
 */
noinline bool ember_page_walk(unsigned long at)
{
	const unsigned long *table = (const unsigned long *)current->mm->pgd;
	unsigned int level;

	if (IS_ENABLED(CONFIG_SMP) && !IS_ENABLED(CONFIG_MMU_GATHER_RCU_TABLE_FREE))
		return false;
	for (level = ember_levels();; level--) {
		unsigned int shift = PAGE_SHIFT + level * ilog2(PTRS_PER_PTE);
		unsigned long entry = READ_ONCE(table[at >> shift & (PTRS_PER_PTE - 1)]);
		unsigned long pfn = (entry & _PAGE_PFN_MASK) >> _PAGE_PFN_SHIFT;

		if (!(entry & _PAGE_PRESENT))
			return false;
		if (!level)
			return !(entry & _PAGE_SPECIAL);
		if (entry & _PAGE_LEAF)
			return pfn_valid(pfn);
		table = pfn_to_virt(pfn);
	}
}
