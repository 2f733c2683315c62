// SPDX-License-Identifier: GPL-2.0-only
/* EMBER_IOC_CONFIG: checks what is asked for, then makes all that a run needs. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "config.h"
#include "../base/probes.h"
#include "sessions.h"
#include "../base/limits.h"
#include "../event/event.h"
#include "../sample/session_state.h"
#include "../event/clock/tick.h"

#define EMBER_RING_DEFAULT (64 * 1024)
#define EMBER_STACK_SLOTS  1024
#define EMBER_THREAD_SLOTS 256
#define EMBER_SLOTS_MIN	   16
#define EMBER_SLOTS_MAX	   (1 << 20)

/* So long the last close waits for workers. */
#define EMBER_QUIET_JIFFIES (HZ / 2)

/* Fills in the defaults. 0 or -EINVAL. */
static int ember_config_check(struct ember_config *c)
{
	if (c->flags & ~EMBER_CONFIG_FLAGS ||
	    (c->flags & EMBER_CONFIG_NO_KERNEL && c->flags & EMBER_CONFIG_NO_USER))
		return -EINVAL;
	if (c->nr_rings || c->session || c->period_ns || c->ring_stride || c->data_offset ||
	    c->reserved)
		return -EINVAL;
	if ((!c->hz && !c->nr_events) || c->hz > ember_max_hz)
		return -EINVAL;
	if (!c->ring_bytes)
		c->ring_bytes =
			clamp_t(u32, EMBER_RING_DEFAULT, PAGE_SIZE, ember_max_ring_bytes);
	if (!is_power_of_2(c->ring_bytes) || c->ring_bytes < PAGE_SIZE ||
	    c->ring_bytes > ember_max_ring_bytes)
		return -EINVAL;
	if (!c->max_frames)
		c->max_frames = EMBER_FRAMES_MAX;
	if (c->max_frames > EMBER_FRAMES_MAX || c->latency_ms > EMBER_LATENCY_MAX_MS)
		return -EINVAL;
	if (!c->watermark_bytes)
		c->watermark_bytes = c->ring_bytes / 2;
	if (c->watermark_bytes > c->ring_bytes)
		return -EINVAL;
	if (!c->stack_slots)
		c->stack_slots = EMBER_STACK_SLOTS;
	if (!c->thread_slots)
		c->thread_slots = EMBER_THREAD_SLOTS;
	if (!is_power_of_2(c->stack_slots) || c->stack_slots < EMBER_SLOTS_MIN ||
	    c->stack_slots > EMBER_SLOTS_MAX || !is_power_of_2(c->thread_slots) ||
	    c->thread_slots < EMBER_SLOTS_MIN || c->thread_slots > EMBER_SLOTS_MAX)
		return -EINVAL;
	if (!c->cpus != !c->cpus_bytes || c->cpus_bytes > 4096)
		return -EINVAL;
	return 0;
}

/* The set of CPUs to sample: possible ones that the mask names, at least one. */
static int ember_config_cpus(struct ember_session *s, const struct ember_config *c)
{
	unsigned int cpu;
	u8 *mask;

	if (!c->cpus_bytes) {
		cpumask_copy(s->cpus, cpu_possible_mask);
		return 0;
	}
	mask = memdup_user(u64_to_user_ptr(c->cpus), c->cpus_bytes);
	if (IS_ERR(mask))
		return PTR_ERR(mask);
	cpumask_clear(s->cpus);
	for_each_possible_cpu(cpu)
		if (cpu / 8 < c->cpus_bytes && mask[cpu / 8] & (1 << (cpu % 8)))
			cpumask_set_cpu(cpu, s->cpus);
	kfree(mask);
	return cpumask_empty(s->cpus) ? -EINVAL : 0;
}

static void ember_wake_readers(struct irq_work *work)
{
	struct ember_cpu *ec = container_of(work, struct ember_cpu, wake);

	ember_reader_wake(&ec->session->reader);
	WRITE_ONCE(ec->waking, false);
}

static void ember_cpu_free(struct ember_cpu *ec)
{
	if (!ec)
		return;
	irq_work_sync(&ec->wake);
	vfree(ec->threads.thread);
	vfree(ec->stacks.hash);
	ember_ring_free(&ec->ring);
	kfree_rcu(ec, rcu);
}

static struct ember_cpu *ember_cpu_new(struct ember_session *s, unsigned int cpu,
				       const struct ember_config *c)
{
	int node = cpu_to_node(cpu);
	struct ember_cpu *ec =
		kzalloc_node(struct_size(ec, events, s->nr_events), GFP_KERNEL, node);

	if (!ec)
		return NULL;
	ec->session = s;
	ec->cpu = cpu;
	init_irq_work(&ec->wake, ember_wake_readers);
	ember_tick_init(ec);
	ember_events_cpu_init(ec);
	ec->stacks.mask = c->stack_slots - 1;
	ec->threads.mask = (c->thread_slots - 1) * sizeof(struct ember_thread_slot);
	ec->stacks.hash = vzalloc_node(c->stack_slots * sizeof(u64), node);
	ec->threads.thread =
		vzalloc_node(c->thread_slots * sizeof(struct ember_thread_slot), node);
	if (!ec->stacks.hash || !ec->threads.thread ||
	    ember_ring_alloc(&ec->ring, c->ring_bytes)) {
		ember_cpu_free(ec);
		return NULL;
	}
	ec->counters = &ec->ring.head->counters;
	return ec;
}

