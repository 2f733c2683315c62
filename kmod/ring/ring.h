/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of records with one writer in the kernel and one reader behind mmap.
 *
 * Records are written as a transaction: reserve as many as belong together, then
 * commit them at once, or abort and nothing happened. The memory is ringmem.c's;
 * here is arithmetic only, which the host's tests run too.
 */
#ifndef EMBER_RING_H
#define EMBER_RING_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>
#endif

#include "../base/uapi.h"

/* Bytes of a record that goes where the last look found room. */
#define EMBER_RING_QUICK 16

struct ember_ring {
	struct ember_ring_control *control;	/* the reader writes it: hostile */
	struct ember_ring_head *head;
	u8 *data;
	u32 mask;			/* ring_bytes - 1 */
	u32 committed;			/* what head->head says */
	u32 next;			/* with the transaction so far */
	u32 tail;			/* as last believed: saves a look */
	u8 *quick;			/* where a quick record goes, */
	u8 *limit;			/* if that's below: ember_ring_look(). NULL: it isn't */
};

static inline void ember_ring_init(struct ember_ring *ring, u32 ring_bytes,
				   u32 page_bytes)
{
	ring->mask = ring_bytes - 1;
	ring->committed = 0;
	ring->next = 0;
	ring->tail = 0;
	ring->limit = NULL;
	ring->head->ring_bytes = ring_bytes;
	ring->head->page_bytes = page_bytes;
}

/* Bytes that wait for the reader; more than the ring's size if tail lies. */
static inline u32 ember_ring_waiting(const struct ember_ring *ring)
{
	return ring->committed - READ_ONCE(ring->control->tail);
}

/* The same, seen from another CPU than the writer's. */
static inline u32 ember_ring_unread(const struct ember_ring *ring)
{
	return READ_ONCE(ring->head->head) - READ_ONCE(ring->control->tail);
}

static inline bool ember_ring_fits(struct ember_ring *ring, u32 end)
{
	u32 bytes = ring->mask + 1;

	if (likely(end - ring->tail <= bytes))
		return true;
	/* The reader read before it stored tail: we may write after this. */
	ring->tail = smp_load_acquire(&ring->control->tail);
	if (unlikely(ring->committed - ring->tail > bytes)) {
		/* A lie: full, and looked at again next time. */
		ring->tail = ring->committed - bytes;
		return false;
	}
	return end - ring->tail <= bytes;
}

/* A record where there's room. */
static inline void *ember_ring_next(struct ember_ring *ring, u16 type, u32 size)
{
	u32 next = ring->next;
	struct ember_record *record;

	record = (struct ember_record *)(ring->data + (next & ring->mask));
	ring->next = next + size;
	record->type = type;
	record->size = size;
	return record;
}

/*
 * Room for a record of `size` bytes (a multiple of 8, at most 65528), or NULL if
 * the ring is full; then the transaction is to be aborted.
 */
static inline void *ember_ring_reserve(struct ember_ring *ring, u16 type, u32 size)
{
	u32 next = ring->next, at = next & ring->mask;
	u32 left = ring->mask + 1 - at;
	struct ember_record *record;

	if (unlikely(size > left)) {
		/* The end stays empty, if there's room at the beginning. */
		next += left;
		if (size > at || !ember_ring_fits(ring, next + size))
			return NULL;
		record = (struct ember_record *)(ring->data + at);
		record->type = EMBER_REC_PAD;
		record->size = left < 65536 ? left : 0;
		ring->next = next;
	} else if (unlikely(!ember_ring_fits(ring, next + size))) {
		return NULL;
	}
	ring->limit = NULL;
	return ember_ring_next(ring, type, size);
}

static inline void ember_ring_commit(struct ember_ring *ring)
{
	u32 next = ring->next;

	ring->committed = next;
	/* Pairs with the reader's acquire: records before the head that covers them. */
	smp_store_release(&ring->head->head, next);
}

