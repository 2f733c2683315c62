/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where something goes that is there as a whole or not at all: a path, or - for stdout. */
#ifndef EMBER_OUTPUT_H
#define EMBER_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#define EMBER_OUTPUTS_MAX	16

struct ember_outputs {			/* begins zeroed */
	const char *path[EMBER_OUTPUTS_MAX];
	unsigned int nr;
};

/* Add an output, another one than those before: 0, or 2 (said). */
int ember_outputs_add(struct ember_outputs *outputs, const char *path);

bool ember_output_is_stdout(const char *output);
/* Whether it can be written, before there is anything to write: 0, or 1 (said). */
int ember_output_check(const char *output);

typedef void ember_output_fn(void *context, FILE *out);
/* The path's old content stays until the new is whole. 0, or 1 (said). */
int ember_output_write(const char *output, ember_output_fn *put, void *context);

#endif
