// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../compat/panic.h"
#include "../base/clock.h"
#include "digest.h"

#define EMBER_DIGEST_FUNCTIONS 64 /* of a CPU; samples of further ones are only counted */
#define EMBER_DIGEST_SHOWN     5
#define EMBER_DIGEST_NAME      40

/* What one CPU's records say; other CPUs may still write theirs, and nothing waits for them. */
struct ember_flight_digest {
	const struct ember_flight_ring *ring;
	unsigned int nr_cpus, nr_stacks, nr_threads;
	u64 since, time;
	char (*comm)[EMBER_COMM_LEN]; /* [nr_threads] */
	char (*name)[EMBER_DIGEST_NAME]; /* [nr_stacks]: of the innermost frame */
	u32 samples;
	unsigned int nr;
	struct {
		char comm[EMBER_COMM_LEN];
		char name[EMBER_DIGEST_NAME];
		u32 samples;
	} function[EMBER_DIGEST_FUNCTIONS];
};

static struct ember_flight_digest *ember_digest;

static void ember_digest_stack(struct ember_flight_digest *d,
			       const struct ember_rec_stack *rec)
{
	char *name;

	if (rec->stack >= d->nr_stacks)
		return;
	name = d->name[rec->stack];
	if (rec->context == EMBER_CONTEXT_SOFTIRQ && !rec->nr_kernel)
		snprintf(name, EMBER_DIGEST_NAME, "softirq %u", rec->vector);
	else if (rec->nr_kernel && rec->h.size >= sizeof(*rec) + sizeof(rec->frames[0]))
		snprintf(name, EMBER_DIGEST_NAME, "%ps",
			 (void *)(unsigned long)rec->frames[0]);
	else
		snprintf(name, EMBER_DIGEST_NAME, "user mode");
}

static void ember_digest_sample(struct ember_flight_digest *d,
				const struct ember_rec_sample *rec)
{
	const char *comm, *name;
	unsigned int i;

	d->time += (s32)(rec->time - (u32)d->time);
	if (d->time < d->since || rec->thread >= d->nr_threads || rec->stack >= d->nr_stacks)
		return;
	d->samples++;
	comm = d->comm[rec->thread];
	name = d->name[rec->stack];
	for (i = 0; i < d->nr; i++)
		if (!strcmp(d->function[i].comm, comm) && !strcmp(d->function[i].name, name))
			break;
	if (i == EMBER_DIGEST_FUNCTIONS)
		return;
	if (i == d->nr) {
		d->nr++;
		strscpy(d->function[i].comm, comm, sizeof(d->function[i].comm));
		strscpy(d->function[i].name, name, sizeof(d->function[i].name));
		d->function[i].samples = 0;
	}
	d->function[i].samples++;
}

static void ember_digest_record(struct ember_flight_digest *d, const struct ember_record *rec)
{
	const struct ember_rec_thread *thread = (const void *)rec;

	switch (rec->type) {
	case EMBER_REC_TIME:
		if (rec->size >= sizeof(struct ember_rec_time))
			d->time = ((const struct ember_rec_time *)rec)->time;
		break;
	case EMBER_REC_THREAD:
		if (rec->size >= sizeof(*thread) && thread->thread < d->nr_threads)
			strscpy(d->comm[thread->thread], thread->comm, EMBER_COMM_LEN);
		break;
	case EMBER_REC_STACK:
		if (rec->size >= sizeof(struct ember_rec_stack))
			ember_digest_stack(d, (const void *)rec);
		break;
	case EMBER_REC_SAMPLE:
		if (rec->size >= sizeof(struct ember_rec_sample))
			ember_digest_sample(d, (const void *)rec);
		break;
	}
}

static void ember_digest_segment(struct ember_flight_digest *d, const u8 *segment, u32 bytes)
{
	const struct ember_flight_segment *head = (const void *)segment;
	const struct ember_flight_frame *frame;
	const struct ember_record *rec;
	u32 at = sizeof(*head), n;

	if (head->magic != EMBER_FLIGHT_SEGMENT_MAGIC)
		return;
	for (; bytes - at >= sizeof(*frame); at += sizeof(*frame) + n) {
		frame = (const void *)(segment + at);
		n = READ_ONCE(frame->bytes);
		if (!n || n % 8 || n > bytes - at - sizeof(*frame))
			return;
		for (rec = (const void *)(frame + 1); (u8 *)rec < (u8 *)(frame + 1) + n;
		     rec = (const void *)rec + rec->size) {
			if (rec->size < 8 || rec->size > (u8 *)(frame + 1) + n - (u8 *)rec)
				return;
			ember_digest_record(d, rec);
		}
	}
}

static void ember_digest_cpu(struct ember_flight_digest *d, unsigned int cpu)
{
	const struct ember_flight_ring *ring = &d->ring[cpu];
	char line[512];
	unsigned int i, k, best;
	int n = 0;

	d->samples = 0;
	d->nr = 0;
	d->time = 0;
	/* The oldest first; the current one may be the first to be written. */
	for (i = 1; i <= ring->nr; i++)
		ember_digest_segment(
			d, ring->segment + (size_t)((ring->at + i) % ring->nr) * ring->bytes,
			ring->bytes);
	if (!d->samples)
		return;
	for (k = 0; k < EMBER_DIGEST_SHOWN; k++) {
		for (best = 0, i = 1; i < d->nr; i++)
			if (d->function[i].samples > d->function[best].samples)
				best = i;
		if (!d->function[best].samples)
			break;
		n += scnprintf(line + n, sizeof(line) - n, "%s%u%% %s: %s", k ? ", " : "",
			       d->function[best].samples * 100 / d->samples,
			       d->function[best].comm, d->function[best].name);
		d->function[best].samples = 0;
	}
	pr_info("emberprof: CPU %u, %u samples in its last %u s: %s\n", cpu, d->samples,
		EMBER_DIGEST_SECONDS, line);
}

static int ember_digest_panic(struct notifier_block *block, unsigned long event, void *data)
{
	struct ember_flight_digest *d = ember_digest;
	u64 now = ember_clock(), last = EMBER_DIGEST_SECONDS * (u64)NSEC_PER_SEC;
	unsigned int cpu;

	d->since = now > last ? now - last : 0;
	for (cpu = 0; cpu < d->nr_cpus; cpu++)
		ember_digest_cpu(d, cpu);
	return NOTIFY_DONE;
}

static struct notifier_block ember_digest_block = { .notifier_call = ember_digest_panic };

int ember_digest_init(const struct ember_flight_ring *ring, unsigned int nr_cpus,
		      unsigned int stacks, unsigned int threads)
{
	struct ember_flight_digest *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->ring = ring;
	d->nr_cpus = nr_cpus;
	d->nr_stacks = stacks;
	d->nr_threads = threads;
	d->comm = kcalloc(threads, sizeof(*d->comm), GFP_KERNEL);
	d->name = kvcalloc(stacks, sizeof(*d->name), GFP_KERNEL);
	ember_digest = d;
	if (!d->comm || !d->name) {
		ember_digest_exit();
		return -ENOMEM;
	}
	atomic_notifier_chain_register(&panic_notifier_list, &ember_digest_block);
	return 0;
}

void ember_digest_exit(void)
{
	struct ember_flight_digest *d = ember_digest;

	if (!d)
		return;
	atomic_notifier_chain_unregister(&panic_notifier_list, &ember_digest_block);
	kfree(d->comm);
	kvfree(d->name);
	kfree(d);
	ember_digest = NULL;
}
