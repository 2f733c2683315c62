// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "budget.h"
#include "../compat/fs.h"
#include "../compat/mm.h"
#include "filetable.h"
#include "../base/reader.h"
#include "stackmap.h"
#include "mm_scan.h"
#include "mm_state.h"
#include "ranges.h"

#define EMBER_MAPPINGS	   128 /* room at first */
#define EMBER_MAPPINGS_MAX 4096

struct ember_mm_scan {
	struct ember_budget *budget;
	struct ember_scan_mapping *map;
	unsigned int room;
	unsigned int nr;
	struct ember_scan_mapping first[EMBER_MAPPINGS];
};

struct ember_mm_scan *ember_mm_scan_new(struct ember_budget *budget)
{
	struct ember_mm_scan *scan = kvzalloc(sizeof(*scan), GFP_KERNEL);

	if (!scan)
		return NULL;
	scan->budget = budget;
	scan->map = scan->first;
	scan->room = EMBER_MAPPINGS;
	return scan;
}

/* Back to the room that it always has. */
static void ember_mm_scan_shrink(struct ember_mm_scan *scan)
{
	if (scan->map == scan->first)
		return;
	kvfree(scan->map);
	ember_budget_give(scan->budget, scan->room * sizeof(*scan->map));
	scan->map = scan->first;
	scan->room = EMBER_MAPPINGS;
}

void ember_mm_scan_free(struct ember_mm_scan *scan)
{
	if (!scan)
		return;
	ember_mm_scan_shrink(scan);
	kvfree(scan);
}

size_t ember_mm_scan_memory(void)
{
	return ember_budget_rounded(sizeof(struct ember_mm_scan));
}

static int ember_mm_scan_grow(struct ember_mm_scan *scan)
{
	unsigned int room = min(4 * scan->room, (unsigned int)EMBER_MAPPINGS_MAX);
	struct ember_scan_mapping *map;

	ember_mm_scan_shrink(scan);
	if (!ember_budget_take(scan->budget, room * sizeof(*map)))
		return -ENOMEM;
	map = kvmalloc_array(room, sizeof(*map), GFP_KERNEL | __GFP_NOWARN);
	if (!map) {
		ember_budget_give(scan->budget, room * sizeof(*map));
		ember_budget_refuse(scan->budget);
		return -ENOMEM;
	}
	scan->map = map;
	scan->room = room;
	return 0;
}

/* The files aren't ours to keep: a mount can't go while we have one. */
static void ember_mm_scan_put_files(struct ember_mm_scan *scan)
{
	unsigned int i;

	for (i = 0; i < scan->nr; i++) {
		if (scan->map[i].file)
			ember_fput(scan->map[i].file);
		scan->map[i].file = NULL;
	}
}

static void ember_mapping_fill(struct ember_scan_mapping *map, struct vm_area_struct *vma)
{
	const char *name = NULL;

	map->start = vma->vm_start;
	map->end = vma->vm_end;
	map->offset = 0;
	map->file = NULL;
	map->number = 0;
	map->name[0] = 0;
	if (vma->vm_file) {
		map->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
		map->file = get_file(vma->vm_file);
	} else if (vma->vm_ops && vma->vm_ops->name) {
		/* What the kernel maps itself: [vdso], [sigpage], ... */
		name = vma->vm_ops->name(vma);
	}
	strscpy(map->name, name ?: "[anon]", sizeof(map->name));
}

/* What is in every space, without being mapped there. */
static void ember_mapping_gate(struct ember_mm_scan *scan)
{
#if defined(CONFIG_ARM) && defined(CONFIG_KUSER_HELPERS)
	struct ember_scan_mapping *map = &scan->map[scan->nr++];

	memset(map, 0, sizeof(*map));
	map->start = 0xffff0000;
	map->end = map->start + PAGE_SIZE;
	strscpy(map->name, "[vectors]", sizeof(map->name));
#endif
}

/* As many as there is room for, but for the gate's. False: there are more. */
static bool ember_mm_scan_walk(struct ember_mm_scan *scan, struct mm_struct *mm)
{
	EMBER_VMA_ITERATOR(iterator, mm);
	struct vm_area_struct *vma;

	scan->nr = 0;
	ember_for_each_vma(iterator, vma) {
		if (!(vma->vm_flags & VM_EXEC))
			continue;
		if (scan->nr == scan->room - 1)
			return false;
		ember_mapping_fill(&scan->map[scan->nr++], vma);
	}
	ember_mapping_gate(scan);
	return true;
}

int ember_mm_scan_list(struct ember_mm_scan *scan, struct ember_mm *space,
		       struct mm_struct *mm)
{
	bool all;

	for (;;) {
		/* Don't block: the lock's holder may be waiting for a file server that hangs. */
		if (!mmap_read_trylock(mm)) {
			ember_mm_scan_shrink(scan);
			return -EAGAIN;
		}
		WRITE_ONCE(space->exec_vm, READ_ONCE(mm->exec_vm));
		WRITE_ONCE(space->map_count, READ_ONCE(mm->map_count));
		WRITE_ONCE(space->lock_seq, ember_mm_lock_seq(mm));
		all = ember_mm_scan_walk(scan, mm);
		mmap_read_unlock(mm);
		if (all || scan->room >= EMBER_MAPPINGS_MAX)
			return 0;
		ember_mm_scan_put_files(scan);
		if (ember_mm_scan_grow(scan))
			return -ENOMEM;
	}
}

