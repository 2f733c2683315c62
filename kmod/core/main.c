// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters; load and unload. */
#include <linux/module.h>

#include "boot.h"
#include "../base/clock.h"
#include "device.h"
#include "platform.h"
#include "recorder.h"
#include "../flight/flight.h"
#include "../flight/region.h"
#include "../ring/ring.h"
#include "../task/exits.h"
#include "../event/clock/tick.h"
#include "../event/clock/watch.h"
#include "../base/probes.h"
#include "../base/limits.h"
#include "../base/queue.h"
#include "../base/range.h"
#include "sessions.h"
#include "tracepoints.h"
#include "../task/ranges.h"
#include "../unwind/tables.h"
#include "../event/event.h"
#include "../event/block_switch.h"
#include "../event/growth.h"
#include "../event/mutex_switch.h"
#include "../event/thread_cpu.h"
#include "../unwind/walk.h"

module_param_named(max_walk_us, ember_max_walk_us, uint, 0444);
MODULE_PARM_DESC(
	max_walk_us,
	"us that all stack walks of one interrupt take at most, 5 to 100000; 0: no limit (50)");

static bool ember_boot;
module_param_named(boot, ember_boot, bool, 0444);
MODULE_PARM_DESC(boot, "start a session at once, for emberprof record --adopt (0)");

static unsigned int ember_boot_hz = 99;
module_param_named(boot_hz, ember_boot_hz, uint, 0444);
MODULE_PARM_DESC(boot_hz, "its samples per second and CPU, at most max_hz (99)");

static unsigned int ember_boot_ring_bytes;
module_param_named(boot_ring_bytes, ember_boot_ring_bytes, uint, 0444);
MODULE_PARM_DESC(
	boot_ring_bytes,
	"bytes of each of its rings, a power of two, a page to max_ring_bytes; 0: 256 KiB (0)");

static unsigned int ember_boot_max_frames = EMBER_FRAMES_MAX;
module_param_named(boot_max_frames, ember_boot_max_frames, uint, 0444);
MODULE_PARM_DESC(boot_max_frames, "frames of its stacks, 1 to 128 (128)");

static char *ember_boot_more;
module_param_named(boot_events, ember_boot_more, charp, 0444);
MODULE_PARM_DESC(boot_events,
		 "what it samples besides the clock: growth:64K,block:10M (none)");

static unsigned int ember_boot_budget;
module_param_named(boot_budget_ppm, ember_boot_budget, uint, 0444);
MODULE_PARM_DESC(
	boot_budget_ppm,
	"millionths of each CPU that it takes at most, 100 to 1000000; 0: no bound (0)");

static unsigned long long ember_flight_address;
module_param_named(flight_address, ember_flight_address, ullong, 0444);
MODULE_PARM_DESC(
	flight_address,
	"physical address of the flight recorder's reserved memory; 0: memory that a reboot clears (0)");

static unsigned long ember_flight_bytes;
module_param_named(flight_bytes, ember_flight_bytes, ulong, 0444);
MODULE_PARM_DESC(flight_bytes, "and its size, 16 MiB at most; 0: no flight recorder (0)");

static unsigned int ember_flight_hz = 99;
module_param_named(flight_hz, ember_flight_hz, uint, 0444);
MODULE_PARM_DESC(flight_hz, "its samples per second and CPU (99)");

static unsigned int ember_flight_max_frames = EMBER_FLIGHT_FRAMES;
module_param_named(flight_max_frames, ember_flight_max_frames, uint, 0444);
MODULE_PARM_DESC(flight_max_frames, "frames of its stacks, at most (32)");

module_param_named(tracepoints, ember_tracepoints, bool, 0444);
MODULE_PARM_DESC(tracepoints, "listen to tracepoints where there are any (1)");

/* The boot session that the parameters ask for. */
static int __init ember_boot_by_parameters(u64 begun)
{
	struct ember_boot_request request = {
		.names = { "", "boot_hz", "boot_ring_bytes", "boot_max_frames", "boot_events",
			   "boot_budget_ppm" },
		.hz = ember_boot_hz,
		.ring_bytes = ember_boot_ring_bytes,
		.max_frames = ember_boot_max_frames,
		.budget_ppm = ember_boot_budget,
	};
	int err = 0;

	if (!ember_boot)
		return 0;
	if (ember_boot_more)
		err = ember_boot_events(&request, ember_boot_more);
	return err ?: ember_boot_start(&request, begun);
}

/* The flight recorder that the parameters ask for. */
static int __init ember_flight_by_parameters(void)
{
	const struct ember_flight_request request = {
		.names = { "", "flight_address", "flight_bytes", "flight_hz",
			   "flight_max_frames" },
		.address = ember_flight_address,
		.bytes = ember_flight_bytes,
		.hz = ember_flight_hz,
		.max_frames = ember_flight_max_frames,
	};

	return ember_flight_bytes ? ember_flight_start(&request, &ember_recorder_ops) : 0;
}

/* What sessions need, and what they have left. */
static void ember_end(void)
{
	ember_boot_end();
	ember_flight_stop();
	ember_probes_exit();
	ember_exits_exit();
	ember_watch_exit();
	ember_growth_module_exit();
	ember_block_module_exit();
	ember_mutex_module_exit();
	ember_thread_cpu_exit();
	ember_hotplug_exit();
	ember_queues_exit();
	ember_flight_exit();
	ember_tables_module_exit();
	ember_ranges_module_exit();
}

static int __init ember_init(void)
{
	u64 begun = ember_clock();
	int err;

	if (ember_limits_check() ||
	    (ember_max_walk_us &&
	     !ember_in_range("", "max_walk_us", ember_max_walk_us, 5, 100000)))
		return -EINVAL;
	if (!ember_rings_possible()) {
		pr_err("emberprof: this CPU's caches (VIVT) keep user and kernel views of a page apart\n");
		return -ENODEV;
	}
	ember_exits_init(ember_sessions_reap);
	ember_tick_module_init();
	ember_probes_init(&ember_tracepoints_ops);
	ember_growth_module_init();
	ember_block_module_init();
	ember_mutex_module_init();
	ember_thread_cpu_init();
	err = ember_queues_init();
	if (err)
		return err;
	err = ember_hotplug_init();
	if (err)
		goto exit_queues;
	err = ember_flight_by_parameters();
	if (err)
		goto end;
	/* Before there is a device, which something may wait for that is to adopt it. */
	err = ember_boot_by_parameters(begun);
	if (err)
		goto end;
	err = ember_platform_init();
	if (err)
		goto end;
	err = ember_device_init();
	if (!err)
		return 0;
	ember_platform_exit();
end:
	ember_end();
	return err;
exit_queues:
	ember_queues_exit();
	return err;
}

static void __exit ember_exit(void)
{
	ember_device_exit();
	ember_platform_exit();
	ember_end();
}

module_init(ember_init);
module_exit(ember_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Always-on sampling profiler");
