// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "../core/clock.h"
#include "../core/session.h"
#include "digest.h"
#include "flight.h"
#include "segment.h"

#define EMBER_FLIGHT_STACKS  256
#define EMBER_FLIGHT_THREADS 64
/* Segments that each CPU has at least, of which it overwrites one at a time. */
#define EMBER_FLIGHT_SEGMENTS 8

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

static unsigned int ember_flight_depth = 32;
module_param_named(flight_depth, ember_flight_depth, uint, 0444);
MODULE_PARM_DESC(flight_depth, "frames of its stacks, at most (32)");

static struct {
	struct resource *claim;
	u8 *region;
	u8 *last; /* the region as the last boot left it, or NULL */
	struct ember_flight_head head; /* of this boot */
	struct ember_flight_ring *ring; /* [nr_cpu_ids + 1] */
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
	       head->region_bytes == ember_flight_bytes;
}

static size_t ember_flight_place(unsigned int head)
{
	return head ? ember_flight_bytes - EMBER_FLIGHT_HEAD_BYTES : 0;
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

	if (ember_flight_bytes > ember_max_bytes - ember_memory_used)
		return 0;
	last = vmalloc(ember_flight_bytes);
	if (!last)
		return 0;
	memcpy(last, ember_flight.region, ember_flight_bytes);
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

/* Cut the region into segments; nothing is in it. False: it's too small. */
static bool ember_flight_layout(struct ember_flight_head *head)
{
	u64 room = ember_flight_bytes - 2 * EMBER_FLIGHT_HEAD_BYTES;
	u64 each = div_u64(room, (nr_cpu_ids + 1) * EMBER_FLIGHT_SEGMENTS);
	u32 least = EMBER_FLIGHT_SEGMENT_LEAST, most = EMBER_FLIGHT_SEGMENT_MOST;

	head->segment_bytes = clamp_t(u64, each, least, most);
	head->segment_bytes = rounddown_pow_of_two(head->segment_bytes);
	head->nr_segments = div_u64(room, head->segment_bytes);
	head->nr_cpus = nr_cpu_ids;
	head->definition_segments = max(head->nr_segments / 4 & ~1U, 4U);
	if (head->nr_segments < head->definition_segments + 2 * nr_cpu_ids)
		return false;
	head->cpu_segments = (head->nr_segments - head->definition_segments) / nr_cpu_ids;
	return true;
}

static void ember_flight_head_write(struct ember_flight_head *head)
{
	unsigned int i;

	head->magic = EMBER_FLIGHT_MAGIC;
	head->version = EMBER_FLIGHT_VERSION;
	head->region_bytes = ember_flight_bytes;
	head->period_ns = NSEC_PER_SEC / ember_flight_hz;
	head->monotonic_ns = ember_clock();
	head->boottime_ns = ktime_get_boottime_ns();
	head->realtime_ns = ktime_get_real_ns();
	head->anchor = ember_flight_anchor();
	head->crc = ember_flight_head_crc(head);
	for (i = 0; i < 2; i++)
		memcpy(ember_flight.region + ember_flight_place(i), head, sizeof(*head));
}

static int ember_flight_rings(const struct ember_flight_head *head)
{
	u8 *segment = ember_flight.region + EMBER_FLIGHT_HEAD_BYTES;
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

static int ember_flight_start(const struct ember_flight_head *head)
{
	struct ember_config config = {
		.hz = ember_flight_hz,
		.ring_bytes = PAGE_SIZE,
		.max_frames = ember_flight_depth,
		.stack_slots = EMBER_FLIGHT_STACKS,
		.thread_slots = EMBER_FLIGHT_THREADS,
	};
	struct ember_session *s = ember_session_new(NULL, &init_pid_ns);
	unsigned int cpu;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	mutex_lock(&s->lock);
	err = ember_session_config(s, &config, NULL);
	if (!err) {
		for_each_cpu(cpu, s->cpus)
			s->cpu[cpu]->flight = &ember_flight.ring[cpu];
		s->spaces.flight = &ember_flight.ring[head->nr_cpus];
		ember_session_publish(s);
		err = ember_session_start(s);
	}
	mutex_unlock(&s->lock);
	if (err)
		ember_session_put(s);
	else
		ember_flight.session = s;
	return err;
}

static ssize_t ember_flight_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	return simple_read_from_buffer(to, n, at, ember_flight.last, ember_flight_bytes);
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

static int ember_flight_check(void)
{
	u64 least = 2 * EMBER_FLIGHT_HEAD_BYTES +
		    (u64)(2 * nr_cpu_ids + 4) * EMBER_FLIGHT_SEGMENT_LEAST;

	if (!IS_BUILTIN(CONFIG_CRC32)) {
		pr_err("emberprof: flight_bytes=%lu: this kernel has no CRC32 (needs CONFIG_CRC32=y)\n",
		       ember_flight_bytes);
		return -EOPNOTSUPP;
	}
	if (security_locked_down(LOCKDOWN_PERF)) {
		pr_err("emberprof: flight_bytes=%lu: no flight recorder: the kernel is locked down\n",
		       ember_flight_bytes);
		return -EPERM;
	}
	if (ember_flight_bytes < least || ember_flight_bytes > EMBER_FLIGHT_REGION_MOST ||
	    ember_flight_bytes % EMBER_FLIGHT_HEAD_BYTES) {
		pr_err("emberprof: flight_bytes=%lu: %llu to %u, a multiple of %u\n",
		       ember_flight_bytes, least, EMBER_FLIGHT_REGION_MOST,
		       EMBER_FLIGHT_HEAD_BYTES);
		return -EINVAL;
	}
	if (!PAGE_ALIGNED(ember_flight_address) ||
	    (resource_size_t)(ember_flight_address + ember_flight_bytes - 1) <
		    ember_flight_address) {
		pr_err("emberprof: flight_address=%#llx: not a page of physical memory\n",
		       ember_flight_address);
		return -EINVAL;
	}
	if (ember_flight_hz < 1 || ember_flight_hz > ember_max_hz) {
		pr_err("emberprof: flight_hz=%u: 1 to %u\n", ember_flight_hz, ember_max_hz);
		return -EINVAL;
	}
	if (ember_flight_depth < 1 || ember_flight_depth > EMBER_FRAMES_MAX) {
		pr_err("emberprof: flight_depth=%u: 1 to %u\n", ember_flight_depth,
		       EMBER_FRAMES_MAX);
		return -EINVAL;
	}
	if (ember_flight_address &&
	    region_intersects(ember_flight_address, ember_flight_bytes, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT) {
		pr_err("emberprof: flight_address=%#llx: the kernel uses that memory: reserve it (reserved-memory with no-map, memmap= or mem=)\n",
		       ember_flight_address);
		return -EINVAL;
	}
	return 0;
}

static int ember_flight_map(void)
{
	if (!ember_flight_address) {
		ember_flight.region = vzalloc(ember_flight_bytes);
		return ember_flight.region ? 0 : -ENOMEM;
	}
	ember_flight.claim = request_mem_region(ember_flight_address, ember_flight_bytes,
						"emberprof flight recorder");
	if (!ember_flight.claim) {
		pr_err("emberprof: flight_address=%#llx: another driver has that memory\n",
		       ember_flight_address);
		return -EBUSY;
	}
	ember_flight.region = memremap(ember_flight_address, ember_flight_bytes, MEMREMAP_WC);
	if (ember_flight.region)
		return 0;
	pr_err("emberprof: flight_address=%#llx: that memory can't be mapped\n",
	       ember_flight_address);
	return -ENOMEM;
}

static int ember_flight_begin_boot(void)
{
	struct ember_flight_head *head = &ember_flight.head;
	int err;

	if (!ember_flight_layout(head)) {
		pr_err("emberprof: flight_bytes=%lu: too small for %u CPUs\n",
		       ember_flight_bytes, nr_cpu_ids);
		return -EINVAL;
	}
	strscpy(head->release, init_utsname()->release, sizeof(head->release));
	strscpy(head->build, init_utsname()->version, sizeof(head->build));
	if (ember_flight_address)
		head->generation = ember_flight_keep() + 1;
	memset(ember_flight.region, 0, ember_flight_bytes);
	err = ember_flight_rings(head);
	if (err)
		return err;
	ember_flight_head_write(head);
	if (ember_flight.last) {
		err = misc_register(&ember_flight_misc);
		if (err)
			return err;
		ember_flight.shown = true;
	}
	err = ember_digest_init(ember_flight.ring, head->nr_cpus, EMBER_FLIGHT_STACKS,
				EMBER_FLIGHT_THREADS);
	return err ?: ember_flight_start(head);
}

static void ember_flight_unmap(void)
{
	if (!ember_flight_address) {
		vfree(ember_flight.region);
		return;
	}
	if (ember_flight.region)
		memunmap(ember_flight.region);
	if (ember_flight.claim)
		release_mem_region(ember_flight_address, ember_flight_bytes);
}

int ember_flight_init(void)
{
	int err;

	if (!ember_flight_bytes)
		return 0;
	err = ember_flight_check();
	if (!err)
		err = ember_flight_map();
	if (!err)
		err = ember_flight_begin_boot();
	if (err) {
		ember_flight_stop();
		ember_flight_exit();
		return err;
	}
	pr_info("emberprof: flight recorder: %lu KiB at %#llx, %u Hz, %u segments of %u KiB%s\n",
		ember_flight_bytes >> 10, ember_flight_address, ember_flight_hz,
		ember_flight.head.nr_segments, ember_flight.head.segment_bytes >> 10,
		ember_flight.last ? ", the last boot's are in /dev/emberprof-last-boot" : "");
	return 0;
}

void ember_flight_stop(void)
{
	if (ember_flight.shown)
		misc_deregister(&ember_flight_misc);
	ember_flight.shown = false;
	if (ember_flight.session)
		ember_session_put(ember_flight.session);
	ember_flight.session = NULL;
}

void ember_flight_exit(void)
{
	ember_digest_exit();
	kfree(ember_flight.ring);
	vfree(ember_flight.last);
	ember_flight_unmap();
	memset(&ember_flight, 0, sizeof(ember_flight));
}
