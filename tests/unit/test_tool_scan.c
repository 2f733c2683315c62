// SPDX-License-Identifier: GPL-2.0-or-later
/* Code without unwind information: what its instructions do to a frame, and who's next. */
#include "unit.h"

#include "tool.h"
#include "unwind/function_flow.h"

static struct ember_function_flow routine;

static void follow(const struct ember_isa *isa, const void *code, uint32_t bytes)
{
	routine.isa = isa;
	routine.begin = 0x10000;
	routine.bytes = bytes;
	routine.room = bytes;
	routine.code = code;
	ember_flow_begin(&routine);
	while (ember_flow_step(&routine, 1 + bytes % 7))
		;
}
#define THUMB(...)                                            \
	follow(&ember_isa_thumb, (uint16_t[]){ __VA_ARGS__ }, \
	       sizeof((uint16_t[]){ __VA_ARGS__ }))
#define ARM(...)                                            \
	follow(&ember_isa_arm, (uint32_t[]){ __VA_ARGS__ }, \
	       sizeof((uint32_t[]){ __VA_ARGS__ }))

static const struct ember_frame_layout *at(uint32_t offset)
{
	uint16_t number = routine.at[offset >> routine.isa->shift];

	assert_true(number && number <= routine.nr);
	return &routine.frame[number - 1];
}

static void test_thumb_frame(void **state)
{
	(void)state;
	THUMB(0xb590, /*  0 push {r4, r7, lr} */
	      0xb083, /*  2 sub sp, #12 */
	      0xaf00, /*  4 add r7, sp, #0 */
	      0xb118, /*  6 cbz r0, 16 */
	      0xebad, 0x0d03, /*  8 sub.w sp, sp, r3 */
	      0xbf00, /* 12 nop */
	      0xe7ff, /* 14 b 16 */
	      0x370c, /* 16 adds r7, #12 */
	      0x46bd, /* 18 mov sp, r7 */
	      0xbd90); /* 20 pop {r4, r7, pc} */
	assert_int_equal(routine.bytes, 22);
	assert_int_equal(at(0)->sp, 0);
	assert_int_equal(at(0)->ra_at, EMBER_FRAME_KEPT);
	assert_int_equal(at(2)->sp, 12);
	assert_int_equal(at(2)->ra_at, -4);
	assert_int_equal(at(2)->r7_at, -8);
	assert_int_equal(at(4)->sp, 24);
	assert_int_equal(at(6)->r7, 24);
	/* The offset of sp is unknown from here on; that of r7 is known. */
	assert_int_equal(at(12)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(12)->r7, 24);
	assert_int_equal(at(18)->r7, 12);
	assert_int_equal(at(20)->sp, 12);
	assert_int_equal(routine.done.bad, 0);
}

static void test_thumb_large(void **state)
{
	(void)state;
	THUMB(0xe92d, 0x4ff0, /*  0 push {r4-r11, lr} */
	      0xed2d, 0x8b04, /*  4 vpush {d8-d9} */
	      0xf5ad, 0x5d80, /*  8 sub.w sp, sp, #4096 */
	      0xf50d, 0x5d80, /* 12 add.w sp, sp, #4096 */
	      0xecbd, 0x8b04, /* 16 vpop */
	      0xe8bd, 0x8ff0); /* 20 pop {r4-r11, pc} */
	assert_int_equal(at(4)->sp, 36);
	assert_int_equal(at(4)->fp_at, -8);
	assert_int_equal(at(4)->r7_at, -24);
	assert_int_equal(at(8)->sp, 52);
	assert_int_equal(at(12)->sp, 52 + 4096);
	assert_int_equal(at(20)->sp, 36);
	assert_int_equal(routine.done.good, 1);
	/* One register, and the varargs above it. */
	THUMB(0xb40f, /* 0 push {r0-r3} */
	      0xf84d, 0xed04, /* 2 str lr, [sp, #-4]! */
	      0xf85d, 0xeb04, /* 6 ldr lr, [sp], #4 */
	      0xb004, /* 10 add sp, #16 */
	      0x4770); /* 12 bx lr */
	assert_int_equal(at(6)->sp, 20);
	assert_int_equal(at(6)->ra_at, -20);
	assert_int_equal(at(10)->ra_at, EMBER_FRAME_KEPT);
	assert_int_equal(routine.done.good, 1);
}

