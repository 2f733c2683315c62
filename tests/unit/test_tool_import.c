// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tool writes it reads back; what is broken it refuses. */
#include "tool.h"

#include <zlib.h>

#include "base/proto.h"
#include "export/export.h"
#include "import/file.h"

/* NULL: it can't be read, or makes no sense. */
static struct ember_profile *source(const char *path)
{
	struct ember_profile *profile;
	const char *why;
	size_t n;
	uint8_t *bytes = ember_import_slurp(path, &n);

	if (!bytes)
		return NULL;
	profile = ember_import_bytes(bytes, n, &why);
	free(bytes);
	return profile;
}

static char *folded(const struct ember_profile *p)
{
	char *path = tool_path("back.folded");

	assert_int_equal(ember_export_write(p, path, NULL), 0);
	return tool_read(path);
}

static void test_round_trips(void **state)
{
	static const char *const names[] = { "r.pb", "r.pb.gz", "r.folded" };
	struct ember_profile *p = tool_profile(), *back;
	unsigned int i;
	char *text;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(ember_export_write(p, tool_path(names[i]), NULL), 0);
		back = source(tool_path(names[i]));
		assert_non_null(back);
		text = folded(back);
		assert_string_equal(text, TOOL_FOLDED);
		free(text);
		if (i < 2) {
			assert_true(back->time_ns == p->time_ns);
			assert_true(back->duration_ns == p->duration_ns);
			assert_true(back->period == p->period);
			assert_int_equal(back->lost, 5);
			assert_int_equal(back->skipped, 0);
			assert_int_equal(back->truncated, 1);
			assert_int_equal(back->gaps, 2);
			assert_int_equal(back->nr_sample, p->nr_sample);
			assert_int_equal(back->nr_location, p->nr_location);
			assert_int_equal(back->sample[1].tid, 42);
			assert_int_equal(back->sample[1].tgid, 41);
			assert_string_equal(ember_text(back, back->mapping[1].build_id),
					    "0123456789abcdef0123456789abcdef01234567");
			assert_true(back->mapping[1].offset == 0x1000);
		}
		ember_profile_free(back);
	}
	/* The comment of one without gaps, as it was before there were any. */
	p->gaps = 0;
	assert_int_equal(ember_export_write(p, tool_path("r.pb"), NULL), 0);
	back = source(tool_path("r.pb"));
	assert_int_equal(back->truncated, 1);
	assert_int_equal(back->gaps, 0);
	ember_profile_free(back);
	ember_profile_free(p);
}

static struct ember_profile *read_text(const char *text, const char **why)
{
	*why = NULL;
	return ember_import_bytes(text, strlen(text), why);
}

static void test_folded(void **state)
{
	struct ember_profile *p;
	const char *why;
	char *text;

	(void)state;
	p = read_text("b;x y;z 2\r\na 1\n\nb;x y;z 3\nb;k_[k] 18446744073", &why);
	assert_non_null(p);
	text = folded(p);
	assert_string_equal(text, "a 1\nb;k_[k] 18446744073\nb;x y;z 5\n");
	free(text);
	ember_profile_free(p);
	assert_null(read_text("a;b 1\na;b\n", &why));
	assert_string_equal(why, "line 2 isn't a stack and a count");
	assert_null(read_text("a;b 1\na;b 99999999999999999999\n", &why));
	assert_string_equal(why, "line 2 isn't a stack and a count");
	assert_null(read_text("a;b -1\n", &why));
	assert_null(read_text(" 1\n", &why));
	assert_null(read_text("\n", &why));
	assert_string_equal(why, "neither pprof nor folded stacks");
	assert_null(read_text("some text\nof a letter\n", &why));
	assert_string_equal(why, "neither pprof nor folded stacks");
}

/* What other tools write beside stacks and counts. */
static void test_folded_others(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
		{ "# austin: 3.4\n# interval: 100\na;b 1\n", "a;b 1\n" },
		{ "\na;b 1\n \t\n", "a;b 1\n" },
		{ "a;b\t1\n", "a;b 1\n" },
		{ "a;b \t 1 \t\r\n", "a;b 1\n" },
		{ "a;;b 3\n;x 2\nb; 4\n7 3\n", "7 3\na;;b 3\nall;x 2\nb; 4\n" },
		/* Of two numbers in some lines alone the first is the name's. */
		{ "a;work 10 20\na;idle 5\n", "a;idle 5\na;work 10 20\n" },
	};
	struct ember_profile *p;
	const char *why;
	unsigned int i;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		p = read_text(cases[i].text, &why);
		assert_non_null(p);
		assert_int_equal(p->nr_type, 1);
		text = folded(p);
		assert_string_equal(text, cases[i].read);
		free(text);
		ember_profile_free(p);
	}
	assert_null(read_text("a;b 1.5\n", &why));
	assert_string_equal(why, "line 1: its count isn't a whole number");
	assert_null(read_text("a;b 1\n\n#\na;b\t1.0 \n", &why));
	assert_string_equal(why, "line 4: its count isn't a whole number");
	assert_null(read_text("a;b 1\na;b 1.\n", &why));
	assert_string_equal(why, "line 2: its count isn't a whole number");
	assert_null(read_text("a;b 1\na;b v1.5\n", &why));
	assert_string_equal(why, "line 2 isn't a stack and a count");
	assert_null(read_text("# nothing else\n", &why));
	assert_string_equal(why, "neither pprof nor folded stacks");
	assert_null(read_text("\n\x04\x08\x01 a;b 1\n", &why));
}

