/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call frame information as DWARF has it: small programs that say, for a function's
 * instructions in order, where the caller's registers are. Sources: DWARF 5, 6.4; LSB
 * 5.0, 10.6 (.eh_frame); the DWARF supplements of each architecture for register numbers.
 */
#ifndef EMBER_UNWIND_CFI_H
#define EMBER_UNWIND_CFI_H

#include "../../kmod/unwind/table.h"
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

/* What an entry's program says of begin .. end; false if it makes no sense: then what was
 * told before that is good.
 */
bool ember_cfi_run(const struct ember_cfi_registers *registers, const struct ember_cie *cie,
		   struct ember_cursor program, uint64_t begin, uint64_t end,
		   ember_cfi_row *row, void *context);

#endif
