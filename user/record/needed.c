// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/needed.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "record/dynamic.h"
#include "record/ldcache.h"

#define EMBER_NEEDED_FILES   512
#define EMBER_NEEDED_TRIES   20000 /* paths that are looked at in all */
#define EMBER_NEEDED_SCRIPTS 4 /* `#!` that lead to another one, as the kernel has it */
#define EMBER_NEEDED_BYTES   (4u << 20) /* of ld.so's own files */
#define EMBER_SCRIPT_BYTES   256 /* of a `#!` line */

/* A search. What is looked for now, and for whom. */
struct ember_seeker {
	struct ember_needed *needed;
	struct ember_safe_open *reach;
	unsigned int tries;
	char *interpreter; /* of the program, or NULL */
	uint16_t machine;
	bool wide;
	char *cache, *places; /* texts of ld.so's own files, or NULL */
	uint64_t cache_bytes, places_bytes;
	const char *name;
	uint32_t by;
};

/* All of a file, with a NUL behind it, for the caller to free; NULL: it can't be had. */
static char *ember_seek_read(struct ember_seeker *s, const char *path, uint64_t *bytes)
{
	int fd = ember_safe_open_file(s->reach, 0, path);
	char *text = NULL;
	ssize_t n;

	*bytes = 0;
	while (fd >= 0 && *bytes < EMBER_NEEDED_BYTES) {
		text = ember_xrealloc(text, *bytes + BUFSIZ + 1, 1);
		n = read(fd, text + *bytes, BUFSIZ);
		if (n <= 0)
			break;
		*bytes += n;
	}
	if (fd >= 0)
		close(fd);
	if (text)
		text[*bytes] = 0;
	return text;
}

/* Write path to `to` as an absolute path. Return false if it exceeds PATH_MAX. */
static bool ember_seek_absolute(const char *path, char *to)
{
	size_t n = 0;

	if (*path != '/') {
		if (!getcwd(to, PATH_MAX))
			return false;
		n = strlen(to);
		to[n++] = '/';
	}
	if (n + strlen(path) >= PATH_MAX)
		return false;
	strcpy(to + n, path);
	return true;
}

static void ember_seek_add(struct ember_seeker *s, const char *path, const char *name)
{
	struct ember_needed *n = s->needed;

	if (n->nr == EMBER_NEEDED_FILES)
		return;
	n->file = ember_array_reserve(n->file, n->nr, &n->room, sizeof(*n->file));
	n->file[n->nr++] = (struct ember_needed_file){ .path = ember_copy(path),
						       .name = ember_copy(name),
						       .by = s->by };
}

/* Takes a library, if it is there and of the program's kind. */
static bool ember_seek_try(void *context, const char *path)
{
	struct ember_seeker *s = context;
	char absolute[PATH_MAX];
	struct ember_elf elf;
	bool good;
	int fd;

	if (s->tries++ >= EMBER_NEEDED_TRIES || !ember_seek_absolute(path, absolute))
		return false;
	fd = ember_safe_open_file(s->reach, 0, absolute);
	if (fd < 0 || !ember_elf_open(&elf, fd))
		return false;
	good = elf.machine == s->machine && elf.wide == s->wide;
	ember_elf_close(&elf);
	if (good)
		ember_seek_add(s, absolute, s->name);
	return good;
}

/* Puts a folder's part in, $ORIGIN being that of the file; false: there is more to it. */
static bool ember_seek_expand(const char *at, size_t bytes, const char *file, char *to,
			      size_t room)
{
	size_t n = 0, origin = strrchr(file, '/') - file;

	while (bytes && n + origin + 2 < room) {
		size_t skip = !strncmp(at, "$ORIGIN", 7)   ? 7 :
			      !strncmp(at, "${ORIGIN}", 9) ? 9 :
							     0;

		if (skip && skip <= bytes) {
			memcpy(to + n, file, origin);
			n += origin;
		} else if (*at == '$') {
			return false;
		} else {
			to[n++] = *at;
			skip = 1;
		}
		at += skip;
		bytes -= skip;
	}
	to[n] = 0;
	return !bytes;
}

