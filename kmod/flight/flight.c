// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "../base/clock.h"
#include "digest.h"
#include "flight.h"
#include "region.h"
#include "../ring/segment.h"

/* Segments that each CPU has at least, of which it overwrites one at a time. */
#define EMBER_FLIGHT_SEGMENTS 8

static struct {
	struct ember_flight_region region;
	u8 *last; /* the region as the last boot left it, or NULL */
	struct ember_flight_head head; /* of this boot */
	struct ember_flight_ring *ring; /* [nr_cpu_ids + 1] */
	const struct ember_flight_ops *ops;
	struct ember_session *session;
	bool shown; /* `last` has its device */
} ember_flight;

static u32 ember_flight_head_crc(const struct ember_flight_head *head)
{
	return ember_flight_crc(0, &head->version,
				sizeof(*head) - offsetof(typeof(*head), version));
}

static bool ember_flight_head_good(const struct ember_flight_head *head)
{
	return head->magic == EMBER_FLIGHT_MAGIC && head->crc == ember_flight_head_crc(head) &&
	       head->version == EMBER_FLIGHT_VERSION &&
	       head->region_bytes == ember_flight.region.bytes;
}

static size_t ember_flight_place(unsigned int head)
{
	return head ? ember_flight.region.bytes - EMBER_FLIGHT_HEAD_BYTES : 0;
}

/* A function whose address any kernel of this build has at the same distance from others. */
static u64 ember_flight_anchor(void)
{
	return (unsigned long)kfree;
}

/*
 * Keep the region's bytes, if one of its heads is whole, with both heads as that one and what
 * this kernel knows of that one's. Return the boots that wrote to the region so far.
 */
static u32 ember_flight_keep(void)
{
	struct ember_flight_head *head = NULL;
	unsigned int i;
	u8 *last;

	if (ember_flight.region.bytes > ember_flight.ops->room())
		return 0;
	last = vmalloc(ember_flight.region.bytes);
	if (!last)
		return 0;
	memcpy(last, ember_flight.region.at, ember_flight.region.bytes);
	for (i = 0; i < 2 && !head; i++) {
		head = (void *)(last + ember_flight_place(i));
		if (!ember_flight_head_good(head))
			head = NULL;
	}
	if (!head) {
		vfree(last);
		return 0;
	}
	head->release[sizeof(head->release) - 1] = 0;
	head->build[sizeof(head->build) - 1] = 0;
	head->flags = 0;
	head->moved = 0;
	if (!strcmp(head->release, ember_flight.head.release) &&
	    !strcmp(head->build, ember_flight.head.build)) {
		head->flags |= EMBER_FLIGHT_SAME_KERNEL;
		head->moved = ember_flight_anchor() - head->anchor;
	}
	head->crc = ember_flight_head_crc(head);
	for (i = 0; i < 2; i++)
		if ((u8 *)head != last + ember_flight_place(i))
			memcpy(last + ember_flight_place(i), head, sizeof(*head));
	ember_flight.last = last;
	return head->generation;
}

/* Cut the region into segments; nothing is in it. */
static void ember_flight_layout(struct ember_flight_head *head)
{
	u64 room = ember_flight.region.bytes - 2 * EMBER_FLIGHT_HEAD_BYTES;
	u64 each = div_u64(room, (nr_cpu_ids + 1) * EMBER_FLIGHT_SEGMENTS);
	u32 least = EMBER_FLIGHT_SEGMENT_LEAST, most = EMBER_FLIGHT_SEGMENT_MOST;

	head->segment_bytes = clamp_t(u64, each, least, most);
	head->segment_bytes = rounddown_pow_of_two(head->segment_bytes);
	head->nr_segments = div_u64(room, head->segment_bytes);
	head->nr_cpus = nr_cpu_ids;
	head->definition_segments = max(head->nr_segments / 4 & ~1U, 4U);
	head->cpu_segments = (head->nr_segments - head->definition_segments) / nr_cpu_ids;
}

static void ember_flight_head_write(struct ember_flight_head *head, u32 hz)
{
	unsigned int i;

	head->magic = EMBER_FLIGHT_MAGIC;
	head->version = EMBER_FLIGHT_VERSION;
	head->region_bytes = ember_flight.region.bytes;
	head->period_ns = NSEC_PER_SEC / hz;
	head->monotonic_ns = ember_clock();
	head->boottime_ns = ktime_get_boottime_ns();
	head->realtime_ns = ktime_get_real_ns();
	head->anchor = ember_flight_anchor();
	head->crc = ember_flight_head_crc(head);
	for (i = 0; i < 2; i++)
		memcpy(ember_flight.region.at + ember_flight_place(i), head, sizeof(*head));
}

