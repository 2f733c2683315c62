// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: interrupts SYMBOL CONTEXT SHARE MARGIN [busy]
 * Samples CPU 0 while the module `burn` is at work there: after two seconds, in which
 * callbacks come to be listened to, for three more. The share of all grid points whose
 * stack holds SYMBOL, in CONTEXT (softirq, hardirq, hrtimer), in percent, is to be SHARE
 * give or take MARGIN. The CPU is idle beside that, or with `busy` a thread spins.
 *        interrupts quiet SECONDS FILE KIND
 * Samples until callbacks (KIND hrtimer) or handlers (hardirq) are listened to, makes FILE, and
 * goes on until they aren't any more; each for SECONDS at most.
 *        interrupts brief SECONDS
 * Samples while handlers that take too little time are listened to, and SECONDS more, in which
 * they aren't again.
 */

#include "tally.h"

static struct tally_symbol burner;
static uint64_t named, inside, by_context[4];
static unsigned int wanted, shown;
static bool counting;

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	unsigned int i;

	(void)t, (void)cpu, (void)thread;
	if (!counting)
		return;
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

/* Bits of `listening` */
#define TIMERS	 1
#define HANDLERS 2

static int listening(void)
{
	FILE *f = fopen("/sys/module/emberprof/parameters/listening", "re");
	int is = -1;

	if (!f || fscanf(f, "%d", &is) != 1)
		reader_die("listening");
	fclose(f);
	return is;
}

static void work(bool busy, uint64_t ns)
{
	uint64_t end = reader_now() + ns;

	if (busy)
		tally_spin(end);
	else
		while (reader_now() < end)
			usleep(500000);
}

/*
 * Seconds until that kind is listened to, or no more, idle or (busy) idle and busy by turns;
 * `seconds` at most.
 */
static unsigned int wait_for(struct tally *t, int kind, bool is, bool busy,
			     unsigned int seconds)
{
	unsigned int waited;

	for (waited = 0; !(listening() & kind) == is && waited < seconds; waited++) {
		work(busy, 500000000);
		work(false, 500000000);
		tally_read(t);
	}
	return waited;
}

static int quiet(struct tally *t, unsigned int seconds, const char *path, int kind)
{
	unsigned int heard, gone;
	FILE *f;

	tally_start(t);
	heard = wait_for(t, kind, true, true, seconds);
	f = fopen(path, "we");
	if (!f)
		reader_die(path);
	fclose(f);
	gone = wait_for(t, kind, false, true, seconds);
	tally_stop(t);
	printf("# listened to after %u s, no more after %u s more\n", heard, gone);
	return heard == seconds || !gone || gone == seconds;
}

static int brief(struct tally *t, unsigned int seconds)
{
	unsigned int heard, gone, again;

	tally_start(t);
	heard = wait_for(t, HANDLERS, true, true, seconds);
	gone = wait_for(t, HANDLERS, false, false, seconds);
	again = wait_for(t, HANDLERS, true, false, seconds);
	tally_stop(t);
	printf("# listened to after %u s, no more after %u s more, and again after %u s\n",
	       heard, gone, again);
	return heard == seconds || !gone || gone == seconds || again != seconds;
}

int main(int argc, char **argv)
{
	static const char *const contexts[] = { "task", "softirq", "hardirq", "hrtimer" };
	struct ember_config config = { .hz = 997, .ring_bytes = 1 << 20 };
	struct ember_status before, st;
	struct tally t;
	double share, want, margin;
	uint64_t points;
	int listened;

	if (argc == 5 && !strcmp(argv[1], "quiet")) {
		tally_open(&t, &config, NULL);
		return quiet(&t, atoi(argv[2]), argv[3],
			     strcmp(argv[4], "hardirq") ? TIMERS : HANDLERS);
	}
	if (argc == 3 && !strcmp(argv[1], "brief")) {
		tally_open(&t, &config, NULL);
		return brief(&t, atoi(argv[2]));
	}
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
	work(argc > 5, 2000000000);
	tally_read(&t);
	tally_status(&t, 0, &before);
	counting = true;
	work(argc > 5, 3000000000);
	listened = listening();
	tally_stop(&t);
	tally_status(&t, 0, &st);
	points = st.counters.points - before.counters.points;
	share = 100.0 * named / points;
	printf("# %s: %.2f %% of %llu points (want %.1f); in context %s: %llu of %llu; listening: %d\n",
	       argv[1], share, (unsigned long long)points, want, argv[2],
	       (unsigned long long)inside, (unsigned long long)named, listened);
	printf("# task %llu softirq %llu hardirq %llu hrtimer %llu; in all: idle %llu skipped %llu lost %llu, kernel truncated %llu\n",
	       (unsigned long long)by_context[0], (unsigned long long)by_context[1],
	       (unsigned long long)by_context[2], (unsigned long long)by_context[3],
	       (unsigned long long)st.counters.points_idle,
	       (unsigned long long)st.counters.points_skipped,
	       (unsigned long long)st.counters.points_lost,
	       (unsigned long long)st.counters.truncated_kernel);
	if ((wanted == 2 && !(listened & HANDLERS)) || (wanted == 3 && !(listened & TIMERS)))
		return 1;
	return !(share >= want - margin && share <= want + margin &&
		 inside * 100 >= named * 95 && !t.bad);
}