/* Folders with one of `ends` between them; NULL: none. What is empty is where we are. */
static bool ember_seek_in(struct ember_seeker *s, const char *places, const char *ends,
			  const char *file)
{
	char folder[PATH_MAX], path[PATH_MAX];

	while (places && s->tries < EMBER_NEEDED_TRIES) {
		size_t n = strcspn(places, ends);

		if (ember_seek_expand(places, n, file, folder, sizeof(folder)) &&
		    snprintf(path, sizeof(path), "%s/%s", *folder ? folder : ".", s->name) <
			    (int)sizeof(path) &&
		    ember_seek_try(s, path))
			return true;
		places = places[n] ? places + n + 1 : NULL;
	}
	return false;
}

/* The folders of those that led here; musl takes DT_RUNPATH for one of them. */
static bool ember_seek_rpath(struct ember_seeker *s, bool musl)
{
	const struct ember_needed_file *file = s->needed->file;
	uint32_t i = s->by;

	if (file[i].runpath && !musl)
		return false;
	for (;;) {
		const char *places = musl && file[i].runpath ? file[i].runpath : file[i].rpath;

		if (ember_seek_in(s, places, ":", file[i].path))
			return true;
		if (file[i].by == i)
			return false;
		i = file[i].by;
	}
}

/* Where the interpreter itself is, there its libraries are; on Debian so below /usr, too. */
static bool ember_seek_beside(struct ember_seeker *s)
{
	char path[PATH_MAX + 8] = "/usr", *real = realpath(s->interpreter, path + 4), *end;

	end = real ? strrchr(real, '/') : NULL;
	if (!end)
		return false;
	*end = 0;
	return ember_seek_in(s, real, "", path) || ember_seek_in(s, path, "", path);
}

static bool ember_seek_glibc(struct ember_seeker *s, const char *environment)
{
	const struct ember_needed_file *file = s->needed->file;

	if (!s->cache)
		s->cache = ember_seek_read(s, "/etc/ld.so.cache", &s->cache_bytes);
	return ember_seek_rpath(s, false) || ember_seek_in(s, environment, ":;", file->path) ||
	       ember_seek_in(s, s->needed->file[s->by].runpath, ":", file[s->by].path) ||
	       (s->cache &&
		ember_ldcache_find(s->cache, s->cache_bytes, s->name, ember_seek_try, s)) ||
	       ember_seek_beside(s) ||
	       ember_seek_in(s, "/lib64:/usr/lib64:/lib:/usr/lib", ":", file->path);
}

static bool ember_seek_musl(struct ember_seeker *s, const char *environment)
{
	char path[64];
	const char *name = strrchr(s->interpreter, '/') + 1;
	size_t n = strcspn(name, ".");

	/* /lib/ld-musl-ARCH.so.1 has /etc/ld-musl-ARCH.path */
	if (!s->places && n + 12 < sizeof(path)) {
		snprintf(path, sizeof(path), "/etc/%.*s.path", (int)n, name);
		s->places = ember_seek_read(s, path, &s->places_bytes);
	}
	return ember_seek_in(s, environment, ":", s->needed->file->path) ||
	       ember_seek_rpath(s, true) ||
	       ember_seek_in(s, s->places ? s->places : "/lib:/usr/local/lib:/usr/lib", ":\n",
			     s->needed->file->path);
}

static void ember_seek_library(struct ember_seeker *s, const char *name)
{
	const char *environment = getenv("LD_LIBRARY_PATH");
	char path[PATH_MAX];
	uint32_t i;

	for (i = 0; i < s->needed->nr; i++)
		if (!strcmp(s->needed->file[i].name, name))
			return;
	s->name = name;
	if (strchr(name, '/')) {
		if (ember_seek_expand(name, strlen(name), s->needed->file[s->by].path, path,
				      sizeof(path)))
			ember_seek_try(s, path);
	} else if (s->interpreter && strstr(s->interpreter, "/ld-musl-")) {
		ember_seek_musl(s, environment);
	} else if (s->interpreter) {
		ember_seek_glibc(s, environment);
	}
}

