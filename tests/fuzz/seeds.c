// SPDX-License-Identifier: GPL-2.0-or-later
/* Seeds that are no files of the machine's. usage: seeds FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <emberprof.h>

#include "../unit/flight_kit.h"

#include "link/serial_frame.h"
#include "log/fields.h"
#include "log/writer.h"
#include "model/labels.h"
#include "model/recording.h"
#include "export/pprof.h"
#include "import/folded.h"

static FILE *create(const char *folder, const char *target, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static void seed_profiles(const char *folder)
{
	static const char text[] =
		"cat;main;read;[libc.so.6+0x1234];sys_read_[k];copy_[k] 17\n"
		"sh;main;fork 3\n[interrupt];e1000_intr_[k] 2\n";
	struct ember_profile *p;
	const char *why;
	FILE *file = create(folder, "pprof", "folded");

	fputs(text, file);
	fclose(file);
	file = create(folder, "pprof", "folded.two");
	fputs("a;main;work 10 20\na;main;idle 5 1\n", file);
	fclose(file);
	file = create(folder, "pprof", "folded.others");
	fputs("# austin: 3.4\n\na;b\t1 \na;;b 1.5\r\n", file);
	fclose(file);
	p = ember_folded_read(text, strlen(text), &why);
	if (!p)
		exit(1);
	file = create(folder, "pprof", "pb");
	ember_export_pprof(file, p, false);
	fclose(file);
	file = create(folder, "pprof", "pb.gz");
	ember_export_pprof(file, p, true);
	fclose(file);
	ember_profile_free(p);
}

/* A log, and the same on a serial line. */
struct seed_files {
	FILE *log, *line;
};

static void seed_chunk(void *context, const void *chunk, uint32_t n)
{
	const struct seed_files *to = context;
	struct ember_buf frame = {};

	fwrite(chunk, n, 1, to->log);
	ember_serial_frame_put(chunk, n, false, &frame);
	fwrite(frame.bytes, frame.used, 1, to->line);
	free(frame.bytes);
}

#define PUT(r, ring, kind, rec)                                           \
	do {                                                              \
		(rec).h.type = (kind);                                    \
		(rec).h.size = sizeof(rec);                               \
		ember_recording_record(&(r), ring, (const void *)&(rec)); \
	} while (0)

/* An ember_labels_fn. */
static uint32_t seed_labels(void *context, struct ember_recording *r,
			    const struct ember_thread *thread)
{
	(void)context;
	if (thread->tid == 41)
		return 0;
	return ember_labels_add(&r->labels, "cgroup", "/system.slice/a.service",
				ember_labels_add(&r->labels, "unit", "a.service", 0));
}