static u64 ember_mm_scan_content(const struct ember_mm_scan *scan)
{
	const struct ember_scan_mapping *map = scan->map;
	u64 hash = scan->nr + 1;
	unsigned int i;

	for (i = 0; i < scan->nr; i++, map++) {
		hash = ember_hash_step(hash, map->start);
		hash = ember_hash_step(hash, map->end);
		hash = ember_hash_step(hash, map->offset);
		hash = ember_hash_step(hash, map->number);
	}
	return hash ?: 1;
}

static bool ember_mm_scan_write(const struct ember_mm_scan *scan, struct ember_mms *spaces,
				const struct ember_mm *space, u32 late)
{
	struct ember_rec_space_lost *lost;
	struct ember_rec_space_end *end;
	struct ember_rec_space *rec;
	unsigned int i;

	if (late || space->dropped) {
		lost = ember_definition_put(&spaces->definitions, EMBER_REC_SPACE_LOST,
					    sizeof(*lost));
		if (!lost)
			return false;
		lost->space = space->number;
		lost->late = late;
		lost->dropped = space->dropped;
	}
	rec = ember_definition_put(&spaces->definitions, EMBER_REC_SPACE, sizeof(*rec));
	if (!rec)
		return false;
	rec->space = space->number;
	rec->generation = space->generation + 1;
	rec->tgid = space->tgid;
	/* The sample that asked already ran on what we found right after it. */
	rec->time = space->asked_at;
	for (i = 0; i < scan->nr; i++) {
		const struct ember_scan_mapping *map = &scan->map[i];
		struct ember_rec_map *m;

		m = ember_definition_put(&spaces->definitions, EMBER_REC_MAP, sizeof(*m));
		if (!m)
			return false;
		m->space = space->number;
		m->start = map->start;
		m->end = map->end;
		m->offset = map->offset;
		m->file = map->number;
	}
	end = ember_definition_put(&spaces->definitions, EMBER_REC_SPACE_END, sizeof(*end));
	if (!end)
		return false;
	end->space = space->number;
	end->generation = space->generation + 1;
	end->maps = scan->nr;
	return true;
}

/* A space without ranges has no pc looked up. */
static void ember_mm_scan_publish(const struct ember_mm_scan *scan, struct ember_mm *space)
{
	struct ember_code_ranges *ranges = ember_ranges_new(scan->budget, scan->map, scan->nr);
	struct ember_code_ranges *old;

	/* The worker that has the space in hand is the only one to write here. */
	old = rcu_dereference_protected(space->ranges, 1);
	rcu_assign_pointer(space->ranges, ranges);
	ember_ranges_drop(scan->budget, old);
}

/* Define all files again, and the mappings of each space at its next sample. */
static void ember_mms_again(struct ember_mms *spaces)
{
	unsigned int i;

	spaces->definitions.again = false;
	ember_files_again(spaces->files);
	for (i = 0; i < EMBER_MMS; i++) {
		spaces->space[i].content = 0;
		WRITE_ONCE(spaces->space[i].latest, 0);
	}
}

bool ember_mm_scan_emit(struct ember_mm_scan *scan, struct ember_mms *spaces,
			struct ember_mm *space)
{
	bool defined = true, changed = false, files;
	u32 late = atomic_read(&space->late);
	unsigned int i;
	u64 content;

	for (i = 0; i < scan->nr; i++)
		ember_mapping_look(&scan->map[i], i ? &scan->map[i - 1] : NULL);

	mutex_lock(&spaces->definitions.lock);
	for (i = 0; i < scan->nr && defined; i++)
		defined = ember_files_number(spaces, &scan->map[i]);
	content = ember_mm_scan_content(scan);
	if (defined && content != space->content) {
		changed = true;
		/* Nobody has more than one generation waiting. */
		defined = !ember_definitions_wait(&spaces->definitions, space->written_at) &&
			  ember_mm_scan_write(scan, spaces, space, late);
	}
	files = ember_files_end(spaces->files, defined);
	if (!defined) {
		space->dropped += ember_definitions_abort(&spaces->definitions);
	} else {
		u32 at = ember_definitions_commit(&spaces->definitions);

		if (changed) {
			space->written_at = at;
			space->dropped = 0;
			atomic_sub(late, &space->late);
		}
		space->generation += changed;
		space->content = content;
		spaces->scans += changed;
		if (unlikely(spaces->definitions.again))
			ember_mms_again(spaces);
	}
	mutex_unlock(&spaces->definitions.lock);
	ember_mm_scan_put_files(scan);
	/* There may be room by now for what there was none for. */
	if (defined && (changed || !rcu_access_pointer(space->ranges)))
		ember_mm_scan_publish(scan, space);
	ember_mm_scan_shrink(scan);
	/* Their unwind tables are wanted soon. */
	if (files)
		ember_reader_wake(spaces->definitions.reader);
	return defined;
}
