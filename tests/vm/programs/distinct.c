// SPDX-License-Identifier: GPL-2.0-or-later
/* distinct FILE: how many different stacks an uncompressed pprof profile has, by address. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *file;

static uint64_t varint(void)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		int byte = getc(file);

		if (byte == EOF)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	fprintf(stderr, "distinct: not a profile\n");
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned int samples = 0;
	int next;

	file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	if (!file)
		return 2;
	while ((next = getc(file)) != EOF) {
		uint64_t key, value;

		ungetc(next, file);
		key = varint();
		value = varint();
		/* Profile.sample */
		samples += key == (2 << 3 | 2);
		if ((key & 7) == 2)
			fseek(file, (long)value, SEEK_CUR);
	}
	printf("%u\n", samples);
	return 0;
}
