// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "record.h"
#include "put.h"
#include "../ring/segment.h"
#include "../unwind/user.h"

#define EMBER_RATE_UNKNOWN 0xff

/* The low half of a sample's time must not come round between two TIME records. */
#define EMBER_TIME_EVERY_NS (1ULL << 31)

/* The task is alive: the caller samples it. */
static bool ember_put_thread(struct ember_cpu *ec, const struct ember_thread_slot *thread)
{
	struct task_struct *task = thread->task;
	struct ember_rec_thread *rec;
	struct pid_namespace *ns = ec->session->pid_ns;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_THREAD, sizeof(*rec));
	if (!rec)
		return false;
	rec->thread = thread->number;
	rec->tid = task_pid_nr_ns(task, ns);
	rec->tgid = task_tgid_nr_ns(task, ns);
	rec->start_time = thread->start_time;
	rec->space = thread->space_number;
	rec->flags = 0;
	if (is_idle_task(task))
		rec->flags |= EMBER_THREAD_IDLE;
	else if (task->flags & PF_KTHREAD)
		rec->flags |= EMBER_THREAD_KERNEL;
	else if (thread->mm && ember_task_compat(task_pt_regs(task)))
		rec->flags |= EMBER_THREAD_COMPAT;
	memcpy(rec->comm, thread->comm, sizeof(rec->comm));
	rec->comm[sizeof(rec->comm) - 1] = 0;
	return true;
}

static __always_inline unsigned int ember_stack_bytes(union ember_stack stack)
{
	return sizeof(struct ember_rec_stack) +
	       (stack.nr_kernel + stack.nr_user) * sizeof(u64);
}

static __always_inline void ember_stack_fill(struct ember_rec_stack *rec,
					     const struct ember_cpu *ec, u32 number,
					     union ember_stack stack)
{
	unsigned int nr = stack.nr_kernel + stack.nr_user, i;

	rec->stack = number;
	rec->nr_kernel = stack.nr_kernel;
	rec->nr_user = stack.nr_user;
	rec->context = stack.context;
	rec->end_kernel = stack.end_kernel;
	rec->end_user = stack.end_user;
	rec->vector = stack.vector;
	if (sizeof(ec->frames[0]) == sizeof(rec->frames[0])) {
		memcpy(rec->frames, ec->frames, nr * sizeof(rec->frames[0]));
		return;
	}
	for (i = 0; i < nr; i++)
		rec->frames[i] = ec->frames[i];
}

static bool ember_put_stack(struct ember_cpu *ec, u32 number, union ember_stack stack)
{
	struct ember_rec_stack *rec;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_STACK, ember_stack_bytes(stack));
	if (!rec)
		return false;
	ember_stack_fill(rec, ec, number, stack);
	return true;
}

static bool ember_put_sample(struct ember_cpu *ec, const struct ember_thread_slot *thread,
			     u32 number, u64 now)
{
	struct ember_rec_sample *sample;

	sample = ember_ring_reserve(&ec->ring, EMBER_REC_SAMPLE, sizeof(*sample));
	if (!sample)
		return false;
	ember_record_fill(sample, thread, number, now);
	return true;
}

/* What counts stacks that end so. NULL: nothing does. */
static u64 *ember_end_counter(struct ember_counters *counters, u8 end)
{
	switch (end) {
	case EMBER_END_DEPTH:
	case EMBER_END_REPLACED:
		return &counters->truncated_depth;
	case EMBER_END_READ:
		return &counters->truncated_user_read;
	case EMBER_END_FRAME:
		return &counters->truncated_user_frame;
	case EMBER_END_UNWINDER:
		return &counters->truncated_kernel;
	case EMBER_END_GAPS:
		return &counters->samples_gaps;
	case EMBER_END_TIME:
		return &counters->truncated_time;
	}
	return NULL;
}

void ember_record_wake(struct ember_cpu *ec, u64 now)
{
	/* One call is enough until the reader had time to come. */
	if (now - ec->woken < NSEC_PER_MSEC)
		return;
	ec->woken = now;
	ec->counters->wakeups++;
	WRITE_ONCE(ec->waking, true);
	irq_work_queue(&ec->wake);
}

/*
 * Return the time in ns until which a sample of a known thread and stack needs no other
 * work: no TIME record, and no wakeup for the latency. 0 if losses or a RATE record are to be
 * written, points are throttled, counters are read, or the flight recorder takes each sample.
 */
static u64 ember_quiet(const struct ember_cpu *ec)
{
	u64 latency_ns = READ_ONCE(ec->session->latency_ns);
	u64 quiet = ec->time_written + EMBER_TIME_EVERY_NS;

	if (ec->lost_pending | ec->skipped_pending || ec->shift | ec->rated | ec->counted ||
	    ec->flight)
		return 0;
	return latency_ns ? min(quiet, ec->woken + latency_ns) : quiet;
}

