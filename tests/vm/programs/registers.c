// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: registers
 * Runs with a frame pointer that leads into a device's registers (/dev/registers), at once
 * or by a record in memory, and by a table: no walk reads them, and each stack ends there
 * as unreadable. Where all is memory, on a stack that isn't the process's first, it's whole.
 */
#include "tally.h"

#define PAGES 8
#define STEP  3000 /* bytes from one record to the next */

extern const char astray_begin[], astray_end[];
static uint32_t self, frames;
static uint8_t end;
static unsigned long good, bad;
static unsigned int results;

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	uintptr_t pc = stack->nr_user ? stack->frames[stack->nr_kernel] : 0;

	(void)t, (void)cpu;
	if (thread->tid != self || stack->nr_kernel || pc < (uintptr_t)astray_begin ||
	    pc >= (uintptr_t)astray_end)
		return;
	if (stack->nr_user == frames && stack->end_user == end)
		good++;
	else if (!bad++)
		printf("# %u frames, end %u instead of %u, %u\n", stack->nr_user,
		       stack->end_user, frames, end);
}

/* Some time with this stack pointer and this frame pointer. */
__attribute__((noinline, noclone)) static void astray(void *sp, void *fp)
{
	unsigned long turns = 1000000;

#if defined(__x86_64__)
	__asm__ volatile(
		"mov %%rsp, %%r12\n mov %%rbp, %%r13\n mov %1, %%rsp\n mov %2, %%rbp\n"
		".globl astray_begin, astray_end\nastray_begin: dec %0\n jnz astray_begin\nastray_end:\n"
		"mov %%r13, %%rbp\n mov %%r12, %%rsp\n"
		: "+r"(turns)
		: "r"(sp), "r"(fp)
		: "r12", "r13", "memory", "cc");
#elif defined(__aarch64__)
	__asm__ volatile(
		"mov x19, sp\n mov x20, x29\n mov sp, %1\n mov x29, %2\n"
		".globl astray_begin, astray_end\nastray_begin: subs %0, %0, #1\n b.ne astray_begin\nastray_end:\n"
		"mov x29, x20\n mov sp, x19\n"
		: "+r"(turns)
		: "r"(sp), "r"(fp)
		: "x19", "x20", "memory", "cc");
#else
	__asm__ volatile(
		"mov r4, sp\n mov r5, r11\n mov sp, %1\n mov r11, %2\n"
		".globl astray_begin, astray_end\nastray_begin: subs %0, %0, #1\n bne astray_begin\nastray_end:\n"
		"mov r11, r5\n mov sp, r4\n"
		: "+r"(turns)
		: "r"(sp), "r"(fp)
		: "r4", "r5", "memory", "cc");
#endif
}

/* A record, as compilers make it here, at `at`; returns what a frame pointer to it is. */
static void *record(char *at, void *next, void *pc)
{
	void **word = (void **)at;

	word[0] = next;
	word[1] = pc;
#if defined(__arm__)
	return word + 1;
#else
	return word;
#endif
}

static void run(struct tally *t, const char *what, void *sp, void *fp, uint32_t want,
		uint8_t why)
{
	uint64_t until = reader_now() + 1000000000;

	frames = want;
	end = why;
	/* What was sampled before is another case's. */
	tally_read(t);
	good = bad = 0;
	while (reader_now() < until)
		astray(sp, fp);
	tally_read(t);
	printf("# %s: %lu, and %lu otherwise\n", what, good, bad);
	printf("%sok %u - %s\n", good > 20 && !bad ? "" : "not ", ++results, what);
}

/* By frame pointer, for all that's mapped. */
static bool load_tables(struct tally *t)
{
	static struct ember_rule rules[2] = {
		{ .cfa = EMBER_CFA_NONE },
#if defined(__arm__)
		{ .cfa = EMBER_CFA_FP,
		  .cfa_offset = 4,
		  .ra = 1,
		  .ra_offset = -1,
		  .fp = 1,
		  .fp_offset = -2 },
#else
		{ .cfa = EMBER_CFA_FP,
		  .cfa_offset = 16,
		  .ra = 1,
		  .ra_offset = -2,
		  .fp = 1,
		  .fp_offset = -4 },
#endif
	};
	static struct ember_row rows[256];
	static uint32_t pages[257];
	struct ember_unwind u = { .size = sizeof(u),
				  .nr_pages = 256,
				  .nr_rows = 256,
				  .nr_rules = 2,
				  .pages = (uintptr_t)pages,
				  .rows = (uintptr_t)rows,
				  .rules = (uintptr_t)rules };
	uint32_t i;

	for (i = 0; i < 256; i++)
		rows[i].rule = 1;
	for (i = 0; i <= 256; i++)
		pages[i] = i;
	for (u.file = 1; u.file < 8; u.file++)
		if (ioctl(t->reader.fd, EMBER_IOC_UNWIND, &u))
			return false;
	return true;
}

__attribute__((noinline, noclone)) static int cases(struct tally *t)
{
	void *pc = __builtin_return_address(0), *fp = NULL;
	long page = sysconf(_SC_PAGESIZE);
	char *low = mmap(NULL, 2 * PAGES * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *high = low + PAGES * page, *sp = high - 256;
	int fd = open("/dev/registers", O_RDWR);
	void *device, *by_record;
	struct ember_status st;
	uint32_t n = 0;
	char *at;

	if (low == MAP_FAILED)
		return 2;
	memset(low, 0, 2 * PAGES * page);
	/* From the outermost record on, over several pages. */
	for (at = low + PAGES * page - STEP; at > low; at -= STEP, n++)
		fp = record(at - (at - low) % 16, fp, pc);
	run(t, "all of it is memory", low, fp, n + 1, EMBER_END_WHOLE);
	if (mmap(high, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != high)
		return 2;
	device = high + (sizeof(void *) == 4 ? 4 : 0);
	by_record = record(sp + 64, device, pc);
	run(t, "a frame pointer into a device", sp, device, 1, EMBER_END_READ);
	run(t, "a record that leads into a device", sp, by_record, 2, EMBER_END_READ);
	if (!load_tables(t))
		return 2;
	run(t, "a frame pointer into a device, by a table", sp, device, 1, EMBER_END_READ);
	tally_status(t, EMBER_STATUS_CPU_ALL, &st);
	printf("%sok %u - tables were asked\n", st.counters.samples_table ? "" : "not ",
	       ++results);
	return 0;
}

int main(void)
{
	struct ember_config config = { .hz = 999,
				       .ring_bytes = 1 << 20,
				       .filter = EMBER_FILTER_PROCESSES,
				       .nr_ids = 1,
				       .ids = (uintptr_t)&self };
	struct tally t;
	int rc;

	self = getpid();
	tally_open(&t, &config, look);
	tally_start(&t);
	rc = cases(&t);
	tally_stop(&t);
	printf("1..%u\n", results);
	return rc || t.bad;
}