/* A process may call itself so, and isn't a comment for that. */
static void test_folded_hash(void **state)
{
	struct ember_profile *p = ember_profile_new(), *back;
	struct ember_sample sample = { .comm = ember_profile_string(p, "# hidden") };
	const char *why;
	char *text;

	(void)state;
	ember_profile_cpu(p, 1);
	ember_profile_sample(p, &sample, NULL, 0, (uint64_t[]){ 3, 3 });
	text = folded(p);
	back = read_text(text, &why);
	assert_non_null(back);
	assert_int_equal(back->nr_sample, 1);
	assert_string_equal(ember_text(back, back->sample[0].comm), "? hidden");
	free(text);
	ember_profile_free(back);
	ember_profile_free(p);
}

/* As `diff` writes them: the second is shown, through pprof as well. */
static void test_folded_two(void **state)
{
	struct ember_profile *p, *back;
	const char *why;
	char *text;

	(void)state;
	p = read_text("# before after\na;main;work 10 20\na;main;idle 5\t1\n", &why);
	assert_non_null(p);
	assert_int_equal(ember_export_write(p, tool_path("two.pb"), NULL), 0);
	back = source(tool_path("two.pb"));
	assert_non_null(back);
	assert_int_equal(back->nr_type, 2);
	assert_string_equal(ember_text(back, back->type[0].name), "before");
	assert_string_equal(ember_text(back, back->type[back->shown].name), "after");
	assert_int_equal(back->value[0] + back->value[2], 15);
	text = folded(back);
	assert_string_equal(text, "a;main;idle 1\na;main;work 20\n");
	free(text);
	ember_profile_free(back);
	ember_profile_free(p);
}

/* ---- pprof files as others write them ---- */

struct file {
	struct ember_buf all, part, inner;
};

static void put(struct file *f, unsigned int field)
{
	ember_proto_part(&f->all, field, &f->part);
}

static void put_string(struct file *f, const char *text)
{
	ember_proto_bytes(&f->all, 6, text, strlen(text));
}

static void put_type(struct file *f, unsigned int field, unsigned int name, unsigned int unit)
{
	ember_proto_number(&f->part, 1, name);
	ember_proto_number(&f->part, 2, unit);
	put(f, field);
}

/* Strings last, numbers one by one, large ids, an inlined call, no labels. */
static struct file foreign(void)
{
	static const char *const strings[] = {
		"",	     "alloc_space", "bytes",   "inuse_space",
		"/opt/prog", "outer",	    "inlined", "leaf",
	};
	struct file f = {};
	unsigned int i;

