// SPDX-License-Identifier: GPL-2.0-only
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "ram.h"

/* A huge page has no mark of its own in all kernels; devices aren't cached. */
static bool ember_leaf_is_ram(unsigned long flags)
{
	return flags & _PAGE_PRESENT && !(flags & (_PAGE_PCD | _PAGE_PWT | _PAGE_PAT_LARGE));
}

/*
 * Whether `at` is in a page of current's that is ordinary memory. Page tables that are
 * being freed wait for interrupts to be on, as they do for the kernel's own lockless walks.
 */
noinline bool ember_page_walk(unsigned long at)
{
	pgd_t *pgd = pgd_offset(current->mm, at);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t pte;

	if (pgd_none(READ_ONCE(*pgd)))
		return false;
	p4d = p4d_offset(pgd, at);
	if (!p4d_present(READ_ONCE(*p4d)))
		return false;
	pud = pud_offset(p4d, at);
	if (!pud_present(READ_ONCE(*pud)))
		return false;
	if (pud_leaf(READ_ONCE(*pud)))
		return ember_leaf_is_ram(pud_flags(READ_ONCE(*pud)));
	pmd = pmd_offset(pud, at);
	if (!pmd_present(READ_ONCE(*pmd)))
		return false;
	if (pmd_leaf(READ_ONCE(*pmd)))
		return ember_leaf_is_ram(pmd_flags(READ_ONCE(*pmd)));
	if (IS_ENABLED(CONFIG_HIGHPTE)) {
		pte_t *table = kmap_atomic(pmd_page(*pmd));

		pte = READ_ONCE(table[pte_index(at)]);
		kunmap_atomic(table);
	} else {
		pte = READ_ONCE(*pte_offset_kernel(pmd, at));
	}
	return pte_present(pte) && !pte_special(pte);
}
