// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof status: what running sessions have sampled, lost and cost. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/message.h"
#include "base/event.h"
#include "base/first_line.h"
#include "base/json.h"
#include "base/option.h"
#include "cmd/cmd.h"
#include "cmd/store.h"
#include "daemon/control.h"
#include "doctor/permissions.h"
#include "record/device.h"

#define ULL(x) ((unsigned long long)(x))

static const struct ember_option ember_status_options[] = {
	{ "cpus", NULL, "and each of its CPUs", .c = 'c' },
	{ "json", NULL, "for programs, with all counters", .c = 'j' },
	{},
};
static const struct ember_option *const ember_status_tables[] = { ember_status_options, NULL };

static int ember_status_help(void)
{
	fputs("usage: emberprof status [options]", stdout);
	fputs(ember_store_usage, stdout);
	fputs("every session: who has it, at what rate, what it sampled, lost and costs.\n",
	      stdout);
	ember_options_usage(stdout, ember_status_tables);
	fputs("SAMPLED, LOST (the ring was full) and SKIPPED (interrupts were off) are points in\n"
	      "time; further events have a line of their own. ADVISED is the ring that holds a\n"
	      "second. HANDLERS is the share of one CPU that sampling takes.\n",
	      stdout);
	return 0;
}

static const struct {
	const char *name;
	size_t at;
} ember_counter_names[] = {
#define EMBER_COUNTER(name)                                  \
	{                                                    \
#name, offsetof(struct ember_counters, name) \
	}
	EMBER_COUNTER(points),
	EMBER_COUNTER(points_sampled),
	EMBER_COUNTER(points_lost),
	EMBER_COUNTER(points_filtered),
	EMBER_COUNTER(points_idle),
	EMBER_COUNTER(points_skipped),
	EMBER_COUNTER(samples_hardirq),
	EMBER_COUNTER(samples_softirq),
	EMBER_COUNTER(stacks_defined),
	EMBER_COUNTER(stacks_evicted),
	EMBER_COUNTER(threads_defined),
	EMBER_COUNTER(truncated_depth),
	EMBER_COUNTER(truncated_user_read),
	EMBER_COUNTER(truncated_user_frame),
	EMBER_COUNTER(truncated_kernel),
	EMBER_COUNTER(mapping_unknown),
	EMBER_COUNTER(definitions_lost),
	EMBER_COUNTER(handler_ns),
	EMBER_COUNTER(wakeups),
	EMBER_COUNTER(samples_table),
	EMBER_COUNTER(samples_gaps),
	EMBER_COUNTER(truncated_time),
	EMBER_COUNTER(points_throttled),
};

static const char *const ember_filters[] = { "all", "processes", "threads", "tree",
					     "cgroups" };
static const char *const ember_states[] = { "new", "stopped", "running" };
static const char *const ember_boots[] = { "no", "waiting", "adopted" };

static const char *ember_word(const char *const *words, unsigned int nr, uint32_t n)
{
	return n < nr ? words[n] : "?";
}

/* 0: filled in. ENOENT: no such session (any more). Else an errno. */
static int ember_status_get(int fd, uint32_t index, uint32_t cpu, struct ember_status *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->index = index;
	st->cpu = cpu;
	return ioctl(fd, EMBER_IOC_STATUS, st) ? errno : 0;
}

static double ember_percent(const struct ember_status *st, uint64_t ns)
{
	return st->running_ns ? 100.0 * ns / st->running_ns : 0;
}

static double ember_share(const struct ember_status *st)
{
	return ember_percent(st, st->counters.handler_ns);
}

static void ember_owner(const struct ember_status *st, char *comm, size_t bytes)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%u/comm", st->owner);
	if (!st->owner || !ember_first_line(path, comm, bytes))
		snprintf(comm, bytes, "?");
	for (; *comm; comm++)
		if (*comm < ' ' || *comm > '~')
			*comm = '?';
}

static void ember_row(const struct ember_status *st)
{
	const struct ember_counters *c = &st->counters;
	char comm[64], owner[80], advised[16] = "-";

	if (st->ring_recommended)
		snprintf(advised, sizeof(advised), "%uK", st->ring_recommended / 1024);
	ember_owner(st, comm, sizeof(comm));
	snprintf(owner, sizeof(owner), "%u %s", st->owner, comm);
	if (st->boot == EMBER_BOOT_WAITS)
		strcpy(owner, "(boot session)");
	printf("%-7u %-18s %-7s %5u %-9s %4u %8.1f %10llu %8llu %8llu %7uK %8s %7lluK %8.4f%%\n",
	       st->session, owner, ember_word(ember_states, 3, st->state), st->hz,
	       ember_word(ember_filters, 5, st->filter), st->cpus_online, st->running_ns / 1e9,
	       ULL(c->points_sampled), ULL(c->points_lost), ULL(c->points_skipped),
	       st->ring_bytes / 1024, advised, ULL(st->memory_bytes) / 1024, ember_share(st));
}

