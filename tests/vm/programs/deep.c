// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: deep SECONDS
 * Four sessions sample this process at 10 kHz each while it has 128 frames and more, of
 * functions drawn from 4096, so that each stack is another one. They are walked by tables
 * whose rules no cache has for long: a walk as slow as they get. Prints the samples of all
 * four, those that were cut as time was up, and the rest.
 */
#include "session.h"

#define SESSIONS 4
#define DEPTH	 140

/* The record that each function here has where its frame pointer points. */
#if defined(__arm__)
#define CFA_OFFSET 4
#define RA_OFFSET  -1
#define FP_OFFSET  -2
#else
#define CFA_OFFSET 16
#define RA_OFFSET  -2
#define FP_OFFSET  -4
#endif

static uint32_t drawn = 1;
static uint64_t until;

static void next(unsigned int depth);

#define FUNCTION(n)                                                    \
	__attribute__((noinline)) static void f##n(unsigned int depth) \
	{                                                              \
		next(depth);                                           \
		__asm__ volatile("" ::: "memory");                     \
	}
#define FOUR(m, n)	 m(n##0) m(n##1) m(n##2) m(n##3)
#define SIXTEEN(m, n)	 FOUR(m, n##0) FOUR(m, n##1) FOUR(m, n##2) FOUR(m, n##3)
#define SIXTY_FOUR(m, n) SIXTEEN(m, n##0) SIXTEEN(m, n##1) SIXTEEN(m, n##2) SIXTEEN(m, n##3)
#define MANY(m, n) \
	SIXTY_FOUR(m, n##0) SIXTY_FOUR(m, n##1) SIXTY_FOUR(m, n##2) SIXTY_FOUR(m, n##3)
#define ALL(m)      \
	MANY(m, 10) \
	MANY(m, 11) \
	MANY(m, 12) \
	MANY(m, 13) \
	MANY(m, 20) \
	MANY(m, 21) \
	MANY(m, 22) \
	MANY(m, 23) \
	MANY(m, 30) \
	MANY(m, 31) MANY(m, 32) MANY(m, 33) MANY(m, 40) MANY(m, 41) MANY(m, 42) MANY(m, 43)
ALL(FUNCTION)

#define NAME(n) f##n,
static void (*const functions[4096])(unsigned int) = { ALL(NAME) };

__attribute__((noinline)) static void next(unsigned int depth)
{
	if (!depth) {
		until = now() + 150000;
		while (now() < until)
			;
		return;
	}
	drawn = drawn * 1664525 + 1013904223;
	functions[drawn >> 20](depth - 1);
	__asm__ volatile("" ::: "memory");
}

/* The same for all code of any file: by frame pointer, as a table says it. */
static bool load_tables(struct session *s)
{
	static struct ember_rule rules[2] = {
		{ .cfa = EMBER_CFA_NONE },
		{ .cfa = EMBER_CFA_FP,
		  .cfa_offset = CFA_OFFSET,
		  .ra = EMBER_SAVED_CFA,
		  .ra_offset = RA_OFFSET,
		  .fp = EMBER_SAVED_CFA,
		  .fp_offset = FP_OFFSET },
	};
	static struct ember_row rows[16 * 4096];
	static uint32_t pages[17];
	struct ember_unwind u = {
		.size = sizeof(u),
		.nr_pages = 16,
		.nr_rows = 16 * 4096,
		.nr_rules = 2,
		.pages = (uintptr_t)pages,
		.rows = (uintptr_t)rows,
		.rules = (uintptr_t)rules,
	};
	uint32_t i;

	for (i = 0; i < 16 * 4096; i++)
		rows[i] = (struct ember_row){ i % 4096 * 16, 1 };
	for (i = 0; i <= 16; i++)
		pages[i] = i * 4096;
	for (u.file = 1; u.file < 4; u.file++)
		if (ioctl(s->fd, EMBER_IOC_UNWIND, &u))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct session s[SESSIONS];
	struct ember_counters c, sum = { 0 };
	uint32_t self = getpid();
	uint64_t end;
	int i;

	if (argc != 2)
		return 2;
	for (i = 0; i < SESSIONS; i++) {
		s[i].config = (struct ember_config){ .hz = 10000,
						     .filter = EMBER_FILTER_PROCESSES,
						     .nr_ids = 1,
						     .ids = (uintptr_t)&self,
						     .flags = EMBER_CONFIG_TABLES,
						     .ring_bytes = 1 << 20 };
		if (!ok(!session_open(&s[i]), "open") || !ok(load_tables(&s[i]), "tables"))
			return cases_end("deep");
	}
	for (i = 0; i < SESSIONS; i++)
		ok(!ioctl(s[i].fd, EMBER_IOC_START), "start");
	end = now() + strtoull(argv[1], NULL, 0) * 1000000000;
	while (now() < end) {
		next(DEPTH);
		for (i = 0; i < SESSIONS; i++)
			drain(&s[i]);
	}
	for (i = 0; i < SESSIONS; i++) {
		ok(!ioctl(s[i].fd, EMBER_IOC_STOP), "stop");
		c = counters(&s[i], EMBER_STATUS_CPU_ALL);
		ok(settled(&c), "each point in one counter");
		sum.points_sampled += c.points_sampled;
		sum.truncated_time += c.truncated_time;
		sum.truncated_depth += c.truncated_depth;
		sum.samples_table += c.samples_table;
		sum.points_lost += c.points_lost;
		sum.points_skipped += c.points_skipped;
	}
	printf("# sampled %llu time %llu depth %llu table %llu lost %llu skipped %llu\n",
	       (unsigned long long)sum.points_sampled, (unsigned long long)sum.truncated_time,
	       (unsigned long long)sum.truncated_depth, (unsigned long long)sum.samples_table,
	       (unsigned long long)sum.points_lost, (unsigned long long)sum.points_skipped);
	return cases_end("deep");
}
