// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: names vdso|wait|jit[-huge|-memfd|-shm] MILLISECONDS
 * Spends its time in the vDSO; in code that it makes itself and names in
 * /tmp/perf-PID.map (then, in code of another name at the same place): in memory, huge pages,
 * a memfd that is mapped twice, shared memory with a name; or in `lingers`.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned int sink;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* That one never asks the hardware, so it's in the vDSO wherever there is one. */
__attribute__((noinline)) static void asks(void)
{
	struct timespec t;
	int i;

	for (i = 0; i < 20000; i++)
		clock_gettime(CLOCK_REALTIME_COARSE, &t);
	sink += t.tv_nsec;
}

/* Counts its argument down. */
static const unsigned char counts[] = {
#if defined(__x86_64__)
	0x89, 0xf8, 0x83, 0xe8, 0x01, 0x75, 0xfb, 0xc3,
#elif defined(__i386__)
	0x8b, 0x44, 0x24, 0x04, 0x83, 0xe8, 0x01, 0x75, 0xfb, 0xc3,
#elif defined(__aarch64__)
	0x00, 0x04, 0x00, 0x71, 0xe1, 0xff, 0xff, 0x54, 0xc0, 0x03, 0x5f, 0xd6,
#elif defined(__arm__)
	0x01, 0x00, 0x50, 0xe2, 0xfd, 0xff, 0xff, 0x1a, 0x1e, 0xff, 0x2f, 0xe1,
#endif
};

__attribute__((noinline)) static void runs(void (*made)(int))
{
	made(100000);
	sink++;
}

#define BYTES (2 << 20)

/* Where code can be written, and where it runs. */
static void room(const char *how, char **write, char **run)
{
	bool named = !strcmp(how, "jit-shm");
	int fd = -1;

	if (named)
		fd = open("/dev/shm/code", O_RDWR | O_CREAT, 0700);
	else if (!strcmp(how, "jit-memfd"))
		fd = memfd_create("code", MFD_CLOEXEC);
	if (fd < 0) {
		*write = mmap(NULL, BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
			      MAP_PRIVATE | MAP_ANONYMOUS |
				      (strcmp(how, "jit-huge") ? 0 : MAP_HUGETLB),
			      -1, 0);
		*run = *write;
	} else if (ftruncate(fd, BYTES)) {
		exit(1);
	} else {
		*write = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		/* At two addresses: what runs is the second one's. */
		mmap(NULL, BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
		*run = mmap(NULL, BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	}
	if (*write == MAP_FAILED || *run == MAP_FAILED)
		exit(77);
}

static void jit(const char *how, uint64_t end)
{
	char *code, *write;
	char path[64];
	FILE *map;

	room(how, &write, &code);
	memcpy(write, counts, sizeof(counts));
	memcpy(write + 4096, counts, sizeof(counts));
	__builtin___clear_cache(write, write + 8192);
	__builtin___clear_cache(code, code + 8192);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	if (!map)
		exit(1);
	fprintf(map, "%lx 40 first_guess\n%lx 40 made_hot\n", (long)code, (long)code);
	fclose(map);
	while (now() < end) {
		runs((void (*)(int))code);
		runs((void (*)(int))(code + 4096)); /* not in the map */
	}
}

__attribute__((noinline)) static void lingers(void)
{
	int i;

	for (i = 0; i < 1000000; i++)
		sink += i;
	sink++;
}

int main(int argc, char **argv)
{
	uint64_t end = now() + (argc > 2 ? atoi(argv[2]) : 1000);

	if (argc > 1 && !strncmp(argv[1], "jit", 3))
		jit(argv[1], end);
	while (now() < end)
		if (argc > 1 && !strcmp(argv[1], "vdso"))
			asks();
		else
			lingers();
	return 0;
}