static int ember_flight_rings(const struct ember_flight_head *head)
{
	u8 *segment = ember_flight.region.at + EMBER_FLIGHT_HEAD_BYTES;
	unsigned int i;

	ember_flight.ring = kcalloc(head->nr_cpus + 1, sizeof(*ember_flight.ring), GFP_KERNEL);
	if (!ember_flight.ring)
		return -ENOMEM;
	for (i = 0; i <= head->nr_cpus; i++) {
		struct ember_flight_ring *ring = &ember_flight.ring[i];

		ring->segment = segment;
		ring->nr = i < head->nr_cpus ? head->cpu_segments : head->definition_segments;
		ring->bytes = head->segment_bytes;
		ring->ring = i;
		ring->generation = head->generation;
		segment += (size_t)ring->nr * ring->bytes;
	}
	return 0;
}

static ssize_t ember_flight_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	return simple_read_from_buffer(to, n, at, ember_flight.last,
				       ember_flight.region.bytes);
}

static const struct file_operations ember_flight_fops = {
	.owner = THIS_MODULE,
	.read = ember_flight_read,
	.llseek = default_llseek,
};

static struct miscdevice ember_flight_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "emberprof-last-boot",
	.fops = &ember_flight_fops,
	.mode = 0400,
};

static int ember_flight_begin_boot(const struct ember_flight_request *r)
{
	struct ember_flight_head *head = &ember_flight.head;
	int err;

	ember_flight_layout(head);
	strscpy(head->release, init_utsname()->release, sizeof(head->release));
	strscpy(head->build, init_utsname()->version, sizeof(head->build));
	if (r->address)
		head->generation = ember_flight_keep() + 1;
	memset(ember_flight.region.at, 0, ember_flight.region.bytes);
	err = ember_flight_rings(head);
	if (err)
		return err;
	ember_flight_head_write(head, r->hz);
	if (ember_flight.last) {
		err = misc_register(&ember_flight_misc);
		if (err)
			return err;
		ember_flight.shown = true;
	}
	err = ember_digest_init(ember_flight.ring, head->nr_cpus, EMBER_FLIGHT_STACKS,
				EMBER_FLIGHT_THREADS);
	if (err)
		return err;
	ember_flight.session = ember_flight.ops->start(r, ember_flight.ring, head->nr_cpus);
	if (!IS_ERR(ember_flight.session))
		return 0;
	err = PTR_ERR(ember_flight.session);
	ember_flight.session = NULL;
	return err;
}

/* Before the device is there, and by one caller at a time. */
int ember_flight_start(const struct ember_flight_request *r,
		       const struct ember_flight_ops *ops)
{
	const struct ember_flight_head *head = &ember_flight.head;
	int err = ember_flight_check(r);

	if (!err && ember_flight.region.at) {
		pr_err("emberprof: %sno flight recorder: there is one already\n",
		       r->names.node);
		return -EEXIST;
	}
	if (!err)
		err = ember_flight_map(&ember_flight.region, r);
	if (err)
		return err;
	ember_flight.ops = ops;
	err = ember_flight_begin_boot(r);
	if (err) {
		pr_err("emberprof: %sno flight recorder: max_sessions or max_bytes allow no more, or there is no memory (%d)\n",
		       r->names.node, err);
		ember_flight_stop();
		ember_flight_exit();
		return err;
	}
	pr_info("emberprof: %sflight recorder: %lu KiB at %#llx, %u Hz, %u segments of %u KiB%s\n",
		r->names.node, ember_flight.region.bytes >> 10, r->address, r->hz,
		head->nr_segments, head->segment_bytes >> 10,
		ember_flight.last ? ", the last boot's are in /dev/emberprof-last-boot" : "");
	return 0;
}

void ember_flight_stop(void)
{
	if (ember_flight.shown)
		misc_deregister(&ember_flight_misc);
	ember_flight.shown = false;
	if (ember_flight.session)
		ember_flight.ops->end(ember_flight.session);
	ember_flight.session = NULL;
}

void ember_flight_exit(void)
{
	ember_digest_exit();
	kfree(ember_flight.ring);
	vfree(ember_flight.last);
	ember_flight_unmap(&ember_flight.region);
	memset(&ember_flight, 0, sizeof(ember_flight));
}
