/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From registers to frames. All of it runs in hard interrupt context: no lock, no
 * allocation, no page fault.
 */
#ifndef EMBER_UNWIND_H
#define EMBER_UNWIND_H

#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "../core/counter.h"
#include "../task/stackmap.h"
#include "../core/uapi.h"

/* What the C library's start-up keeps on the stack below main's frame, at most. */
#define EMBER_STARTUP_BYTES	1024

/* Frames between two looks at the time. */
#define EMBER_WALK_FRAMES	8

/* A stack in the making. `frames` has room for `max`; innermost first. */
struct ember_walk {
	unsigned long *frames;
	unsigned int nr;
	unsigned int room;		/* frames until the next look at max and time */
	unsigned int max;
	const struct mm_struct *mm;	/* current's */
	unsigned long begun;		/* ember_counter() of the interrupt, */
	unsigned long looked;		/* counts from then to the last look; 0: time is up */
	u64 hash;			/* of the frames so far; begins as the seed */
};

/* walk.c. limit: computes the counts of ember_max_walk_us, once the counter is calibrated. */
void ember_walk_limit(void);
extern unsigned int ember_max_walk_us;	/* module parameter; 0: no limit */
extern unsigned long ember_walk_counts;

/*
 * Returns the counts since `begun`, 1 at least, or 0 if the time of its interrupt's walks is
 * up, or will be before as much has passed again as since the last look, which returned
 * `looked`.
 */
static __always_inline unsigned long ember_walk_look(unsigned long begun, unsigned long looked)
{
	unsigned long since = ember_counter_since(ember_counter(), begun) | 1;
	unsigned long piece = looked > 1 ? ember_counter_since(since, looked) : 0;

	return likely(since + piece < ember_walk_counts) ? since : 0;
}

/*
 * Makes room for further frames: *full, where the next one was to be, moves on. Returns false
 * at the walk's end: see ember_walk_cut().
 */
static __always_inline bool ember_walk_more(struct ember_walk *walk, unsigned long **full)
{
	unsigned long *most = walk->frames + walk->max;

	if (unlikely(*full >= most))
		return false;
	walk->looked = ember_walk_look(walk->begun, walk->looked);
	if (unlikely(!walk->looked))
		return false;
	*full = min(*full + EMBER_WALK_FRAMES, most);
	return true;
}

/* The same out of line, for walks that keep `room`. */
bool ember_walk_again(struct ember_walk *walk);

/* Whether there's room for a frame, as there is at the beginning. */
static inline bool ember_walk_room(struct ember_walk *walk)
{
	return likely(walk->nr < walk->room) || ember_walk_again(walk);
}

/* Returns why a walk that found no more room ended. */
static inline u8 ember_walk_cut(const struct ember_walk *walk)
{
	return !walk->looked ? EMBER_END_TIME : EMBER_END_DEPTH;
}

static inline bool ember_walk_add(struct ember_walk *walk, unsigned long pc)
{
	if (!ember_walk_room(walk))
		return false;
	walk->frames[walk->nr++] = pc;
	walk->hash = ember_hash_step(walk->hash, pc);
	return true;
}

/*
 * Kernel frames of current, from registers of kernel mode that were interrupted
 * (kernel_<arch>.c). With `softirq`, ends where the interrupt came in that the
 * softirq runs on the back of. Returns EMBER_END_*.
 */
u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, bool softirq);

/*
 * A frame pointer that makes no sense, after frames that did, the last of them at
 * `low`: where a process's first stack begins that's the C library's start-up code,
 * which called main and keeps none. EMBER_END_WHOLE there, else EMBER_END_FRAME.
 */
static inline u8 ember_frame_bottom(const struct mm_struct *mm, unsigned long low)
{
	return READ_ONCE(mm->start_stack) - low < EMBER_STARTUP_BYTES ?
	       EMBER_END_WHOLE : EMBER_END_FRAME;
}

/* Whether current is a 32-bit task on a 64-bit kernel. */
static inline bool ember_task_compat(const struct pt_regs *regs)
{
#if defined(CONFIG_X86) && defined(CONFIG_COMPAT)
	return regs->cs == __USER32_CS;
#elif defined(CONFIG_ARM64)
	return compat_user_mode(regs);
#else
	return false;
#endif
}

/* Whether user mode of the kernel's own width was interrupted. Another code segment than
 * Linux's own is a hypervisor's, or a program's.
 */
static inline bool ember_regs_native(const struct pt_regs *regs)
{
#ifdef CONFIG_X86_64
	return regs->cs == __USER_CS;
#else
	return user_mode(regs) && !ember_task_compat(regs);
#endif
}

/*
 * User frames of current, from its user mode registers, by frame pointers
 * (user_<arch>.[ch]). The caller checked that current has an mm of its own. Returns
 * EMBER_END_*. native: for what ember_regs_native() is true of.
 */
u8 ember_unwind_user(struct ember_walk *walk, struct pt_regs *regs);

struct ember_mm;
struct ember_tables;

struct ember_by {
	bool tables;			/* helped */
	bool others;			/* frame pointers did, or should have, */
	bool absent;			/* in a file that no table is there of */
};

/* The same with the tables of the files that the space has mapped (user_table.c), by frame
 * pointer where there's none. cpu: this one.
 */
u8 ember_unwind_tables(struct ember_walk *walk, struct pt_regs *regs,
		       const struct ember_mm *space, const struct ember_tables *tables,
		       int cpu, struct ember_by *by);

#if defined(CONFIG_X86)
#include "user_x86.h"
#elif defined(CONFIG_ARM64)
#include "user_arm64.h"
#else
#include "user_arm.h"
#endif

#endif
