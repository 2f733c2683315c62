/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a walk may read. A register that isn't a frame pointer may hold the address of a
 * device's registers that the process has mapped, and to read those may do something. So
 * user memory is read only within the process's first stack, or in pages that were found to
 * be memory: that's asked of the page tables (x86, riscv: no page that was mapped by its
 * number alone) or of the CPU's translation (ARM, arm64: by the type of the memory).
 */
#ifndef EMBER_RAM_H
#define EMBER_RAM_H

#include <linux/mm.h>
#include <linux/sched.h>

#include "../compat/uaccess.h"

#ifdef CONFIG_ARM64

/* Saves PAR_EL1, as what was interrupted may be using it. */
#define ember_translate(how, at) \
	({ \
		u64 _saved = read_sysreg_par(), _par; \
\
		asm volatile("at " how ", %0" : : "r"(at)); \
		isb(); \
		_par = read_sysreg_par(); \
		write_sysreg(_saved, par_el1); \
		_par; \
	})

#ifndef read_sysreg_par
#define read_sysreg_par() read_sysreg(par_el1)
#endif

/* Bit 0: no translation. The upper byte: attributes as in MAIR_EL1. */
static __always_inline bool ember_par_is_memory(u64 par)
{
	return !(par & 1) && par >> 60;
}

/* Within a user access section. */
static __always_inline bool ember_page_is_ram(unsigned long at)
{
	return ember_par_is_memory(ember_translate("s1e0r", at));
}

#elif defined(CONFIG_ARM)

/* No device has a page's number that the kernel knows as memory. Before ARMv7 a CPU may
 * have no translation to ask.
 */
static inline bool ember_page_is_ram(unsigned long at)
{
#if __LINUX_ARM_ARCH__ < 7
	return true;
#elif defined(CONFIG_ARM_LPAE)
	u64 saved, par;

	asm volatile("mrrc	p15, 0, %Q0, %R0, c7" : "=r" (saved));
	asm volatile("mcr	p15, 0, %0, c7, c8, 2" : : "r" (at));
	isb();
	asm volatile("mrrc	p15, 0, %Q0, %R0, c7" : "=r" (par));
	asm volatile("mcrr	p15, 0, %Q0, %R0, c7" : : "r" (saved));
	return !(par & 1) && pfn_valid((par & GENMASK_ULL(39, 12)) >> PAGE_SHIFT);
#else
	u32 saved, par;

	asm volatile("mrc	p15, 0, %0, c7, c4, 0" : "=r" (saved));
	asm volatile("mcr	p15, 0, %0, c7, c8, 2" : : "r" (at));
	isb();
	asm volatile("mrc	p15, 0, %0, c7, c4, 0" : "=r" (par));
	asm volatile("mcr	p15, 0, %0, c7, c4, 0" : : "r" (saved));
	/* Bit 1: a supersection, which user space has none of. */
	return !(par & 3) && pfn_valid(par >> PAGE_SHIFT);
#endif
}

#else

/* ram_x86.c, ram_riscv.c; outside of any user access section. */
bool ember_page_walk(unsigned long at);

/* Within one. */
static __always_inline bool ember_page_is_ram(unsigned long at)
{
	bool ram;

	ember_user_end(0);
	ram = ember_page_walk(at);
	ember_user_begin();
	return ram;
}

#endif

/*
 * The last place, where `low` is on the process's first stack, that `bytes` can be read at
 * without a further look: it is one mapping, with nothing else in it. 0: none. A process that
 * sets its stack's start below `bytes` gets places at the end of all addresses, which are none of its.
 */
static __always_inline unsigned long ember_stack_last(const struct mm_struct *mm,
						      unsigned long low, unsigned long bytes)
{
	/* The process may change both: any value is bounded. */
	unsigned long last = data_race(mm->start_stack) - bytes;

	/* The same. */
	return likely(last - low < data_race(mm->stack_vm) << PAGE_SHIFT) ? last : 0;
}

/*
 * Within a user access section: the last place in the same page, and `at` at least, that
 * `bytes` can be read at. 0: not even there, as it's no memory.
 */
static __always_inline unsigned long ember_ram_last(unsigned long at, unsigned long bytes)
{
	unsigned long end = (at | ~PAGE_MASK) + 1;

	if (!ember_page_is_ram(at))
		return 0;
	if (at <= end - bytes)
		return end - bytes;
	return ember_page_is_ram(end) ? at : 0;
}

#endif
