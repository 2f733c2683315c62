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
	union {
		struct {
			u32 version;	/* of the tables: their pointers are as good as that */
			u32 id;		/* of ranges and tables, in the cache */
		};
		u64 state;		/* both */
	};
};

static const struct ember_rule ember_rule_absent = { .cfa = EMBER_CFA_ABSENT };
static const struct ember_rule ember_rule_nowhere = { .cfa = EMBER_CFA_NOWHERE };
static const struct ember_quick ember_quick_none;

/* What is mapped there. */
static noinline void ember_table_place(const struct ember_table_by *by, unsigned long pc)
{
	const struct ember_range *range = ember_ranges_find(by->ranges, pc);
	const struct ember_loaded *loaded =
		range ? ember_tables_find(by->tables, range->file) : NULL;
	struct ember_rule_place *place = &by->cache->place;

	place->state = by->state;
	place->start = range ? range->start : pc;
	place->bytes = range ? range->end - range->start : 1;
	place->nr_pieces = 0;
	if (!loaded) {
		place->rule = range ? &ember_rule_absent : &ember_rule_nowhere;
		place->quick = &ember_quick_none;
		return;
	}
	place->shift = range->offset - range->start -
		       (loaded->table.first << EMBER_UNWIND_PAGE_SHIFT);
	place->nr_pieces = loaded->table.nr_pages * EMBER_TABLE_PIECES;
	place->piece = loaded->table.piece;
	place->row = loaded->table.row;
	place->quick = loaded->quick;
	place->rule = loaded->table.rule;
}

/* Whether the cache has what is mapped at pc. */
static __always_inline bool ember_table_placed(const struct ember_table_by *by, unsigned long pc)
{
	const struct ember_rule_place *place = &by->cache->place;

	return likely(pc - place->start < place->bytes) && likely(place->state == by->state);
}

/* The number of pc's rule in the place's arrays, without the cache of rules. */
static __always_inline u32 ember_table_number(const struct ember_rule_place *place,
					      unsigned long pc)
{
	return ember_table_search(place->piece, place->nr_pieces, place->row, pc + place->shift);
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

/* The rule of the place before `behind`, of any kind, by the cache. */
static __always_inline const struct ember_rule *
ember_table_rule(const struct ember_table_by *by, unsigned long behind)
{
	struct ember_cached_rule *set = ember_rulecache_set(by->cache, behind);
	const struct ember_rule_place *place = &by->cache->place;

	if (ember_cached_is(set, behind, by->id))
		return &set->rule;
	if (ember_cached_is(set + 1, behind, by->id))
		return &set[1].rule;
	if (!ember_table_placed(by, behind - 1))
		ember_table_place(by, behind - 1);
	ember_table_keep(by, set, behind, &place->rule[ember_table_number(place, behind - 1)]);
	return &set->rule;
}

/* The short rule of an entry, if it's of a place. */
static __always_inline bool ember_quick_is(const struct ember_cached_quick *cached,
					   unsigned long behind, u32 id)
{
	return cached->behind == behind && (cached->id & EMBER_RULE_ID) == id;
}

/* Puts what the place before `behind` has into the cache: of two entries the older one goes. */
static __always_inline const struct ember_cached_quick *
ember_table_learn(const struct ember_table_by *by, unsigned long behind,
		  struct ember_cached_quick *room, bool leaf)
{
	const struct ember_rule_place *place = &by->cache->place;
	u32 n = ember_table_number(place, behind - 1), id = by->id;
	struct ember_quick quick = place->quick[n];

	if (unlikely(!quick.cfa))
		id |= place->rule[n].cfa == EMBER_CFA_END ? EMBER_RULE_ENDS : EMBER_RULE_LONG;
	if (!leaf && unlikely((room->id & EMBER_RULE_ID) == by->id))
		*ember_quick_other(by->cache, room) = *room;
	*room = (struct ember_cached_quick){ behind, id, quick };
	return room;
}

/* The same where another file is mapped than at the place before. */
static noinline const struct ember_cached_quick *
ember_table_elsewhere(const struct ember_table_by *by, unsigned long behind,
		      struct ember_cached_quick *room, bool leaf)
{
	ember_table_place(by, behind - 1);
	return ember_table_learn(by, behind, room, leaf);
}

/*
 * Returns the entry of the place before `behind`, which the cache didn't have; room: where it is
 * to be put. It calls nothing on its way, so it saves no registers.
 */
static noinline const struct ember_cached_quick *
ember_table_missed(const struct ember_table_by *by, unsigned long behind,
		   struct ember_cached_quick *room, bool leaf)
{
	if (unlikely(!ember_table_placed(by, behind - 1)))
		return ember_table_elsewhere(by, behind, room, leaf);
	return ember_table_learn(by, behind, room, leaf);
}

/* The entry of the place before `behind`. leaf: a place where code was interrupted. */
static __always_inline const struct ember_cached_quick *
ember_table_entry(const struct ember_table_by *by, unsigned long behind, bool leaf)
{
	struct ember_cached_quick *room, *other;

	room = leaf ? ember_rulecache_leaf(by->cache, behind) :
		      ember_rulecache_quick(by->cache, behind);
	if (ember_quick_is(room, behind, by->id))
		return room;
	if (!leaf) {
		other = ember_quick_other(by->cache, room);
		if (ember_quick_is(other, behind, by->id))
			return other;
	}
	return ember_table_missed(by, behind, room, leaf);
}

#endif
