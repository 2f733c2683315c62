/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of our own files: words and numbers with a space between. */
#ifndef EMBER_RELAY_LINE_H
#define EMBER_RELAY_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Take a word and the space behind it. Return false if it isn't that word: nothing is taken. */
static inline bool ember_line_word(const char **at, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) || (*at)[n] != ' ')
		return false;
	*at += n + 1;
	return true;
}

/* Take a number and the space behind it, if there is one. Return false if it is none. */
static inline bool ember_line_number(const char **at, uint64_t *number)
{
	const char *from = *at;

	for (*number = 0; **at >= '0' && **at <= '9' && *at - from < 20; ++*at)
		*number = *number * 10 + (**at - '0');
	if (*at == from || (**at && **at != ' '))
		return false;
	*at += **at == ' ';
	return true;
}

#endif