/* A return under a condition leaves the frame to what follows. */
static void test_conditions(void **state)
{
	(void)state;
	THUMB(0xb510, /* 0 push {r4, lr} */
	      0xbf18, /* 2 it ne */
	      0xbd10, /* 4 popne {r4, pc} */
	      0x2001, /* 6 movs r0, #1 */
	      0xbd10); /* 8 pop {r4, pc} */
	assert_int_equal(at(6)->sp, 8);
	assert_int_equal(at(6)->ra_at, -4);
	ARM(0xe92d4010, /*  0 push {r4, lr} */
	    0xe24dd008, /*  4 sub sp, sp, #8 */
	    0x028dd008, /*  8 addeq sp, sp, #8 */
	    0x08bd8010, /* 12 popeq {r4, pc} */
	    0xe3a00001, /* 16 mov r0, #1 */
	    0xe28dd008, /* 20 add sp, sp, #8 */
	    0xe8bd8010); /* 24 pop {r4, pc} */
	assert_int_equal(at(4)->ra_at, -4);
	assert_int_equal(at(16)->sp, 16);
	assert_int_equal(at(24)->sp, 8);
	assert_int_equal(routine.done.good, 1);
}

/* A table's targets find the frame of the jump; the table is no code. */
static void test_table(void **state)
{
	(void)state;
	THUMB(0xb510, /*  0 push {r4, lr} */
	      0xe8df, 0xf000, /*  2 tbb [pc, r0] */
	      0x0402, /*  6 to 6 + 4, 6 + 8 */
	      0xffff, /*  8 what is no target: not looked at */
	      0xb082, /* 10 sub sp, #8 */
	      0xe001, /* 12 b 18 */
	      0xbd10, /* 14 pop {r4, pc} */
	      0xbf00, /* 16 */
	      0xb002, /* 18 add sp, #8 */
	      0xbd10); /* 20 pop {r4, pc} */
	assert_int_equal(routine.at[3], EMBER_FRAME_DATA);
	assert_int_equal(at(10)->sp, 8);
	assert_int_equal(at(14)->sp, 8);
	assert_int_equal(at(18)->sp, 16);
	assert_int_equal(routine.done.good, 2);
}

/* What is loaded from the code isn't followed; behind it another function begins. */
static void test_literals(void **state)
{
	(void)state;
	THUMB(0xb508, /*  0 push {r3, lr} */
	      0x4801, /*  2 ldr r0, [pc, #4]: 8 */
	      0xf7ff, 0xfffe, /*  4 bl */
	      0xb510, 0xb510, /*  8 a number */
	      0x4b00, /* 12 ldr r3, [pc, #0]: 16 */
	      0xb570, /* 14 push {r4-r6, lr} */
	      0xbd70); /* 16 */
	assert_int_equal(routine.bytes, 12);
	assert_int_equal(routine.at[4], EMBER_FRAME_DATA);
	assert_int_equal(routine.at[5], EMBER_FRAME_DATA);
	/* A call that doesn't come back, right before it. */
	THUMB(0xb508, /*  0 push {r3, lr} */
	      0xf7ff, 0xfffe, /*  2 bl */
	      0x4603, /*  6 mov r3, r0 */
	      0xb570, /*  8 push {r4-r6, lr} */
	      0xbd70); /* 10 pop {r4-r6, pc} */
	assert_int_equal(routine.bytes, 6);
	/* And one that does. */
	THUMB(0xb508, /*  0 push {r3, lr} */
	      0xf7ff, 0xfffe, /*  2 bl */
	      0x4603, /*  6 mov r3, r0 */
	      0xbd08); /*  8 pop {r3, pc} */
	assert_int_equal(routine.bytes, 10);
	/* A number that would save lr, behind what fills up to it: no function begins there. */
	THUMB(0xb508, /*  0 push {r3, lr} */
	      0x4802, /*  2 ldr r0, [pc, #8]: 12 */
	      0xf7ff, 0xfffe, /*  4 bl */
	      0xe002, /*  8 b 16 */
	      0xbf00, /* 10 nop */
	      0xb55e, 0x0000, /* 12 a number: push {r1-r4, r6, lr} */
	      0xbd08); /* 16 pop {r3, pc} */
	assert_int_equal(routine.bytes, 18);
	assert_int_equal(at(16)->sp, 8);
}

