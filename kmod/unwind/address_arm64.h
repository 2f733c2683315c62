/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses on arm64 as they are without what is put into the bits they don't use: a
 * signature (pointer authentication) or a tag (MTE, top byte). Which bits those are is
 * the CPU's matter: a kernel for 52 bits runs with 48 where the CPU has no more.
 */
#ifndef EMBER_ADDRESS_ARM64_H
#define EMBER_ADDRESS_ARM64_H

#include <linux/bits.h>

#include <asm/memory.h>
#include <asm/sysreg.h>

/* The bits that user addresses use: to be read once a walk. */
static __always_inline unsigned long ember_user_bits(void)
{
	return (1UL << vabits_actual) - 1;
}

static __always_inline unsigned long ember_user_address(unsigned long pc)
{
	return pc & ember_user_bits();
}

/* A kernel's has ones there. */
static __always_inline unsigned long ember_kernel_address(unsigned long pc)
{
	return pc | ~ember_user_bits();
}

#endif
