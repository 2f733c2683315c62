// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

bool ember_progress_wanted(void)
{
	pid_t foreground;

	if (!isatty(STDERR_FILENO))
		return false;
	/* A board's console may control nobody: then there is no background either. */
	foreground = tcgetpgrp(STDERR_FILENO);
	return foreground < 0 || foreground == getpgrp();
}

void ember_progress_show(struct ember_device *d, double seconds)
{
	uint64_t samples, lost;
	struct ember_status st;
	unsigned int i;

	if (ember_device_status(d, &st))
		return;
	samples = st.counters.points_sampled;
	lost = st.counters.points_lost;
	for (i = 0; i < EMBER_EVENTS_MAX; i++) {
		samples += st.events[i].sampled;
		lost += st.events[i].lost;
	}
	fprintf(stderr, "\r%.0f s: %llu samples, %llu lost\033[K", seconds,
		(unsigned long long)samples, (unsigned long long)lost);
}

void ember_progress_prepare(uint32_t done, uint32_t all)
{
	fprintf(stderr, "\runwind tables of %u files, %u are compiled\033[K", all, done);
}

void ember_progress_clear(void)
{
	fputs("\r\033[K", stderr);
}

static int ember_thread_order(const void *a, const void *b)
{
	const struct ember_thread *x = *(void **)a, *y = *(void **)b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->start_time < y->start_time ? -1 : x->start_time > y->start_time;
}

/* A thread that changed its name or its program is still one; the idle task is none. */
static uint32_t ember_threads(const struct ember_recording *r)
{
	const struct ember_thread **thread =
		ember_xrealloc(NULL, r->nr_thread + 1, sizeof(*thread));
	uint32_t i, n = 0, distinct = 0;

	for (i = 0; i < r->nr_thread; i++)
		if (!(r->thread[i].flags & EMBER_THREAD_IDLE))
			thread[n++] = &r->thread[i];
	qsort(thread, n, sizeof(*thread), ember_thread_order);
	for (i = 0; i < n; i++)
		distinct += !i || ember_thread_order(&thread[i - 1], &thread[i]);
	free(thread);
	return distinct;
}

#define ULL(x) ((unsigned long long)(x))

static void ember_print_lost(const struct ember_status *st)
{
	const struct ember_counters *c = &st->counters;
	uint32_t bytes = 2 * st->ring_bytes;

	if (st->ring_recommended > bytes)
		bytes = st->ring_recommended;
	if (c->points_lost)
		ember_warning(
			"%llu samples lost, the rings were full: a larger ring with -m %uK, or a lower rate",
			ULL(c->points_lost), bytes / 1024);
	if (c->definitions_lost)
		ember_warning(
			"%llu records of mappings lost, so code may be unnamed: a larger ring with -m %uK",
			ULL(c->definitions_lost), bytes / 1024);
}

static void ember_print_refused(const struct ember_status *st)
{
	if (st->spaces_refused)
		ember_warning(
			"the module had no memory left for mappings %llu times, so code may be unnamed: a larger max_bytes when the module is inserted",
			ULL(st->spaces_refused));
}

static void ember_print_late(const struct ember_status *st, bool verbose)
{
	if (st->definitions_dropped)
		ember_warning(
			"%llu changes of mappings weren't recorded, %llu were seen late: processes map and unmap code faster than 1 %% of a CPU can follow, and their own samples may be unnamed",
			ULL(st->definitions_dropped), ULL(st->snapshots_late));
	else if (verbose && st->snapshots_late)
		ember_note("%llu changes of mappings were seen late", ULL(st->snapshots_late));
}

/* A few of these are nobody's concern. */
static void ember_print_cut(const struct ember_status *st, bool verbose)
{
	const struct ember_counters *c = &st->counters;
	uint64_t floor = c->points_sampled;
	unsigned int i;

	for (i = 0; i < EMBER_EVENTS_MAX; i++)
		floor += st->events[i].sampled;
	floor = verbose ? 0 : floor / 100 + 10;

	if (c->truncated_user_frame + c->truncated_user_read > floor)
		ember_warning(
			"%llu stacks end early in user code (%llu unreadable): no frame pointers, and no unwind information to find the caller (see emberprof check --unwind)",
			ULL(c->truncated_user_frame + c->truncated_user_read),
			ULL(c->truncated_user_read));
	if (c->samples_gaps > floor)
		ember_warning(
			"%llu stacks may have gaps: they were walked by frame pointer before the unwind tables of their files were loaded; see --unwind-cache",
			ULL(c->samples_gaps));
	if (c->truncated_depth > floor)
		ember_warning("%llu stacks were cut at the module's depth of %u frames",
			      ULL(c->truncated_depth), EMBER_FRAMES_MAX);
	if (c->truncated_time > floor)
		ember_warning(
			"%llu stacks were cut, as walks took all of the interrupt's time: the module's max_walk_us",
			ULL(c->truncated_time));
	if (c->truncated_kernel > floor)
		ember_warning("%llu stacks end early in the kernel, whose unwinder gave up",
			      ULL(c->truncated_kernel));
	if (c->mapping_unknown > floor)
		ember_warning(
			"%llu samples are of processes whose mappings couldn't be read, and unnamed",
			ULL(c->mapping_unknown));
	if (verbose && c->points_skipped)
		ember_warning(
			"%llu points of %llu passed with interrupts off; they are in no stack",
			ULL(c->points_skipped), ULL(c->points));
}

