/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session's unwind tables, by the number of the file that each is of. Loaded by the
 * reader in process context, looked up in hard interrupt context under RCU.
 */
#ifndef EMBER_TABLES_H
#define EMBER_TABLES_H

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "rulecache.h"
#include "../base/uapi.h"
#include "../../include/uapi/emberprof_table.h"

/* Slots, a power of two: a file's is by its number, and the newer of two has it. */
#define EMBER_TABLES	4096

struct ember_loaded {
	u32 file;
	u32 used;			/* s: when it was last sampled, roughly */
	size_t bytes;			/* of all of it, which is one block */
	struct rcu_head rcu;
	struct ember_table table;
	struct ember_quick *quick;	/* [table.nr_rules]; cfa 0: that rule has no short one */
};

struct ember_tables {
	struct mutex lock;		/* of the loader */
	bool wanted;			/* expected (EMBER_CONFIG_TABLES), or loaded */
	struct ember_loaded __rcu **slot;	/* NULL: none was loaded yet */
	struct ember_rulecache **cache;		/* [nr_cpu_ids] */
	u32 version;				/* of them all */
	size_t bytes;				/* all that is charged, */
	size_t own;				/* of it for slots and caches */
	unsigned int rows;
	unsigned int nr;
	unsigned int evicted;
};

void ember_tables_init(struct ember_tables *tables);
/* No sample may run any more. */
void ember_tables_exit(struct ember_tables *tables);
void ember_tables_module_exit(void);	/* waits until all are free */

/*
 * Process context: takes the reader's table in, or drops what was there. cpus: those that
 * sample, the same each time. -EINVAL: it isn't a good one; -ENOSPC: larger than all that
 * max_table_bytes allows, or of more than EMBER_TABLE_ROWS_MAX rows; -ENOMEM, -EFAULT.
 */
int ember_tables_load(struct ember_tables *tables, const struct cpumask *cpus,
		      const struct ember_unwind *unwind);

/* Hard interrupt context. Another one after each change, read before any table is. */
static inline u32 ember_tables_version(const struct ember_tables *tables)
{
	/* Pairs with the release of who puts a table in its place first. */
	return smp_load_acquire(&tables->version);
}

/*
 * What cached rules must agree with. It changes every few seconds, so that tables are looked up
 * now and then and seen to be used.
 */
static inline u32 ember_tables_state(u32 version)
{
	return version * 0x9e3779b1U + (u32)(jiffies / (8 * HZ));
}

/* Hard interrupt context. NULL: none of that file. */
static inline const struct ember_loaded *ember_tables_find(const struct ember_tables *tables,
							  u32 file)
{
	struct ember_loaded __rcu **slot = READ_ONCE(tables->slot);
	struct ember_loaded *loaded;

	if (!slot)
		return NULL;
	loaded = rcu_dereference(slot[file & (EMBER_TABLES - 1)]);
	if (!loaded || loaded->file != file)
		return NULL;
	WRITE_ONCE(loaded->used, (u32)(jiffies / HZ));
	return loaded;
}


#endif