/* A log of two threads, one with labels, and two stacks. */
static void seed_log(const char *folder)
{
	static const struct ember_stream_header hello = {
		.board = "board-1",
		.boot = "00000000-0000-0000-0000-000000000001",
		.release = "6.1.0",
		.period_ns = 10000000,
		.session = 1,
		.stream = 0x01020304,
		.cpus = 2
	};
	struct ember_rec_time time = { .time = 5000000000 };
	struct ember_rec_thread thread = { .tid = 41, .tgid = 41, .space = 1, .comm = "work" };
	struct ember_rec_space space = { .space = 1, .generation = 1, .tgid = 41 };
	struct ember_rec_map map = { .space = 1,
				     .start = 0x555500001000,
				     .end = 0x555500003000,
				     .offset = 0x1000,
				     .file = 1 };
	struct ember_rec_space_end end = { .space = 1, .generation = 1, .maps = 1 };
	struct ember_rec_sample sample = {};
	struct ember_rec_lost lost = { .lost = 2, .skipped = 1 };
	struct ember_rec_event event = { .type = EMBER_EVENT_GROWTH,
					 .unit = EMBER_UNIT_BYTES,
					 .period = 65536 };
	struct ember_rec_weighted weighted = { .weight = 70000 };
	struct ember_rec_event_lost event_lost = { .lost = 2, .weight = 200000 };
	struct {
		struct ember_record h;
		uint8_t rest[sizeof(struct ember_rec_file) - sizeof(struct ember_record)];
		char path[16];
	} file = {};
	struct {
		struct ember_record h;
		uint8_t rest[sizeof(struct ember_rec_stack) - sizeof(struct ember_record)];
		uint64_t frames[3];
	} stack = { .frames = { 0xffffffff81234567, 0x555500001234, 0x555500002345 } };
	struct ember_rec_rate rate = {};
	struct ember_rec_file *f = (void *)&file;
	struct ember_rec_stack *s = (void *)&stack;
	struct ember_log_writer writer;
	struct ember_recording r;
	struct seed_files out = { create(folder, "log", "small.ember"),
				  create(folder, "link", "line") };
	unsigned int i;

	ember_recording_init(&r, 3, hello.period_ns);
	r.time_ns = 1764000000000000000;
	r.started_ns = 5000000000;
	r.labelled = seed_labels;
	ember_log_begin(&writer, &r, &hello, 0, 0, seed_chunk, &out);
	f->file = 1;
	f->path_bytes = 13;
	f->build_id_bytes = 20;
	f->ino = 77;
	memset(f->build_id, 0xab, 20);
	memcpy(file.path, "/usr/bin/work", 13);
	PUT(r, 2, EMBER_REC_FILE, file);
	PUT(r, 2, EMBER_REC_SPACE, space);
	PUT(r, 2, EMBER_REC_MAP, map);
	PUT(r, 2, EMBER_REC_SPACE_END, end);
	for (i = 0; i < 2; i++) {
		PUT(r, i, EMBER_REC_TIME, time);
		PUT(r, i, EMBER_REC_EVENT, event);
		thread.tid = 41 + i;
		PUT(r, i, EMBER_REC_THREAD, thread);
		s->nr_kernel = i;
		s->nr_user = 2;
		s->end_user = i ? EMBER_END_GAPS : EMBER_END_WHOLE;
		if (!i)
			memmove(stack.frames, stack.frames + 1, 16);
		PUT(r, i, EMBER_REC_STACK, stack);
		stack.frames[0] = 0xffffffff81234567;
		stack.frames[1] = 0x555500001234;
		stack.frames[2] = 0x555500002345;
	}
	for (i = 0; i < 10; i++) {
		sample.time = (uint32_t)(time.time + (i + 1) * 10000000ull);
		rate.shift = i / 3;
		if (i % 3 == 2)
			PUT(r, 0, EMBER_REC_RATE, rate);
		PUT(r, i % 3 == 1, EMBER_REC_SAMPLE, sample);
		weighted.time = sample.time;
		weighted.detail = i % 3;
		if (i % 3)
			PUT(r, i % 3 == 1, EMBER_REC_WEIGHTED, weighted);
	}
	PUT(r, 0, EMBER_REC_EVENT_LOST, event_lost);
	PUT(r, 0, EMBER_REC_LOST, lost);
	ember_recording_stop(&r);
	r.duration_ns = 100000000;
	ember_log_end(&writer);
	ember_log_free(&writer);
	ember_recording_free(&r);
	fclose(out.log);
	fclose(out.line);
}

static void chunk(struct ember_buf *log, uint32_t sequence, uint8_t flags, const void *plain,
		  uint32_t n)
{
	struct ember_packer *packer = ember_packer_new();
	struct ember_chunk c = { .stream = 5, .sequence = sequence, .flags = flags };

	/* Parts are cut from what was packed. */
	if (flags) {
		c.payload = plain;
		c.n = n;
	} else {
		ember_chunk_pack(packer, plain, n, &c);
	}
	ember_chunk_put(&c, log);
	ember_packer_free(packer);
}

static void hello(struct ember_buf *plain, const char *board)
{
	struct ember_stream_header h = { .boot = "boot",
					 .period_ns = 10000000,
					 .unit_ns = 1000000 };
	struct ember_buf m = {};

	strcpy(h.board, board);
	ember_stream_header_put(&m, &h);
	ember_proto_part(plain, EMBER_CHUNK_HELLO, &m);
	free(m.bytes);
}

/* The log as it is, for both fuzzers that search for chunks; it is freed. */
static void hostile(const char *folder, const char *name, struct ember_buf *log)
{
	static const char *const targets[] = { "log", "link" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		FILE *file = create(folder, targets[i], name);

		fwrite(log->bytes, log->used, 1, file);
		fclose(file);
	}
	log->used = 0;
}

