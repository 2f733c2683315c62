// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mounts [-s] N MS PROGRAM [TYPE DEVICE]: N times a fresh mount (a tmpfs with a copy of
 * PROGRAM in it, or DEVICE, which has one), PROGRAM run from there for about MS of CPU
 * time, and unmounted as soon as it has ended. With -s while everything is sampled.
 * Prints
 *
 *   runs N busy N late N max_us N ...
 *
 * busy: the first umount found it busy; late: it took more than 10 ms to succeed.
 */
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "reader.h"

#define WHERE "/tmp/mounted"

static struct reader reader;
static uint64_t samples;

static void on_record(void *context, unsigned int ring, const struct ember_record *record)
{
	(void)context;
	(void)ring;
	samples += record->type == EMBER_REC_SAMPLE;
}

static void copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st) ||
	    sendfile(out, in, NULL, st.st_size) != st.st_size)
		reader_die("copy");
	close(in);
	close(out);
}

static int run(const char *program, const char *ms)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execl(program, program, ms, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		reader_die("wait");
	return status;
}

/* us that it took; *busy: how often it was in vain. */
static uint64_t unmount(unsigned int *busy)
{
	uint64_t begin = reader_now();

	*busy = 0;
	while (umount2(WHERE, 0)) {
		if (errno != EBUSY)
			reader_die("umount");
		++*busy;
		usleep(100);
	}
	return (reader_now() - begin) / 1000;
}

int main(int argc, char **argv)
{
	struct ember_config config = { .hz = 1999, .ring_bytes = 256 * 1024 };
	unsigned int n, i, tries, busy = 0, late = 0, bad = 0;
	uint64_t us, max_us = 0, sum_us = 0;
	struct ember_status st = {};
	bool sample = argc > 1 && !strcmp(argv[1], "-s");
	char program[300];

	argv += sample;
	argc -= sample;
	if (argc != 4 && argc != 6)
		return 2;
	n = atoi(argv[1]);
	snprintf(program, sizeof(program), WHERE "/%s",
		 strrchr(argv[3], '/') ? strrchr(argv[3], '/') + 1 : argv[3]);
	mkdir(WHERE, 0755);
	if (sample) {
		reader_open(&reader, &config);
		reader_start(&reader);
	}
	for (i = 0; i < n; i++) {
		if (argc == 6 ? mount(argv[5], WHERE, argv[4], MS_RDONLY, NULL) :
				mount("none", WHERE, "tmpfs", 0, NULL))
			reader_die("mount");
		if (argc == 4)
			copy(argv[3], program);
		bad += run(program, argv[2]) != 0;
		us = unmount(&tries);
		busy += tries > 0;
		late += us > 10000;
		sum_us += us;
		if (us > max_us)
			max_us = us;
		if (sample)
			reader_read(&reader, on_record, NULL);
	}
	if (sample)
		reader_stop(&reader, &st, on_record, NULL);
	printf("runs %u failed %u busy %u late %u max_us %llu mean_us %llu samples %llu spaces %u held_max_us %llu definitions_lost %llu\n",
	       n, bad, busy, late, (unsigned long long)max_us, (unsigned long long)sum_us / n,
	       (unsigned long long)samples, st.spaces,
	       (unsigned long long)st.space_hold_max_ns / 1000,
	       (unsigned long long)st.counters.definitions_lost);
	return 0;
}
