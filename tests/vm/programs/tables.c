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
		   st.table_bytes < first.table_bytes + 1000,
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
	session_close(&s);
	return cases_end("tables");
}