static void ember_print_throttled(const struct ember_recording *r)
{
	const struct ember_throttled *t = &r->throttled;

	if (t->samples)
		ember_note(
			"throttled to keep the budget: for %.1f s of CPU time, %llu samples count for 2 to %u points each",
			t->points * r->period_ns / 1e9, ULL(t->samples), t->most);
}

/* By the recording's events: STATUS counts them by type. */
static void ember_print_events(const struct ember_summary *s)
{
	const struct ember_recording *r = s->recording;
	char weight[EMBER_AMOUNT_MAX], lost[EMBER_AMOUNT_MAX];
	uint32_t i;

	for (i = 0; i < r->events.nr_event; i++) {
		const struct ember_event_info *e = &r->events.event[i];
		const struct ember_event_counts *c = &r->event[i];

		ember_amount(c->sampled.weight, e->unit, weight);
		ember_amount(c->lost.weight, e->unit, lost);
		ember_warning("%s: %s in %llu samples, %s in %llu lost", e->name, weight,
			      ULL(c->sampled.samples), lost, ULL(c->lost.samples));
		if (c->lost.samples && e->unit == EMBER_UNIT_COUNT)
			ember_warning(
				"%s: not counted: perf or the NMI watchdog had the PMU's counters, or the rings were full",
				e->name);
		else if (c->lost.samples)
			ember_warning(
				"%s: samples lost: the rings were full (a larger ring with -m %uK, or a larger -e %s:N)",
				e->name, 2 * s->status->ring_bytes / 1024, e->name);
	}
}

/* Add up what became of the samples of all events. */
static struct ember_event_counts ember_events_all(const struct ember_recording *r)
{
	struct ember_event_counts all = {};
	uint32_t i;

	for (i = 0; i < r->events.nr_event; i++) {
		ember_event_sum_add(&all.sampled, r->event[i].sampled);
		ember_event_sum_add(&all.lost, r->event[i].lost);
		ember_event_sum_add(&all.undefined, r->event[i].undefined);
	}
	return all;
}

void ember_summary_print(const struct ember_summary *s)
{
	const struct ember_recording *r = s->recording;
	const struct ember_counters *c = &s->status->counters;
	struct ember_event_counts events = ember_events_all(r);
	uint64_t bad = r->undefined + r->ignored + s->nonsense + events.undefined.samples;
	char walked[48] = "", more[24] = "";

	if (c->samples_table)
		snprintf(walked, sizeof(walked), " %llu walked by tables,",
			 ULL(c->samples_table));
	if (s->more)
		snprintf(more, sizeof(more), " and %u more", s->more);
	ember_note(
		"%llu samples, %llu lost,%s %u threads, %u stacks, handlers %.3f %% of a CPU: %s%s",
		ULL(r->period_ns ? r->samples : events.sampled.samples),
		ULL(r->period_ns ? c->points_lost : events.lost.samples), walked,
		ember_threads(r), r->stacks.nr,
		s->status->running_ns ? 100.0 * c->handler_ns / s->status->running_ns : 0,
		strcmp(s->output, "-") ? s->output : "stdout", more);
	ember_print_throttled(r);
	if (s->verbose)
		ember_note(
			"%.1f s at %u Hz, session %u, rings of %u KiB, %llu KiB in all; read %llu times, at nice %d",
			s->status->running_ns / 1e9, s->status->hz, s->status->session,
			s->status->ring_bytes / 1024, ULL(s->status->memory_bytes) / 1024,
			ULL(c->wakeups), s->nice);
	if (s->verbose && s->tables)
		ember_note(
			"unwind tables of %u files, %u of them in the module: %u rows, %llu KiB; %u files have none",
			s->tables, s->status->tables, s->status->table_rows,
			ULL(s->status->table_bytes) / 1024, s->tables_missing);
	if (s->status->tables_evicted)
		ember_warning(
			"%u unwind tables had to go for others: a larger max_table_bytes when the module is inserted",
			s->status->tables_evicted);
	ember_print_events(s);
	ember_print_lost(s->status);
	ember_print_refused(s->status);
	ember_print_late(s->status, s->verbose);
	ember_print_cut(s->status, s->verbose);
	if (s->kernel_hidden)
		ember_warning(
			"kernel symbols are hidden: sysctl kernel.kptr_restrict=0, or record as root");
	if (s->unread)
		ember_warning("a second signal came: the names of %u files weren't read",
			      s->unread);
	if (bad)
		ember_warning("%llu records made no sense and were left out", ULL(bad));
}
