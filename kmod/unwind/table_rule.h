/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule a place in user code has, for a walk: by the cache, or by the table of the file
 * that's mapped there. A table that the cache knows is there for as long as the tables' version
 * is the same: who puts another one in its place changes it before RCU is waited for.
 */
#ifndef EMBER_TABLE_RULE_H
#define EMBER_TABLE_RULE_H

#include "../task/ranges.h"
#include "tables.h"

/* What a walk goes by: the same for all frames. */
struct ember_table_by {
	const struct ember_code_ranges *ranges;
	const struct ember_tables *tables;
	struct ember_rulecache *cache;
	u32 version;			/* of the tables */
	u32 id;				/* of ranges and tables, in the cache */
};

static const struct ember_rule ember_rule_absent = { .cfa = EMBER_CFA_ABSENT };
static const struct ember_rule ember_rule_nowhere = { .cfa = EMBER_CFA_NOWHERE };

/* What is mapped there. */
static noinline void ember_table_place(const struct ember_table_by *by, unsigned long pc)
{
	const struct ember_range *range = ember_ranges_find(by->ranges, pc);
	struct ember_rule_place *place = &by->cache->place;

	place->id = by->id;
	place->version = by->version;
	place->start = range ? range->start : pc;
	place->bytes = range ? range->end - range->start : 1;
	place->shift = range ? range->offset - range->start : 0;
	place->mapped = range;
	place->table = range ? ember_tables_find(by->tables, range->file) : NULL;
}

/* The rule of the place before `behind`, without the cache. */
static __always_inline const struct ember_rule *
ember_table_search(const struct ember_table_by *by, unsigned long behind)
{
	const struct ember_rule_place *place = &by->cache->place;
	unsigned long pc = behind - 1;

	if (unlikely(pc - place->start >= place->bytes || place->id != by->id ||
		     place->version != by->version))
		ember_table_place(by, pc);
	if (likely(place->table))
		return ember_table_find(place->table, pc + place->shift);
	return place->mapped ? &ember_rule_absent : &ember_rule_nowhere;
}

/* Puts a rule into a set of the cache: its older one goes. */
static __always_inline void ember_table_keep(const struct ember_table_by *by,
					     struct ember_cached_rule *set, unsigned long behind,
					     const struct ember_rule *rule)
{
	if (set->id == by->id)
		set[1] = set[0];
	*set = (struct ember_cached_rule){ behind, by->id, *rule };
}

/* The same by the cache, for rules of any kind. */
static __always_inline const struct ember_rule *
ember_table_rule(const struct ember_table_by *by, unsigned long behind)
{
	struct ember_cached_rule *set = ember_rulecache_set(by->cache, behind);

	if (ember_cached_is(set, behind, by->id))
		return &set->rule;
	if (ember_cached_is(set + 1, behind, by->id))
		return &set[1].rule;
	ember_table_keep(by, set, behind, ember_table_search(by, behind));
	return &set->rule;
}

/* The short rule of an entry, if it's of a place. */
static __always_inline bool ember_quick_is(const struct ember_cached_quick *cached,
					   unsigned long behind, u32 id)
{
	return cached->behind == behind && (cached->id & ~EMBER_RULE_ENDS) == id;
}

/*
 * What the cache has of a short rule, or NULL; *room: where one that it doesn't have is to be
 * put. leaf: a place where code was interrupted.
 */
static __always_inline const struct ember_cached_quick *
ember_table_cached(const struct ember_table_by *by, unsigned long behind, bool leaf,
		   struct ember_cached_quick **room)
{
	struct ember_cached_quick *other;

	if (leaf) {
		*room = ember_rulecache_leaf(by->cache, behind);
		return ember_quick_is(*room, behind, by->id) ? *room : NULL;
	}
	*room = ember_rulecache_quick(by->cache, behind);
	if (ember_quick_is(*room, behind, by->id))
		return *room;
	other = ember_quick_other(by->cache, *room);
	return ember_quick_is(other, behind, by->id) ? other : NULL;
}

/*
 * Returns the short rule of the place before `behind`, which the cache has from then on, or NULL:
 * it has none.
 */
static noinline const struct ember_cached_quick *
ember_table_missed(const struct ember_table_by *by, unsigned long behind, bool leaf)
{
	struct ember_cached_rule *set = ember_rulecache_set(by->cache, behind);
	const struct ember_cached_quick *cached;
	struct ember_cached_quick *room;
	const struct ember_rule *rule;
	struct ember_quick quick = {};
	u32 id = by->id;

	cached = ember_table_cached(by, behind, leaf, &room);
	if (cached)
		return cached;
	if (ember_cached_is(set, behind, id) || ember_cached_is(set + 1, behind, id))
		return NULL;
	rule = ember_table_search(by, behind);
	if (unlikely(rule->source != EMBER_RULE_QUICK || !ember_quick_make(&quick, rule))) {
		if (rule->cfa != EMBER_CFA_END) {
			ember_table_keep(by, set, behind, rule);
			return NULL;
		}
		id |= EMBER_RULE_ENDS;
	}
	/* The older one of the two places goes. */
	if (!leaf && (room->id & ~EMBER_RULE_ENDS) == by->id)
		*ember_quick_other(by->cache, room) = *room;
	*room = (struct ember_cached_quick){ behind, id, quick };
	return room;
}

/* The same, for who hasn't looked yet. */
static __always_inline const struct ember_cached_quick *
ember_table_quick_rule(const struct ember_table_by *by, unsigned long behind, bool leaf)
{
	struct ember_cached_quick *room;

	return ember_table_cached(by, behind, leaf, &room) ?: ember_table_missed(by, behind, leaf);
}

#endif
