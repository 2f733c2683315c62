// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * EMBER_IOC_UNWIND: tables that aren't good are refused, each for one thing that differs
 * from one that is taken; what is taken is accounted, replaced, dropped and given back.
 */
#include "session.h"

static struct ember_rule rules[3] = {
	{ .cfa = EMBER_CFA_NONE },
	{ .cfa = EMBER_CFA_SP, .cfa_offset = 8, .ra = EMBER_SAVED_CFA, .ra_offset = -2 },
	{ .cfa = EMBER_CFA_END },
};
static struct ember_row rows[5] = { { 0, 0 }, { 16, 1 }, { 32, 2 }, { 0, 2 }, { 1, 0 } };
static uint32_t pages[3] = { 0, 3, 5 };

static struct ember_unwind good(void)
{
	return (struct ember_unwind){
		.size = sizeof(struct ember_unwind),
		.file = 7,
		.first = 1,
		.nr_pages = 2,
		.nr_rows = 5,
		.nr_rules = 3,
		.pages = (uintptr_t)pages,
		.rows = (uintptr_t)rows,
		.rules = (uintptr_t)rules,
	};
}

#define BAD(error, ...)                                                           \
	do {                                                                      \
		struct ember_unwind u = good();                                   \
		__VA_ARGS__;                                                      \
		refused(ioctl(s->fd, EMBER_IOC_UNWIND, &u), error, #__VA_ARGS__); \
	} while (0)

/* What the table is made of, put right again afterwards. */
#define BAD_CONTENT(place, value)                                                         \
	do {                                                                              \
		__typeof__(place) right = place;                                          \
		struct ember_unwind u = good();                                           \
		place = value;                                                            \
		refused(ioctl(s->fd, EMBER_IOC_UNWIND, &u), EINVAL, #place " = " #value); \
		place = right;                                                            \
	} while (0)

static void bad_calls(struct session *s)
{
	char larger[sizeof(struct ember_unwind) + 8] = { 0 };
	struct ember_unwind u = good();
	int fresh = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);

	refused(ioctl(fresh, EMBER_IOC_UNWIND, &u), EINVAL, "before CONFIG");
	close(fresh);
	BAD(EINVAL, u.size--);
	BAD(EINVAL, u.reserved[0] = 1);
	BAD(EINVAL, u.reserved[1] = 1);
	BAD(EINVAL, u.file = 0);
	BAD(EINVAL, u.nr_rules = 0);
	BAD(EINVAL, u.nr_rules = EMBER_UNWIND_RULES_MAX + 1);
	BAD(EINVAL, u.nr_rows = 1);
	BAD(EINVAL, u.nr_rows = 4);
	BAD(EINVAL, u.nr_pages = 1);
	BAD(EINVAL, u.nr_pages = (1 << 16) + 1);
	BAD(EFAULT, u.pages = 8);
	BAD(EFAULT, u.rows = 8);
	BAD(EFAULT, u.rules = 8);
	BAD(ENOSPC, u.nr_pages = 1 << 16; u.nr_rows = UINT32_MAX);
	memcpy(larger, &u, sizeof(u));
	((struct ember_unwind *)larger)->size = sizeof(larger);
	larger[sizeof(u)] = 1;
	refused(ioctl(s->fd, EMBER_IOC_UNWIND, larger), E2BIG, "a tail that isn't zero");
	larger[sizeof(u)] = 0;
	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, larger), "one that is");
}

static void bad_tables(struct session *s)
{
	BAD_CONTENT(rules[0].cfa, EMBER_CFA_SP);
	BAD_CONTENT(rules[1].cfa, EMBER_CFA_LAST + 1);
	BAD_CONTENT(rows[0].offset, 1);
	BAD_CONTENT(rows[1].offset, 0);
	BAD_CONTENT(rows[2].offset, 16);
	BAD_CONTENT(rows[3].offset, 1);
	BAD_CONTENT(rows[4].rule, 3);
	BAD_CONTENT(pages[0], 1);
	BAD_CONTENT(pages[1], 0);
	BAD_CONTENT(pages[1], 5);
	BAD_CONTENT(pages[1], UINT32_MAX);
	BAD_CONTENT(pages[2], 4);
}