/* Wakes the reader at the watermark, or when what it has waits too long already. */
static void ember_wake(struct ember_cpu *ec, u64 now)
{
	const struct ember_session *s = ec->session;
	/* ADOPT changes them. */
	u64 latency_ns = READ_ONCE(s->latency_ns);
	u32 watermark = READ_ONCE(s->watermark);

	if (ember_ring_waiting(&ec->ring) >= watermark ||
	    (latency_ns && now - ec->woken >= latency_ns))
		ember_record_wake(ec, now);
	ec->quiet = ember_quiet(ec);
	ember_ring_look(&ec->ring, watermark);
}

/* Records that must come before a sample in the ring; usually none. */
#define EMBER_NEW_STACK	 1U
#define EMBER_NEW_THREAD 2U
#define EMBER_NEW_TIME	 4U
#define EMBER_NEW_LOSSES 8U
#define EMBER_NEW_RATE	 16U

static bool ember_put_new(struct ember_cpu *ec, const struct ember_thread_slot *thread,
			  union ember_stack stack, u32 number, unsigned int what, u64 now)
{
	return (!(what & EMBER_NEW_TIME) || ember_put_time(ec, now)) &&
	       (!(what & EMBER_NEW_LOSSES) || ember_put_lost(ec)) &&
	       (!(what & EMBER_NEW_RATE) || ember_put_rate(ec, now)) &&
	       (!(what & EMBER_NEW_THREAD) || ember_put_thread(ec, thread)) &&
	       (!(what & EMBER_NEW_STACK) || ember_put_stack(ec, number, stack));
}

static __always_inline void ember_stack_committed(struct ember_cpu *ec,
						  struct ember_thread_slot *thread,
						  union ember_stack stack, u32 number,
						  u64 hash, u64 now)
{
	struct ember_counters *counters = ec->counters;

	if (ec->stacks.hash[number])
		counters->stacks_evicted++;
	ec->stacks.hash[number] = hash;
	counters->stacks_defined++;
	if (thread->space && stack.nr_user && !ec->mapped && stack.end_user != EMBER_END_TIME)
		ember_mm_check(&ec->session->spaces, thread->space, thread->mm,
			       ec->frames + stack.nr_kernel, stack.nr_user, now);
}

/* Update state and counters, once the sample and the records before it are committed. */
static void ember_new_committed(struct ember_cpu *ec, struct ember_thread_slot *thread,
				union ember_stack stack, u32 number, u64 hash,
				unsigned int what, u64 now)
{
	struct ember_counters *counters = ec->counters;

	if (what & EMBER_NEW_TIME)
		ec->time_written = now;
	if (what & EMBER_NEW_LOSSES)
		ember_put_losses_done(ec);
	if (what & EMBER_NEW_RATE)
		ec->rated = ec->shift;
	if (what & EMBER_NEW_THREAD) {
		thread->defined = true;
		/* In a session by cgroup each sample looks where the task is. */
		thread->plain = thread->space &&
				ec->session->filter.kind != EMBER_FILTER_CGROUP &&
				!(ec->session->flags & EMBER_CONFIG_NO_USER) &&
				ec->session->max_frames > EMBER_WALK_FRAMES;
		counters->threads_defined++;
	}
	if (what & EMBER_NEW_STACK)
		ember_stack_committed(ec, thread, stack, number, hash, now);
}

/*
 * Interrupts, and walks that ended before the stack did or may have left out some of it: a
 * stack counts once whose halves both end for the same cause.
 */
static void ember_count_stack(struct ember_counters *counters, union ember_stack stack)
{
	u64 *kernel = ember_end_counter(counters, stack.end_kernel);
	u64 *user = ember_end_counter(counters, stack.end_user);

	if (stack.context)
		stack.context == EMBER_CONTEXT_SOFTIRQ ? counters->samples_softirq++ :
							 counters->samples_hardirq++;
	if (kernel)
		++*kernel;
	if (user && user != kernel)
		++*user;
}

/* Define everything again that the ring's samples from now on need. */
static void ember_record_again(struct ember_cpu *ec, u64 now)
{
	const struct ember_threadmap *threads = &ec->threads;
	unsigned int i;

	ec->time_written = now - EMBER_TIME_EVERY_NS;
	if (ec->bucket.share)
		ec->rated = EMBER_RATE_UNKNOWN;
	memset(ec->stacks.hash, 0, (ec->stacks.mask + 1) * sizeof(*ec->stacks.hash));
	for (i = 0; i <= threads->mask / sizeof(*threads->thread); i++)
		threads->thread[i].defined = false;
	for (i = 0; i < ec->session->nr_events; i++)
		ec->events[i].defined = false;
}

/* The most that one call of ember_put_all() writes. */
static u32 ember_record_most(const struct ember_cpu *ec)
{
	return sizeof(struct ember_rec_time) + sizeof(struct ember_rec_lost) +
	       sizeof(struct ember_rec_rate) + sizeof(struct ember_rec_thread) +
	       sizeof(struct ember_rec_stack) + ec->session->max_frames * sizeof(u64) +
	       (ec->counted ? ec->session->nr_events : 1) *
		       (sizeof(struct ember_rec_event) + sizeof(struct ember_rec_event_lost) +
			sizeof(struct ember_rec_weighted));
}

/*
 * Write the sample (NULL: the clock's, at `now`) with the records that must come before it.
 * Return false if the ring has no room for all of them: it's as it was.
 */
