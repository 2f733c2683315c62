// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/field.h"

static const char *const ember_remote_types[] = {
	"9p",	    "afs",  "autofs", "ceph",	"cifs",	    "coda", "fuse",
	"fuseblk",  "gfs2", "lustre", "ncpfs",	"nfs",	    "nfs4", "ocfs2",
	"orangefs", "smb3", "smbfs",  "vboxsf", "virtiofs",
};

/* Their files are the kernel talking: reading them acts, and none is a program. */
static const char *const ember_pseudo_types[] = {
	"binfmt_misc", "bpf",	 "cgroup",     "cgroup2",   "configfs", "debugfs", "efivarfs",
	"proc",	       "pstore", "securityfs", "selinuxfs", "sysfs",	"tracefs",
};

static bool ember_type_among(const char *type, const char *const *types, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

#define EMBER_AMONG(type, types) \
	ember_type_among(type, types, sizeof(types) / sizeof(*(types)))

/* Blanks and the like are written as \040. */
static void ember_unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = 0;
}

/* id parent major:minor root path options [tags] - type source options */
static bool ember_mount_parse(struct ember_mount *mount, char *line)
{
	char *dash = strstr(line, " - ");
	char *path = ember_field(line, 4), *type, *end;

	mount->major = strtoul(ember_field(line, 2), &end, 10);
	if (!dash || path > dash || *end != ':')
		return false;
	mount->minor = strtoul(end + 1, NULL, 10);
	path[strcspn(path, " ")] = 0;
	ember_unescape(path);
	type = dash + 3;
	type[strcspn(type, " \n")] = 0;
	mount->remote = EMBER_AMONG(type, ember_remote_types) || !strncmp(type, "fuse.", 5);
	mount->pseudo = EMBER_AMONG(type, ember_pseudo_types);
	mount->path = strdup(path);
	return mount->path && *path == '/';
}

void ember_mounts_read(struct ember_mounts *m, FILE *file)
{
	bool remote_too = m->remote_too;
	size_t room = 0;
	char *line = NULL;

	ember_mounts_free(m);
	m->remote_too = remote_too;
	while (file && getline(&line, &room, file) > 0) {
		struct ember_mount mount = {};

		if (ember_mount_parse(&mount, line)) {
			m->mount = ember_xrealloc(m->mount, m->nr + 1, sizeof(mount));
			m->mount[m->nr++] = mount;
		} else {
			free(mount.path);
		}
	}
	free(line);
}

void ember_mounts_free(struct ember_mounts *m)
{
	while (m->nr)
		free(m->mount[--m->nr].path);
	free(m->mount);
	memset(m, 0, sizeof(*m));
}

static const struct ember_mount *ember_mounts_at(const struct ember_mounts *m,
						 const char *path)
{
	const struct ember_mount *best = NULL;
	size_t longest = 0;
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		size_t n = strlen(m->mount[i].path);

		if (n == 1)
			n = 0; /* "/" is a start of everything */
		if (n < longest || strncmp(path, m->mount[i].path, n) ||
		    (path[n] && path[n] != '/'))
			continue;
		best = &m->mount[i];
		longest = n;
	}
	return best;
}

static bool ember_mount_waits(const struct ember_mounts *m, const struct ember_mount *mount)
{
	return mount->pseudo || (mount->remote && !m->remote_too);
}

bool ember_mounts_safe_open(const struct ember_mounts *m, const char *path)
{
	const struct ember_mount *mount = *path == '/' ? ember_mounts_at(m, path) : NULL;

	return mount && !ember_mount_waits(m, mount);
}

bool ember_mounts_device(const struct ember_mounts *m, uint32_t major, uint32_t minor,
			 bool *remote)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++)
		if (m->mount[i].major == major && m->mount[i].minor == minor) {
			*remote = ember_mount_waits(m, &m->mount[i]);
			return true;
		}
	return false;
}
