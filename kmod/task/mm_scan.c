// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../core/budget.h"
#include "../compat/fs.h"
#include "../compat/mm.h"
#include "filetable.h"
#include "../core/session.h"
#include "mm_scan.h"

#define EMBER_MAPPINGS	   128 /* room at first */
#define EMBER_MAPPINGS_MAX 4096
#define EMBER_RANGES_MAX   511 /* of more no pc is looked up; 16 KiB with the header */

struct ember_snapshot {
	struct ember_budget *budget;
	struct ember_mapping *map;
	unsigned int room;
	unsigned int nr;
	struct ember_mapping first[EMBER_MAPPINGS];
};

static bool ember_ranges_replaced; /* once, at least */

static void ember_ranges_free_late(struct rcu_head *rcu)
{
	struct ember_ranges *ranges = container_of(rcu, struct ember_ranges, rcu);

	ember_budget_gone(ranges->bytes);
	kfree(ranges);
}

void ember_ranges_drop(struct ember_budget *budget, struct ember_ranges *ranges)
{
	if (!ranges)
		return;
	ember_budget_going(budget, ranges->bytes);
	WRITE_ONCE(ember_ranges_replaced, true);
	call_rcu(&ranges->rcu, ember_ranges_free_late);
}

void ember_ranges_free(struct ember_budget *budget, struct ember_ranges *ranges)
{
	if (!ranges)
		return;
	ember_budget_give(budget, ranges->bytes);
	kfree(ranges);
}

void ember_ranges_module_exit(void)
{
	if (READ_ONCE(ember_ranges_replaced))
		rcu_barrier();
}

struct ember_snapshot *ember_snapshot_new(struct ember_budget *budget)
{
	struct ember_snapshot *snapshot = kvzalloc(sizeof(*snapshot), GFP_KERNEL);

	if (!snapshot)
		return NULL;
	snapshot->budget = budget;
	snapshot->map = snapshot->first;
	snapshot->room = EMBER_MAPPINGS;
	return snapshot;
}

/* Back to the room that it always has. */
static void ember_snapshot_shrink(struct ember_snapshot *snapshot)
{
	if (snapshot->map == snapshot->first)
		return;
	kvfree(snapshot->map);
	ember_budget_give(snapshot->budget, snapshot->room * sizeof(*snapshot->map));
	snapshot->map = snapshot->first;
	snapshot->room = EMBER_MAPPINGS;
}

void ember_snapshot_free(struct ember_snapshot *snapshot)
{
	if (!snapshot)
		return;
	ember_snapshot_shrink(snapshot);
	kvfree(snapshot);
}

size_t ember_snapshot_memory(void)
{
	return ember_budget_rounded(sizeof(struct ember_snapshot));
}

static int ember_snapshot_grow(struct ember_snapshot *snapshot)
{
	unsigned int room = min(4 * snapshot->room, (unsigned int)EMBER_MAPPINGS_MAX);
	struct ember_mapping *map;

	ember_snapshot_shrink(snapshot);
	if (!ember_budget_take(snapshot->budget, room * sizeof(*map)))
		return -ENOMEM;
	map = kvmalloc_array(room, sizeof(*map), GFP_KERNEL | __GFP_NOWARN);
	if (!map) {
		ember_budget_give(snapshot->budget, room * sizeof(*map));
		ember_budget_refuse(snapshot->budget);
		return -ENOMEM;
	}
	snapshot->map = map;
	snapshot->room = room;
	return 0;
}

/* The files aren't ours to keep: a mount can't go while we have one. */
static void ember_snapshot_put_files(struct ember_snapshot *snapshot)
{
	unsigned int i;

	for (i = 0; i < snapshot->nr; i++) {
		if (snapshot->map[i].file)
			ember_fput(snapshot->map[i].file);
		snapshot->map[i].file = NULL;
	}
}

static void ember_mapping_fill(struct ember_mapping *map, struct vm_area_struct *vma)
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
static void ember_mapping_gate(struct ember_snapshot *snapshot)
{
#if defined(CONFIG_ARM) && defined(CONFIG_KUSER_HELPERS)
	struct ember_mapping *map = &snapshot->map[snapshot->nr++];

	memset(map, 0, sizeof(*map));
	map->start = 0xffff0000;
	map->end = map->start + PAGE_SIZE;
	strscpy(map->name, "[vectors]", sizeof(map->name));
#endif
}

/* As many as there is room for, but for the gate's. False: there are more. */
static bool ember_snapshot_walk(struct ember_snapshot *snapshot, struct mm_struct *mm)
{
	EMBER_VMA_ITERATOR(iterator, mm);
	struct vm_area_struct *vma;

	snapshot->nr = 0;
	ember_for_each_vma(iterator, vma) {
		if (!(vma->vm_flags & VM_EXEC))
			continue;
		if (snapshot->nr == snapshot->room - 1)
			return false;
		ember_mapping_fill(&snapshot->map[snapshot->nr++], vma);
	}
	ember_mapping_gate(snapshot);
	return true;
}

int ember_snapshot_list(struct ember_snapshot *snapshot, struct ember_space *space,
			struct mm_struct *mm)
{
	bool all;

	for (;;) {
		/* No waiting: whoever has it may wait for a server that's stopped. */
		if (!mmap_read_trylock(mm)) {
			ember_snapshot_shrink(snapshot);
			return -EAGAIN;
		}
		WRITE_ONCE(space->exec_vm, READ_ONCE(mm->exec_vm));
		WRITE_ONCE(space->map_count, READ_ONCE(mm->map_count));
		WRITE_ONCE(space->lock_seq, ember_mm_lock_seq(mm));
		all = ember_snapshot_walk(snapshot, mm);
		mmap_read_unlock(mm);
		if (all || snapshot->room >= EMBER_MAPPINGS_MAX)
			return 0;
		ember_snapshot_put_files(snapshot);
		if (ember_snapshot_grow(snapshot))
			return -ENOMEM;
	}
}