/*
 * Between transactions: looks how many bytes may follow before the ring's end, the reader's
 * tail or fewer bytes than `watermark` (1 at least) waiting for it is in the way. What the
 * reader does meanwhile only makes that more.
 */
static inline void ember_ring_look(struct ember_ring *ring, u32 watermark)
{
	/* The reader read before it stored tail: we may write after this. */
	u32 tail = smp_load_acquire(&ring->control->tail);
	u32 bytes = ring->mask + 1, waiting = ring->committed - tail;
	u32 end = bytes - (ring->committed & ring->mask);

	if (bytes >= watermark)
		bytes = watermark - 1;
	ring->limit = NULL;
	if (waiting > bytes)
		return;
	ring->tail = tail;
	if (bytes - waiting < end)
		end = bytes - waiting;
	ring->quick = ring->data + (ring->committed & ring->mask);
	if (end >= EMBER_RING_QUICK)
		ring->limit = ring->quick + end - (EMBER_RING_QUICK - 1);
}

/* Between transactions: whether there's room for a quick record. If not it's time for a look. */
static __always_inline bool ember_ring_is_quick(const struct ember_ring *ring)
{
	return likely(ring->quick < ring->limit);
}

/* Where there is: a record, a transaction of its own, which ember_ring_quick_commit() ends. */
static __always_inline void *ember_ring_quick(const struct ember_ring *ring, u16 type)
{
	struct ember_record *record = (struct ember_record *)ring->quick;

	record->type = type;
	record->size = EMBER_RING_QUICK;
	return record;
}

static __always_inline void ember_ring_quick_commit(struct ember_ring *ring, void *record)
{
	u32 next = ring->committed + EMBER_RING_QUICK;

	ring->quick = (u8 *)record + EMBER_RING_QUICK;
	ring->committed = next;
	ring->next = next;
	/* As in ember_ring_commit(). */
	smp_store_release(&ring->head->head, next);
}

/*
 * The same for a transaction of `bytes`, from ring->quick on: whether there's room. It's written
 * there, and ember_ring_quick_end() ends it.
 */
static __always_inline bool ember_ring_has_quick(const struct ember_ring *ring, u32 bytes)
{
	return (unsigned long)ring->quick + bytes <=
	       (unsigned long)ring->limit + EMBER_RING_QUICK - 1;
}

static __always_inline void ember_ring_quick_end(struct ember_ring *ring, u32 bytes)
{
	u32 next = ring->committed + bytes;

	ring->quick += bytes;
	ring->committed = next;
	ring->next = next;
	/* As in ember_ring_commit(). */
	smp_store_release(&ring->head->head, next);
}

/* Between transactions: empty the ring that nobody else reads. */
static inline void ember_ring_restart(struct ember_ring *ring)
{
	ring->committed = 0;
	ring->next = 0;
	ring->tail = 0;
	ring->limit = NULL;
	WRITE_ONCE(ring->head->head, 0);
	WRITE_ONCE(ring->control->tail, 0);
}

static inline void ember_ring_abort(struct ember_ring *ring)
{
	ring->next = ring->committed;
}

#ifdef __KERNEL__
/* ringmem.c */
struct vm_area_struct;

/* 0 or -ENOMEM; ring_bytes is a power of two, a page at least. */
int ember_ring_alloc(struct ember_ring *ring, u32 ring_bytes);
void ember_ring_free(struct ember_ring *ring);
/* Whether user space can see at all what the kernel writes to such memory. */
bool ember_rings_possible(void);
size_t ember_ring_memory(u32 ring_bytes);

/* Offsets of the mappings, the same for every session of ring_bytes. */
u64 ember_ring_data_offset(void);
u64 ember_ring_stride(u32 ring_bytes);

/* Map what is at @offset from the ring's first page. 0, -EINVAL or -EPERM. */
int ember_ring_mmap(struct ember_ring *ring, u64 offset, struct vm_area_struct *vma);
#endif

#endif