/* An ELF file's needs; it's the n-th. */
static void ember_seek_elf(struct ember_seeker *s, const struct ember_elf *elf, uint32_t n)
{
	struct ember_dynamic d;
	const char *name;
	uint32_t i;

	ember_dynamic_read(elf, &d);
	s->by = n;
	s->needed->file[n].rpath = d.rpath;
	s->needed->file[n].runpath = d.runpath;
	d.rpath = d.runpath = NULL;
	if (!s->machine) {
		s->machine = elf->machine;
		s->wide = elf->wide;
		/* It's known by its name among the libraries, as musl's and glibc's own are. */
		if (d.interpreter && *d.interpreter == '/') {
			s->interpreter = ember_copy(d.interpreter);
			name = strrchr(s->interpreter, '/') + 1;
			ember_seek_add(s, s->interpreter, name);
		}
	}
	for (i = 0; i < d.nr; i++)
		ember_seek_library(s, d.needed[i]);
	ember_dynamic_free(&d);
}

/* A program, as execvp() finds it. */
static bool ember_seek_program(struct ember_seeker *s, const char *name)
{
	const char *places = getenv("PATH");
	char path[PATH_MAX], real[PATH_MAX];
	size_t n;

	if (strchr(name, '/')) {
		if (!realpath(name, real))
			return false;
		ember_seek_add(s, real, name);
		return true;
	}
	for (places = places ? places : "/bin:/usr/bin"; places;
	     places = places[n] ? places + n + 1 : NULL) {
		n = strcspn(places, ":");
		if (snprintf(path, sizeof(path), "%.*s/%s", n ? (int)n : 1, n ? places : ".",
			     name) < (int)sizeof(path) &&
		    !access(path, X_OK) && realpath(path, real)) {
			ember_seek_add(s, real, name);
			return true;
		}
	}
	return false;
}

/* What is no ELF file names a program that runs it, or else the shell does. */
static bool ember_seek_script(struct ember_seeker *s, const char *path)
{
	int fd = ember_safe_open_file(s->reach, 0, path);
	char line[EMBER_SCRIPT_BYTES], *word, *next;
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	line[n] = 0;
	if (strncmp(line, "#!", 2))
		return ember_seek_program(s, "/bin/sh");
	line[strcspn(line, "\n")] = 0;
	word = strtok_r(line + 2, " \t", &next);
	if (!word)
		return false;
	/* It runs another one at once. */
	n = strlen(word);
	if (n > 4 && !strcmp(word + n - 4, "/env")) {
		char *program = strtok_r(NULL, " \t", &next);

		if (program && !strchr(program, '=') && *program != '-')
			word = program;
	}
	return ember_seek_program(s, word);
}

void ember_needed_find(struct ember_needed *needed, struct ember_safe_open *reach,
		       const char *command)
{
	struct ember_seeker s = { .needed = needed, .reach = reach };
	unsigned int scripts = 0;
	uint32_t i;

	memset(needed, 0, sizeof(*needed));
	ember_seek_program(&s, command);
	for (i = 0; i < needed->nr; i++) {
		int fd = ember_safe_open_file(reach, 0, needed->file[i].path);
		struct ember_elf elf;

		if (fd < 0)
			continue;
		if (ember_elf_open(&elf, fd)) {
			ember_seek_elf(&s, &elf, i);
			ember_elf_close(&elf);
		} else if (!s.machine && scripts++ < EMBER_NEEDED_SCRIPTS) {
			s.by = i + 1;
			ember_seek_script(&s, needed->file[i].path);
		}
	}
	free(s.interpreter);
	free(s.cache);
	free(s.places);
}

void ember_needed_free(struct ember_needed *needed)
{
	while (needed->nr) {
		struct ember_needed_file *file = &needed->file[--needed->nr];

		free(file->path);
		free(file->name);
		free(file->rpath);
		free(file->runpath);
	}
	free(needed->file);
	needed->file = NULL;
}
