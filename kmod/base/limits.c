// SPDX-License-Identifier: GPL-2.0-only
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "limits.h"
#include "range.h"

unsigned int ember_max_sessions = 4;
module_param_named(max_sessions, ember_max_sessions, uint, 0444);
MODULE_PARM_DESC(max_sessions, "sessions at once, 8 at most (4)");

unsigned int ember_max_hz = 10000;
module_param_named(max_hz, ember_max_hz, uint, 0444);
MODULE_PARM_DESC(max_hz, "samples per second and CPU, 50000 at most (10000)");

unsigned long ember_max_bytes = 64UL << 20;
module_param_named(max_bytes, ember_max_bytes, ulong, 0444);
MODULE_PARM_DESC(max_bytes,
		 "bytes of all sessions' rings and tables, 16 pages at least (64 MiB)");

unsigned long ember_max_table_bytes = 16UL << 20;
module_param_named(max_table_bytes, ember_max_table_bytes, ulong, 0444);
MODULE_PARM_DESC(max_table_bytes, "bytes of all sessions' unwind tables (16 MiB)");

unsigned int ember_max_ring_bytes = 16U << 20;
module_param_named(max_ring_bytes, ember_max_ring_bytes, uint, 0444);
MODULE_PARM_DESC(max_ring_bytes, "bytes of one ring, a page to 1 GiB (16 MiB)");

int ember_limits_check(void)
{
	if (!ember_in_range("", "max_sessions", ember_max_sessions, 1, EMBER_SESSIONS_MAX) ||
	    !ember_in_range("", "max_hz", ember_max_hz, 1, 50000) ||
	    !ember_in_range("", "max_bytes", ember_max_bytes, 16 * PAGE_SIZE, ULONG_MAX) ||
	    !ember_in_range("", "max_ring_bytes", ember_max_ring_bytes, PAGE_SIZE, 1U << 30))
		return -EINVAL;
	/* A ring's size is a power of two: so is the largest. */
	ember_max_ring_bytes = rounddown_pow_of_two(ember_max_ring_bytes);
	return 0;
}