	/* location 1 << 40: `inlined` in `outer`; location 9: `leaf` */
	ember_proto_number(&f.part, 1, 1ull << 40);
	ember_proto_number(&f.part, 2, 3);
	ember_proto_number(&f.part, 3, 0x4100);
	for (i = 0; i < 2; i++) {
		ember_proto_number(&f.inner, 1, i ? 70 : 80);
		ember_proto_number(&f.inner, 2, 12 + i);
		ember_proto_part(&f.part, 4, &f.inner);
	}
	put(&f, 4);
	ember_proto_number(&f.part, 1, 9);
	ember_proto_number(&f.part, 3, 0x4200);
	ember_proto_number(&f.inner, 1, 90);
	ember_proto_part(&f.part, 4, &f.inner);
	put(&f, 4);
	ember_proto_number(&f.part, 1, 9);
	ember_proto_number(&f.part, 1, 1ull << 40);
	ember_proto_number(&f.part, 2, 7);
	ember_proto_number(&f.part, 2, 5);
	put(&f, 2);
	put_type(&f, 1, 1, 2);
	put_type(&f, 1, 3, 2);
	for (i = 0; i < 3; i++) {
		ember_proto_number(&f.part, 1, 70 + 10 * i);
		ember_proto_number(&f.part, 2, 5 + i);
		put(&f, 5);
	}
	ember_proto_number(&f.part, 1, 3);
	ember_proto_number(&f.part, 2, 0x4000);
	ember_proto_number(&f.part, 3, 0x5000);
	ember_proto_number(&f.part, 5, 4);
	put(&f, 3);
	ember_proto_number(&f.all, 14, 1);
	for (i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		put_string(&f, strings[i]);
	return f;
}

static void drop(struct file *f)
{
	free(f->all.bytes);
	free(f->part.bytes);
	free(f->inner.bytes);
}

/* A function of one name on both sides stays two, through pprof as well. */
static void test_folded_kernel(void **state)
{
	static const char lines[] = "a;copy 1\na;copy_[k] 2\n";
	struct ember_profile *p, *back;
	const char *why;
	char *text;

	(void)state;
	p = read_text(lines, &why);
	assert_non_null(p);
	assert_int_equal(ember_export_write(p, tool_path("kernel.pb"), NULL), 0);
	ember_profile_free(p);
	back = source(tool_path("kernel.pb"));
	assert_non_null(back);
	text = folded(back);
	assert_string_equal(text, lines);
	free(text);
	ember_profile_free(back);
}

static void test_foreign(void **state)
{
	struct file f = foreign();
	struct ember_profile *p;
	const char *why = NULL;
	char *text;

	(void)state;
	p = ember_import_bytes(f.all.bytes, f.all.used, &why);
	assert_null(why);
	assert_non_null(p);
	assert_int_equal(p->nr_type, 2);
	/* default_sample_type: alloc_space */
	text = folded(p);
	assert_string_equal(text, "prog;outer;inlined;leaf 7\n");
	free(text);
	ember_profile_free(p);
	drop(&f);
}

static void refused(struct file *f, const char *because)
{
	const char *why = NULL;

	assert_null(ember_import_bytes(f->all.bytes, f->all.used, &why));
	assert_non_null(why);
	assert_non_null(strstr(why, because));
	drop(f);
}

static void test_refused(void **state)
{
	struct file f;

	(void)state;
	f = foreign();
	ember_proto_number(&f.part, 1, 9); /* one value of two */
	ember_proto_number(&f.part, 2, 7);
	put(&f, 2);
	refused(&f, "a sample");
	f = foreign();
	ember_proto_number(&f.part, 1, 10); /* no such location */
	put(&f, 2);
	refused(&f, "an id that isn't there");
	f = foreign();
	ember_proto_number(&f.part, 1, 9); /* a location twice */
	put(&f, 4);
	refused(&f, "twice");
	f = foreign();
	ember_proto_number(&f.part, 1, 4); /* no such string */
	ember_proto_number(&f.part, 5, 400);
	put(&f, 3);
	refused(&f, "a string");
	f = foreign();
	ember_proto_number(&f.part, 1, 9);
	ember_proto_number(&f.part, 2, -1);
	ember_proto_number(&f.part, 2, 1);
	put(&f, 2);
	refused(&f, "negative");
	f = foreign();
	f.all.used -= 3; /* cut */
	refused(&f, "cut short");
}

/* Flipped bytes and cuts, plain and within gzip: refused or read, never worse. */
static void test_corrupt(void **state)
{
	struct ember_profile *p = tool_profile();
	static const char *const names[] = { "c.pb", "c.pb.gz", "c.folded" };
	unsigned int i, turn;

	(void)state;
	srand(5);
	for (i = 0; i < 3; i++) {
		char *path = tool_path(names[i]), *text, *bytes;
		unsigned int good = 0, bad = 0;
		long n;
		FILE *file;

		assert_int_equal(ember_export_write(p, path, NULL), 0);
		text = tool_read(path);
		file = fopen(path, "rb");
		fseek(file, 0, SEEK_END);
		n = ftell(file);
		fclose(file);
		for (turn = 0; turn < 20000; turn++) {
			size_t length = turn % 4 ? n : rand() % n;
			const char *why = NULL;
			struct ember_profile *back;
			unsigned int flips = rand() % 4;

			/* Exactly as long, for the sanitizer to see reads beyond it. */
			bytes = malloc(length ? length : 1);
			memcpy(bytes, text, length);
			while (length && flips--)
				bytes[rand() % length] = rand();
			back = ember_import_bytes(bytes, length, &why);
			assert_true(!back == !!why);
			back ? good++ : bad++;
			if (back && turn % 16 == 0)
				free(folded(back));
			ember_profile_free(back);
			free(bytes);
		}
		assert_true(good && bad);
		free(text);
	}
	ember_profile_free(p);
}

/* A bomb ends at the limit, not in our memory. */
static void test_bomb(void **state)
{
	char *path = tool_path("bomb.gz"), *zeros = calloc(1, 1 << 20);
	gzFile file = gzopen(path, "wb9");
	unsigned int i;

	(void)state;
	assert_non_null(file);
	for (i = 0; i < 300; i++)
		assert_int_equal(gzwrite(file, zeros, 1 << 20), 1 << 20);
	gzclose(file);
	free(zeros);
	assert_null(source(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),   cmocka_unit_test(test_folded),
		cmocka_unit_test(test_folded_others), cmocka_unit_test(test_folded_hash),
		cmocka_unit_test(test_folded_two),    cmocka_unit_test(test_folded_kernel),
		cmocka_unit_test(test_foreign),	      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_corrupt),	      cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests_name("tool_import", tests, NULL, tool_clean);
}
