// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The slow program of doc/tutorial.md: counts the requests of each host in a log and prints
 * the busiest ones. With -DHASHED hosts are found by a hash, which is the tutorial's fix.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
	struct host *next;
	unsigned long requests, bytes;
	char name[64];
};

#define LISTS 4096

static struct host *lists[LISTS];

static unsigned int list_of(const char *name)
{
	unsigned int hash = 0;

#ifdef HASHED
	while (*name)
		hash = hash * 31 + (unsigned char)*name++;
#endif
	return hash % LISTS;
}

static struct host *find_host(const char *name)
{
	struct host **list = &lists[list_of(name)], *host;

	for (host = *list; host; host = host->next)
		if (!strcmp(host->name, name))
			return host;
	host = calloc(1, sizeof(*host));
	if (!host)
		exit(1);
	snprintf(host->name, sizeof(host->name), "%s", name);
	host->next = *list;
	*list = host;
	return host;
}

static void count_line(const char *line)
{
	struct host *host;
	unsigned long bytes;
	char name[64];

	if (sscanf(line, "%63s %*s %lu", name, &bytes) != 2)
		return;
	host = find_host(name);
	host->requests++;
	host->bytes += bytes;
}

static void count_file(FILE *file)
{
	char line[256];

	while (fgets(line, sizeof(line), file))
		count_line(line);
}

static int busier(const struct host *a, const struct host *b)
{
	if (a->requests != b->requests)
		return a->requests > b->requests;
	return strcmp(a->name, b->name) < 0;
}

static void print_busiest(unsigned int many)
{
	struct host *host, *most;
	unsigned int i;

	while (many--) {
		for (most = NULL, i = 0; i < LISTS; i++)
			for (host = lists[i]; host; host = host->next)
				if (host->requests && (!most || busier(host, most)))
					most = host;
		if (!most)
			return;
		printf("%s %lu %lu\n", most->name, most->requests, most->bytes);
		most->requests = 0;
	}
}

int main(int argc, char **argv)
{
	FILE *file = argc > 1 ? fopen(argv[1], "r") : stdin;

	if (!file) {
		perror(argv[1]);
		return 1;
	}
	count_file(file);
	print_busiest(3);
	return 0;
}
