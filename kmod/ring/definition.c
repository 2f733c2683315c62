// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../base/clock.h"
#include "../base/queue.h"
#include "../base/reader.h"
#include "segment.h"
#include "definition.h"

/* The reader isn't heard when it makes room: looked for again after so many ms. */
#define EMBER_DRAIN_FIRST 5
#define EMBER_DRAIN_LAST  640

static void ember_definitions_work(struct work_struct *work)
{
	ember_definitions_drain(
		container_of(to_delayed_work(work), struct ember_definitions, drain));
}

int ember_definitions_init(struct ember_definitions *defs)
{
	defs->backlog.data = vmalloc(EMBER_BACKLOG_BYTES);
	defs->backlog.delay = EMBER_DRAIN_FIRST;
	INIT_DELAYED_WORK(&defs->drain, ember_definitions_work);
	return defs->backlog.data ? 0 : -ENOMEM;
}

void ember_definitions_exit(struct ember_definitions *defs)
{
	cancel_delayed_work_sync(&defs->drain);
	vfree(defs->backlog.data);
	defs->backlog.data = NULL;
}

u32 ember_definition_most(const struct ember_definitions *defs)
{
	return (defs->ring.mask + 1) / 2;
}

/* Whether so many bytes more have their place in the transaction. */
static bool ember_definition_fits(struct ember_backlog *b, u32 size)
{
	u32 room = EMBER_BACKLOG_BYTES - (b->committed - b->begin);
	u32 wanted = b->end - b->committed + size;
	bool large = wanted > EMBER_BACKLOG_LARGE;

	if (wanted <= (large ? room - room / 4 : room))
		return true;
	b->full = true;
	b->own = large;
	return false;
}

void *ember_definition_put(struct ember_definitions *defs, u16 type, u32 size)
{
	struct ember_backlog *b = &defs->backlog;
	struct ember_record *record;

	if (!ember_definition_fits(b, size))
		return NULL;
	if (b->end + size > EMBER_BACKLOG_BYTES) {
		memmove(b->data, b->data + b->begin, b->end - b->begin);
		b->committed -= b->begin;
		b->end -= b->begin;
		b->begin = 0;
	}
	record = (struct ember_record *)(b->data + b->end);
	memset(record, 0, size);
	record->type = type;
	record->size = size;
	b->end += size;
	return record;
}

/* The reader may make room: try again then. */
static void ember_definitions_later(struct ember_definitions *defs)
{
	if (!READ_ONCE(defs->stopping) && !READ_ONCE(defs->unread))
		queue_delayed_work(ember_away_queue, &defs->drain,
				   msecs_to_jiffies(defs->backlog.delay));
}

static void ember_definitions_wake(struct ember_definitions *defs)
{
	defs->counters->wakeups++;
	ember_reader_wake(defs->reader);
}

/* From the backlog to the flight recorder, which takes all of it. */
static void ember_definitions_record(struct ember_definitions *defs)
{
	struct ember_backlog *b = &defs->backlog;

	while (b->begin < b->committed) {
		const struct ember_record *record = (void *)(b->data + b->begin);

		defs->again |= ember_flight_define(defs->flight, record, ember_clock());
		b->begin += record->size;
		b->moved += record->size;
	}
}

/* From the backlog to the ring: what fits. True: all of it. */
static bool ember_definitions_move(struct ember_definitions *defs)
{
	u32 watermark = min(READ_ONCE(defs->watermark), (defs->ring.mask + 1) / 2);
	bool before = ember_ring_waiting(&defs->ring) >= watermark;
	struct ember_backlog *b = &defs->backlog;

	if (defs->flight)
		ember_definitions_record(defs);
	while (b->begin < b->committed) {
		const struct ember_record *from = (void *)(b->data + b->begin);
		void *to = ember_ring_reserve(&defs->ring, from->type, from->size);

		if (!to)
			break;
		memcpy(to + sizeof(*from), from + 1, from->size - sizeof(*from));
		ember_ring_commit(&defs->ring);
		b->begin += from->size;
		b->moved += from->size;
	}
	/* At once where room ran out: the rest waits for it. */
	if (b->begin < b->committed) {
		ember_ring_abort(&defs->ring);
		ember_definitions_wake(defs);
		return false;
	}
	b->begin = 0;
	b->committed = 0;
	b->end = 0;
	if (!before && ember_ring_waiting(&defs->ring) >= watermark)
		ember_definitions_wake(defs);
	return true;
}

u32 ember_definitions_commit(struct ember_definitions *defs)
{
	struct ember_backlog *b = &defs->backlog;
	u32 at = b->moved + b->end - b->begin;

	b->committed = b->end;
	if (!ember_definitions_move(defs))
		ember_definitions_later(defs);
	return at;
}

bool ember_definitions_abort(struct ember_definitions *defs)
{
	struct ember_backlog *b = &defs->backlog;
	bool own = b->own;

	b->end = b->committed;
	if (own)
		b->dropped++;
	else if (b->full)
		defs->counters->definitions_lost++;
	b->full = false;
	b->own = false;
	return own;
}

bool ember_definitions_wait(struct ember_definitions *defs, u32 at)
{
	struct ember_backlog *b = &defs->backlog;

	/* Among the bytes that wait, the last of them included. */
	b->own = at - b->moved - 1 < b->committed - b->begin;
	return b->own;
}

u32 ember_definitions_drain(struct ember_definitions *defs)
{
	struct ember_backlog *b = &defs->backlog;
	u32 waiting;

	/* Who has it may be kept from running by a real-time task. */
	if (mutex_lock_killable(&defs->lock))
		return 0;
	waiting = b->committed - b->begin;
	if (waiting && ember_definitions_move(defs)) {
		b->delay = EMBER_DRAIN_FIRST;
	} else if (waiting) {
		/* A reader that stands still isn't asked all the time. */
		b->delay = b->committed - b->begin < waiting ?
				   EMBER_DRAIN_FIRST :
				   min_t(u32, 2 * b->delay, EMBER_DRAIN_LAST);
		ember_definitions_later(defs);
	}
	waiting = b->committed - b->begin;
	mutex_unlock(&defs->lock);
	return waiting;
}
