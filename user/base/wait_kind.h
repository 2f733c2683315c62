/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread waits for: by the functions of its kernel stack, else by its state. */
#ifndef EMBER_WAIT_KIND_H
#define EMBER_WAIT_KIND_H

#include <stdint.h>

#define EMBER_LABEL_WAIT	"wait"	/* the label of a profile's samples */

/*
 * Return the kind by the thread's state, EMBER_WAIT_*. Then call ember_wait_kind_frame() with the
 * name of each kernel function, innermost first: it returns the kind by what is known by now.
 */
const char *ember_wait_kind(uint32_t state);
const char *ember_wait_kind_frame(const char *kind, const char *function);

#endif
