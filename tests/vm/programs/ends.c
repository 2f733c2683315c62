// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: ends
 * Runs system calls with a session of few frames: the counters of stacks that end early
 * have each stack once, though both its halves may have been cut.
 */
#include "tally.h"

#define FRAMES 3

static uint64_t cut, both;

static bool short_of_frames(uint8_t end)
{
	return end == EMBER_END_DEPTH || end == EMBER_END_REPLACED;
}

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	bool kernel = short_of_frames(stack->end_kernel),
	     user = short_of_frames(stack->end_user);

	(void)t, (void)cpu, (void)thread;
	cut += kernel || user;
	both += kernel && user;
}

int main(void)
{
	uint32_t self = getpid();
	struct ember_config config = { .hz = 999,
				       .ring_bytes = 1 << 20,
				       .max_frames = FRAMES,
				       .filter = EMBER_FILTER_PROCESSES,
				       .nr_ids = 1,
				       .ids = (uintptr_t)&self };
	struct ember_status st;
	static char page[4096];
	struct tally t;
	uint64_t until;
	int zero = open("/dev/zero", O_RDONLY);

	if (zero < 0)
		return 2;
	tally_open(&t, &config, look);
	tally_start(&t);
	for (until = reader_now() + 1000000000; reader_now() < until;)
		for (int i = 0; i < 100; i++)
			if (read(zero, page, sizeof(page)) < 0)
				return 2;
	tally_stop(&t);
	tally_status(&t, EMBER_STATUS_CPU_ALL, &st);
	printf("# %llu stacks were cut, %llu in both halves; counted %llu\n",
	       (unsigned long long)cut, (unsigned long long)both,
	       (unsigned long long)st.counters.truncated_depth);
	printf("%sok 1 - stacks without room for the kernel's frames and the user's\n",
	       both ? "" : "not ");
	printf("%sok 2 - each counts once as cut\n1..2\n",
	       st.counters.truncated_depth == cut ? "" : "not ");
	return t.bad ? 1 : 0;
}