#define A64(...)                                            \
	follow(&ember_isa_a64, (uint32_t[]){ __VA_ARGS__ }, \
	       sizeof((uint32_t[]){ __VA_ARGS__ }))

#define X86(...)                                              \
	follow(&ember_isa_x86_64, (uint8_t[]){ __VA_ARGS__ }, \
	       sizeof((uint8_t[]){ __VA_ARGS__ }))

/* What never comes back stands before literals, and is followed before what loads them. */
static void test_literals_later(void **state)
{
	(void)state;
	THUMB(0xb510, /*  0 push {r4, lr} */
	      0xb908, /*  2 cbnz r0, 8 */
	      0xe002, /*  4 b 12 */
	      0xbf00, /*  6 nop */
	      0x4801, /*  8 ldr r0, [pc, #4]: 16 */
	      0xbd10, /* 10 pop {r4, pc} */
	      0xf001, 0xf800, /* 12 bl elsewhere */
	      0x0000, 0x0000); /* 16 */
	assert_int_equal(routine.at[8], EMBER_FRAME_DATA);
	assert_false(routine.done.leaves);
	assert_false(routine.calls);
	assert_int_equal(at(12)->sp, 8);
}

static void test_x86(void **state)
{
	(void)state;
	X86(0x41, 0x54, /*  0 push r12 */
	    0x55, /*  2 push rbp */
	    0x48, 0x83, 0xec, 0x18, /*  3 sub rsp, 24 */
	    0x48, 0x85, 0xff, /*  7 test rdi, rdi */
	    0x74, 0x0b, /* 10 je 23 */
	    0x48, 0x83, 0xc4, 0x18, /* 12 add rsp, 24 */
	    0x5d, 0x41, 0x5c, /* 16 pop rbp; pop r12 */
	    0xe9, 0, 0, 0x10, 0, /* 19 jmp elsewhere: cut by one byte below */
	    0xc3);
	assert_int_equal(at(0)->sp, 8);
	assert_int_equal(at(2)->sp, 16);
	assert_int_equal(at(3)->fp_at, -24);
	assert_int_equal(at(7)->sp, 48);
	assert_int_equal(at(19)->sp, 8);
	assert_int_equal(at(19)->fp_at, EMBER_FRAME_KEPT);
	assert_int_equal(at(19)->ra_at, -8);
	/* alloca's room. */
	X86(0x55, 0x48, 0x89, 0xe5, /*  0 push rbp; mov rbp, rsp */
	    0x48, 0x29, 0xd4, /*  4 sub rsp, rdx */
	    0x48, 0x2b, 0x65, 0xf0, /*  7 sub rsp, [rbp - 16] */
	    0x48, 0x29, 0xe2, /* 11 sub rdx, rsp */
	    0xc9, 0xc3); /* 14 leave; ret */
	assert_int_equal(at(4)->sp, 16);
	assert_int_equal(at(7)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(11)->fp, 16);
	assert_int_equal(at(15)->sp, 8);
	/* By rbp, over a turned stack. */
	X86(0x55, /*  0 push rbp */
	    0x48, 0x89, 0xe5, /*  1 mov rbp, rsp */
	    0x48, 0x83, 0xe4, 0xe0, /*  4 and rsp, -32 */
	    0x48, 0x81, 0xec, 0, 1, 0, 0, /*  8 sub rsp, 256 */
	    0x90, /* 15 nop */
	    0xc9, /* 16 leave */
	    0xc3); /* 17 ret */
	assert_int_equal(at(4)->fp, 16);
	assert_int_equal(at(8)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(15)->fp, 16);
	assert_int_equal(at(17)->sp, 8);
	assert_int_equal(at(17)->fp_at, EMBER_FRAME_KEPT);
	assert_int_equal(routine.done.good, 1);
}

