// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters; load and unload. */
#include <linux/module.h>

#include "device.h"
#include "session.h"
#include "tick.h"

unsigned int ember_max_sessions = 4;
module_param_named(max_sessions, ember_max_sessions, uint, 0444);
MODULE_PARM_DESC(max_sessions, "sessions at once, 8 at most (4)");

unsigned int ember_max_hz = 10000;
module_param_named(max_hz, ember_max_hz, uint, 0444);
MODULE_PARM_DESC(max_hz, "samples per second and CPU, 50000 at most (10000)");

unsigned long ember_max_bytes = 64UL << 20;
module_param_named(max_bytes, ember_max_bytes, ulong, 0444);
MODULE_PARM_DESC(max_bytes, "memory of all sessions' rings and tables (64 MiB)");

unsigned int ember_max_ring_bytes = 16U << 20;
module_param_named(max_ring_bytes, ember_max_ring_bytes, uint, 0444);
MODULE_PARM_DESC(max_ring_bytes, "one ring (16 MiB)");

static int __init ember_init(void)
{
	int err;

	if (!ember_max_hz || ember_max_hz > 50000 || !ember_max_sessions ||
	    ember_max_sessions > EMBER_SESSIONS_MAX ||
	    ember_max_ring_bytes < PAGE_SIZE || ember_max_ring_bytes > 1U << 30) {
		pr_err("emberprof: a parameter is out of its range\n");
		return -EINVAL;
	}
	err = ember_spaces_module_init();
	if (err)
		return err;
	err = ember_hotplug_init();
	if (err)
		goto exit_spaces;
	err = ember_device_init();
	if (err)
		goto exit_hotplug;
	return 0;

exit_hotplug:
	ember_hotplug_exit();
exit_spaces:
	ember_spaces_module_exit();
	return err;
}

static void __exit ember_exit(void)
{
	ember_device_exit();
	ember_hotplug_exit();
	ember_spaces_module_exit();
}

module_init(ember_init);
module_exit(ember_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Always-on sampling profiler");
