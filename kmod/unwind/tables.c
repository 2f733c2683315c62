// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "tables.h"
#include "../base/limits.h"
#include "step.h"

/* Of all sessions. */
static DEFINE_MUTEX(ember_tables_lock);
static unsigned long ember_tables_bytes;
/* Not charged to anybody any more, and not free until no sample can be reading them. */
static atomic_long_t ember_tables_going;
static bool ember_tables_replaced; /* once, at least */

static void ember_loaded_free(struct rcu_head *rcu)
{
	struct ember_loaded *loaded = container_of(rcu, struct ember_loaded, rcu);

	atomic_long_sub(loaded->bytes, &ember_tables_going);
	kvfree(loaded);
}

static bool ember_tables_charge(struct ember_tables *tables, size_t bytes)
{
	bool room;

	mutex_lock(&ember_tables_lock);
	room = bytes <= ember_max_table_bytes &&
	       ember_tables_bytes <= ember_max_table_bytes - bytes;
	if (room)
		ember_tables_bytes += bytes;
	mutex_unlock(&ember_tables_lock);
	if (room)
		tables->bytes += bytes;
	return room;
}

static void ember_tables_credit(struct ember_tables *tables, size_t bytes)
{
	mutex_lock(&ember_tables_lock);
	ember_tables_bytes -= bytes;
	mutex_unlock(&ember_tables_lock);
	tables->bytes -= bytes;
}

void ember_tables_init(struct ember_tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	mutex_init(&tables->lock);
}

/* Whether a table is counted: one without rules only reports that nothing is known of its file. */
static unsigned int ember_table_counts(const struct ember_loaded *loaded)
{
	return loaded && loaded->table.nr_rules > 1;
}

/* Puts another one, or none, in a slot's place; samples may be reading the old one. */
static void ember_tables_put(struct ember_tables *tables, unsigned int n,
			     struct ember_loaded *loaded)
{
	struct ember_loaded *old;

	old = rcu_dereference_protected(tables->slot[n], lockdep_is_held(&tables->lock));
	rcu_assign_pointer(tables->slot[n], loaded);
	tables->nr += ember_table_counts(loaded) - ember_table_counts(old);
	if (loaded)
		tables->rows += loaded->table.nr_rows;
	/* Pairs with ember_tables_version(): who sees it finds the new table, too. */
	smp_store_release(&tables->version, tables->version + 1);
	if (!old)
		return;
	tables->rows -= old->table.nr_rows;
	ember_tables_credit(tables, old->bytes);
	/* RCU isn't waited for, as a real-time task can hold it up, unless that's much. */
	if (atomic_long_add_return(old->bytes, &ember_tables_going) >
	    ember_max_table_bytes / 2)
		synchronize_rcu();
	WRITE_ONCE(ember_tables_replaced, true);
	call_rcu(&old->rcu, ember_loaded_free);
}

void ember_tables_module_exit(void)
{
	if (READ_ONCE(ember_tables_replaced))
		rcu_barrier();
}

static size_t ember_tables_own(const struct cpumask *cpus)
{
	return EMBER_TABLES * sizeof(void *) + nr_cpu_ids * sizeof(void *) +
	       cpumask_weight(cpus) * sizeof(struct ember_rulecache);
}

/* No sample uses it, or nobody could have yet. */
static void ember_tables_end(struct ember_tables *tables)
{
	unsigned int cpu;

	for (cpu = 0; tables->cache && cpu < nr_cpu_ids; cpu++)
		kvfree(tables->cache[cpu]);
	kfree(tables->cache);
	tables->cache = NULL;
	kvfree(tables->slot);
	tables->slot = NULL;
	ember_tables_credit(tables, tables->own);
	tables->own = 0;
}

/* What the first table needs; with tables->lock held. */
static int ember_tables_begin(struct ember_tables *tables, const struct cpumask *cpus)
{
	struct ember_loaded __rcu **slot;
	unsigned int cpu;

	if (!ember_tables_charge(tables, ember_tables_own(cpus)))
		return -ENOSPC;
	tables->own = ember_tables_own(cpus);
	tables->cache = kcalloc(nr_cpu_ids, sizeof(*tables->cache), GFP_KERNEL);
	if (!tables->cache)
		goto no_memory;
	for_each_cpu(cpu, cpus) {
		tables->cache[cpu] =
			kvzalloc_node(sizeof(**tables->cache), GFP_KERNEL, cpu_to_node(cpu));
		if (!tables->cache[cpu])
			goto no_memory;
	}
	slot = kvcalloc(EMBER_TABLES, sizeof(*slot), GFP_KERNEL);
	if (!slot)
		goto no_memory;
	/* Pairs with the acquire of who looks up: there are slots only after the caches. */
	smp_store_release(&tables->slot, slot);
	WRITE_ONCE(tables->wanted, true);
	return 0;
no_memory:
	ember_tables_end(tables);
	return -ENOMEM;
}

void ember_tables_exit(struct ember_tables *tables)
{
	unsigned int n;

	/* No sample reads them: no grace period to wait for. */
	for (n = 0; tables->slot && n < EMBER_TABLES; n++) {
		struct ember_loaded *loaded = rcu_dereference_protected(tables->slot[n], 1);

		if (!loaded)
			continue;
		ember_tables_credit(tables, loaded->bytes);
		kvfree(loaded);
	}
	ember_tables_end(tables);
	mutex_destroy(&tables->lock);
}

