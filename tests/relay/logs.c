// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A board's log, in a time of its own.
 * usage: logs FILE BOARD SECONDS START SET [PACE [waits]]: four CPUs at 99 Hz for SECONDS, and
 * growth events; `waits`: and those of blocked threads, and of preempted ones. The wall clock shows START (seconds since 1970) at the begin; until SET seconds have
 * passed it shows the same in 1970. PACE: milliseconds to sleep after each second of the log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../boards/sampled.h"

#define SECOND		    1000000000ull
#define BOOTED		    (1000 * SECOND) /* CLOCK_MONOTONIC at the begin */
#define WAITED(kind, count) ((kind) | (count) << 4) /* a record's detail */
#define SLEPT		    (50 * SECOND) /* that CLOCK_BOOTTIME is ahead */

static uint64_t now_ns = BOOTED, start_ns, set_ns;

/* The tool's own code asks for its clocks here. */
int clock_gettime(clockid_t clock, struct timespec *to)
{
	uint64_t ns = now_ns;

	if (clock == CLOCK_BOOTTIME)
		ns += SLEPT;
	else if (clock == CLOCK_REALTIME)
		ns = now_ns - BOOTED + (now_ns >= set_ns ? start_ns : 5 * SECOND);
	to->tv_sec = ns / SECOND;
	to->tv_nsec = ns % SECOND;
	return 0;
}

static void emit(void *context, const void *chunk, uint32_t n)
{
	if (fwrite(chunk, 1, n, context) != n || fflush(context))
		exit(1);
}

static void weigh(struct sampled *s, uint32_t event, uint64_t time, uint64_t weight,
		  uint32_t detail)
{
	struct ember_rec_weighted rec = { .time = time,
					  .event = event,
					  .detail = detail,
					  .thread = sampled_chance(s, THREADS),
					  .stack = sampled_chance(s, 12),
					  .weight = weight };

	if (!(s->stack[rec.stack] & 1))
		sampled_stack(s, 0, rec.stack);
	sampled_put(s, 0, EMBER_REC_WEIGHTED, &rec, sizeof(rec));
}

int main(int argc, char **argv)
{
	struct ember_stream_header hello = { .cpus = CPUS, .period_ns = SECOND / HZ };
	static const struct ember_rec_event events[] = {
		{ .event = 0,
		  .type = EMBER_EVENT_GROWTH,
		  .unit = EMBER_UNIT_BYTES,
		  .period = 65536 },
		{ .event = 1,
		  .type = EMBER_EVENT_BLOCK,
		  .unit = EMBER_UNIT_NANOSECONDS,
		  .period = 10000000 },
		{ .event = 2,
		  .type = EMBER_EVENT_PREEMPT,
		  .unit = EMBER_UNIT_NANOSECONDS,
		  .period = 10000000 },
	};
	struct ember_log_writer writer;
	struct sampled sampled = {};
	uint32_t seconds, pace, i;
	bool waits = argc > 7 && !strcmp(argv[7], "waits");
	FILE *out;

	if (argc < 6 || !(out = fopen(argv[1], "w")))
		return 2;
	seconds = atoi(argv[3]);
	start_ns = strtoull(argv[4], NULL, 10) * SECOND;
	set_ns = BOOTED + strtoull(argv[5], NULL, 10) * SECOND;
	pace = argc > 6 ? atoi(argv[6]) : 0;
	for (i = 0; argv[2][i]; i++)
		sampled.seed = sampled.seed * 31 + argv[2][i];
	snprintf(hello.board, sizeof(hello.board), "%s", argv[2]);
	snprintf(hello.boot, sizeof(hello.boot), "boot-of-%s", argv[2]);
	ember_recording_init(&sampled.recording, CPUS + 1, hello.period_ns);
	ember_recording_start(&sampled.recording);
	ember_log_begin(&writer, &sampled.recording, &hello, 0, 0, emit, out);
	writer.chains = true;
	sampled_begin(&sampled);
	for (i = 0; i < (waits ? 3 : 1); i++) {
		struct ember_rec_event event = events[i];

		sampled_put(&sampled, 0, EMBER_REC_EVENT, &event, sizeof(event));
	}
	for (i = 0; i < seconds; i++) {
		now_ns += SECOND;
		sampled_until(&sampled, now_ns);
		weigh(&sampled, 0, now_ns - SECOND / 3, 65536 * (1 + i % 5), 0);
		if (waits) {
			weigh(&sampled, 1, now_ns - SECOND / 4, 10000000 * (1 + i % 7),
			      WAITED(EMBER_WAIT_SLEEP, 1 + i % 3));
			weigh(&sampled, 2, now_ns - SECOND / 5, 10000000,
			      WAITED(EMBER_WAIT_PREEMPTED, 4));
		}
		ember_recording_resolve(&sampled.recording, now_ns - SECOND / 2);
		ember_log_cut(&writer);
		if (pace)
			usleep(1000 * pace);
	}
	ember_recording_stop(&sampled.recording);
	ember_log_end(&writer);
	printf("%llu\n", (unsigned long long)writer.sent);
	return fclose(out) != 0;
}
