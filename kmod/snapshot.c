// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped in an address space, as a generation in the last ring. The mmap
 * lock is held for the list of mappings only; files are looked at after it.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>

#include "clock.h"
#include "compat/mm.h"
#include "filetable.h"
#include "session.h"
#include "snapshot.h"

#define EMBER_MAPPINGS_MAX	4096
#define EMBER_LOCK_TRIES	100	/* of 200 us */
#define EMBER_ROOM_TRIES	20	/* of 5 ms */

struct ember_mapping {
	u64 start;
	u64 end;
	u64 offset;
	struct file *file;		/* NULL: none */
	bool vdso;
	u32 number;			/* of the file */
};

void *ember_snapshot_reserve(struct ember_spaces *spaces, u16 type, u32 size)
{
	struct ember_session *s = spaces->session;
	unsigned int i;
	void *record;

	for (i = 0; i < EMBER_ROOM_TRIES; i++) {
		record = ember_ring_reserve(&spaces->ring, type, size);
		if (record)
			return record;
		ember_ring_abort(&spaces->ring);
		WRITE_ONCE(s->readable, true);
		wake_up_interruptible(&s->readers);
		if (READ_ONCE(spaces->stopping))
			break;
		usleep_range(5000, 6000);
	}
	spaces->counters->definitions_lost++;
	return NULL;
}

static bool ember_snapshot_lock(struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < EMBER_LOCK_TRIES; i++) {
		if (mmap_read_trylock(mm))
			return true;
		usleep_range(200, 300);
	}
	return false;
}

static bool ember_is_vdso(const struct mm_struct *mm, const struct vm_area_struct *vma)
{
#if defined(CONFIG_X86) || defined(CONFIG_ARM64)
	return vma->vm_start == (unsigned long)mm->context.vdso;
#elif defined(CONFIG_ARM) && defined(CONFIG_VDSO)
	/* context.vdso is the data page, the text comes next. */
	return mm->context.vdso && vma->vm_start > mm->context.vdso &&
	       vma->vm_start <= mm->context.vdso + 4 * PAGE_SIZE;
#else
	return false;
#endif
}

/* The executable mappings into map[EMBER_MAPPINGS_MAX], with file references. */
static int ember_snapshot_list(struct mm_struct *mm, struct ember_mapping *map)
{
	EMBER_VMA_ITERATOR(iterator, mm);
	struct vm_area_struct *vma;
	int nr = 0;

	if (!ember_snapshot_lock(mm))
		return -EBUSY;
	ember_for_each_vma(iterator, vma) {
		if (!(vma->vm_flags & VM_EXEC))
			continue;
		if (nr == EMBER_MAPPINGS_MAX)
			break;
		map[nr].start = vma->vm_start;
		map[nr].end = vma->vm_end;
		map[nr].offset = vma->vm_file ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0;
		map[nr].file = vma->vm_file ? get_file(vma->vm_file) : NULL;
		map[nr].vdso = !vma->vm_file && ember_is_vdso(mm, vma);
		nr++;
	}
	mmap_read_unlock(mm);
	return nr;
}

static u64 ember_snapshot_content(const struct ember_mapping *map, int nr)
{
	u64 hash = nr + 1;
	int i;

	for (i = 0; i < nr; i++) {
		hash = ember_hash_step(hash, map[i].start);
		hash = ember_hash_step(hash, map[i].end);
		hash = ember_hash_step(hash, map[i].offset);
		hash = ember_hash_step(hash, map[i].number);
	}
	return hash;
}

static bool ember_snapshot_write(struct ember_spaces *spaces, struct ember_space *space,
				 const struct ember_mapping *map, int nr, u64 time)
{
	struct ember_rec_space_end *end;
	struct ember_rec_space *rec;
	int i;

	rec = ember_snapshot_reserve(spaces, EMBER_REC_SPACE, sizeof(*rec));
	if (!rec)
		return false;
	rec->space = space->number;
	rec->generation = space->generation + 1;
	rec->tgid = space->tgid;
	rec->time = time;
	ember_ring_commit(&spaces->ring);
	for (i = 0; i < nr; i++) {
		struct ember_rec_map *m;

		m = ember_snapshot_reserve(spaces, EMBER_REC_MAP, sizeof(*m));
		if (!m)
			return false;
		m->space = space->number;
		m->start = map[i].start;
		m->end = map[i].end;
		m->offset = map[i].offset;
		m->file = map[i].number;
		m->reserved = 0;
		ember_ring_commit(&spaces->ring);
	}
	end = ember_snapshot_reserve(spaces, EMBER_REC_SPACE_END, sizeof(*end));
	if (!end)
		return false;
	end->space = space->number;
	end->generation = space->generation + 1;
	end->maps = nr;
	ember_ring_commit(&spaces->ring);
	return true;
}

void ember_snapshot_take(struct ember_spaces *spaces, struct ember_space *space,
			 struct mm_struct *mm)
{
	struct ember_mapping *map;
	u64 time = ember_clock();
	u64 content;
	int nr, i;

	/* Read before the list: a change after it is suspected again. */
	space->exec_vm = READ_ONCE(mm->exec_vm);
	space->map_count = READ_ONCE(mm->map_count);
	WRITE_ONCE(space->taken, jiffies);
	map = vmalloc(EMBER_MAPPINGS_MAX * sizeof(*map));
	if (!map) {
		spaces->counters->definitions_lost++;
		return;
	}
	nr = ember_snapshot_list(mm, map);
	if (nr < 0) {
		space->map_count = -1;
		goto free;
	}
	for (i = 0; i < nr; i++)
		map[i].number = ember_files_number(spaces, map[i].file, map[i].vdso);
	content = ember_snapshot_content(map, nr);
	if (content != space->content) {
		if (ember_snapshot_write(spaces, space, map, nr, time)) {
			space->generation++;
			space->content = content;
			spaces->snapshots++;
		} else {
			space->map_count = -1;
		}
	}
	for (i = 0; i < nr; i++)
		if (map[i].file)
			fput(map[i].file);
free:
	vfree(map);
}
