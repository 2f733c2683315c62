// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "record.h"
#include "unwind/unwind.h"

/* The low half of a sample's time must not come round between two TIME records. */
#define EMBER_TIME_EVERY_NS	(1ULL << 31)

static bool ember_put_time(struct ember_cpu *ec, u64 now)
{
	struct ember_rec_time *time;

	time = ember_ring_reserve(&ec->ring, EMBER_REC_TIME, sizeof(*time));
	if (!time)
		return false;
	time->reserved = 0;
	time->time = now;
	return true;
}

static bool ember_put_lost(struct ember_cpu *ec)
{
	struct ember_rec_lost *lost;

	lost = ember_ring_reserve(&ec->ring, EMBER_REC_LOST, sizeof(*lost));
	if (!lost)
		return false;
	lost->reserved = 0;
	lost->lost = ec->lost_pending;
	lost->skipped = ec->skipped_pending;
	return true;
}

static void ember_losses_told(struct ember_cpu *ec)
{
	ec->lost_pending = 0;
	ec->skipped_pending = 0;
}

static bool ember_put_thread(struct ember_cpu *ec, const struct ember_thread *thread)
{
	struct ember_rec_thread *rec;
	struct pid_namespace *ns = ec->session->pid_ns;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_THREAD, sizeof(*rec));
	if (!rec)
		return false;
	rec->thread = ember_threadmap_number(&ec->threads, thread);
	rec->tid = task_pid_nr_ns(current, ns);
	rec->tgid = task_tgid_nr_ns(current, ns);
	rec->start_time = thread->start_time;
	rec->space = thread->space_number;
	rec->flags = 0;
	if (is_idle_task(current))
		rec->flags |= EMBER_THREAD_IDLE;
	else if (current->flags & PF_KTHREAD)
		rec->flags |= EMBER_THREAD_KERNEL;
	else if (ember_task_compat(task_pt_regs(current)))
		rec->flags |= EMBER_THREAD_COMPAT;
	memcpy(rec->comm, thread->comm, sizeof(rec->comm));
	rec->comm[sizeof(rec->comm) - 1] = 0;
	return true;
}

static bool ember_put_stack(struct ember_cpu *ec, u32 number,
			    const struct ember_stack *stack)
{
	unsigned int nr = stack->nr_kernel + stack->nr_user, i;
	struct ember_rec_stack *rec;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_STACK,
				 sizeof(*rec) + nr * sizeof(u64));
	if (!rec)
		return false;
	rec->stack = number;
	rec->nr_kernel = stack->nr_kernel;
	rec->nr_user = stack->nr_user;
	rec->context = stack->context;
	rec->end_kernel = stack->end_kernel;
	rec->end_user = stack->end_user;
	rec->vector = stack->vector;
	for (i = 0; i < nr; i++)
		rec->frames[i] = ec->frames[i];
	return true;
}

static void ember_count_end(struct ember_counters *counters, u8 end)
{
	switch (end) {
	case EMBER_END_DEPTH:
	case EMBER_END_REPLACED:
		counters->truncated_depth++;
		break;
	case EMBER_END_READ:
		counters->truncated_user_read++;
		break;
	case EMBER_END_FRAME:
		counters->truncated_user_frame++;
		break;
	case EMBER_END_UNWINDER:
		counters->truncated_kernel++;
		break;
	}
}

static u64 ember_stack_hash(const struct ember_cpu *ec, const struct ember_stack *stack)
{
	u64 hash;

	BUILD_BUG_ON(sizeof(*stack) != 8);
	hash = ember_hash_words(ec->session->hash_seed, ec->frames,
				stack->nr_kernel + stack->nr_user);
	/* All that defines the stack beside its frames. */
	hash = ember_hash_words(hash, (const unsigned long *)stack,
				sizeof(*stack) / sizeof(long));
	return hash ?: 1;
}

/* Wakes the reader at the watermark, or when what it has waits too long already. */
static void ember_wake(struct ember_cpu *ec, u64 now)
{
	const struct ember_session *s = ec->session;
	u32 waiting = ember_ring_waiting(&ec->ring);

	if (likely(waiting < s->watermark &&
		   (!s->latency_ns || now - ec->woken < s->latency_ns)))
		return;
	/* One call is enough until the reader had time to come. */
	if (now - ec->woken < NSEC_PER_MSEC)
		return;
	ec->woken = now;
	ec->counters->wakeups++;
	irq_work_queue(&ec->wake);
}

void ember_record_sample(struct ember_cpu *ec, struct ember_thread *thread,
			 const struct ember_stack *stack, u64 now)
{
	struct ember_counters *counters = ec->counters;
	u64 hash = ember_stack_hash(ec, stack);
	struct ember_rec_sample *sample;
	bool known, time, losses;
	u32 number;

	counters->points++;
	number = ember_stackmap_find(&ec->stacks, hash, &known);
	time = now - ec->time_written >= EMBER_TIME_EVERY_NS;
	losses = ec->lost_pending | ec->skipped_pending;

	if (unlikely(time) && !ember_put_time(ec, now))
		goto lost;
	if (unlikely(losses) && !ember_put_lost(ec))
		goto lost;
	if (unlikely(!thread->defined) && !ember_put_thread(ec, thread))
		goto lost;
	if (unlikely(!known) && !ember_put_stack(ec, number, stack))
		goto lost;
	sample = ember_ring_reserve(&ec->ring, EMBER_REC_SAMPLE, sizeof(*sample));
	if (unlikely(!sample))
		goto lost;
	sample->time = now;
	sample->thread = ember_threadmap_number(&ec->threads, thread);
	sample->stack = number;
	ember_ring_commit(&ec->ring);

	/* Only now is anything of it true. */
	counters->points_sampled++;
	if (unlikely(time))
		ec->time_written = now;
	if (unlikely(losses))
		ember_losses_told(ec);
	if (unlikely(!thread->defined)) {
		thread->defined = true;
		counters->threads_defined++;
	}
	if (unlikely(!known)) {
		if (ec->stacks.hash[number])
			counters->stacks_evicted++;
		ec->stacks.hash[number] = hash;
		counters->stacks_defined++;
		if (thread->space && stack->nr_user)
			ember_space_check(&ec->session->spaces, thread->space,
					  thread->mm, ec->frames + stack->nr_kernel,
					  stack->nr_user, now);
	}
	if (unlikely(stack->context))
		stack->context == EMBER_CONTEXT_SOFTIRQ ?
			counters->samples_softirq++ : counters->samples_hardirq++;
	if (unlikely(stack->end_kernel > EMBER_END_WHOLE))
		ember_count_end(counters, stack->end_kernel);
	if (unlikely(stack->end_user > EMBER_END_WHOLE))
		ember_count_end(counters, stack->end_user);
	if (unlikely(!thread->space && thread->mm))
		counters->mapping_unknown++;
	ember_wake(ec, now);
	return;
lost:
	ember_ring_abort(&ec->ring);
	counters->points_lost++;
	ec->lost_pending++;
	ember_wake(ec, now);
}

void ember_record_losses(struct ember_cpu *ec)
{
	if (!(ec->lost_pending | ec->skipped_pending))
		return;
	if (ember_put_lost(ec)) {
		ember_ring_commit(&ec->ring);
		ember_losses_told(ec);
	} else {
		ember_ring_abort(&ec->ring);
	}
}