static void ember_head(void)
{
	printf("%-7s %-18s %-7s %5s %-9s %4s %8s %10s %8s %8s %8s %8s %8s %9s\n", "SESSION",
	       "OWNER", "STATE", "HZ", "FILTER", "CPUS", "SECONDS", "SAMPLED", "LOST",
	       "SKIPPED", "RING", "ADVISED", "MEMORY", "HANDLERS");
}

/* One line for each event besides the clock. */
static void ember_event_rows(const struct ember_status *st)
{
	char each[EMBER_AMOUNT_MAX], weight[EMBER_AMOUNT_MAX], sampled[EMBER_AMOUNT_MAX];
	char name[EMBER_EVENT_NAME];
	unsigned int i;

	for (i = 0; i < EMBER_EVENTS_MAX; i++) {
		const struct ember_event_counters *e = &st->events[i];
		const struct ember_event_kind *kind = ember_event_of(e->type);
		uint32_t unit = kind ? kind->unit : EMBER_UNIT_COUNT;

		if (!e->type)
			continue;
		ember_event_name(e->type, name);
		ember_amount(e->period, unit, each);
		ember_amount(e->weight, unit, weight);
		ember_amount(e->sampled_weight, unit, sampled);
		printf("  %s each %s: %llu times, %s; %llu sampled, %s; %llu lost, %llu filtered",
		       name, each, ULL(e->occurred), weight, ULL(e->sampled), sampled,
		       ULL(e->lost), ULL(e->filtered));
		if (e->evicted)
			printf(", %u evicted", e->evicted);
		putchar('\n');
	}
}

/* One line of a session that has a budget. */
static void ember_budget_row(const struct ember_status *st)
{
	const struct ember_status_budget *b = &st->budget;

	if (!b->ppm)
		return;
	printf("  budget %.4f %% of each CPU: %.4f %% of one charged; 1 point in %u is sampled now, %llu of %llu were left out\n",
	       b->ppm / 1e4, ember_percent(st, b->charged_ns), 1u << (b->shift & 31),
	       ULL(st->counters.points_throttled), ULL(st->counters.points));
}

static void ember_budget_json(const struct ember_status_budget *b)
{
	printf(", \"budget\": {\"ppm\": %u, \"one_in\": %u, \"charged_ns\": %llu, \"overdrawn\": %llu}",
	       b->ppm, 1u << (b->shift & 31), ULL(b->charged_ns), ULL(b->overdrawn));
}

static void ember_events_json(const struct ember_status *st)
{
	char name[EMBER_EVENT_NAME];
	unsigned int i, shown = 0;

	fputs(", \"events\": [", stdout);
	for (i = 0; i < EMBER_EVENTS_MAX; i++) {
		const struct ember_event_counters *e = &st->events[i];

		if (!e->type)
			continue;
		ember_event_name(e->type, name);
		printf("%s{\"event\": \"%s\", \"period\": %llu, \"occurred\": %llu, \"weight\": %llu, \"sampled\": %llu, \"sampled_weight\": %llu, \"lost\": %llu, \"filtered\": %llu, \"evicted\": %u}",
		       shown++ ? ", " : "", name, ULL(e->period), ULL(e->occurred),
		       ULL(e->weight), ULL(e->sampled), ULL(e->sampled_weight), ULL(e->lost),
		       ULL(e->filtered), e->evicted);
	}
	putchar(']');
}

static void ember_cpu_row(const struct ember_status *st)
{
	const struct ember_counters *c = &st->counters;

	printf("  cpu %-4u %s: %llu points: %llu sampled, %llu lost, %llu filtered, %llu idle, %llu skipped; handlers %.4f %%\n",
	       st->cpu, st->cpus_online ? "on" : "off", ULL(c->points), ULL(c->points_sampled),
	       ULL(c->points_lost), ULL(c->points_filtered), ULL(c->points_idle),
	       ULL(c->points_skipped), ember_share(st));
}

static void ember_counters_json(const struct ember_counters *c)
{
	unsigned int i;

	for (i = 0; i < sizeof(ember_counter_names) / sizeof(*ember_counter_names); i++)
		printf("%s\"%s\": %llu", i ? ", " : "", ember_counter_names[i].name,
		       ULL(*(const uint64_t *)((const char *)c + ember_counter_names[i].at)));
}

