// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mappings FILE: the Mappings of an uncompressed pprof profile, a line each:
 *
 *   mapping START LIMIT OFFSET BUILD-ID FILE      - for what is empty
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	const uint8_t *at, *end;
};

static void nonsense(void)
{
	fprintf(stderr, "mappings: not a profile\n");
	exit(1);
}

static uint64_t varint(struct bytes *b)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		if (b->at == b->end)
			nonsense();
		value |= (uint64_t)(*b->at & 0x7f) << shift;
		if (!(*b->at++ & 0x80))
			return value;
	}
	nonsense();
	return 0;
}

/* The next field: its number, or 0 at the end. A number's value, or what's inside. */
static unsigned int field(struct bytes *b, uint64_t *value, struct bytes *inside)
{
	uint64_t key;

	if (b->at == b->end)
		return 0;
	key = varint(b);
	*value = varint(b);
	if ((key & 7) == 0)
		return key >> 3;
	if ((key & 7) != 2 || *value > (uint64_t)(b->end - b->at))
		nonsense();
	inside->at = b->at;
	b->at += *value;
	inside->end = b->at;
	return key >> 3;
}

/* String number `n` of the table. */
static void print_string(struct bytes profile, uint64_t n)
{
	struct bytes inside;
	unsigned int number;
	uint64_t value, i = 0;

	while ((number = field(&profile, &value, &inside)))
		if (number == 6 && i++ == n)
			break;
	if (!number)
		nonsense();
	if (inside.at == inside.end)
		printf(" -");
	else
		printf(" %.*s", (int)(inside.end - inside.at), (const char *)inside.at);
}

static void print_mapping(struct bytes profile, struct bytes mapping)
{
	uint64_t value, member[16] = { 0 };
	struct bytes inside;
	unsigned int number;

	while ((number = field(&mapping, &value, &inside)))
		if (number < 16)
			member[number] = value;
	printf("mapping %" PRIx64 " %" PRIx64 " %" PRIx64, member[2], member[3], member[4]);
	print_string(profile, member[6]);
	print_string(profile, member[5]);
	printf("\n");
}

int main(int argc, char **argv)
{
	static uint8_t data[16 << 20];
	struct bytes profile = { data, data }, rest, inside;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	unsigned int number;
	uint64_t value;

	if (!file) {
		fprintf(stderr, "usage: mappings FILE\n");
		return 2;
	}
	profile.end += fread(data, 1, sizeof(data), file);
	fclose(file);
	for (rest = profile; (number = field(&rest, &value, &inside));)
		if (number == 3)
			print_mapping(profile, inside);
	return 0;
}
