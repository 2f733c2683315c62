// SPDX-License-Identifier: GPL-2.0-or-later
/* Loops over instructions that leave the frame as it is: what they skip, its step agrees. */
#include "unit.h"

#include "tool.h"
#include "unwind/function_flow.h"

#define AT 64 /* of the instruction that is walked over, in a function around it */

/* What is loaded is data, as far as it is in the function. */
static void loads_agree(const struct ember_isa *isa, const struct ember_flow_walk *walk,
			const struct ember_insn *insn)
{
	uint64_t at = insn->literal - 0x10000;
	uint32_t place;

	assert_int_equal(walk->loads, at < walk->bytes);
	for (; at < walk->bytes && at < insn->literal - 0x10000 + insn->literals;
	     at += 1u << isa->shift) {
		place = at >> isa->shift;
		assert_true(walk->data[place / 8] >> place % 8 & 1);
		assert_true(walk->found[place]);
		assert_true(walk->found[place] != EMBER_FRAME_DATA || place < walk->high);
	}
}

static void row_over(struct ember_flow_walk *walk, uint32_t end)
{
	(void)walk;
	(void)end;
	fail();
}

/* What is known of an instruction at a look, its step says the same of. */
static void walk_agrees(const struct ember_isa *isa, const uint8_t *code, bool bare)
{
	static uint8_t all[AT + 16];
	struct ember_frame_layout frame = isa->entry, before, walked;
	uint16_t found[256] = {}, *here = found + (AT >> isa->shift);
	struct ember_todo todo = {};
	uint8_t data[256 / 8] = {};
	struct ember_flow_walk walk = { .code = all,
					.found = found,
					.data = data,
					.bytes = 256,
					.room = sizeof(all),
					.at = AT,
					.most = 1,
					.number = 1,
					.known = { .made = true, .keeps = true, .bare = bare },
					.todo = &todo,
					.frame = &walked,
					.row = row_over };
	enum ember_walk_end end;
	struct ember_insn insn;

	memcpy(all + AT, code, 16);
	/* A frame with all that can be lost or restored. */
	frame.sp = 32;
	frame.fp = frame.r7 = bare ? EMBER_FRAME_UNKNOWN : 24;
	frame.ra_at = -4;
	frame.fp_at = bare ? EMBER_FRAME_KEPT : -8;
	frame.r7_at = -12;
	before = walked = frame;
	end = isa->walk(&walk);
	isa->step(code, 16, 0x10000 + AT, &frame, &insn);
	if (!insn.frame)
		assert_memory_equal(&frame, &before, sizeof(frame));
	if (end == EMBER_WALK_STEP) {
		assert_false(walk.done || here[0] || walk.at != AT);
		assert_memory_equal(&walked, &before, sizeof(walked));
		return;
	}
	assert_int_equal(walk.done, 1);
	assert_int_equal(walk.at - AT, insn.bytes);
	assert_int_equal(here[0], 1);
	assert_int_equal(here[(insn.bytes >> isa->shift) - 1],
			 insn.bytes >> isa->shift == 1 ? 1 : (EMBER_FRAME_INSIDE | 1));
	assert_int_equal(here[insn.bytes >> isa->shift] & ~EMBER_FRAME_DATA, 0);
	assert_memory_equal(&frame, &walked, sizeof(frame));
	if (!walk.stale)
		assert_memory_equal(&frame, &before, sizeof(frame));
	assert_false(insn.table);
	assert_true(!insn.literals || insn.literals == 4);
	if (insn.literals)
		loads_agree(isa, &walk, &insn);
	else
		assert_false(walk.loads || here[insn.bytes >> isa->shift]);
	assert_int_equal(walk.block, insn.block);
	assert_int_equal(walk.blocked, insn.block > 0);
	if (end == EMBER_WALK_CALL) {
		assert_int_equal(insn.flow, EMBER_FLOW_CALL);
	} else if (end == EMBER_WALK_RETURN) {
		assert_true(insn.flow == EMBER_FLOW_RETURN && !insn.conditional);
	} else if (walk.nr) {
		assert_int_equal(insn.flow, EMBER_FLOW_BRANCH);
		assert_int_equal(todo.place << isa->shift, insn.target - 0x10000);
		assert_int_equal(todo.frame, 1);
		assert_int_equal(end == EMBER_WALK_OVER, !insn.conditional);
	} else if (insn.flow != EMBER_FLOW_NEXT) {
		assert_int_equal(insn.flow, EMBER_FLOW_BRANCH);
		assert_int_equal(walk.far << isa->shift, insn.target - 0x10000);
	}
}

/* And of calls and of what is loaded. */
static void plain_agrees(const struct ember_isa *isa, const uint8_t *code)
{
	struct ember_frame_layout frame = isa->entry;
	static bool literal[EMBER_LITERALS];
	struct ember_quiet quiet = {
		.code = code, .room = 16, .end = 1, .literal = literal, .place = 1
	};
	uint32_t bytes = isa->quiet(&quiet), k;
	struct ember_insn insn;
	uint64_t to;
	bool calls;

	walk_agrees(isa, code, false);
	walk_agrees(isa, code, true);
	isa->step(code, 16, 0x10000, &frame, &insn);
	if (!bytes)
		return;
	assert_int_equal(insn.bytes, bytes);
	calls = insn.flow == EMBER_FLOW_CALL && insn.target && !insn.conditional;
	assert_int_equal(quiet.calls, calls);
	if (calls) {
		assert_int_equal(quiet.others & 1, insn.other_mode);
		assert_int_equal((uint32_t)(0x10000 + quiet.target[0]), (uint32_t)insn.target);
	}
	assert_true(!insn.literals || insn.literals == 4);
	for (k = 0; k < insn.literals; k += 1u << isa->shift) {
		to = (insn.literal + k - 0x10000) >> isa->shift;
		if (to >= EMBER_LITERALS)
			continue;
		assert_true(literal[(to + 1) % EMBER_LITERALS]);
		literal[(to + 1) % EMBER_LITERALS] = false;
	}
	assert_null(memchr(literal, true, sizeof(literal)));
}

static void test_plain(void **state)
{
	static const struct ember_isa *const sets[] = { &ember_isa_thumb, &ember_isa_arm,
							&ember_isa_a64, &ember_isa_x86_64 };
	uint64_t word = 1;
	uint8_t code[16];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 1 << 19; i++) {
		for (k = 0; k < 2; k++) {
			word = word * 6364136223846793005ull + 1442695040888963407ull;
			memcpy(code + 8 * k, (uint8_t *)&word + 1, 7);
			code[8 * k + 7] = word >> 40;
		}
		for (k = 0; k < 4; k++)
			plain_agrees(sets[k], code);
		/* All first halves of Thumb's, and x86's common opcodes with a prefix, */
		memcpy(code, (uint16_t[]){ i }, 2);
		plain_agrees(&ember_isa_thumb, code);
		code[0] = 0x40 | (i & 15);
		plain_agrees(&ember_isa_x86_64, code);
		/* add and sub of rsp and a constant, longer nops. */
		code[0] = 0x48;
		code[1] = i & 1 ? 0x83 : 0x81;
		code[2] = 0xc4 | (i & 0x38);
		plain_agrees(&ember_isa_x86_64, code);
		code[0] = 0x66;
		plain_agrees(&ember_isa_x86_64, code);
		memset(code, 0x66, 8);
		memcpy(code + (i & 7), "\x2e\x0f\x1f", 3);
		plain_agrees(&ember_isa_x86_64, code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
