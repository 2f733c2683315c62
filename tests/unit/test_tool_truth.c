// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Truth, not only depth: a program's own stack, unwound by tables at instants that a timer
 * picks, is the one that the compiler's unwinder finds.
 */
#include "unit.h"

#include <execinfo.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "../../kmod/unwind/step.h"
#include "symbolize/maps.h"
#include "unwind/compile.h"

#define DEEP   100
#define POINTS 2000
#define PLACES 4096

struct mapped {
	uint64_t start, end, offset;
	struct ember_table table;
};

struct walked {
	void *pc[DEEP + 8];
	int nr;
	enum ember_step end;
};

static struct mapped mapped[64];
static unsigned int nr_mapped;
static unsigned long stack_low, stack_high;
static volatile unsigned int points;
static struct walked ours[POINTS], theirs[POINTS];

static bool stack_word(void *context, unsigned long at, unsigned long *word)
{
	(void)context;
	if (at < stack_low || at > stack_high - sizeof(*word))
		return false;
	memcpy(word, (void *)at, sizeof(*word));
	return true;
}

static const struct ember_rule *rule_at(uint64_t pc)
{
	unsigned int i;

	for (i = 0; i < nr_mapped; i++)
		if (pc - mapped[i].start < mapped[i].end - mapped[i].start)
			return ember_table_find(&mapped[i].table,
						pc - mapped[i].start + mapped[i].offset);
	return NULL;
}

static void walk(struct ember_step_regs *regs, struct walked *w)
{
	w->end = EMBER_STEP_ON;
	while (w->nr < DEEP && w->end == EMBER_STEP_ON) {
		const struct ember_rule *rule = rule_at(regs->pc - !regs->exact);

		w->pc[w->nr++] = (void *)regs->pc;
		if (!rule)
			w->end = EMBER_STEP_UNKNOWN;
		else if (ember_rule_plain(rule) && !regs->least)
			w->end = ember_step_plain(rule, regs, EMBER_STEP_NATIVE, ~0ul,
						  stack_word, NULL);
		else
			w->end = ember_step(rule, regs, EMBER_STEP_NATIVE, stack_word, NULL);
	}
}

static bool interrupted(const ucontext_t *u, struct ember_step_regs *regs)
{
	*regs = (struct ember_step_regs){ .exact = true };
#if defined(__x86_64__)
	regs->pc = u->uc_mcontext.gregs[REG_RIP];
	regs->sp = u->uc_mcontext.gregs[REG_RSP];
	regs->fp = u->uc_mcontext.gregs[REG_RBP];
	return true;
#elif defined(__aarch64__)
	regs->pc = u->uc_mcontext.pc;
	regs->sp = u->uc_mcontext.sp;
	regs->fp = u->uc_mcontext.regs[29];
	regs->lr = u->uc_mcontext.regs[30];
	return true;
#else
	(void)u;
	return false;
#endif
}

static void on_tick(int number, siginfo_t *info, void *context)
{
	struct ember_step_regs regs;

	(void)number, (void)info;
	if (points == POINTS || !interrupted(context, &regs))
		return;
	stack_low = regs.sp - 128;
	walk(&regs, &ours[points]);
	theirs[points].nr = backtrace(theirs[points].pc, DEEP);
	points++;
}

/* Tables of all code that this program has mapped. */
static void compile_all(void)
{
	struct ember_maps_entry entry;
	struct ember_maps maps;

	ember_maps_open(&maps, 0);
	while (ember_maps_next(&maps, &entry)) {
		struct ember_compiled compiled;
		struct ember_elf elf;

		if (!strcmp(entry.name, "[stack]"))
			stack_high = entry.end;
		if (!entry.code || *entry.name != '/' || nr_mapped == 64)
			continue;
		if (!ember_elf_open(&elf, open(entry.name, O_RDONLY | O_CLOEXEC)))
			continue;
		assert_true(ember_unwind_compile(&elf, NULL, 0, &compiled));
		assert_true(ember_table_good(&compiled.table));
		mapped[nr_mapped++] =
			(struct mapped){ entry.start, entry.end,
					 strtoull(strchr(maps.line, 'p') + 1, NULL, 16),
					 compiled.table };
		ember_elf_close(&elf);
	}
	ember_maps_close(&maps);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Many functions of the C library, which has no frame pointers, and calls back. */
static void work(unsigned int turn)
{
	time_t day = turn * 86400;
	char *line[200], text[64];
	struct tm tm;
	regex_t re;
	FILE *file;
	int i;

	for (i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "%d %g word", (int)((i * 7919 + turn) % 1000),
			 i / 3.0);
		line[i] = strdup(text);
	}
	qsort(line, 200, sizeof(*line), compare);
	regcomp(&re, "([0-9]+) .*w[aeiou]r(d|t)$", REG_EXTENDED);
	for (i = 0; i < 200; i += 20)
		regexec(&re, line[i], 0, NULL, 0);
	regfree(&re);
	localtime_r(&day, &tm);
	strftime(text, sizeof(text), "%c", &tm);
	file = fopen("/dev/null", "w");
	for (i = 0; i < 200; i++) {
		fputs(line[i], file);
		free(line[i]);
	}
	fclose(file);
}

/* Return true if @a equals @b, libgcc's, from the interrupted frame on. libgcc may report one
 * frame more, beyond the outermost.
 */
static bool same(const struct walked *a, const struct walked *b)
{
	int skip = 0, i;

	while (skip < b->nr && b->pc[skip] != a->pc[0])
		skip++;
	for (i = 0; i < a->nr && skip + i < b->nr; i++)
		if (a->pc[i] != b->pc[skip + i])
			return false;
	return a->end == EMBER_STEP_END && i == a->nr && b->nr - skip - i <= 1;
}

static void test_truth(void **state)
{
	struct sigaction action = { .sa_sigaction = on_tick,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } }, none = {};
	unsigned int i, equal = 0, places = 0, turn;
	static bool seen[PLACES];
	static const ucontext_t any;
	struct ember_step_regs regs;
	void *first[4];

	(void)state;
	if (!interrupted(&any, &regs)) {
		print_message("how registers are called here isn't known\n");
		skip();
	}
	backtrace(first, 4); /* loads what it needs */
	compile_all();
	assert_true(nr_mapped >= 2 && stack_high);
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &timer, NULL);
	for (turn = 0; points < POINTS; turn++)
		work(turn);
	setitimer(ITIMER_PROF, &none, NULL);
	for (i = 0; i < POINTS; i++) {
		unsigned long place = (unsigned long)ours[i].pc[0] * 2654435761u >> 8;

		if (same(&ours[i], &theirs[i])) {
			equal++;
			places += !seen[place % PLACES];
			seen[place % PLACES] = true;
		} else {
			print_message("not the same at %p, end %d, after %d frames of %d\n",
				      ours[i].pc[0], ours[i].end, ours[i].nr, theirs[i].nr);
		}
	}
	for (i = 0; i < nr_mapped; i++)
		ember_table_drop(&mapped[i].table);
	print_message("%u of %d stacks are the same, at %u places\n", equal, POINTS, places);
	assert_true(equal >= POINTS / 100 * 99);
	assert_true(places >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_truth) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