/* 64 bits: on a 32-bit kernel what is asked for may be more than it can address. */
static u64 ember_config_memory(const struct ember_session *s, const struct ember_config *c)
{
	u64 cpu = sizeof(struct ember_cpu) + ember_ring_memory(c->ring_bytes) +
		  (u64)c->stack_slots * sizeof(u64) +
		  (u64)c->thread_slots * sizeof(struct ember_thread_slot) +
		  c->nr_events * sizeof(struct ember_event_cpu);

	return cpumask_weight(s->cpus) * cpu + ember_ring_memory(c->ring_bytes) +
	       ember_mms_memory(cpumask_weight(s->cpus));
}

static void ember_cpus_free(struct ember_session *s)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		ember_cpu_free(s->cpu[cpu]);
	kfree(s->cpu);
	s->cpu = NULL;
}

static int ember_cpus_new(struct ember_session *s, const struct ember_config *c)
{
	unsigned int cpu;

	s->cpu = kcalloc(nr_cpu_ids, sizeof(*s->cpu), GFP_KERNEL);
	if (!s->cpu)
		return -ENOMEM;
	for_each_cpu(cpu, s->cpus) {
		s->cpu[cpu] = ember_cpu_new(s, cpu, c);
		if (!s->cpu[cpu]) {
			ember_cpus_free(s);
			return -ENOMEM;
		}
	}
	return 0;
}

void ember_config_answer(const struct ember_session *s, struct ember_config *c)
{
	c->nr_rings = nr_cpu_ids + 1;
	c->session = s->number;
	c->period_ns = s->period_ns;
	c->ring_stride = ember_ring_stride(c->ring_bytes);
	c->data_offset = ember_ring_data_offset();
}

int ember_session_config(struct ember_session *s, struct ember_config *c,
			 const struct ember_event *events)
{
	int err;

	if (s->state != EMBER_STATE_NEW)
		return -EBUSY;
	err = ember_config_check(c);
	if (err)
		return err;
	if (!zalloc_cpumask_var(&s->cpus, GFP_KERNEL))
		return -ENOMEM;
	err = ember_config_cpus(s, c);
	if (err)
		goto free_mask;
	err = ember_events_config(s, events, c->nr_events, c->hz);
	if (err)
		goto free_mask;
	err = ember_filter_init(&s->filter, c->filter, c->ids, c->nr_ids);
	if (err)
		goto free_mask;
	err = ember_session_admit(s, ember_config_memory(s, c));
	if (err)
		goto exit_filter;
	err = ember_cpus_new(s, c);
	if (err)
		goto dismiss;
	/* Nothing of an earlier CONFIG that failed half-way. */
	memset(&s->spaces, 0, sizeof(s->spaces));
	s->spaces.definitions.unread = s->boot == EMBER_BOOT_WAITS;
	err = ember_ring_alloc(&s->spaces.definitions.ring, c->ring_bytes);
	if (err)
		goto free_cpus;
	err = ember_mms_init(&s->spaces, &s->reader, s->cpus, s->pid_ns);
	if (err)
		goto free_ring;
	err = ember_probes_get();
	if (err)
		goto exit_spaces;
	err = ember_events_init(s);
	if (err)
		goto put_probes;

	s->hz = c->hz;
	s->period_ns = c->hz ? NSEC_PER_SEC / c->hz : 0;
	s->flags = c->flags;
	s->tables.wanted = c->flags & EMBER_CONFIG_TABLES;
	s->max_frames = c->max_frames;
	s->watermark = c->watermark_bytes;
	s->spaces.definitions.watermark = c->watermark_bytes;
	s->latency_ns = (u64)c->latency_ms * NSEC_PER_MSEC;
	s->hash_seed = get_random_long();
	s->hash_key = get_random_long();
	ember_config_answer(s, c);
	return 0;

put_probes:
	ember_probes_put();
exit_spaces:
	ember_mms_exit(&s->spaces);
free_ring:
	ember_ring_free(&s->spaces.definitions.ring);
free_cpus:
	ember_cpus_free(s);
dismiss:
	ember_session_dismiss(s);
exit_filter:
	ember_filter_exit(&s->filter);
free_mask:
	free_cpumask_var(s->cpus);
	return err;
}

void ember_session_publish(struct ember_session *s)
{
	/* To mmap, which can't take s->lock, and to everybody who asks for a status. */
	smp_store_release(&s->state, EMBER_STATE_STOPPED);
	ember_sessions_list(s);
}

/* Nobody is at what unconfig frees: a real-time task may keep them from ending. */
static bool ember_session_quiet_now(struct ember_session *s)
{
	unsigned int cpu;

	for_each_cpu(cpu, s->cpus)
		if (READ_ONCE(s->cpu[cpu]->waking))
			return false;
	return ember_mms_quiet(&s->spaces);
}

bool ember_session_quiet(struct ember_session *s)
{
	unsigned long until = jiffies + EMBER_QUIET_JIFFIES;

	while (!ember_session_quiet_now(s)) {
		if (time_after(jiffies, until))
			return false;
		usleep_range(5000, 10000);
	}
	return true;
}

void ember_session_unconfig(struct ember_session *s)
{
	ember_events_exit(s);
	ember_probes_put();
	ember_mms_exit(&s->spaces);
	ember_ring_free(&s->spaces.definitions.ring);
	ember_cpus_free(s);
	ember_session_dismiss(s);
	ember_filter_exit(&s->filter);
	free_cpumask_var(s->cpus);
	s->state = EMBER_STATE_NEW;
}
