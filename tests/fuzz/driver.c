// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where there is no libFuzzer: changes the seeds at random, without knowing what that
 * reaches. usage: TARGET SECONDS FOLDER. A failing input is left in ./crash.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define SEEDS_MAX 4096
#define BYTES_MAX (1u << 20)

static struct {
	uint8_t *bytes;
	size_t n;
} seed[SEEDS_MAX];
static unsigned int nr_seed;

static void load(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[4096];
	struct stat st;
	FILE *file;

	while (dir && (entry = readdir(dir)) && nr_seed < SEEDS_MAX) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "rb");
		if (file && !fstat(fileno(file), &st) && S_ISREG(st.st_mode) &&
		    st.st_size <= BYTES_MAX) {
			seed[nr_seed].bytes = malloc(st.st_size + 1);
			seed[nr_seed].n = fread(seed[nr_seed].bytes, 1, st.st_size, file);
			nr_seed++;
		}
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
}

static size_t change(uint8_t *bytes, size_t n)
{
	static const uint8_t edge[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned int times = 1 + rand() % 8;

	while (times-- && n) {
		size_t at = rand() % (rand() % 2 ? n : n < 512 ? n : 512);

		switch (rand() % 5) {
		case 0: bytes[at] = rand(); break;
		case 1: bytes[at] = edge[rand() % sizeof(edge)]; break;
		case 2: bytes[at] ^= 1 << rand() % 8; break;
		case 3:
			memset(bytes + at, edge[rand() % sizeof(edge)],
			       n - at < 8 ? n - at : 8);
			break;
		case 4: n = rand() % 16 ? n : at; break;
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	static uint8_t bytes[BYTES_MAX];
	unsigned long runs = 0;
	time_t end;
	int crash;

	if (argc != 3)
		return 2;
	load(argv[2]);
	if (!nr_seed) {
		fprintf(stderr, "%s: no seeds in %s\n", argv[0], argv[2]);
		return 1;
	}
	srand(time(NULL));
	crash = open("crash", O_RDWR | O_CREAT | O_TRUNC, 0644);
	for (end = time(NULL) + atoi(argv[1]); time(NULL) < end; runs++) {
		unsigned int which = rand() % nr_seed;
		size_t n = seed[which].n;
		uint8_t *exact;

		memcpy(bytes, seed[which].bytes, n);
		if (runs >= nr_seed)
			n = change(bytes, n);
		/* Just as long as it is, so that a look past the end is seen. */
		exact = malloc(n ? n : 1);
		memcpy(exact, bytes, n);
		if (crash >= 0 && (ftruncate(crash, 0) || pwrite(crash, exact, n, 0) < 0))
			return 1;
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	if (crash >= 0)
		unlink("crash");
	printf("%lu runs\n", runs);
	return 0;
}
