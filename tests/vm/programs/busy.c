// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps a C library busy, its callbacks and its threads, until it's killed. */
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 512

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_number(const void *a, const void *b)
{
	double x = strtod(*(char *const *)a, NULL), y = strtod(*(char *const *)b, NULL);

	return x < y ? -1 : x > y;
}

static unsigned int matching(char **words)
{
	unsigned int i, n = 0;
	regex_t wanted;

	if (regcomp(&wanted, "^1[0-9]*\\.[0-9]+7$", REG_EXTENDED | REG_NOSUB))
		abort();
	for (i = 0; i < WORDS; i++)
		n += !regexec(&wanted, words[i], 0, NULL, 0);
	regfree(&wanted);
	return n;
}

static unsigned int turn(unsigned int seed)
{
	char *words[WORDS];
	unsigned int i, n;

	for (i = 0; i < WORDS; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%.6f", (seed = seed * 1103515245 + 12345) / 1e7);
		words[i] = strdup(text);
	}
	qsort(words, WORDS, sizeof(*words), by_text);
	n = matching(words);
	qsort(words, WORDS, sizeof(*words), by_number);
	for (i = 0; i < WORDS; i++)
		free(words[i]);
	return n;
}

static void *worker(void *argument)
{
	unsigned int *n = argument;

	for (;;)
		*n += turn(*n);
	return NULL;
}

int main(void)
{
	unsigned int there = 1, here = 2;
	pthread_t thread;

	if (pthread_create(&thread, NULL, worker, &there))
		return 1;
	worker(&here);
}
