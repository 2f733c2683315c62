/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds programs and looks up symbols for addresses in them. The expected names come
 * from binutils.
 */
#ifndef SYMBOLS_KIT_H
#define SYMBOLS_KIT_H

#include "unit.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/recording.h"
#include "symbolize/symbols.h"

#define KIT_BASE	0x7f0000000000ull	/* where a file's first byte is mapped */

struct kit_symbol {
	uint64_t start, size;
	char name[512];
	char bind[8];
};

struct kit_table {			/* functions, as readelf lists them */
	struct kit_symbol *symbol;
	size_t nr;
};

struct kit_segment {
	uint64_t offset, address, bytes;
};

struct kit_binary {
	struct ember_file file;
	struct kit_segment segment[64];
	unsigned int nr_segment;
};

static char kit_dir[64];

__attribute__((format(printf, 1, 2), unused))
static FILE *kit_pipe(const char *format, ...)
{
	char command[4096];
	va_list args;
	FILE *pipe;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	return pipe;
}

/* A shell command in the test's own folder; it must succeed. */
__attribute__((format(printf, 1, 2), unused))
static void kit_run(const char *format, ...)
{
	char command[4096];
	va_list args;
	int n = snprintf(command, sizeof(command), "cd %s && ", kit_dir);

	va_start(args, format);
	vsnprintf(command + n, sizeof(command) - n, format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

__attribute__((unused))
static void kit_write(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", kit_dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The path of a file in the test's own folder; of four calls before, the text stays. */
__attribute__((unused))
static const char *kit_path(const char *name)
{
	static char path[4][256];
	static unsigned int at;

	snprintf(path[++at & 3], sizeof(*path), "%s/%s", kit_dir, name);
	return path[at & 3];
}

/* Cut the section headers off, as sstrip does. */
__attribute__((unused))
static void kit_bare(const char *from, const char *to)
{
	uint8_t head[64];
	uint64_t end;
	int fd;

	kit_run("cp %s %s && chmod u+w %s", from, to, to);
	fd = open(kit_path(to), O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, head, sizeof(head), 0), sizeof(head));
	if (head[EI_CLASS] == ELFCLASS64) {
		memcpy(&end, head + 40, 8);
		memset(head + 40, 0, 8);
		memset(head + 58, 0, 6);
	} else {
		end = 0;
		memcpy(&end, head + 32, 4);
		memset(head + 32, 0, 4);
		memset(head + 46, 0, 6);
	}
	assert_int_equal(pwrite(fd, head, head[EI_CLASS] == ELFCLASS64 ? 64 : 52, 0),
			 head[EI_CLASS] == ELFCLASS64 ? 64 : 52);
	assert_int_equal(ftruncate(fd, end), 0);
	close(fd);
}

__attribute__((unused))
static int kit_setup(void **state)
{
	(void)state;
	snprintf(kit_dir, sizeof(kit_dir), "/tmp/emberprof-test-XXXXXX");
	return mkdtemp(kit_dir) ? 0 : -1;
}

__attribute__((unused))
static int kit_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", kit_dir);
	return system(command);
}

/* Files made before are older than a recording that begins now. */
__attribute__((unused))
static void kit_age(void)
{
	usleep(20000);
}

/* Fill @b as the module would define the file: path, inode, build-id; and its segments. */
__attribute__((unused))
static void kit_binary(struct kit_binary *b, const char *path)
{
	char line[1024], id[64] = "";
	unsigned int byte;
	struct stat st;
	FILE *pipe;
	size_t i;

	memset(b, 0, sizeof(*b));
	assert_int_equal(stat(path, &st), 0);
	b->file.path = strdup(path);
	b->file.dev_major = major(st.st_dev);
	b->file.dev_minor = minor(st.st_dev);
	b->file.ino = st.st_ino;
	pipe = kit_pipe("readelf -lnW '%s' 2>/dev/null", path);
	while (fgets(line, sizeof(line), pipe)) {
		struct kit_segment *s = &b->segment[b->nr_segment];
		const char *note = strstr(line, "Build ID: ");

		if (note)
			sscanf(note, "Build ID: %63s", id);
		if (sscanf(line, " LOAD %" SCNx64 " %" SCNx64 " %*x %" SCNx64, &s->offset,
			   &s->address, &s->bytes) == 3)
			b->nr_segment++;
	}
	pclose(pipe);
	for (i = 0; id[2 * i] && sscanf(id + 2 * i, "%2x", &byte) == 1; i++)
		b->file.build_id[i] = byte;
	b->file.build_id_bytes = i;
}

__attribute__((unused))
static void kit_binary_free(struct kit_binary *b)
{
	free(b->file.path);
}

__attribute__((unused))
static bool kit_mapped(const struct kit_binary *b, uint64_t address)
{
	unsigned int i;

	for (i = 0; i < b->nr_segment; i++)
		if (address - b->segment[i].address < b->segment[i].bytes)
			return true;
	return false;
}

__attribute__((unused))
static void kit_place(const struct kit_binary *b, uint64_t address, bool caller,
		      struct ember_place *place)
{
	uint64_t at = address - caller;
	unsigned int i;

	*place = (struct ember_place){
		.file = &b->file, .file_number = 1, .tgid = getpid(),
		.map_start = KIT_BASE, .map_end = KIT_BASE + (1ull << 32),
		.caller = caller,
	};
	for (i = 0; i < b->nr_segment; i++)
		if (at - b->segment[i].address < b->segment[i].bytes && !place->pc)
			place->pc = KIT_BASE + at - b->segment[i].address +
				    b->segment[i].offset + caller;
	if (!place->pc)
		fail_msg("no segment has 0x%" PRIx64, address);
}

__attribute__((unused))
static const char *kit_ask(struct ember_symbols *symbols, const struct kit_binary *b,
			   uint64_t address, bool caller)
{
	struct ember_place place;
	struct ember_name name;

	kit_place(b, address, caller, &place);
	ember_symbols_user(symbols, &place, &name);
	if (name.name)
		assert_int_equal(name.address, address);
	return name.name;
}

/* One address of one file, by a cache of its own; into a static text, or NULL. */
/* Where the function around an address begins, if it has no name; else 0. */
__attribute__((unused))
static uint64_t kit_begin(struct ember_symbols *symbols, const struct kit_binary *b,
			  uint64_t address)
{
	struct ember_place place;
	struct ember_name name;

	kit_place(b, address, false, &place);
	ember_symbols_user(symbols, &place, &name);
	return name.name ? 0 : name.begin;
}

__attribute__((unused))
static const char *kit_name(const struct kit_binary *b, uint64_t address)
{
	struct ember_symbols *symbols = ember_symbols_new();
	static char text[1024];
	const char *name;

	name = kit_ask(symbols, b, address, false);
	if (name)
		snprintf(text, sizeof(text), "%s", name);
	ember_symbols_free(symbols);
	return name ? text : NULL;
}

static int kit_order(const void *a, const void *b)
{
	const struct kit_symbol *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void kit_table_add(struct kit_table *t, const char *path)
{
	FILE *pipe = kit_pipe("readelf -sW --dyn-syms '%s' 2>/dev/null", path);
	char line[4096];

	while (fgets(line, sizeof(line), pipe)) {
		struct kit_symbol s = { };
		char type[16], index[16];

		if (sscanf(line, " %*d: %" SCNx64 " %" SCNi64 " %15s %7s %*s %15s %511[^ @\n]",
			   &s.start, &s.size, type, s.bind, index, s.name) != 6 ||
		    (strcmp(type, "FUNC") && strcmp(type, "IFUNC")) || !strcmp(index, "UND"))
			continue;
		if (!(t->nr & (t->nr - 1))) {
			t->symbol = realloc(t->symbol, (t->nr ? 2 * t->nr : 1) * sizeof(s));
			assert_non_null(t->symbol);
		}
		t->symbol[t->nr++] = s;
	}
	pclose(pipe);
}

/* All functions with an address, of all tables, by start. */
__attribute__((unused))
static void kit_table(struct kit_table *t, const struct kit_binary *b, const char *path)
{
	char debug[128] = "/usr/lib/debug/.build-id/";
	size_t i, n = strlen(debug);

	memset(t, 0, sizeof(*t));
	kit_table_add(t, path);
	/* Where the machine has its libraries' debug files installed they count. */
	for (i = 0; b && i < b->file.build_id_bytes; i++)
		n += sprintf(debug + n, "%02x%s", b->file.build_id[i], i ? "" : "/");
	strcpy(debug + n, ".debug");
	if (!access(debug, R_OK))
		kit_table_add(t, debug);
	qsort(t->symbol, t->nr, sizeof(*t->symbol), kit_order);
}

/* Of one function that must be there. */
__attribute__((unused))
static const struct kit_symbol *kit_find(const struct kit_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (!strcmp(t->symbol[i].name, name))
			return &t->symbol[i];
	fail_msg("no %s", name);
	return NULL;
}

#endif
