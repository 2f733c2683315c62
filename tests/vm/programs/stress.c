// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: stress SECONDS [SEED [OPERATIONS]]
 * Does with sessions whatever can be done, from several processes at once, while what they
 * sample and the machine itself change all the time. It ends after so many seconds, or up to
 * five times as many until every kind has had its turn, or after so many operations on
 * sessions. TAP on stdout.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "stress_around.h"
#include "stress_control.h"
#include "stress_load.h"

#define CONTROLS 3
#define LOADS	 3

static int number, failures;

static void verdict(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

static void control_process(uint32_t seed, uint32_t process)
{
	static struct hand hands[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	/* Nobody waits for those that `fork` makes. */
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < THREADS; i++) {
		hands[i].seed = seed;
		hands[i].number = process * THREADS + i;
		if (pthread_create(&threads[i], NULL, control_thread, &hands[i]))
			_exit(1);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static pid_t begin(void (*process)(uint32_t, uint32_t), uint32_t seed, uint32_t n)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(1);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		process(seed, n);
		_exit(0);
	}
	return pid;
}

static bool as_expected(const struct kind *kind, const struct tally *tally)
{
	switch (kind->expected) {
	case DONE: return tally->done;
	case REFUSED: return tally->refused;
	case BOTH: return tally->done && tally->refused;
	case OPTIONAL: break;
	}
	return true;
}

static bool all_of(const struct kind *kinds, const struct tally *tally)
{
	for (unsigned int i = 0; kinds[i].name; i++)
		if (!as_expected(&kinds[i], &tally[i]))
			return false;
	return true;
}

static void until_over(uint64_t seconds)
{
	uint64_t begun = now(), end = begun + seconds * 1000000000,
		 last = begun + seconds * 5000000000;

	while (!over() &&
	       (now() < end || (now() < last && !(all_of(control_kinds, shared->control) &&
						  all_of(load_kinds, shared->load) &&
						  all_of(around_kinds, shared->around)))))
		usleep(100000);
	__atomic_store_n(&shared->over, 1, __ATOMIC_RELAXED);
}

static void kinds(const char *of, const struct kind *kinds, const struct tally *tally)
{
	bool good = true;
	char what[80];

	for (unsigned int i = 0; kinds[i].name; i++) {
		printf("# %s: %s %llu times, refused %llu, %llu ms at most\n", of,
		       kinds[i].name, (unsigned long long)tally[i].done,
		       (unsigned long long)tally[i].refused,
		       (unsigned long long)tally[i].slowest_ns / 1000000);
		if (!as_expected(&kinds[i], &tally[i])) {
			printf("# not %s\n", kinds[i].name);
			good = false;
		}
	}
	snprintf(what, sizeof(what), "%s: every kind was done, or refused", of);
	verdict(good, what);
}

static bool released(void)
{
	uint64_t until = now() + 60000000000ull;
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	struct ember_adopt a = { .size = sizeof(a), .abi_version = EMBER_ABI_VERSION };
	struct ember_query q;

	/* A boot session that nobody adopted has its right to be there. */
	if (!ioctl(fd, EMBER_IOC_ADOPT, &a))
		printf("# a boot session was left\n");
	close(fd);
	fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	do
		q = query(fd);
	while ((q.nr_sessions || q.used_bytes) && now() < until && !usleep(10000));
	printf("# %u sessions, %llu bytes are left\n", q.nr_sessions,
	       (unsigned long long)q.used_bytes);
	close(fd);
	return !q.nr_sessions && !q.used_bytes;
}

int main(int argc, char **argv)
{
	uint32_t seed = argc > 2 && atoi(argv[2]) ? (uint32_t)strtoul(argv[2], NULL, 0) :
						    (uint32_t)now();
	pid_t pids[CONTROLS + LOADS + 2];
	unsigned int i, n = 0;
	bool good = true;
	int status;

	if (argc > 1 && !strcmp(argv[1], "burn")) {
		burn(now() + (getpid() % 8) * 500000);
		return 0;
	}
	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared->operations = argc > 3 ? strtoull(argv[3], NULL, 0) : UINT64_MAX;
	shared->suspended = now() - 5000000000ull; /* the first after 5 s */
	printf("# stress %s %u\n", argv[1], seed);
	/* The same sessions in several processes. */
	for (i = 0; i < SLOTS; i++)
		slots[i] = (struct slot){ .fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC),
					  .state = OPEN };
	for (i = 0; i < CONTROLS; i++)
		pids[n++] = begin(control_process, seed, i);
	for (i = 0; i < SLOTS; i++)
		close(slots[i].fd);
	for (i = 0; i < LOADS; i++)
		pids[n++] = begin(load_process, seed, 100 + i);
	for (i = 0; i < 2; i++)
		pids[n++] = begin(around_process, seed, 200 + i);
	until_over(strtoul(argv[1], NULL, 0));
	for (i = 0; i < n; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] || status) {
			printf("# process %u: status %x\n", i, status);
			good = false;
		}
	}
	verdict(good, "all processes came to their end");
	printf("# %llu operations\n", (unsigned long long)shared->count);
	kinds("sessions", control_kinds, shared->control);
	kinds("load", load_kinds, shared->load);
	kinds("machine", around_kinds, shared->around);
	verdict(released(), "no session and no memory is left");
	printf("1..%d\n", number);
	return failures != 0;
}
