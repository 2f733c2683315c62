// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/demangle.h"

#ifndef WITH_DEMANGLE

const char *ember_demangle(struct ember_strings *strings, const char *name)
{
	(void)strings;
	return name;
}

#else

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define EMBER_MANGLED_BYTES 16384 /* longer ones are left as they are */
#define EMBER_PLAIN_BYTES   65536

struct ember_plain {
	char *text;
	size_t n, room;
	jmp_buf too_long;
};

/*
 * A short name can stand for gigabytes, each part being made of two of the one before.
 * The demangler keeps nothing on the heap while it calls back, so it can be left.
 */
static void ember_plain_add(const char *text, size_t n, void *context)
{
	struct ember_plain *plain = context;

	if (!n)
		return;
	if (n >= EMBER_PLAIN_BYTES - plain->n)
		longjmp(plain->too_long, 1);
	if (plain->n + n >= plain->room) {
		plain->room = 2 * (plain->n + n) + 64;
		plain->text = ember_xrealloc(plain->text, plain->room, 1);
	}
	memcpy(plain->text + plain->n, text, n);
	plain->n += n;
	plain->text[plain->n] = 0;
}

/*
 * A function's type can be bound to any number of lifetimes (G and a number in base 62,
 * behind F or D). The demangler counts them one by one, also where it prints nothing.
 */
static bool ember_plain_endless(const char *name)
{
	const char *at = name;

	while ((at = strpbrk(at + 1, "FD"))) {
		const char *digit = at + 2;

		if (at[1] != 'G')
			continue;
		while (isalnum((unsigned char)*digit))
			digit++;
		if (*digit == '_' && digit - at > 4)
			return true;
	}
	return false;
}

static bool ember_plain_make(struct ember_plain *plain, const char *name)
{
	if (setjmp(plain->too_long))
		return false;
	if (rust_demangle_callback(name, DMGL_AUTO, ember_plain_add, plain))
		return true;
	plain->n = 0; /* Rust's may have given up half-way */
	return cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, ember_plain_add,
					  plain);
}

const char *ember_demangle(struct ember_strings *strings, const char *name)
{
	struct ember_plain plain = {};

	if (name[0] != '_' || (name[1] != 'Z' && name[1] != 'R') ||
	    strlen(name) > EMBER_MANGLED_BYTES ||
	    (name[1] == 'R' && ember_plain_endless(name)))
		return name;
	if (ember_plain_make(&plain, name) && plain.n && strlen(plain.text) == plain.n)
		name = ember_strings_keep(strings, plain.text);
	free(plain.text);
	return name;
}

#endif
