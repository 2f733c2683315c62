/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel that a log's frames are in, by what HELLO says of it: which it is, and where it
 * and its modules were. A frame in it becomes one in a file like any other.
 */
#ifndef EMBER_LOG_KERNEL_H
#define EMBER_LOG_KERNEL_H

#include "model/dictionary.h"

#define EMBER_LOG_MODULES_MAX	4096	/* of one stream, at different places; more are ignored */

struct ember_log_kernel {		/* begins zeroed */
	struct ember_log_image {
		struct ember_file file;
		uint64_t start, end;	/* as it was */
		uint32_t extent;	/* its number + 1; 0: none yet */
	} kernel, *module;
	uint32_t nr_module, module_size;
	struct ember_index module_index;
	struct ember_log_edge {		/* by address, once a frame is looked up */
		uint64_t address;
		uint32_t modules;	/* how many are from there on, to the next edge */
		uint32_t sum;		/* of their numbers: if there is one, its number */
	} *edge;
	uint32_t nr_edge;		/* 0: there are none, or modules were added */
};

/* Of a HELLO message, or another part of it. */
void ember_log_kernel_take(struct ember_log_kernel *kernel, const void *bytes, size_t n);
/*
 * Set the extents of the kernel frames among a stack's innermost `own` frames, where only one
 * image can be at their address. Addresses stay absolute; the extent has the image's start.
 */
void ember_log_kernel_place(struct ember_log_kernel *kernel, struct ember_dictionary *dict,
			    struct ember_normalized *placed, unsigned int own);
void ember_log_kernel_free(struct ember_log_kernel *kernel);

#endif
