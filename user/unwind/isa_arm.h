/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ARM's two instruction sets have in common: lists of registers on the stack. */
#ifndef EMBER_UNWIND_ISA_ARM_H
#define EMBER_UNWIND_ISA_ARM_H

#include <string.h>

#include "unwind/isa.h"

enum { EMBER_R7 = 7, EMBER_R11 = 11, EMBER_IP, EMBER_SP, EMBER_LR, EMBER_PC };

static inline uint32_t ember_thumb_half(const uint8_t *code)
{
	uint16_t half;

	memcpy(&half, code, sizeof(half));
	return half;
}

/* As in struct ember_isa, of Thumb. */
void ember_thumb_step(const uint8_t *code, uint32_t room, uint64_t pc,
		      struct ember_frame_layout *frame, struct ember_insn *insn);
uint32_t ember_thumb_calls(const uint8_t *code, uint32_t room);
uint8_t ember_thumb_special(const uint8_t *code, uint32_t room, int32_t *cfa_offset);
enum ember_walk_end ember_thumb_walk(struct ember_flow_walk *walk);
bool ember_thumb_begins(const uint8_t *code, uint32_t room, uint64_t pc, bool behind);
uint32_t ember_thumb_quiet(struct ember_quiet *quiet);

/* One that is stored at sp + offset. */
static inline void ember_arm_store(struct ember_frame_layout *f, unsigned int reg, int64_t offset)
{
	int32_t where = ember_frame_place(f, offset);

	if (reg == EMBER_LR)
		ember_frame_save(&f->ra_at, EMBER_FRAME_UNKNOWN, where);
	if (reg == EMBER_R11)
		ember_frame_save(&f->fp_at, f->fp, where);
	if (reg == EMBER_R7)
		ember_frame_save(&f->r7_at, f->r7, where);
	if (reg == EMBER_IP && f->ip != EMBER_FRAME_UNKNOWN && f->sp == EMBER_FRAME_UNKNOWN) {
		f->old_at = offset;
		f->old = f->ip;
	}
}

static inline void ember_arm_load(struct ember_frame_layout *f, unsigned int reg, int64_t offset)
{
	int32_t where = ember_frame_place(f, offset);

	if (reg == EMBER_LR)
		ember_frame_restore(&f->ra_at, NULL, where);
	if (reg == EMBER_R11)
		ember_frame_restore(&f->fp_at, &f->fp, where);
	if (reg == EMBER_R7)
		ember_frame_restore(&f->r7_at, &f->r7, where);
	if (reg == EMBER_SP) {
		f->sp = f->old_at == offset ? f->old : EMBER_FRAME_UNKNOWN;
		f->old_at = EMBER_FRAME_UNKNOWN;
		f->old = 0;
	}
}

/* Registers that are looked at where they are stored or loaded. */
#define EMBER_ARM_STORED (1u << EMBER_R7 | 1u << EMBER_R11 | 1u << EMBER_IP | 1u << EMBER_LR)
#define EMBER_ARM_LOADED (1u << EMBER_R7 | 1u << EMBER_R11 | 1u << EMBER_SP | 1u << EMBER_LR)

/* How many are in a list of sixteen. */
static inline unsigned int ember_arm_count(uint32_t list)
{
	list -= list >> 1 & 0x5555;
	list = (list & 0x3333) + (list >> 2 & 0x3333);
	list = (list + (list >> 4)) & 0x0f0f;
	return (list + (list >> 8)) & 31;
}

/* Where in the list a register is, bytes. */
static inline unsigned int ember_arm_offset(uint32_t list, unsigned int reg)
{
	return 4 * ember_arm_count(list & ((1u << reg) - 1));
}

static inline void ember_arm_push(struct ember_frame_layout *f, uint32_t list)
{
	uint32_t left;

	ember_frame_move(f, 4 * ember_arm_count(list));
	for (left = list & EMBER_ARM_STORED; left; left &= left - 1)
		ember_arm_store(f, __builtin_ctz(left),
				ember_arm_offset(list, __builtin_ctz(left)));
}

/* True: it returns. */
static inline bool ember_arm_pop(struct ember_frame_layout *f, uint32_t list)
{
	uint32_t left;

	for (left = list & EMBER_ARM_LOADED; left; left &= left - 1)
		ember_arm_load(f, __builtin_ctz(left),
			       ember_arm_offset(list, __builtin_ctz(left)));
	ember_frame_move(f, -4 * (int)ember_arm_count(list));
	return list >> EMBER_PC & 1;
}

/* rd = rn + add, of those that can be a frame's. */
static inline void ember_arm_add(struct ember_frame_layout *f, unsigned int rd, unsigned int rn,
				 int64_t add)
{
	int32_t from = rn == EMBER_SP  ? f->sp :
		       rn == EMBER_R11 ? f->fp :
		       rn == EMBER_R7  ? f->r7 :
		       rn == EMBER_IP  ? f->ip :
					 EMBER_FRAME_UNKNOWN;
	int32_t to = ember_frame_apart(from, -add);

	if (rd == EMBER_IP)
		f->ip = rn == EMBER_SP && !add ? to : EMBER_FRAME_UNKNOWN;
	else if (rd == EMBER_SP)
		f->sp = to;
	/* What isn't saved is nobody's frame pointer. */
	else if (rd == EMBER_R11 && f->fp_at != EMBER_FRAME_KEPT)
		f->fp = to;
	else if (rd == EMBER_R7 && f->r7_at != EMBER_FRAME_KEPT)
		f->r7 = to;
}

/* Mark the value of sp, r11 or r7 as unknown; other registers are not tracked. */
static inline void ember_arm_lose(struct ember_frame_layout *f, unsigned int reg)
{
	if (reg == EMBER_SP)
		f->sp = EMBER_FRAME_UNKNOWN;
	if (reg == EMBER_R11)
		f->fp = EMBER_FRAME_UNKNOWN;
	if (reg == EMBER_R7)
		f->r7 = EMBER_FRAME_UNKNOWN;
}

/* A signal's frame: registers from r0 on, behind a ucontext's head; with SA_SIGINFO a
 * siginfo stands before that.
 */
#define EMBER_ARM_SIGRETURN	119
#define EMBER_ARM_RT_SIGRETURN	173
#define EMBER_ARM_EXIT		1
#define EMBER_ARM_UCONTEXT	32
#define EMBER_ARM_SIGINFO	128

/* By the system call whose number r7 is given. */
static inline uint8_t ember_arm_special(uint32_t call, int32_t *cfa_offset)
{
	*cfa_offset = EMBER_ARM_UCONTEXT;
	switch (call) {
	case EMBER_ARM_RT_SIGRETURN: *cfa_offset += EMBER_ARM_SIGINFO; return EMBER_CFA_SIGNAL;
	case EMBER_ARM_SIGRETURN: return EMBER_CFA_SIGNAL;
	case EMBER_ARM_EXIT: *cfa_offset = 0; return EMBER_CFA_END;
	}
	*cfa_offset = 0;
	return EMBER_CFA_NONE;
}

#endif