static void accounts(struct session *s)
{
	struct ember_unwind u = good();
	struct ember_status first, st;
	uint32_t n;

	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "a good one");
	first = status(s->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	ok(first.tables == 1 && first.table_bytes > sizeof(rows) + sizeof(rules), "is there");
	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "the same file's again");
	st = status(s->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	ok(st.tables == 1 && st.table_bytes == first.table_bytes, "takes its place");
	u.file = 8;
	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "another's");
	st = status(s->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	ok(st.tables == 2 && st.table_rows == 10 && st.table_bytes > first.table_bytes &&
		   st.table_bytes < first.table_bytes + 5000,
	   "is one more");
	u.nr_pages = 0;
	u.nr_rows = 0;
	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "dropped");
	u.file = 9;
	ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "one that isn't there");
	st = status(s->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	ok(st.tables == 1 && st.table_bytes == first.table_bytes && !st.tables_evicted,
	   "the other stays");
	/* More than there's room for: those of longest ago go. */
	for (n = 0; n < 200 && !st.tables_evicted; n++) {
		static struct ember_row many[65536];
		uint32_t one[2] = { 0, 65536 }, i;

		for (i = 0; i < 65536; i++)
			many[i] = (struct ember_row){ i, i % 3 };
		u = good();
		u.file = 100 + n;
		u.nr_pages = 1;
		u.nr_rows = 65536;
		u.rows = (uintptr_t)many;
		u.pages = (uintptr_t)one;
		if (!ok(!ioctl(s->fd, EMBER_IOC_UNWIND, &u), "a large one"))
			break;
		st = status(s->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	}
	ok(st.tables_evicted > 0 && st.tables < n + 2, "some gave way");
	printf("# %u large ones, %u evicted, %llu bytes\n", n, st.tables_evicted,
	       (unsigned long long)st.table_bytes);
}

/* Replaced and dropped as fast as can be while samples are taken by them. */
static void race(struct session *s)
{
	uint64_t end = now() + 2000000000ull;
	struct ember_unwind u = good(), none = good();
	unsigned int turns = 0;

	none.nr_pages = none.nr_rows = 0;
	ok(!ioctl(s->fd, EMBER_IOC_START), "start");
	while (now() < end) {
		for (u.file = 1; u.file < 16; u.file++) {
			none.file = u.file;
			if (ioctl(s->fd, EMBER_IOC_UNWIND, &u) ||
			    (turns % 2 && ioctl(s->fd, EMBER_IOC_UNWIND, &none)))
				break;
		}
		if (!ok(u.file == 16, "replaced while it's used"))
			break;
		burn(now() + 1000000);
		drain(s);
		turns++;
	}
	ok(!ioctl(s->fd, EMBER_IOC_STOP), "stop");
	drain(s);
	ok(s->samples > 0 && !s->bad, "samples are as whole as ever");
	printf("# %u turns\n", turns);
}

/* Give each file that may be defined a table without rules if @nothing, else drop its table.
 * Return true if the module accepted all.
 */
static bool say_nothing(struct session *s, bool nothing)
{
	static struct ember_row row;
	static uint32_t page[2] = { 0, 1 };
	struct ember_unwind u = good();

	u.first = 0;
	u.nr_pages = u.nr_rows = nothing;
	u.nr_rules = 1;
	u.rows = (uintptr_t)&row;
	u.pages = (uintptr_t)page;
	for (u.file = 1; u.file < 64; u.file++)
		if (ioctl(s->fd, EMBER_IOC_UNWIND, &u))
			return false;
	return true;
}

/* Work in a function whose frame record says that nobody called it: the stack's start. */
static __attribute__((noinline)) void burn_as_first(uint64_t until)
{
	void *volatile *frame = __builtin_frame_address(0), *saved;

#if defined(__arm__) && !defined(__clang__)
	frame--;
#endif
	saved = *frame;
	*frame = NULL;
	burn(until);
	*frame = saved;
}

/* What 300 ms of work add to the counters. */
static struct ember_counters worked(struct session *s)
{
	struct ember_counters before = counters(s, EMBER_STATUS_CPU_ALL), after;

	burn_as_first(now() + 300000000ull);
	drain(s);
	after = counters(s, EMBER_STATUS_CPU_ALL);
	after.points_sampled -= before.points_sampled;
	after.samples_gaps -= before.samples_gaps;
	printf("# %llu samples, %llu may have gaps\n",
	       (unsigned long long)after.points_sampled,
	       (unsigned long long)after.samples_gaps);
	return after;
}

/* Stacks that were walked by frame pointer though tables were expected: they are marked. */
static void gaps(uint32_t flags)
{
	uint32_t self = getpid();
	struct session s = { .config = { .hz = 4999,
					 .ring_bytes = 1 << 20,
					 .flags = flags,
					 .filter = EMBER_FILTER_PROCESSES,
					 .ids = (uintptr_t)&self,
					 .nr_ids = 1 } };
	bool marks = flags & EMBER_CONFIG_TABLES;
	struct ember_counters c;

	if (!ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "a session of our own"))
		return;
	c = worked(&s);
	ok(c.points_sampled > 0, "before any table: sampled");
	ok(marks ? c.samples_gaps * 2 > c.points_sampled : !c.samples_gaps,
	   "before any table: marked, if tables are expected");
	ok(say_nothing(&s, true), "tables that know nothing");
	burn(now() + 1000000);
	c = worked(&s);
	ok(c.points_sampled > 0 && !c.samples_gaps, "there's nothing better: not marked");
	ok(!status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).tables,
	   "nor are they counted");
	ok(say_nothing(&s, false), "dropped");
	burn(now() + 1000000);
	c = worked(&s);
	ok(marks ? c.samples_gaps * 2 > c.points_sampled : !c.samples_gaps,
	   "dropped: marked, if tables are expected");
	session_close(&s);
}

