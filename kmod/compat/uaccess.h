/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One user access section for many loads, on ARM, arm64 and riscv, page faults disabled by the
 * caller. user_access_begin() is just access_ok() on ARM, and on arm64 until 6.11, and
 * each unsafe_get_user() pays for a section of its own; but what sections are made of is
 * the same in all kernels. Of arm64's exception table only the name changed, with 6.0.
 *
 * On ARM the caller checks the range, too: kernels may let user mode read a page up there.
 */
#ifndef EMBER_COMPAT_UACCESS_H
#define EMBER_COMPAT_UACCESS_H

#include <linux/nospec.h>
#include <linux/uaccess.h>

#include <asm/processor.h>

/* Not named on arm64 before 5.11, nor on ARM before 5.18. */
#ifndef TASK_SIZE_MAX
#ifdef TASK_SIZE_64
#define TASK_SIZE_MAX	TASK_SIZE_64
#else
#define TASK_SIZE_MAX	TASK_SIZE
#endif
#endif

/* Where user addresses end. riscv's TASK_SIZE_MAX is all that aren't the kernel's, since 6.9. */
#ifdef CONFIG_RISCV
#define EMBER_USER_END	TASK_SIZE_64
#else
#define EMBER_USER_END	TASK_SIZE_MAX
#endif

/* Since 5.15: a variable that a hardened kernel's compiler needn't clear. */
#ifndef __uninitialized
#define __uninitialized
#endif

#ifdef CONFIG_ARM64

static __always_inline unsigned int ember_user_begin(void)
{
	uaccess_ttbr0_enable();
	return 0;
}

static __always_inline void ember_user_end(unsigned int state)
{
	uaccess_ttbr0_disable();
}

#ifdef _ASM_EXTABLE_UACCESS
#define EMBER_EXTABLE(insn, fixup) _ASM_EXTABLE_UACCESS(insn, fixup)
#else
#define EMBER_EXTABLE(insn, fixup) _ASM_EXTABLE(insn, fixup)
#endif

/* ldtr loads with EL0's rights: it can't reach the kernel, guessed or not. */
#define ember_user_nospec(at, limit) (at)

/* A frame record's two words, *second 0 where that faults. */
static __always_inline void ember_user_pair(unsigned long at, unsigned long *first,
					    unsigned long *second)
{
	asm volatile("1:	ldtr	%0, [%2]\n"
		     "2:	ldtr	%1, [%2, #8]\n"
		     "3:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "4:	mov	%1, #0\n"
		     "	b	3b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 4b)
		     EMBER_EXTABLE(2b, 4b)
		     : "=&r" (*first), "=&r" (*second)
		     : "r" (at));
}

/*
 * Two u32 next to each other; moves *at on behind them. Where that faults, *first is 1 and
 * *second 0, which are no frame's.
 */
static __always_inline void ember_user_two(unsigned long *at, u32 *first, u32 *second)
{
	asm volatile("1:	ldtr	%w0, [%2]\n"
		     "2:	ldtr	%w1, [%2, #4]\n"
		     "3:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "4:	mov	%w0, #1\n"
		     "	mov	%w1, #0\n"
		     "	b	3b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 4b)
		     EMBER_EXTABLE(2b, 4b)
		     : "=&r" (*first), "=&r" (*second)
		     : "r" (*at));
	*at += 8;
}

/* Three, and one. *bad, 0 before, is set where that faults. */
static __always_inline void ember_user_three(unsigned long at, u32 word[3], int *bad)
{
	asm volatile("1:	ldtr	%w1, [%4]\n"
		     "2:	ldtr	%w2, [%4, #4]\n"
		     "3:	ldtr	%w3, [%4, #8]\n"
		     "4:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "5:	mov	%w0, #1\n"
		     "	b	4b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 5b)
		     EMBER_EXTABLE(2b, 5b)
		     EMBER_EXTABLE(3b, 5b)
		     : "+r" (*bad), "=&r" (word[0]), "=&r" (word[1]), "=&r" (word[2])
		     : "r" (at));
}

