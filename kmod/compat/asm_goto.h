/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GCC before 11.5, 12.4 and 13.3 loses outputs of asm goto. Kernels know of that for the
 * compiler that they were built by; where the module is built by such an older one, each has
 * an empty statement behind it, as those kernels have (Kbuild includes this first).
 */
#undef asm_goto_output
#define asm_goto_output(x...) \
	do { \
		asm volatile goto(x); \
		asm(""); \
	} while (0)
