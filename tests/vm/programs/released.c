// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that run after the kernel released them (modules/linger.c keeps them there),
 * while the trees of two commands are sampled:
 *   stranger   whose process's parent is gone and freed, outside of both trees
 *   heir       whose process still lives, in one of the trees
 * KTAP on stdout.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tally.h"

static unsigned int number, failures;
static uint64_t of_heir, of_others;

static void ok(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	(void)t, (void)cpu, (void)stack;
	if (!strcmp(thread->comm, "linger-heir"))
		of_heir++;
	else if (!strncmp(thread->comm, "linger", 6))
		of_others++;
}

static int parameter(const char *name, int value)
{
	char path[64], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/linger/parameters/%s", name);
	file = fopen(path, value < 0 ? "r" : "w");
	if (!file)
		return -1;
	if (value >= 0)
		fprintf(file, "%d\n", value);
	else if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return atoi(text);
}

static bool held(int threads)
{
	for (int i = 0; i < 200 && parameter("held", -1) != threads; i++)
		usleep(50000);
	return parameter("held", -1) == threads;
}

static void *thread(void *name)
{
	prctl(PR_SET_NAME, name);
	return NULL;
}

/* A process that is there until it's killed, and began a thread that ends. */
static pid_t process(const char *name)
{
	pid_t pid = fork();
	pthread_t t;

	if (pid)
		return pid;
	if (pthread_create(&t, NULL, thread, (void *)name))
		_exit(1);
	for (;;)
		pause();
}

int main(void)
{
	pid_t parent, command, heir;
	uint32_t ids[2];
	int from[2];
	struct ember_config config = { .filter = EMBER_FILTER_TREE };
	struct ember_status st;
	struct tally t;

	/* The stranger's process outlives its own parent, which is reaped and freed. */
	if (pipe(from))
		return 1;
	parent = fork();
	if (!parent) {
		pid_t child = process("linger");

		ok(held(1), "a thread was released and runs");
		fflush(stdout);
		_exit(write(from[1], &child, sizeof(child)) != sizeof(child));
	}
	waitpid(parent, NULL, 0);
	number = 1; /* the one above */
	if (read(from[0], &parent, sizeof(parent)) != sizeof(parent))
		return 1;
	command = fork();
	if (!command)
		for (;;)
			pause();
	heir = process("linger-heir");
	ok(held(2), "so was one of a process that is sampled");
	/* Time for RCU, which frees the stranger's parent. */
	sleep(1);

	ids[0] = command;
	ids[1] = heir;
	config.size = sizeof(config);
	config.hz = 1000;
	config.ids = (uintptr_t)ids;
	config.nr_ids = 2;
	tally_open(&t, &config, look);
	tally_start(&t);
	parameter("go", 1);
	ok(held(0), "they go on and end");
	tally_stop(&t);
	tally_status(&t, EMBER_STATUS_CPU_ALL, &st);
	printf("# %llu samples of the heir, %llu of the stranger, %llu points filtered\n",
	       (unsigned long long)of_heir, (unsigned long long)of_others,
	       (unsigned long long)st.counters.points_filtered);
	ok(of_heir >= 10, "the heir is in its process's tree");
	ok(!of_others && st.counters.points_filtered >= 10, "the stranger is in none");
	kill(parent, SIGKILL);
	kill(command, SIGKILL);
	kill(heir, SIGKILL);
	tally_close(&t);
	printf("1..%u\n", number);
	return failures != 0;
}