static __always_inline void ember_user_word(unsigned long at, u32 *word, int *bad)
{
	asm volatile("1:	ldtr	%w1, [%2]\n"
		     "2:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "3:	mov	%w0, #1\n"
		     "	b	2b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 3b)
		     : "+r" (*bad), "=&r" (*word)
		     : "r" (at));
}

static __always_inline bool ember_user_long(unsigned long at, unsigned long *word)
{
	int bad = 0;

	asm volatile("1:	ldtr	%1, [%2]\n"
		     "2:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "3:	mov	%w0, #1\n"
		     "	b	2b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 3b)
		     : "+r" (bad), "=&r" (*word)
		     : "r" (at));
	return !bad;
}

#elif defined(CONFIG_ARM)

static __always_inline unsigned int ember_user_begin(void)
{
	return uaccess_save_and_enable();
}

static __always_inline void ember_user_end(unsigned int state)
{
	uaccess_restore(state);
}

/* ldrt loads with user mode's rights: it can't reach the kernel, guessed or not. */
#define ember_user_nospec(at, limit) (at)

#define EMBER_EXTABLE(insn, fixup) \
	"	.pushsection __ex_table, \"a\"\n" \
	"	.align	3\n" \
	"	.long	" #insn ", " #fixup "\n" \
	"	.popsection\n"

/* Loads a word and moves `at` on to the next one. */
#ifdef CONFIG_THUMB2_KERNEL
#define EMBER_LOAD(label, to, at) \
	#label ":	ldrt	" to ", [" at "]\n" \
	"	add	" at ", " at ", #4\n"
#else
#define EMBER_LOAD(label, to, at) #label ":	ldrt	" to ", [" at "], #4\n"
#endif

/*
 * Two u32 next to each other; moves *at on behind them. Where that faults, *first is 1 and
 * *second 0, which are no frame's.
 */
static __always_inline void ember_user_two(unsigned long *at, u32 *first, u32 *second)
{
	asm volatile(EMBER_LOAD(1, "%0", "%2")
		     EMBER_LOAD(2, "%1", "%2")
		     "3:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "4:	add	%2, %2, #4\n"
		     "5:	add	%2, %2, #4\n"
		     "	mov	%0, #1\n"
		     "	mov	%1, #0\n"
		     "	b	3b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 4b)
		     EMBER_EXTABLE(2b, 5b)
		     : "=&r" (*first), "=&r" (*second), "+&r" (*at));
}

static __always_inline void ember_user_three(unsigned long at, u32 word[3], int *bad)
{
	asm volatile(EMBER_LOAD(1, "%1", "%4")
		     EMBER_LOAD(2, "%2", "%4")
		     EMBER_LOAD(3, "%3", "%4")
		     "4:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "5:	mov	%0, #1\n"
		     "	b	4b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 5b)
		     EMBER_EXTABLE(2b, 5b)
		     EMBER_EXTABLE(3b, 5b)
		     : "+r" (*bad), "=&r" (word[0]), "=&r" (word[1]), "=&r" (word[2]),
		       "+r" (at));
}

static __always_inline void ember_user_word(unsigned long at, u32 *word, int *bad)
{
	asm volatile(EMBER_LOAD(1, "%1", "%2")
		     "2:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.align	2\n"
		     "3:	mov	%0, #1\n"
		     "	b	2b\n"
		     "	.popsection\n"
		     EMBER_EXTABLE(1b, 3b)
		     : "+r" (*bad), "=&r" (*word), "+r" (at));
}

#elif defined(CONFIG_RISCV)

static __always_inline unsigned int ember_user_begin(void)
{
	__enable_user_access();
	return 0;
}

static __always_inline void ember_user_end(unsigned int state)
{
	__disable_user_access();
}

/* Within a walk, addresses are masked; elsewhere here. */
static __always_inline unsigned long ember_user_nospec(unsigned long at, unsigned long limit)
{
	OPTIMIZER_HIDE_VAR(limit);
	return array_index_nospec(at, limit);
}

