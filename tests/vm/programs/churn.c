// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * churn PROCESSES MAPPINGS SECONDS: so many processes, each of which maps MAPPINGS executable
 * pages of files of its own and unmaps them, again and again, other files each time.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 64
#define PAGE  4096ul

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int fresh(int which, unsigned int turn)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/tmp/churn-%d-%u", which, turn);
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0700);
	if (file < 0 || ftruncate(file, PAGE) || unlink(path)) {
		perror(path);
		exit(1);
	}
	return file;
}

static void churn(int which, unsigned int mappings, uint64_t until)
{
	int file[FILES];
	unsigned int i, turn = 0;
	char *at =
		mmap(NULL, 2 * mappings * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		exit(1);
	while (now() < until) {
		for (i = 0; i < FILES; i++)
			file[i] = fresh(which, turn++);
		for (i = 0; i < mappings; i++)
			if (mmap(at + 2 * i * PAGE, PAGE, PROT_READ | PROT_EXEC,
				 MAP_PRIVATE | MAP_FIXED, file[i % FILES], 0) == MAP_FAILED)
				exit(1);
		for (i = 0; i < FILES; i++)
			close(file[i]);
	}
}

int main(int argc, char **argv)
{
	uint64_t until;
	int i, status, bad = 0;

	if (argc != 4)
		return 2;
	until = now() + atoi(argv[3]) * 1000000000ull;
	for (i = 0; i < atoi(argv[1]); i++) {
		if (fork())
			continue;
		churn(i, atoi(argv[2]), until);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}
