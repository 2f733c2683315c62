/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process as /proc has it now. */
#ifndef EMBER_PROCESS_H
#define EMBER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct ember_process {
	uint32_t pid;			/* in its innermost namespace */
	uint32_t uid;
	uint64_t began_ns;		/* CLOCK_BOOTTIME */
};

/* False: there is none of that number. */
bool ember_process_read(uint32_t tgid, struct ember_process *process);

/* Whether a thread that began then may be one of it: numbers are used again. */
bool ember_process_has(const struct ember_process *process, uint64_t thread_began_ns);

#endif