static u64 ember_snapshot_content(const struct ember_snapshot *snapshot)
{
	const struct ember_mapping *map = snapshot->map;
	u64 hash = snapshot->nr + 1;
	unsigned int i;

	for (i = 0; i < snapshot->nr; i++, map++) {
		hash = ember_hash_step(hash, map->start);
		hash = ember_hash_step(hash, map->end);
		hash = ember_hash_step(hash, map->offset);
		hash = ember_hash_step(hash, map->number);
	}
	return hash ?: 1;
}

static bool ember_snapshot_write(const struct ember_snapshot *snapshot,
				 struct ember_spaces *spaces, const struct ember_space *space,
				 u32 late)
{
	struct ember_rec_space_lost *lost;
	struct ember_rec_space_end *end;
	struct ember_rec_space *rec;
	unsigned int i;

	if (late || space->dropped) {
		lost = ember_definition_put(spaces, EMBER_REC_SPACE_LOST, sizeof(*lost));
		if (!lost)
			return false;
		lost->space = space->number;
		lost->late = late;
		lost->dropped = space->dropped;
	}
	rec = ember_definition_put(spaces, EMBER_REC_SPACE, sizeof(*rec));
	if (!rec)
		return false;
	rec->space = space->number;
	rec->generation = space->generation + 1;
	rec->tgid = space->tgid;
	/* The sample that asked already ran on what we found right after it. */
	rec->time = space->asked_at;
	for (i = 0; i < snapshot->nr; i++) {
		const struct ember_mapping *map = &snapshot->map[i];
		struct ember_rec_map *m;

		m = ember_definition_put(spaces, EMBER_REC_MAP, sizeof(*m));
		if (!m)
			return false;
		m->space = space->number;
		m->start = map->start;
		m->end = map->end;
		m->offset = map->offset;
		m->file = map->number;
	}
	end = ember_definition_put(spaces, EMBER_REC_SPACE_END, sizeof(*end));
	if (!end)
		return false;
	end->space = space->number;
	end->generation = space->generation + 1;
	end->maps = snapshot->nr;
	return true;
}

static struct ember_ranges *ember_ranges_new(const struct ember_snapshot *snapshot)
{
	static atomic_t numbers;
	struct ember_ranges *ranges;
	unsigned int i;
	size_t bytes;

	if (!snapshot->nr || snapshot->nr > EMBER_RANGES_MAX)
		return NULL;
	bytes = ember_budget_rounded(struct_size(ranges, range, snapshot->nr));
	if (!ember_budget_take(snapshot->budget, bytes))
		return NULL;
	ranges = kmalloc(struct_size(ranges, range, snapshot->nr), GFP_KERNEL | __GFP_NOWARN);
	if (!ranges) {
		ember_budget_give(snapshot->budget, bytes);
		ember_budget_refuse(snapshot->budget);
		return NULL;
	}
	for (i = 0; i < snapshot->nr; i++) {
		const struct ember_mapping *map = &snapshot->map[i];

		ranges->range[i] =
			(struct ember_range){ map->start, map->end, map->offset, map->number };
	}
	ranges->bytes = bytes;
	ranges->nr = snapshot->nr;
	/* 0 is none's. */
	do
		ranges->number = atomic_inc_return(&numbers);
	while (!ranges->number);
	return ranges;
}

/* A space without ranges has no pc looked up. */
static void ember_snapshot_publish(const struct ember_snapshot *snapshot,
				   struct ember_space *space)
{
	struct ember_ranges *ranges = ember_ranges_new(snapshot), *old;

	/* The worker that has the space in hand is the only one to write here. */
	old = rcu_dereference_protected(space->ranges, 1);
	rcu_assign_pointer(space->ranges, ranges);
	ember_ranges_drop(snapshot->budget, old);
}

bool ember_snapshot_tell(struct ember_snapshot *snapshot, struct ember_spaces *spaces,
			 struct ember_space *space)
{
	bool defined = true, changed = false, files;
	u32 late = atomic_read(&space->late);
	unsigned int i;
	u64 content;

	for (i = 0; i < snapshot->nr; i++)
		ember_mapping_look(&snapshot->map[i], i ? &snapshot->map[i - 1] : NULL);

	mutex_lock(&spaces->lock);
	for (i = 0; i < snapshot->nr && defined; i++)
		defined = ember_files_number(spaces, &snapshot->map[i]);
	content = ember_snapshot_content(snapshot);
	if (defined && content != space->content) {
		changed = true;
		/* Nobody has more than one generation waiting. */
		defined = !ember_definitions_wait(spaces, space->written_at) &&
			  ember_snapshot_write(snapshot, spaces, space, late);
	}
	files = ember_files_told(spaces->files, defined);
	if (!defined) {
		space->dropped += ember_definitions_abort(spaces);
	} else {
		u32 at = ember_definitions_commit(spaces);

		if (changed) {
			space->written_at = at;
			space->dropped = 0;
			atomic_sub(late, &space->late);
		}
		space->generation += changed;
		space->content = content;
		spaces->snapshots += changed;
	}
	mutex_unlock(&spaces->lock);
	ember_snapshot_put_files(snapshot);
	/* There may be room by now for what there was none for. */
	if (defined && (changed || !rcu_access_pointer(space->ranges)))
		ember_snapshot_publish(snapshot, space);
	ember_snapshot_shrink(snapshot);
	/* Their unwind tables are wanted soon. */
	if (files)
		ember_session_wake(spaces->session);
	return defined;
}
