// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The smallest reader, for the bench:
 *
 *   reader [-F HZ] [-g BYTES] [-w NS] [-x NS] [-r RING-BYTES] [-b PPM] -- CMD [ARG...]
 *
 * (-g: a sample of growth for each BYTES, -w, -x: one of waits or mutexes for each NS; -b: with that budget)
 * samples everything while CMD runs and reads nothing until it's over, so what is
 * seen is the module's cost alone. Prints `name value` lines on stderr.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emberprof.h"

static uint64_t records[EMBER_REC_SPACE_END + 1], bytes[EMBER_REC_SPACE_END + 1];
static uint64_t frames;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void count(const struct ember_ring_head *head)
{
	const uint8_t *data = (const uint8_t *)head + head->page_bytes;
	uint32_t end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE), at = 0;

	while (at != end) {
		uint32_t place = at & (head->ring_bytes - 1);
		const struct ember_rec_stack *stack = (const void *)(data + place);
		uint32_t size = stack->h.size ? stack->h.size : head->ring_bytes - place;

		if (stack->h.type <= EMBER_REC_SPACE_END) {
			records[stack->h.type]++;
			bytes[stack->h.type] += size;
		}
		if (stack->h.type == EMBER_REC_STACK)
			frames += stack->nr_kernel + stack->nr_user;
		at += size;
	}
}

static int run(char **command)
{
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		fail("vfork");
	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void say(const char *name, uint64_t value)
{
	fprintf(stderr, "%s %" PRIu64 "\n", name, value);
}

int main(int argc, char **argv)
{
	struct ember_config config = { .size = sizeof(config),
				       .hz = 1000,
				       .ring_bytes = 1 << 20 };
	struct ember_query query = { .size = sizeof(query) };
	struct ember_status status = { .size = sizeof(status),
				       .index = EMBER_STATUS_SELF,
				       .cpu = EMBER_STATUS_CPU_ALL };
	const struct ember_counters *c = &status.counters;
	struct ember_cpu_budget budget = { .size = sizeof(budget) };
	struct ember_event event = {};
	int option, code, fd;
	unsigned int cpu;

	while ((option = getopt(argc, argv, "+F:g:w:x:r:b:")) > 0) {
		if (option == 'F')
			config.hz = atoi(optarg);
		else if (option == 'g' || option == 'w' || option == 'x')
			event = (struct ember_event){ .type = option == 'g' ?
								      EMBER_EVENT_GROWTH :
							      option == 'w' ?
								      EMBER_EVENT_BLOCK :
								      EMBER_EVENT_MUTEX,
						      .period = strtoul(optarg, NULL, 0) };
		else if (option == 'b')
			budget.ppm = strtoul(optarg, NULL, 0);
		else if (option == 'r')
			config.ring_bytes = strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(EMBER_DEVICE);
	config.watermark_bytes = config.ring_bytes;
	if (event.period) {
		config.events = (uintptr_t)&event;
		config.nr_events = 1;
	}
	if (ioctl(fd, EMBER_IOC_QUERY, &query) || ioctl(fd, EMBER_IOC_CONFIG, &config))
		fail("configure");
	if (budget.ppm && ioctl(fd, EMBER_IOC_BUDGET, &budget))
		fail("budget");
	if (ioctl(fd, EMBER_IOC_START))
		fail("start");
	code = run(argv + optind);
	if (ioctl(fd, EMBER_IOC_STOP) || ioctl(fd, EMBER_IOC_STATUS, &status))
		fail("stop");
	for (cpu = 0; cpu < query.nr_cpus; cpu++) {
		void *head = mmap(NULL, query.min_ring_bytes + config.ring_bytes, PROT_READ,
				  MAP_SHARED, fd,
				  cpu * config.ring_stride + config.data_offset);

		if (head == MAP_FAILED)
			fail("ring");
		count(head);
	}
	say("event_occurred", status.events[0].occurred);
	say("event_sampled", status.events[0].sampled);
	say("event_lost", status.events[0].lost);
	say("sampled", c->points_sampled);
	say("lost", c->points_lost);
	say("skipped", c->points_skipped);
	say("throttled", c->points_throttled);
	say("charged_ns", status.budget.charged_ns);
	say("idle", c->points_idle);
	say("handler_ns", c->handler_ns);
	say("stacks", records[EMBER_REC_STACK]);
	say("stack_bytes", bytes[EMBER_REC_STACK]);
	say("stack_frames", frames);
	say("threads", records[EMBER_REC_THREAD]);
	say("thread_bytes", bytes[EMBER_REC_THREAD]);
	say("sample_bytes", bytes[EMBER_REC_SAMPLE]);
	return code;
}