/* The one that was sampled longest ago goes. False: there's none. */
static bool ember_tables_evict(struct ember_tables *tables)
{
	u32 now = (u32)(jiffies / HZ), age, oldest = 0;
	unsigned int n, found = EMBER_TABLES;

	for (n = 0; n < EMBER_TABLES; n++) {
		struct ember_loaded *loaded = rcu_dereference_protected(
			tables->slot[n], lockdep_is_held(&tables->lock));

		if (!loaded)
			continue;
		age = now - READ_ONCE(loaded->used);
		if (found == EMBER_TABLES || age > oldest) {
			oldest = age;
			found = n;
		}
	}
	if (found == EMBER_TABLES)
		return false;
	ember_tables_put(tables, found, NULL);
	tables->evicted++;
	return true;
}

/* 64 bits: a 32-bit kernel can be asked for more than it can address. */
static u64 ember_unwind_bytes(const struct ember_unwind *u)
{
	return sizeof(struct ember_loaded) + (u->nr_pages + 1ULL) * sizeof(u32) +
	       (u64)u->nr_rows * sizeof(struct ember_row) +
	       (u64)u->nr_pages * EMBER_TABLE_PIECES * sizeof(u32) +
	       (u64)u->nr_rules * (sizeof(struct ember_rule) + sizeof(struct ember_quick));
}

/* What the walk needs beside what was loaded, of a good table. */
static void ember_loaded_index(struct ember_loaded *loaded)
{
	struct ember_table *t = &loaded->table;
	u32 n;

	ember_table_index(t);
	for (n = 0; n < t->nr_rules; n++) {
		/* Where a rule was read from is the reader's business. */
		t->rule[n].source = ember_rule_kind(&t->rule[n]);
		if (t->rule[n].source != EMBER_RULE_QUICK ||
		    !ember_quick_make(&loaded->quick[n], &t->rule[n]))
			loaded->quick[n] = (struct ember_quick){};
	}
}

/* In one block, the header first, then what takes 4 bytes and 2. */
static struct ember_loaded *ember_tables_copy(const struct ember_unwind *u, size_t bytes)
{
	struct ember_loaded *loaded = kvmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	struct ember_table *t;

	if (!loaded)
		return ERR_PTR(-ENOMEM);
	t = &loaded->table;
	*loaded = (struct ember_loaded){ .file = u->file,
					 .bytes = bytes,
					 .used = (u32)(jiffies / HZ) };
	t->first = u->first;
	t->nr_pages = u->nr_pages;
	t->nr_rows = u->nr_rows;
	t->nr_rules = u->nr_rules;
	t->rule = (struct ember_rule *)(loaded + 1);
	t->page = (u32 *)(t->rule + t->nr_rules);
	t->row = (struct ember_row *)(t->page + t->nr_pages + 1);
	t->piece = (u32 *)(t->row + t->nr_rows);
	loaded->quick = (struct ember_quick *)(t->piece + t->nr_pages * EMBER_TABLE_PIECES);
	if (copy_from_user(t->rule, u64_to_user_ptr(u->rules),
			   t->nr_rules * sizeof(*t->rule)) ||
	    copy_from_user(t->page, u64_to_user_ptr(u->pages),
			   (t->nr_pages + 1) * sizeof(*t->page)) ||
	    copy_from_user(t->row, u64_to_user_ptr(u->rows), t->nr_rows * sizeof(*t->row))) {
		kvfree(loaded);
		return ERR_PTR(-EFAULT);
	}
	if (!ember_table_good(t)) {
		kvfree(loaded);
		return ERR_PTR(-EINVAL);
	}
	ember_loaded_index(loaded);
	return loaded;
}

/* With tables->lock held. */
static int ember_tables_take(struct ember_tables *tables, const struct ember_unwind *u)
{
	u64 bytes = ember_unwind_bytes(u);
	struct ember_loaded *loaded;

	if (bytes > ember_max_table_bytes || u->nr_rows > EMBER_TABLE_ROWS_MAX)
		return -ENOSPC;
	while (!ember_tables_charge(tables, bytes))
		if (!ember_tables_evict(tables))
			return -ENOSPC;
	loaded = ember_tables_copy(u, bytes);
	if (IS_ERR(loaded)) {
		ember_tables_credit(tables, bytes);
		return PTR_ERR(loaded);
	}
	ember_tables_put(tables, u->file & (EMBER_TABLES - 1), loaded);
	return 0;
}

static void ember_tables_drop(struct ember_tables *tables, u32 file)
{
	unsigned int n = file & (EMBER_TABLES - 1);
	struct ember_loaded *loaded =
		rcu_dereference_protected(tables->slot[n], lockdep_is_held(&tables->lock));

	if (loaded && loaded->file == file)
		ember_tables_put(tables, n, NULL);
}

int ember_tables_load(struct ember_tables *tables, const struct cpumask *cpus,
		      const struct ember_unwind *u)
{
	int err = 0;

	/* As long as a file's pages go, and as many as there are places in them. */
	if (!u->file || u->nr_rules > EMBER_UNWIND_RULES_MAX || u->nr_pages > 1 << 16 ||
	    u->nr_rows < u->nr_pages || (u64)u->nr_rows > (u64)u->nr_pages << 16)
		return -EINVAL;
	if (mutex_lock_killable(&tables->lock))
		return -EINTR;
	if (!tables->slot)
		err = ember_tables_begin(tables, cpus);
	if (!err && u->nr_pages)
		err = ember_tables_take(tables, u);
	else if (!err)
		ember_tables_drop(tables, u->file);
	mutex_unlock(&tables->lock);
	return err;
}
