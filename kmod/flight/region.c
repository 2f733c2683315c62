// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/security.h>
#include <linux/vmalloc.h>

#include "../base/range.h"
#include "../base/limits.h"
#include "region.h"
#include "../ring/segment.h"

static int ember_flight_no_recorder(const struct ember_flight_request *r, const char *why,
				    int err)
{
	pr_err("emberprof: %sno flight recorder: %s\n", r->names.node, why);
	return err;
}

/* Two segments for each CPU, and four for what they share. */
static u64 ember_flight_least(void)
{
	return 2 * EMBER_FLIGHT_HEAD_BYTES +
	       (u64)(2 * nr_cpu_ids + 4) * EMBER_FLIGHT_SEGMENT_LEAST;
}

int ember_flight_check(const struct ember_flight_request *r)
{
	if (!IS_BUILTIN(CONFIG_CRC32))
		return ember_flight_no_recorder(
			r, "this kernel has no CRC32 (needs CONFIG_CRC32=y)", -EOPNOTSUPP);
	if (security_locked_down(LOCKDOWN_PERF))
		return ember_flight_no_recorder(r, "the kernel is locked down", -EPERM);
	if (r->bytes < ember_flight_least() || r->bytes > EMBER_FLIGHT_REGION_MOST ||
	    r->bytes % EMBER_FLIGHT_HEAD_BYTES) {
		pr_err("emberprof: %s%s=%llu: %llu to %u, a multiple of %u\n", r->names.node,
		       r->names.bytes, r->bytes, ember_flight_least(),
		       EMBER_FLIGHT_REGION_MOST, EMBER_FLIGHT_HEAD_BYTES);
		return -EINVAL;
	}
	if (!PAGE_ALIGNED(r->address) ||
	    (resource_size_t)(r->address + r->bytes - 1) < r->address) {
		pr_err("emberprof: %s%s=%#llx: not a page of physical memory\n", r->names.node,
		       r->names.address, r->address);
		return -EINVAL;
	}
	if (!ember_in_range(r->names.node, r->names.hz, r->hz, 1, ember_max_hz) ||
	    !ember_in_range(r->names.node, r->names.max_frames, r->max_frames, 1,
			    EMBER_FRAMES_MAX))
		return -EINVAL;
	if (r->address && region_intersects(r->address, r->bytes, IORESOURCE_SYSTEM_RAM,
					    IORES_DESC_NONE) != REGION_DISJOINT) {
		pr_err("emberprof: %s%s=%#llx: the kernel uses that memory: reserve it (reserved-memory with no-map, memmap= or mem=)\n",
		       r->names.node, r->names.address, r->address);
		return -EINVAL;
	}
	return 0;
}

int ember_flight_map(struct ember_flight_region *region, const struct ember_flight_request *r)
{
	region->address = r->address;
	region->bytes = r->bytes;
	if (!r->address) {
		region->at = vzalloc(region->bytes);
		return region->at ? 0 :
				    ember_flight_no_recorder(r, "not enough memory", -ENOMEM);
	}
	region->claim = request_mem_region(r->address, r->bytes, "emberprof flight recorder");
	if (!region->claim) {
		pr_err("emberprof: %s%s=%#llx: another driver has that memory\n",
		       r->names.node, r->names.address, r->address);
		return -EBUSY;
	}
	region->at = memremap(r->address, r->bytes, MEMREMAP_WC);
	if (region->at)
		return 0;
	release_mem_region(r->address, r->bytes);
	region->claim = NULL;
	pr_err("emberprof: %s%s=%#llx: that memory can't be mapped\n", r->names.node,
	       r->names.address, r->address);
	return -ENOMEM;
}

void ember_flight_unmap(struct ember_flight_region *region)
{
	if (!region->address) {
		vfree(region->at);
		return;
	}
	if (region->at)
		memunmap(region->at);
	if (region->claim)
		release_mem_region(region->address, region->bytes);
}