static void test_a64(void **state)
{
	(void)state;
	/* A frame too large for a constant, without a record in it. */
	A64(0xd503233f, /*  0 paciasp */
	    0xd288080c, /*  4 mov x12, #16448 */
	    0xcb2c63ff, /*  8 sub sp, sp, x12 */
	    0xf9000bfe, /* 12 str x30, [sp, #16] */
	    0xa90077f3, /* 16 stp x19, x29, [sp] */
	    0xb40000e0, /* 20 cbz x0, 48 */
	    0xf9400bfe, /* 24 ldr x30, [sp, #16] */
	    0xa94077f3, /* 28 ldp x19, x29, [sp] */
	    0xd288080c, /* 32 mov x12, #16448 */
	    0x8b2c63ff, /* 36 add sp, sp, x12 */
	    0xd50323bf, /* 40 autiasp */
	    0xd65f03c0, /* 44 ret */
	    0xd63f0020, /* 48 blr x1 */
	    0xd4200000); /* 52 brk */
	assert_int_equal(at(8)->sp, 0);
	assert_int_equal(at(12)->sp, 16448);
	assert_int_equal(at(12)->ra_at, EMBER_FRAME_KEPT);
	assert_int_equal(at(20)->ra_at, -16432);
	assert_int_equal(at(20)->fp_at, -16440);
	assert_int_equal(at(28)->ra_at, EMBER_FRAME_KEPT);
	assert_int_equal(at(36)->sp, 16448);
	assert_int_equal(at(40)->sp, 0);
	assert_int_equal(at(48)->ra_at, -16432);
	assert_int_equal(routine.done.good, 1);
	/* By another register's value, not to be known. */
	A64(0xd288080c, 0xcb2b63ff, 0xd503201f);
	assert_int_equal(at(8)->sp, EMBER_FRAME_UNKNOWN);
	/* By x29 over a turned stack. */
	A64(0xa9bd7bfd, /*  0 stp x29, x30, [sp, #-48]! */
	    0x910003fd, /*  4 mov x29, sp */
	    0x927cec5f, /*  8 and sp, x2, #-16 */
	    0xd503201f, /* 12 nop */
	    0x910003bf, /* 16 mov sp, x29 */
	    0xa8c37bfd, /* 20 ldp x29, x30, [sp], #48 */
	    0xd65f03c0); /* 24 ret */
	assert_int_equal(at(4)->ra_at, -40);
	assert_int_equal(at(12)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(12)->fp, 48);
	assert_int_equal(at(20)->sp, 48);
	assert_int_equal(at(24)->fp_at, EMBER_FRAME_KEPT);
	assert_int_equal(routine.done.good, 1);
}

/* A stack that is aligned, as hand-written code does it: the old sp is kept on the new one. */
static void test_aligned(void **state)
{
	(void)state;
	THUMB(0xe92d, 0x5ff0, /*  0 push {r4-r12, lr} */
	      0xf1ad, 0x0b50, /*  4 sub.w r11, sp, #80 */
	      0xf02b, 0x0b0f, /*  8 bic.w r11, r11, #15 */
	      0x46ec, /* 12 mov r12, sp */
	      0x46dd, /* 14 mov sp, r11 */
	      0xf8cd, 0xc04c, /* 16 str.w r12, [sp, #76] */
	      0xb082, /* 20 sub sp, #8 */
	      0xb002, /* 22 add sp, #8 */
	      0xf8dd, 0xd04c, /* 24 ldr.w sp, [sp, #76] */
	      0xe8bd, 0x9ff0); /* 28 pop {r4-r12, pc} */
	assert_int_equal(at(14)->sp, 40);
	assert_int_equal(at(14)->fp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(16)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(16)->old_at, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(20)->old_at, 76);
	assert_int_equal(at(20)->old, 40);
	assert_int_equal(at(20)->ra_at, -4);
	assert_int_equal(at(22)->old_at, 84);
	assert_int_equal(at(24)->old_at, 76);
	assert_int_equal(at(28)->sp, 40);
	assert_int_equal(routine.done.good, 1);
	assert_int_equal(routine.done.bad, 0);
	/* The same with a call between, which leaves something else in r12. */
	THUMB(0xe92d, 0x5ff0, 0xf1ad, 0x0b50, 0xf02b, 0x0b0f, 0x46ec, 0x46dd,
	      0x4798, /* 16 blx r3 */
	      0xf8cd, 0xc04c, 0xe7fe);
	assert_int_equal(at(22)->old_at, EMBER_FRAME_UNKNOWN);
	ARM(0xe92d5ff0, /*  0 push {r4-r12, lr} */
	    0xe24db050, /*  4 sub r11, sp, #80 */
	    0xe3cbb00f, /*  8 bic r11, r11, #15 */
	    0xe1a0c00d, /* 12 mov r12, sp */
	    0xe1a0d00b, /* 16 mov sp, r11 */
	    0xe58dc04c, /* 20 str r12, [sp, #76] */
	    0xe59dd04c, /* 24 ldr sp, [sp, #76] */
	    0xe8bd9ff0); /* 28 pop {r4-r12, pc} */
	assert_int_equal(at(20)->sp, EMBER_FRAME_UNKNOWN);
	assert_int_equal(at(24)->old_at, 76);
	assert_int_equal(at(24)->old, 40);
	assert_int_equal(at(28)->sp, 40);
	assert_int_equal(routine.done.good, 1);
}