/* A frame record's two words, *second 0 where that faults. */
static __always_inline void ember_user_pair(unsigned long at, unsigned long *first,
					    unsigned long *second)
{
	asm volatile("1:	ld	%0, 0(%2)\n"
		     "2:	ld	%1, 8(%2)\n"
		     "3:\n"
		     "	.pushsection .text.fixup, \"ax\"\n"
		     "	.balign	4\n"
		     "4:	li	%0, 0\n"
		     "	li	%1, 0\n"
		     "	j	3b\n"
		     "	.popsection\n"
		     _ASM_EXTABLE(1b, 4b)
		     _ASM_EXTABLE(2b, 4b)
		     : "=&r" (*first), "=&r" (*second)
		     : "r" (at));
}

/* A word, by a load of its width. *bad, 0 before, is set where that faults. */
#define EMBER_LOAD(load, to, at, bad) \
	asm volatile("1:	" load "	%1, 0(%2)\n" \
		     "2:\n" \
		     "	.pushsection .text.fixup, \"ax\"\n" \
		     "	.balign	4\n" \
		     "3:	li	%0, 1\n" \
		     "	li	%1, 0\n" \
		     "	j	2b\n" \
		     "	.popsection\n" \
		     _ASM_EXTABLE(1b, 3b) \
		     : "+r" (bad), "=&r" (to) \
		     : "r" (at))

static __always_inline bool ember_user_long(unsigned long at, unsigned long *word)
{
	int bad = 0;

	EMBER_LOAD("ld", *word, at, bad);
	return !bad;
}

static __always_inline void ember_user_word(unsigned long at, u32 *word, int *bad)
{
	EMBER_LOAD("lw", *word, at, *bad);
}

#elif defined(CONFIG_X86)

static __always_inline unsigned int ember_user_begin(void)
{
	__uaccess_begin_nospec();
	return 0;
}

static __always_inline void ember_user_end(unsigned int state)
{
	__uaccess_end();
}

/* The section's barrier is behind by the time that an address is found in it. A limit of
 * more than 32 bits has to be in a register.
 */
static __always_inline unsigned long ember_user_nospec(unsigned long at, unsigned long limit)
{
	OPTIMIZER_HIDE_VAR(limit);
	return array_index_nospec(at, limit);
}

static __always_inline bool ember_user_long(unsigned long at, unsigned long *word)
{
	unsafe_get_user(*word, (unsigned long __user *)at, bad);
	return true;
bad:
	return false;
}

static __always_inline void ember_user_word(unsigned long at, u32 *word, int *bad)
{
	unsafe_get_user(*word, (u32 __user *)at, fault);
	return;
fault:
	*bad = 1;
}

#endif

/* A word of 4 or 8 bytes, within a section; false if it can't be read. */
static __always_inline bool ember_user_get(unsigned long at, unsigned int bytes,
					   unsigned long *word)
{
	int bad = 0;
	u32 got;

#ifdef CONFIG_64BIT
	if (bytes == sizeof(*word))
		return ember_user_long(at, word);
#endif
	ember_user_word(at, &got, &bad);
	*word = got;
	return !bad;
}

/* The same of a word of the kernel's own width, which goes to `fault` if it can't be read. */
#ifdef CONFIG_X86
#define EMBER_USER_WORD(word, at, fault) \
	unsafe_get_user(word, (unsigned long __user *)(at), fault)
#else
#define EMBER_USER_WORD(word, at, fault) \
	do { \
		unsigned long _word; \
\
		if (!ember_user_get(at, sizeof(_word), &_word)) \
			goto fault; \
		word = _word; \
	} while (0)
#endif

/* The same of an address that may be anything, below `limit`. */
static __always_inline bool ember_user_read(unsigned long at, unsigned int bytes,
					    unsigned long limit, unsigned long *word)
{
	return !(at & (bytes - 1)) && at <= limit - bytes &&
	       ember_user_get(ember_user_nospec(at, limit), bytes, word);
}

#endif
