// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: interrupts SYMBOL CONTEXT SHARE MARGIN [busy]
 * Samples CPU 0 for three seconds while the module `burn` is at work there. The
 * share of all grid points whose stack holds SYMBOL, in CONTEXT (softirq, hardirq,
 * hrtimer), in percent, is to be SHARE give or take MARGIN. The CPU is idle beside
 * that, or with `busy` a thread spins.
 */

#include "tally.h"

static struct tally_symbol burner;
static uint64_t named, inside, by_context[4];
static unsigned int wanted, shown;

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	unsigned int i;

	(void)t, (void)cpu, (void)thread;
	if (stack->context < 4)
		by_context[stack->context]++;
	for (i = 0; i < stack->nr_kernel; i++)
		if (tally_in(&burner, stack->frames[i]))
			break;
	if (i == stack->nr_kernel) {
		if (stack->context == wanted && shown++ < 3) {
			printf("# elsewhere (end %u, vector %u):", stack->end_kernel,
			       stack->vector);
			for (i = 0; i < stack->nr_kernel; i++)
				printf(" %llx", (unsigned long long)stack->frames[i]);
			printf("\n");
		}
		return;
	}
	named++;
	inside += stack->context == wanted;
}

int main(int argc, char **argv)
{
	static const char *const contexts[] = { "task", "softirq", "hardirq", "hrtimer" };
	struct ember_config config = { .hz = 997, .ring_bytes = 1 << 20 };
	struct ember_status st;
	struct tally t;
	uint64_t end;
	double share, want, margin;

	if (argc < 5)
		return 2;
	while (wanted < 4 && strcmp(argv[2], contexts[wanted]))
		wanted++;
	want = atof(argv[3]);
	margin = atof(argv[4]);
	if (!tally_kernel_symbol(argv[1], &burner)) {
		printf("# no symbol %s\n", argv[1]);
		return 1;
	}
	tally_open(&t, &config, look);
	tally_start(&t);
	end = reader_now() + 3000000000ull;
	if (argc > 5)
		tally_spin(end);
	else
		while (reader_now() < end)
			usleep(1000000);
	tally_stop(&t);
	tally_status(&t, 0, &st);
	share = 100.0 * named / st.counters.points;
	printf("# %s: %.2f %% of %llu points (want %.1f); in context %s: %llu of %llu\n",
	       argv[1], share, (unsigned long long)st.counters.points, want, argv[2],
	       (unsigned long long)inside, (unsigned long long)named);
	printf("# task %llu softirq %llu hardirq %llu hrtimer %llu; idle %llu skipped %llu lost %llu, kernel truncated %llu\n",
	       (unsigned long long)by_context[0], (unsigned long long)by_context[1],
	       (unsigned long long)by_context[2], (unsigned long long)by_context[3],
	       (unsigned long long)st.counters.points_idle,
	       (unsigned long long)st.counters.points_skipped,
	       (unsigned long long)st.counters.points_lost,
	       (unsigned long long)st.counters.truncated_kernel);
	return !(share >= want - margin && share <= want + margin &&
		 inside * 100 >= named * 95 && !t.bad);
}
