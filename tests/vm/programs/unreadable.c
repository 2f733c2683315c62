// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: unreadable none|border|chain|beyond ROUNDS
 * Spins with a stack and a frame pointer of its own making: the frame's record in a page
 * that can't be read, half of it there, another record before it, or above all user
 * memory.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BYTES 65536UL

__attribute__((noinline)) void spin(unsigned long rounds, uintptr_t sp, uintptr_t fp)
{
#if defined(__x86_64__)
	__asm__ volatile(
		"mov %%rsp, %%r8\n\tmov %%rbp, %%r9\n\tmov %1, %%rsp\n\tmov %2, %%rbp\n"
		"1:\tdec %0\n\tjnz 1b\n\tmov %%r8, %%rsp\n\tmov %%r9, %%rbp"
		: "+r"(rounds)
		: "r"(sp), "r"(fp)
		: "r8", "r9", "cc", "memory");
#elif defined(__i386__)
	__asm__ volatile(
		"mov %%esp, %%esi\n\tmov %%ebp, %%edi\n\tmov %1, %%esp\n\tmov %2, %%ebp\n"
		"1:\tdec %0\n\tjnz 1b\n\tmov %%esi, %%esp\n\tmov %%edi, %%ebp"
		: "+r"(rounds)
		: "r"(sp), "r"(fp)
		: "esi", "edi", "cc", "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x9, sp\n\tmov x10, x29\n\tmov sp, %1\n\tmov x29, %2\n"
			 "1:\tsubs %0, %0, #1\n\tb.ne 1b\n\tmov sp, x9\n\tmov x29, x10"
			 : "+r"(rounds)
			 : "r"(sp), "r"(fp)
			 : "x9", "x10", "cc", "memory");
#else
	__asm__ volatile("mov r4, sp\n\tmov r5, r11\n\tmov sp, %1\n\tmov r11, %2\n"
			 "1:\tsubs %0, %0, #1\n\tbne 1b\n\tmov sp, r4\n\tmov r11, r5"
			 : "+r"(rounds)
			 : "r"(sp), "r"(fp)
			 : "r4", "r5", "cc", "memory");
#endif
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[1] : "";
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	char *base = mmap(NULL, 2 * BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	char *end = base + BYTES;
	uintptr_t *record = (uintptr_t *)(end - 256);
	uintptr_t sp = (uintptr_t)end - 4096, fp;

	if (base == MAP_FAILED || mprotect(end, BYTES, PROT_NONE)) {
		perror("mmap");
		return 1;
	}
	memset(base, 0, BYTES);
	fp = (uintptr_t)end;
	if (!strcmp(how, "border")) {
		fp -= sizeof(long);
	} else if (!strcmp(how, "chain")) {
		fp = (uintptr_t)record;
#ifdef __arm__
		record--;
#endif
		record[0] = (uintptr_t)end + 64;
		record[1] = (uintptr_t)main + 8;
	} else if (!strcmp(how, "beyond")) {
		/* Where user memory ends, on kernels of the usual splits. */
#if defined(__x86_64__)
		fp = 0x7ffffffff000;
#elif defined(__aarch64__)
		fp = 1UL << 48;
#elif defined(__i386__)
		fp = 0xffffe000;
#else
		/* Below the kernel's modules, or the vectors of arm64's. */
		fp = (uintptr_t)&fp > 0xc0000000 ? 0xffff0000 : 0xbf000000;
#endif
		sp = fp - 256;
		fp += 64;
	} else if (strcmp(how, "none")) {
		fprintf(stderr, "usage: unreadable none|border|chain|beyond ROUNDS\n");
		return 2;
	}
	spin(rounds, sp, fp);
	return 0;
}