/* What a try has found of the function behind another one is what it finds by itself. */
static void test_taken(void **state)
{
	static const uint8_t code[] = {
		0x53, /*  0 push %rbx */
		0xe8, 0x00, 0x10, 0x00, 0x00, /*  1 call 0x1006 */
		0x5b, /*  6 pop %rbx */
		0xc3, /*  7 ret */
		0x85, 0xff, /*  8 test %edi, %edi */
		0x74, 0x04, /* 10 je 16 */
		0x31, 0xc0, /* 12 xor %eax, %eax */
		0xc3, /* 14 ret */
		0x90, /* 15 nop */
		0x53, /* 16 push %rbx */
		0x31, 0xdb, /* 17 xor %ebx, %ebx */
		0x5b, /* 19 pop %rbx */
		0xc3, /* 20 ret */
	};
	const uint32_t first = 8, rest = sizeof(code) - first;
	struct ember_frame_layout taken[sizeof(code)];
	uint16_t places[sizeof(code)];
	uint32_t i;

	(void)state;
	follow(&ember_isa_x86_64, code, sizeof(code));
	assert_int_equal(routine.bytes, first);
	routine.begin += first;
	routine.code += first;
	routine.room = rest;
	/* Less of its code isn't what was tried. */
	routine.bytes = rest - 1;
	assert_false(ember_flow_take(&routine));
	routine.bytes = rest;
	assert_true(ember_flow_take(&routine));
	while (ember_flow_step(&routine, 2))
		;
	assert_int_equal(routine.bytes, rest);
	assert_int_equal(routine.done.good, 2);
	for (i = 0; i < rest; i++) {
		/* Numbers go on from those of functions before it. */
		places[i] = routine.at[i] - routine.base;
		if (places[i] < EMBER_FRAME_INSIDE)
			taken[i] = *at(i);
	}
	assert_false(ember_flow_take(&routine));
	follow(&ember_isa_x86_64, code + first, rest);
	assert_int_equal(routine.bytes, rest);
	assert_memory_equal(routine.at, places, rest * sizeof(*places));
	for (i = 0; i < rest; i++)
		if (places[i] < EMBER_FRAME_INSIDE)
			assert_memory_equal(at(i), &taken[i], sizeof(taken[i]));
	assert_int_equal(at(17 - first)->sp, 16);
}

/* A function that is followed in one step is what it is in steps of an instruction each. */
static void test_steps(void **state)
{
	static const uint8_t code[] = {
		0x55, 0x53, /*  0 push %rbp; push %rbx */
		0x48, 0x83, 0xec, 0x08, /*  2 sub $8, %rsp */
		0x89, 0xfd, /*  6 mov %edi, %ebp */
		0x74, 0x12, /*  8 je 28 */
		0x48, 0x89, 0xe7, /* 10 mov %rsp, %rdi */
		0xe8, 0x00, 0x10, 0x00, 0x00, /* 13 call */
		0x75, 0x0d, /* 18 jne 33 */
		0x48, 0x83, 0xc4, 0x08, /* 20 add $8, %rsp */
		0x5b, 0x5d, 0xc3, /* 24 pop %rbx; pop %rbp; ret */
		0x90, /* 27 nop */
		0xc5, 0xf8, 0x77, /* 28 vzeroupper */
		0xeb, 0x02, /* 31 jmp 35 */
		0x0f, 0x0b, /* 33 ud2 */
		0x50, /* 35 push %rax */
		0xeb, 0xe7, /* 36 jmp 13 */
	};
	uint16_t places[sizeof(code)];
	unsigned int nr, work;

	(void)state;
	routine.isa = &ember_isa_x86_64;
	routine.begin = 0x10000;
	routine.code = code;
	for (work = 1000; work; work = work == 1000 ? 7 : work / 2) {
		routine.bytes = routine.room = sizeof(code);
		ember_flow_begin(&routine);
		while (ember_flow_step(&routine, work))
			;
		assert_int_equal(routine.done.good, 1);
		assert_int_equal(routine.done.bad, 1);
		if (work == 1000) {
			memcpy(places, routine.at, sizeof(places));
			nr = routine.nr;
		}
		assert_int_equal(routine.nr, nr);
		assert_memory_equal(places, routine.at, sizeof(places));
	}
	assert_int_equal(at(10)->sp, 32);
	assert_int_equal(at(18)->sp, at(10)->sp);
	assert_int_equal(at(24)->sp, 24);
	assert_int_equal(at(33)->sp, 32);
	assert_int_equal(at(36)->sp, 40);
}

