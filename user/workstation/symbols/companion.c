// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/companion.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "workstation/symbols/below.h"

#define EMBER_COMPANION_ID 20 /* bytes of a build-id */

struct ember_companion {
	const struct ember_companions *in;
	const char *of; /* the path of the file that has the name */
	ember_companion_is *is;
	void *context;
};

/* Return the descriptor if that is the file, else close it and return -1. */
static int ember_companion_take(const struct ember_companion *c, int fd)
{
	if (fd < 0 || c->is(c->context, fd))
		return fd;
	close(fd);
	return -1;
}

/* Return what follows the folder in the path, or NULL: the path isn't below the folder. */
static const char *ember_path_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	while (n && folder[n - 1] == '/')
		n--;
	return !strncmp(path, folder, n) && path[n] == '/' ? path + n : NULL;
}

/* The number of --symfs and --debug-dir folders, whose canonical paths go into folder[]. */
static uint32_t ember_companion_folders(const struct ember_companion *c, char ***folder)
{
	const struct ember_debug_dirs *dirs = c->in->dirs;
	const char *root;
	uint32_t nr = 0, i;

	while (ember_symfs_folder(dirs->symfs, nr))
		nr++;
	*folder = ember_xrealloc(NULL, nr + dirs->nr + 1, sizeof(**folder));
	nr = 0;
	while ((root = ember_symfs_folder(dirs->symfs, nr)))
		(*folder)[nr++] = strdup(root);
	for (i = 0; i < dirs->nr; i++) {
		char *full = realpath(dirs->path[i], NULL);

		if (full)
			(*folder)[nr++] = full;
	}
	return nr;
}

/* Below the folders that the user named: the first is the one in which the debug file is. */
static int ember_companion_given(const struct ember_companion *c, char **folder, uint32_t nr,
				 const char *path)
{
	const char *rest;
	uint32_t i;
	int fd = -1;

	for (i = 0; fd < 0 && i < nr; i++)
		if ((rest = ember_path_below(path, folder[i])))
			fd = ember_companion_take(c, ember_below_open(folder[i], rest));
	return fd < 0 ? ember_companion_take(c, ember_below_open(folder[0], path)) : fd;
}

/* At an absolute path. */
static int ember_companion_at(const struct ember_companion *c, const char *path)
{
	const struct ember_companions *in = c->in;
	char **folder, *first;
	uint32_t nr = ember_companion_folders(c, &folder), i, own = nr;
	int fd = -1;

	for (i = 0; i < nr; i++)
		if (ember_path_below(c->of, folder[i]) &&
		    (own == nr || strlen(folder[i]) > strlen(folder[own])))
			own = i;
	if (own < nr) {
		first = folder[own];
		folder[own] = folder[0];
		folder[0] = first;
		fd = ember_companion_given(c, folder, nr, path);
	} else {
		fd = ember_companion_take(c, ember_safe_open_file(in->reach, in->root, path));
		if (fd < 0 && in->root)
			fd = ember_companion_take(c, ember_safe_open_file(in->reach, 0, path));
	}
	for (i = 0; i < nr; i++)
		free(folder[i]);
	free(folder);
	return fd;
}

static int ember_companion_in(const struct ember_companion *c, const char *folder,
			      const char *name)
{
	const char *end = strrchr(c->of, '/');
	char path[PATH_MAX];
	int n;

	if (*name == '/')
		n = snprintf(path, sizeof(path), "%s", name);
	else if (*folder == '/')
		n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	else
		n = snprintf(path, sizeof(path), "%.*s/%s/%s", (int)(end - c->of), c->of,
			     folder, name);
	return n > 0 && n < (int)sizeof(path) ? ember_companion_at(c, path) : -1;
}

int ember_companion_named(const struct ember_companions *in, const char *of,
			  const char *folder, const char *name, ember_companion_is *is,
			  void *context)
{
	struct ember_companion c = { .in = in, .of = of, .is = is, .context = context };
	int fd;

	if (!*name)
		return -1;
	fd = ember_companion_in(&c, "", name);
	return fd < 0 && folder && *folder && *name != '/' ?
		       ember_companion_in(&c, folder, name) :
		       fd;
}

int ember_companion_by_id(const struct ember_companions *in, const uint8_t *id,
			  unsigned int id_bytes, ember_companion_is *is, void *context)
{
	struct ember_companion c = { .in = in, .is = is, .context = context };
	char name[2 * EMBER_COMPANION_ID + 40];
	uint32_t i;
	int fd, n;

	if (id_bytes < 2 || id_bytes > EMBER_COMPANION_ID)
		return -1;
	for (i = 0; (fd = ember_symfs_open(in->dirs->symfs, id, id_bytes, i)) >= 0; i++)
		if (ember_companion_take(&c, fd) >= 0)
			return fd;
	n = sprintf(name, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (i = 1; i < id_bytes; i++)
		n += sprintf(name + n, "%02x", id[i]);
	strcpy(name + n, ".debug");
	fd = ember_companion_take(&c, ember_safe_open_file(in->reach, in->root, name));
	if (fd < 0 && in->root)
		fd = ember_companion_take(&c, ember_safe_open_file(in->reach, 0, name));
	return fd >= 0 ? fd :
			 ember_companion_take(&c, ember_symfs_fetch(in->dirs->symfs, id,
								    id_bytes, true));
}
