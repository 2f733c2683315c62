// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * herd PROCESSES MS MAPPINGS: samples so many processes that all live at once on the last
 * CPU, each of which maps MAPPINGS executable pages of a file, works for MS of CPU time, and
 * sleeps; then all of them are killed. Says what the module keeps of them:
 *
 *   spaces N memory_kb N taken_kb N refused N    what STATUS says
 *   kept_kb N                            what the kernel has back once the session is closed
 *   mms before N dead N after N          struct mm_struct in use: before the processes were
 *                                        there, when they had ended, and 0.7 s later
 *
 * The second line with mappings, the third without.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "reader.h"

static struct reader reader;

static void on_record(void *context, unsigned int ring, const struct ember_record *record)
{
	(void)context;
	(void)ring;
	(void)record;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		reader_die("sched_setaffinity");
}

static void read_for(unsigned int ms)
{
	for (unsigned int i = 0; i < ms / 50; i++) {
		reader_read(&reader, on_record, NULL);
		usleep(50000);
	}
}

/* The n-th number of each line that begins with one of the words, added up. */
static long numbers(const char *path, const char *const *word, int n)
{
	FILE *file = fopen(path, "r");
	char line[512];
	long sum = 0;

	if (!file)
		reader_die(path);
	while (fgets(line, sizeof(line), file)) {
		for (int i = 0; word[i]; i++) {
			char *at = line + strlen(word[i]);

			if (strncmp(line, word[i], strlen(word[i])) ||
			    (*at != ' ' && *at != ':'))
				continue;
			at += strspn(at, ": ");
			for (int k = 0; k < n; k++)
				strtol(at, &at, 10);
			sum += strtol(at, NULL, 10);
		}
	}
	fclose(file);
	return sum;
}

/* A cache that isn't shrunk counts what its CPUs keep at hand. */
static long mms(void)
{
	static const char *const words[] = { "mm_struct", NULL };
	int shrink = open("/sys/kernel/slab/mm_struct/shrink", O_WRONLY);

	if (shrink < 0 || write(shrink, "1", 1) != 1)
		reader_die("shrink");
	close(shrink);
	return numbers("/proc/slabinfo", words, 0);
}

/* What the kernel has taken for itself. */
static long kernel_kb(void)
{
	static const char *const words[] = { "SUnreclaim",  "KernelStack", "PageTables",
					     "VmallocUsed", "Percpu",	   NULL };

	return numbers("/proc/meminfo", words, 0);
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void child(double ms, int mappings, int ready)
{
	int file = open("/proc/self/exe", O_RDONLY);
	double until;

	/* The session is its opener's to end. */
	close(reader.fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Never two of them side by side: else they would be one. */
	for (int i = 0; i < mappings; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_READ | PROT_EXEC, MAP_PRIVATE,
			 file, 0) == MAP_FAILED)
			reader_die("mmap");
	for (until = cpu_ms() + ms; cpu_ms() < until;)
		;
	if (write(ready, "", 1) != 1)
		reader_die("write");
	for (;;)
		pause();
}

static void status(struct ember_status *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->index = EMBER_STATUS_SELF;
	st->cpu = EMBER_STATUS_CPU_ALL;
	if (ioctl(reader.fd, EMBER_IOC_STATUS, st))
		reader_die("status");
}

static void said(const struct ember_status *st)
{
	printf("spaces %u memory_kb %llu taken_kb %llu refused %llu\n", st->spaces,
	       (unsigned long long)st->memory_bytes / 1024,
	       (unsigned long long)st->spaces_bytes / 1024,
	       (unsigned long long)st->spaces_refused);
}

int main(int argc, char **argv)
{
	struct ember_config config = { .hz = 499, .filter = EMBER_FILTER_TREE, .nr_ids = 1 };
	uint32_t self = getpid();
	struct ember_status st;
	int n, mappings, ready[2], done = 0;
	long before, dead, with;
	pid_t *pids;
	char byte;

	if (argc != 4)
		return 2;
	n = atoi(argv[1]);
	mappings = atoi(argv[3]);
	pids = calloc(n, sizeof(*pids));
	setvbuf(stdout, NULL, _IOLBF, 0);
	config.ids = (uintptr_t)&self;
	pin(0);
	reader_open(&reader, &config);
	reader_start(&reader);
	before = mms();
	if (!pids || pipe(ready) || fcntl(ready[0], F_SETFL, O_NONBLOCK))
		reader_die("pipe");
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			reader_die("fork");
		if (!pids[i]) {
			pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
			child(atof(argv[2]), 2 * mappings, ready[1]);
		}
	}
	while (done < n) {
		read_for(50);
		while (read(ready[0], &byte, 1) == 1)
			done++;
	}
	read_for(1500);
	if (mappings) {
		status(&st);
		with = kernel_kb();
		for (unsigned int i = 0; i < reader.config.nr_rings; i++) {
			if (!reader.control[i])
				continue;
			munmap(reader.control[i], reader.query.min_ring_bytes);
			munmap(reader.head[i],
			       reader.query.min_ring_bytes + reader.config.ring_bytes);
		}
		close(reader.fd);
		usleep(1500000);
		said(&st);
		printf("kept_kb %ld\n", with - kernel_kb());
	}
	/* The first one lets timers run that have waited for that CPU to wake up. */
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		if (!i)
			usleep(50000);
	}
	while (wait(NULL) > 0)
		;
	if (!mappings) {
		dead = mms();
		read_for(700);
		status(&st);
		said(&st);
		printf("mms before %ld dead %ld after %ld\n", before, dead, mms());
	}
	return 0;
}