static __always_inline bool ember_put_all(struct ember_cpu *ec,
					  struct ember_thread_slot *thread,
					  union ember_stack stack, u64 hash, u64 now,
					  const struct ember_sample_context *sample)
{
	struct ember_event_cpu *event = sample ? sample->event : NULL;
	struct ember_counters *counters = ec->counters;
	unsigned int what = 0;
	bool known;
	u32 number;

	if (unlikely(ec->flight) &&
	    ember_flight_begin(ec->flight, &ec->ring, ember_record_most(ec), now))
		ember_record_again(ec, now);
	number = ember_stackmap_find(&ec->stacks, hash, &known);
	if (!known)
		what = EMBER_NEW_STACK;
	if (!thread->defined)
		what |= EMBER_NEW_THREAD;
	if (now - ec->time_written >= EMBER_TIME_EVERY_NS)
		what |= EMBER_NEW_TIME;
	if (ec->lost_pending | ec->skipped_pending)
		what |= EMBER_NEW_LOSSES;
	if (ec->shift != ec->rated)
		what |= EMBER_NEW_RATE;
	if (!ember_put_new(ec, thread, stack, number, what, now) ||
	    (event && ((!event->defined && !ember_put_event(ec, event)) ||
		       (event->lost_pending && !ember_put_event_lost(ec, event)) ||
		       !ember_put_weighted(ec, thread, number, sample))) ||
	    (!event &&
	     (!ember_put_sample(ec, thread, number, now) ||
	      (unlikely(ec->counted) && !ember_put_values(ec, thread, number, now))))) {
		ember_ring_abort(&ec->ring);
		return false;
	}
	ember_ring_commit(&ec->ring);
	if (unlikely(ec->flight))
		ember_flight_end(ec->flight, &ec->ring);
	ember_new_committed(ec, thread, stack, number, hash, what, now);
	ember_count_stack(counters, stack);
	if (!thread->space && thread->mm)
		counters->mapping_unknown++;
	return true;
}

/*
 * What most samples are that aren't of a known stack: of a known thread, plain, with nothing else
 * due, and with room where the last look found some. In a third of the instructions that all
 * others take. False: it isn't so, and nothing was done.
 */
static __always_inline bool ember_record_stack(struct ember_cpu *ec,
					       struct ember_thread_slot *thread,
					       union ember_stack stack, u64 hash, u64 now)
{
	struct ember_counters *counters = ec->counters;
	struct ember_rec_sample *sample;
	u32 bytes = ember_stack_bytes(stack), number;
	struct ember_rec_stack *rec;
	bool known;

	if (unlikely(now >= ec->quiet || !thread->defined || (!thread->space && thread->mm) ||
		     !ember_stack_plain(stack) ||
		     !ember_ring_has_quick(&ec->ring, bytes + sizeof(*sample))))
		return false;
	number = ember_stackmap_find(&ec->stacks, hash, &known);
	if (unlikely(known))
		return false;
	rec = (void *)ec->ring.quick;
	rec->h.type = EMBER_REC_STACK;
	rec->h.size = bytes;
	ember_stack_fill(rec, ec, number, stack);
	sample = (void *)rec + bytes;
	sample->h.type = EMBER_REC_SAMPLE;
	sample->h.size = sizeof(*sample);
	ember_record_fill(sample, thread, number, now);
	ember_ring_quick_end(&ec->ring, bytes + sizeof(*sample));
	ember_stack_committed(ec, thread, stack, number, hash, now);
	counters->points++;
	counters->points_sampled++;
	return true;
}

void ember_record_full(struct ember_cpu *ec, struct ember_thread_slot *thread,
		       union ember_stack stack, u64 hash, u64 now)
{
	struct ember_counters *counters = ec->counters;
	bool written;

	if (likely(ember_record_stack(ec, thread, stack, hash, now)))
		return;
	counters->points++;
	ember_record_throttled(ec);
	if (unlikely(ec->counted))
		ember_counters_take(ec);
	written = ember_put_all(ec, thread, stack, hash, now, NULL);
	if (written) {
		counters->points_sampled++;
	} else {
		counters->points_lost++;
		ec->lost_pending += 1U << ec->shift;
	}
	if (unlikely(ec->counted))
		ember_put_values_done(ec, written);
	ember_wake(ec, now);
}

void ember_record_weighted(struct ember_cpu *ec, struct ember_thread_slot *thread,
			   union ember_stack stack, u64 hash,
			   const struct ember_sample_context *sample)
{
	struct ember_event_cpu *event = sample->event;

	hash = ember_hash_end(hash, stack.word, ec->session->hash_key);
	ember_put_weighted_done(event, sample->weight,
				ember_put_all(ec, thread, stack, hash, sample->time, sample));
	ember_wake(ec, sample->time);
}

bool ember_record_room(const struct ember_cpu *ec)
{
	u32 waiting = ember_ring_waiting(&ec->ring), bytes = ec->ring.mask + 1;

	/* The end of the ring may have to stay empty. */
	return waiting <= bytes && bytes - waiting >= 2 * ember_record_most(ec);
}