/* Stacks of `depth` kernel frames, of which all but one are shared with the stack before. */
static void bomb(struct ember_buf *plain, uint32_t first, uint32_t nr, uint32_t depth)
{
	struct ember_buf m = {}, column = {};
	const uint32_t value[10] = { [3] = depth, [6] = 2, [8] = 1, [9] = depth - 1 };
	uint32_t i, k;

	ember_proto_number(&m, EMBER_STACKS_FIRST, first);
	for (k = EMBER_STACKS_KIND; k <= EMBER_STACKS_SHARED; k++) {
		for (i = 0; i < nr; i++)
			ember_proto_varint(&column, first || k < 8 ? value[k] : 0);
		/* The first stack has all its frames. */
		for (i = 1; !first && k == EMBER_STACKS_KERNEL_ADDRESS && i < depth; i++)
			ember_proto_varint(&column, 2);
		ember_proto_part(&m, k, &column);
	}
	ember_proto_part(plain, EMBER_CHUNK_STACKS, &m);
	free(m.bytes);
	free(column.bytes);
}

/* What was sent to hurt: its kinds are listed in tests/unit/test_tool_search.c and others. */
static void seed_hostile(const char *folder)
{
	static const uint8_t header[EMBER_CHUNK_HEADER] = { 0xe5, 'M', 'B', 0x1a, 1, 0, 24 };
	struct ember_buf log = {}, plain = {};
	uint32_t i, left;

	for (i = 0; i < 64; i++) {
		ember_proto_copy(&log, header, sizeof(header));
		left = (63 - i) * sizeof(header);
		log.bytes[log.used - 8] = left;
		log.bytes[log.used - 7] = left >> 8;
	}
	hostile(folder, "false-headers", &log);
	hello(&plain, "bomb");
	bomb(&plain, 0, 1, 120);
	chunk(&log, 0, 0, plain.bytes, plain.used);
	for (i = 0; i < 3; i++) {
		plain.used = 0;
		bomb(&plain, 1 + 9000 * i, 9000, 120);
		chunk(&log, 1 + i, 0, plain.bytes, plain.used);
	}
	hostile(folder, "bomb", &log);
	plain.used = 0;
	hello(&plain, "one");
	hello(&plain, "two");
	chunk(&log, 0, 0, plain.bytes, plain.used);
	hostile(folder, "two-hellos", &log);
	plain.used = 0;
	hello(&plain, "split");
	chunk(&log, 0, EMBER_CHUNK_MORE, plain.bytes, 5);
	chunk(&log, 1, EMBER_CHUNK_REST, plain.bytes + 5, plain.used - 5);
	hostile(folder, "split-hello", &log);
	free(log.bytes);
	free(plain.bytes);
}

/* One record, its text or its frames after it, in a block of its own. */
static void record(FILE *file, unsigned int ring, unsigned int type, void *rec, size_t bytes,
		   const void *more, size_t more_bytes)
{
	size_t all = (bytes + more_bytes + 7) & ~7ul;
	uint8_t head[8] = { ring, all / 8 }, zero[8] = {};
	struct ember_record *h = rec;

	h->type = type;
	h->size = all;
	fwrite(head, 1, sizeof(head), file);
	fwrite(rec, 1, bytes, file);
	if (more_bytes)
		fwrite(more, 1, more_bytes, file);
	fwrite(zero, 1, all - bytes - more_bytes, file);
}