static void ember_json(const struct ember_status *st)
{
	char comm[64];

	ember_owner(st, comm, sizeof(comm));
	printf("{\"session\": %u, \"owner\": %u, \"comm\": ", st->session, st->owner);
	ember_json_string(stdout, comm);
	printf(", \"boot\": \"%s\", \"state\": \"%s\", \"hz\": %u, \"jitter\": %s, \"kernel\": %s, \"user\": %s, \"filter\": \"%s\", \"ids\": %u, \"cpus_online\": %u, \"running_ns\": %llu, \"ring_bytes\": %u, \"ring_recommended\": %u, \"memory_bytes\": %llu, \"spaces_bytes\": %llu, \"spaces_refused\": %llu, \"spaces\": %u, \"snapshots\": %llu, \"space_hold_max_ns\": %llu, \"snapshot_ns\": %llu, \"snapshots_late\": %llu, \"definitions_dropped\": %llu, \"tables\": %u, \"table_rows\": %u, \"table_bytes\": %llu, \"tables_evicted\": %u, \"handlers_percent\": %.6f, \"counters\": {",
	       ember_word(ember_boots, 3, st->boot), ember_word(ember_states, 3, st->state),
	       st->hz, st->flags & EMBER_CONFIG_NO_JITTER ? "false" : "true",
	       st->flags & EMBER_CONFIG_NO_KERNEL ? "false" : "true",
	       st->flags & EMBER_CONFIG_NO_USER ? "false" : "true",
	       ember_word(ember_filters, 5, st->filter), st->nr_ids, st->cpus_online,
	       ULL(st->running_ns), st->ring_bytes, st->ring_recommended,
	       ULL(st->memory_bytes), ULL(st->spaces_bytes), ULL(st->spaces_refused),
	       st->spaces, ULL(st->snapshots), ULL(st->space_hold_max_ns),
	       ULL(st->snapshot_ns), ULL(st->snapshots_late), ULL(st->definitions_dropped),
	       st->tables, st->table_rows, ULL(st->table_bytes), st->tables_evicted,
	       ember_share(st));
	ember_counters_json(&st->counters);
	putchar('}'); /* of the counters; the session's own comes after its CPUs */
	ember_budget_json(&st->budget);
	ember_events_json(st);
}

/* The session may go, or another move to its place: then this ends early. */
static void ember_cpus(const struct ember_device *d, uint32_t index, uint32_t session,
		       bool json)
{
	struct ember_status st;
	uint32_t cpu, shown = 0;

	if (json)
		fputs(", \"cpus\": [", stdout);
	for (cpu = 0; cpu < d->query.nr_cpus; cpu++) {
		if (ember_status_get(d->fd, index, cpu, &st) || st.session != session)
			break;
		/* Neither running nor with any point: not of the session's set. */
		if (!st.cpus_online && !st.counters.points)
			continue;
		if (json) {
			printf("%s{\"cpu\": %u, \"online\": %s, ", shown++ ? ", " : "", cpu,
			       st.cpus_online ? "true" : "false");
			ember_counters_json(&st.counters);
			ember_events_json(&st);
			putchar('}');
		} else {
			ember_cpu_row(&st);
		}
	}
	if (json)
		putchar(']');
}

static int ember_sessions(const struct ember_device *d, bool cpus, bool json)
{
	uint32_t index, last = 0, shown = 0;
	struct ember_status st;
	int err;

	if (json)
		printf("\"max_sessions\": %u, \"max_hz\": %u, \"max_bytes\": %llu, \"used_bytes\": %llu, \"sessions\": [",
		       d->query.max_sessions, d->query.max_hz, ULL(d->query.max_bytes),
		       ULL(d->query.used_bytes));
	for (index = 0; !(err = ember_status_get(d->fd, index, EMBER_STATUS_CPU_ALL, &st));
	     index++) {
		/* In the order of their numbers: one that ends meanwhile moves the others. */
		if (st.session <= last)
			continue;
		last = st.session;
		if (json)
			fputs(shown ? ",\n" : "\n", stdout);
		else if (!shown)
			ember_head();
		shown++;
		if (json) {
			ember_json(&st);
		} else {
			ember_row(&st);
			ember_budget_row(&st);
			ember_event_rows(&st);
		}
		if (cpus)
			ember_cpus(d, index, st.session, json);
		if (json)
			putchar('}');
	}
	if (json)
		puts("]}");
	else if (!shown && err == ENOENT)
		puts("no sessions");
	return err == ENOENT ? 0 : ember_error("status: %s", strerror(err));
}

/* What the daemon says, in front of the sessions. Return whether one runs. */
static bool ember_status_daemon(bool json)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	bool runs;

	if (!out)
		return false;
	runs = !ember_control_ask(json ? "json" : "line", out);
	if (fclose(out) || !n)
		runs = false;
	if (runs && json)
		printf("\"daemon\": %s, ", text);
	else if (runs)
		fputs(text, stdout);
	free(text);
	return runs;
}

int ember_cmd_status(int argc, char **argv)
{
	struct ember_options options;
	bool cpus = false, json = false, daemon;
	struct ember_device device;
	int c, err;

	ember_options_begin(&options, ember_status_tables, "+");
	while ((c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1)
		switch (c) {
		case 'c': cpus = true; break;
		case 'j': json = true; break;
		case 'h': return ember_status_help();
		default: return ember_option_unknown(c, argv, options.all);
		}
	if (optind + 1 == argc && ember_store_status(argv[optind], json, &err))
		return err;
	if (optind < argc) {
		ember_error("status takes no %s: see emberprof help status", argv[optind]);
		return 2;
	}
	if (json)
		putchar('{');
	daemon = ember_status_daemon(json);
	err = ember_device_open(&device);
	if (!err)
		err = ember_sessions(&device, cpus, json);
	else if (json)
		puts("\"sessions\": []}");
	ember_device_close(&device);
	/* A daemon waits for the module. */
	return daemon && device.fd < 0 ? 0 : err;
}
