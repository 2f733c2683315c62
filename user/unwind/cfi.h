/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call frame information as DWARF has it: small programs that say, for a function's
 * instructions in order, where the caller's registers are. Sources: DWARF 5, 6.4; LSB
 * 5.0, 10.6 (.eh_frame); the DWARF supplements of each architecture for register numbers.
 */
#ifndef EMBER_UNWIND_CFI_H
#define EMBER_UNWIND_CFI_H

#include <emberprof_table.h>
#include "unwind/cursor.h"

/* Numbers of the registers that a walk needs. */
struct ember_cfi_registers {
	uint8_t sp, fp, r7, ra;		/* 255: there is none */
	bool link;			/* calls leave the return address in `ra` */
	uint8_t signal_sp;		/* where a signal's frame has sp; 0: it's always alike */
};

/* NULL: not an architecture that is unwound. */
const struct ember_cfi_registers *ember_cfi_registers(uint16_t machine);

/* What the entries of one kind of function have in common. */
struct ember_cie {
	uint64_t at;			/* in its section: which one it is */
	uint64_t code_align;
	int64_t data_align;
	uint8_t pointers;		/* how the entries' are encoded: DW_EH_PE_* */
	bool augmented;			/* entries have a block of more data */
	bool foreign;			/* the return address is in a register of its own */
	bool signal;
	struct ember_cursor program;	/* what holds at a function's first instruction */
};

/* At each place where the rule changes, in order, from the first instruction on. */
typedef void ember_cfi_row(void *context, uint64_t pc, const struct ember_rule *rule);

enum { /* how a register is found */
       EMBER_CFI_SAME,
       EMBER_CFI_AT_CFA,
       EMBER_CFI_AT_FP,
       EMBER_CFI_LOST,
       EMBER_CFI_UNDEFINED,
};

struct ember_cfi_state {
	uint8_t cfa;			/* enum ember_cfa of an expression, NONE: by a register */
	uint8_t add;			/* to what an expression finds */
	uint64_t reg;
	int64_t offset;
	struct ember_cfi_found {
		uint8_t how;
		int64_t offset;
	} ra, fp, r7;
};

#define EMBER_CFI_DEPTH 16		/* of remembered states */

/* An entry's program, while it's run. */
struct ember_cfi {
	const struct ember_cfi_registers *regs;
	const struct ember_cie *cie;
	struct ember_cursor program;
	struct ember_cfi_state now, first, kept[EMBER_CFI_DEPTH];
	unsigned int depth;
	uint64_t pc, end;
	ember_cfi_row *row;
	void *context;
};

/*
 * Run an entry's CFI program for begin .. end and pass its rows to @row. ember_cfi_go() runs
 * until *work reaches @most. The rows before an invalid instruction (EMBER_CFI_BAD) are valid.
 */
enum ember_cfi_end { EMBER_CFI_BAD, EMBER_CFI_MORE, EMBER_CFI_WHOLE };

enum ember_cfi_end ember_cfi_begin(struct ember_cfi *cfi,
				   const struct ember_cfi_registers *registers,
				   const struct ember_cie *cie, struct ember_cursor program,
				   uint64_t begin, uint64_t end, ember_cfi_row *row,
				   void *context);
enum ember_cfi_end ember_cfi_go(struct ember_cfi *cfi, unsigned int *work, unsigned int most);

#endif
