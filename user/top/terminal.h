/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal while a table is shown on it again and again. */
#ifndef EMBER_TERMINAL_H
#define EMBER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Return whether stdin and stdout are a terminal. */
bool ember_terminal_is(void);
/*
 * Take it: keys come one by one and without an echo, what was shown comes back at the end.
 * Returns 0, or 1 (said).
 */
int ember_terminal_open(void);
/* Give it back as it was; the program's exit does so, too. */
void ember_terminal_close(void);
/* Set columns and rows as they are now; 80 and 24 where nobody knows. */
void ember_terminal_size(unsigned int *columns, unsigned int *rows);
/* Show a text of lines from the top on, in one write, in place of what is there. */
void ember_terminal_show(const char *text, size_t bytes, unsigned int rows);
/* Return a key that was pressed; 0: none; -1: the terminal is gone. */
int ember_terminal_key(void);

#endif
