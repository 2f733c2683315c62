/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Called time and again while a large file is compiled, so that other work isn't late. */
#ifndef EMBER_UNWIND_TURN_H
#define EMBER_UNWIND_TURN_H

struct ember_turn {
	void (*take)(void *context);
	void *context;
};

/* NULL: nobody waits. */
static inline void ember_turn_take(const struct ember_turn *turn)
{
	if (turn)
		turn->take(turn->context);
}

#endif