static void seed_records(const char *folder)
{
	FILE *file = create(folder, "recording", "records");
	struct ember_rec_file f = {
		.file = 1,
		.dev_major = 8,
		.ino = 2,
		.build_id_bytes = 20,
		.path_bytes = 7,
	};
	struct ember_rec_space s = { .space = 1, .generation = 1, .tgid = 42, .time = 5 };
	struct ember_rec_map m = { .space = 1, .start = 0x1000, .end = 0x9000, .file = 1 };
	struct ember_rec_space_end e = { .space = 1, .generation = 1, .maps = 1 };
	struct ember_rec_time t = { .time = 1ull << 33 };
	struct ember_rec_thread h = {
		.thread = 1,
		.tid = 43,
		.tgid = 42,
		.space = 1,
		.comm = "cat",
	};
	struct ember_rec_stack k = { .stack = 1, .nr_kernel = 1, .nr_user = 2 };
	uint64_t frames[] = { 0xffffffff81000010ull, 0x1234, 0x2345 };
	struct ember_rec_sample p = { .time = 7, .thread = 1, .stack = 1 };
	struct ember_rec_lost l = { .lost = 3, .skipped = 1 };
	struct ember_rec_event v = { .type = EMBER_EVENT_GROWTH,
				     .unit = EMBER_UNIT_BYTES,
				     .period = 65536 };
	struct ember_rec_weighted w = { .time = 8, .thread = 1, .stack = 1, .weight = 70000 };
	struct ember_rec_event_lost x = { .lost = 1, .weight = 65536 };
	struct ember_rec_rate y = { .shift = 2, .time = 9 };

	record(file, 2, EMBER_REC_FILE, &f, sizeof(f), "/bin/cat", 8);
	record(file, 2, EMBER_REC_SPACE, &s, sizeof(s), NULL, 0);
	record(file, 2, EMBER_REC_MAP, &m, sizeof(m), NULL, 0);
	record(file, 2, EMBER_REC_SPACE_END, &e, sizeof(e), NULL, 0);
	record(file, 0, EMBER_REC_TIME, &t, sizeof(t), NULL, 0);
	record(file, 0, EMBER_REC_THREAD, &h, sizeof(h), NULL, 0);
	record(file, 0, EMBER_REC_STACK, &k, sizeof(k), frames, sizeof(frames));
	record(file, 0, EMBER_REC_SAMPLE, &p, sizeof(p), NULL, 0);
	record(file, 0, EMBER_REC_LOST, &l, sizeof(l), NULL, 0);
	record(file, 0, EMBER_REC_SAMPLE, &p, sizeof(p), NULL, 0);
	record(file, 0, EMBER_REC_EVENT, &v, sizeof(v), NULL, 0);
	record(file, 0, EMBER_REC_WEIGHTED, &w, sizeof(w), NULL, 0);
	record(file, 0, EMBER_REC_EVENT_LOST, &x, sizeof(x), NULL, 0);
	record(file, 0, EMBER_REC_RATE, &y, sizeof(y), NULL, 0);
	record(file, 0, EMBER_REC_SAMPLE, &p, sizeof(p), NULL, 0);
	fclose(file);
}

/* A table of two pages, and a stack of frames that its rules unwind. */
static void seed_step(const char *folder)
{
	static const struct ember_rule rules[4] = {
		{ .cfa = EMBER_CFA_NONE },
		{ .cfa = EMBER_CFA_SP,
		  .cfa_offset = 16,
		  .ra = EMBER_SAVED_CFA,
		  .ra_offset = -2,
		  .fp = EMBER_SAVED_CFA,
		  .fp_offset = -4 },
		{ .cfa = EMBER_CFA_FP,
		  .cfa_offset = 16,
		  .ra = EMBER_SAVED_CFA,
		  .ra_offset = -2 },
		{ .cfa = EMBER_CFA_END },
	};
	static const struct ember_row rows[5] = {
		{ 0, 0 }, { 0x100, 1 }, { 0x200, 2 }, { 0, 1 }, { 0x300, 3 }
	};
	static const uint32_t pages[3] = { 0, 3, 5 };
	static const uint8_t counts[4] = { 2, 5, 4, 1 };
	uint64_t regs[4] = { 0x10110, 0, 0, 0x7ffc00000000ul }, stack[16], i;
	FILE *file = create(folder, "step", "frames");

	for (i = 0; i < 16; i += 2) {
		stack[i] = 0x7ffc00000000ul + 8 * i + 32;
		stack[i + 1] = i < 10 ? 0x10180 + 0x100 * (i & 2) : 0x20310;
	}
	fwrite(counts, 1, sizeof(counts), file);
	fwrite(pages, 1, sizeof(pages), file);
	fwrite(rows, 1, sizeof(rows), file);
	fwrite(rules, 1, sizeof(rules), file);
	fwrite(regs, 1, sizeof(regs), file);
	fwrite(stack, 1, sizeof(stack), file);
	fclose(file);
}

static void seed_flight(const char *folder)
{
	FILE *file = create(folder, "flight", "region");
	struct flight *f = flight_new();
	unsigned int i;

	for (i = 0; i < 40; i++) {
		flight_sample(f, 0, 1 + i % 7);
		flight_sample(f, 1, 1 + i % 3);
	}
	fwrite(f->region, 1, sizeof(f->region), file);
	fclose(file);
	free(f);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	seed_step(argv[1]);
	seed_profiles(argv[1]);
	seed_records(argv[1]);
	seed_log(argv[1]);
	seed_hostile(argv[1]);
	seed_flight(argv[1]);
	return 0;
}