/* What looks like another function behind a call ends at a number: the call comes back. */
static void test_numbers(void **state)
{
	static const uint16_t code[] = {
		0xb510, /*  0 push {r4, lr} */
		0xb082, /*  2 sub sp, #8 */
		0xb920, /*  4 cbnz r0, 16 */
		0xb002, /*  6 add sp, #8 */
		0x4803, /*  8 ldr r0, [pc, #12]: 24 */
		0x2100, 0x2200, /* 10 movs r1, #0; movs r2, #0 */
		0x4718, /* 14 bx r3 */
		0xf001, 0xf800, /* 16 bl elsewhere */
		0xf04f, 0x0300, /* 20 mov.w r3, #0 */
		0xb510, 0xb510, /* 24 a number: push {r4, lr} */
	};
	unsigned int work;

	(void)state;
	routine.isa = &ember_isa_thumb;
	routine.begin = 0x10000;
	routine.code = (const void *)code;
	for (work = 1; work <= 1000; work *= 10) {
		routine.bytes = routine.room = sizeof(code);
		ember_flow_begin(&routine);
		while (ember_flow_step(&routine, work))
			;
		assert_int_equal(routine.bytes, sizeof(code));
		assert_int_equal(at(14)->sp, 8);
		assert_int_equal(at(16)->sp, 16);
		assert_int_equal(at(20)->sp, 16);
		assert_int_equal(routine.at[12], EMBER_FRAME_DATA);
	}
}

static void test_special(void **state)
{
	static const uint8_t sigreturn[] = { 0x4f, 0xf0, 0x77, 0x07, 0x00, 0xdf },
			     rt[] = { 0xad, 0x70, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef },
			     leave[] = { 0x01, 0x27, 0x00, 0xdf, 0, 0 },
			     a64[] = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4 },
			     other[] = { 0x02, 0x27, 0x00, 0xdf, 0, 0 };
	int32_t offset;

	(void)state;
	assert_int_equal(ember_isa_thumb.special(sigreturn, 6, &offset), EMBER_CFA_SIGNAL);
	assert_int_equal(offset, 32);
	assert_int_equal(ember_isa_arm.special(rt, 8, &offset), EMBER_CFA_SIGNAL);
	assert_int_equal(offset, 160);
	assert_int_equal(ember_isa_thumb.special(leave, 6, &offset), EMBER_CFA_END);
	assert_int_equal(ember_isa_a64.special(a64, 8, &offset), EMBER_CFA_SIGNAL);
	assert_int_equal(ember_isa_a64.special(a64, 7, &offset), EMBER_CFA_NONE);
	assert_int_equal(ember_isa_thumb.special(other, 6, &offset), EMBER_CFA_NONE);
	assert_int_equal(ember_isa_thumb.special(leave, 3, &offset), EMBER_CFA_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned),	    cmocka_unit_test(test_thumb_frame),
		cmocka_unit_test(test_thumb_large), cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_table),	    cmocka_unit_test(test_literals),
		cmocka_unit_test(test_x86),	    cmocka_unit_test(test_literals_later),
		cmocka_unit_test(test_a64),	    cmocka_unit_test(test_special),
		cmocka_unit_test(test_taken),	    cmocka_unit_test(test_steps),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