static uint32_t chance(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

#define CHANCE_ROWS  512
#define CHANCE_RULES 64
#define CHANCE_PAGES 3

/* Rows in order for all of three pages, rules of any kind; one byte turned in every other. */
static int any_table(struct session *s, uint32_t file)
{
	static struct ember_rule rule[CHANCE_RULES];
	static struct ember_row row[CHANCE_ROWS];
	uint32_t page[CHANCE_PAGES + 1] = { 0, CHANCE_ROWS / 4, CHANCE_ROWS / 2, CHANCE_ROWS },
				     i;
	struct ember_unwind u = good();

	for (i = 0; i < sizeof(rule); i++)
		((uint8_t *)rule)[i] = chance() >> 24;
	for (i = 0; i < CHANCE_RULES; i++) {
		rule[i].cfa %= EMBER_CFA_LAST + 1;
		/* Half of them as a compiler's: the walk goes on for some frames. */
		if (chance() & 1)
			rule[i] = (struct ember_rule){ .cfa = EMBER_CFA_SP + chance() % 3,
						       .cfa_offset = chance() % 64 * 4,
						       .ra = chance() % 3,
						       .ra_offset = -(int)(chance() % 16) };
	}
	rule[0] = (struct ember_rule){ .cfa = EMBER_CFA_NONE };
	for (i = 0; i < CHANCE_ROWS; i++) {
		uint32_t begin = i < page[1] ? 0 : i < page[2] ? page[1] : page[2];

		row[i].offset = i == begin ? 0 : row[i - 1].offset + 1 + chance() % 200;
		row[i].rule = chance() % CHANCE_RULES;
	}
	if (chance() & 1)
		switch (chance() % 3) {
		case 0: ((uint8_t *)rule)[chance() % sizeof(rule)] = chance() >> 24; break;
		case 1: ((uint8_t *)row)[chance() % sizeof(row)] = chance() >> 24; break;
		case 2: ((uint8_t *)page)[chance() % sizeof(page)] = chance() >> 24; break;
		}
	u.file = file;
	u.first = 0;
	u.nr_pages = CHANCE_PAGES;
	u.nr_rows = CHANCE_ROWS;
	u.nr_rules = CHANCE_RULES;
	u.pages = (uintptr_t)page;
	u.rows = (uintptr_t)row;
	u.rules = (uintptr_t)rule;
	return ioctl(s->fd, EMBER_IOC_UNWIND, &u);
}

/* Whatever rules say, samples are taken by them, and the kernel has nothing to complain of. */
static void any_tables(struct session *s)
{
	uint64_t end = now() + 5000000000ull, before = s->samples;
	unsigned int taken = 0, refused = 0, other = 0;
	uint32_t file;

	ok(!ioctl(s->fd, EMBER_IOC_START), "start, for tables of chance");
	while (now() < end) {
		for (file = 1; file < 16; file++) {
			if (!any_table(s, file))
				taken++;
			else if (errno == EINVAL)
				refused++;
			else
				other++;
		}
		burn(now() + 1000000);
		drain(s);
	}
	ok(!ioctl(s->fd, EMBER_IOC_STOP), "stop");
	drain(s);
	ok(taken > 100 && refused > 30 && !other, "taken, or refused as bad");
	ok(s->samples > before && !s->bad, "samples are as whole as ever");
	printf("# tables of chance: %u taken, %u refused, %llu samples\n", taken, refused,
	       (unsigned long long)(s->samples - before));
}

int main(void)
{
	struct session s = { .config = { .hz = 4999, .ring_bytes = 1 << 20 } };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!ok(!session_open(&s), "a session"))
		return cases_end("tables");
	bad_calls(&s);
	bad_tables(&s);
	accounts(&s);
	race(&s);
	any_tables(&s);
	session_close(&s);
	gaps(EMBER_CONFIG_TABLES);
	gaps(0);
	return cases_end("tables");
}
