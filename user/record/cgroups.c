// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/field.h"
#include "base/message.h"

#define EMBER_CGROUP2_MAGIC 0x63677270
#define EMBER_CGROUP_DEPTH  32 /* that are looked through for a unit */
#define EMBER_KERNFS_HANDLE 0xfe /* FILEID_KERNFS: eight bytes of id */

struct ember_cgroups_search {
	struct ember_cgroups *found;
	const struct ember_only_rule *rule;
	const char *mount; /* of cgroup2 */
	char path[EMBER_CGROUP_MAX + 256]; /* of the folder that is looked at */
	bool full;
};

const char *ember_cgroups_wrong(const struct ember_only_rule *rule)
{
	if (rule->kind == EMBER_ONLY_CGROUP || rule->kind == EMBER_ONLY_UNIT)
		return NULL;
	return "cgroup=PATH or unit=NAME (report --only selects by the rest)";
}

/* Find where cgroup2 is mounted. Return false if it is not. */
static bool ember_cgroups_mount(char *mount, size_t room)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *type, *at;
	bool found = false;
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) > 0) {
		type = strstr(line, " - cgroup2 ");
		if (!type)
			continue;
		*type = 0;
		at = ember_field(line, 4);
		at[strcspn(at, " ")] = 0;
		found = strlen(at) < room;
		if (found)
			strcpy(mount, at);
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

/*
 * Return the id of a cgroup's folder, as the kernel's own; 0: it is none. Without file handles
 * (CONFIG_FHANDLE) that is the inode's number, on 32 bits below the first generation.
 */
static uint64_t ember_cgroup_id(const char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + 128];
	} u = { .handle.handle_bytes = 128 };
	struct statfs fs;
	struct stat st;
	uint64_t id;
	int mount;

	if (statfs(path, &fs) || fs.f_type != EMBER_CGROUP2_MAGIC || stat(path, &st) ||
	    !S_ISDIR(st.st_mode))
		return 0;
	if (!name_to_handle_at(AT_FDCWD, path, &u.handle, &mount, 0) &&
	    u.handle.handle_type == EMBER_KERNFS_HANDLE &&
	    u.handle.handle_bytes == sizeof(id)) {
		memcpy(&id, u.handle.f_handle, sizeof(id));
		return id;
	}
	return sizeof(long) == 8 ? st.st_ino : st.st_ino | 1ull << 32;
}

/* Add the folder that is looked at. Return false if it is no cgroup. */
static bool ember_cgroups_add(struct ember_cgroups_search *s)
{
	uint64_t id = ember_cgroup_id(s->path);

	if (!id)
		return false;
	s->full |= s->found->nr == EMBER_IDS_MAX;
	if (!s->full)
		s->found->id[s->found->nr++] = id;
	return true;
}

/* Return whether the folder that is looked at, whose own name is `name`, fulfils the condition. */
static bool ember_cgroups_fits(const struct ember_cgroups_search *s, const char *name)
{
	const struct ember_only_rule *r = s->rule;
	const char *text = r->kind == EMBER_ONLY_UNIT ? name : s->path + strlen(s->mount);

	return !strncmp(text, r->value, r->value_bytes) &&
	       (r->prefix || !text[r->value_bytes]);
}

/* Look through the folders below. What is below one that fits belongs to it. */
static void ember_cgroups_below(struct ember_cgroups_search *s, unsigned int depth)
{
	size_t n = strlen(s->path);
	struct dirent *entry;
	DIR *dir = opendir(s->path);

	while (dir && !s->full && (entry = readdir(dir)) != NULL) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.' ||
		    n + strlen(entry->d_name) + 2 > sizeof(s->path))
			continue;
		sprintf(s->path + n, "/%s", entry->d_name);
		if (ember_cgroups_fits(s, entry->d_name))
			ember_cgroups_add(s);
		else if (depth < EMBER_CGROUP_DEPTH)
			ember_cgroups_below(s, depth + 1);
		s->path[n] = 0;
	}
	if (dir)
		closedir(dir);
}

/* Add the cgroups of one condition. Return false if there are too many. */
static bool ember_cgroups_search(struct ember_cgroups *found,
				 const struct ember_only_rule *rule, const char *mount)
{
	struct ember_cgroups_search s = { .found = found, .rule = rule, .mount = mount };
	size_t n = strlen(mount);

	strcpy(s.path, mount);
	if (rule->kind != EMBER_ONLY_CGROUP || rule->prefix) {
		ember_cgroups_below(&s, 0);
	} else if (n + rule->value_bytes < sizeof(s.path)) {
		memcpy(s.path + n, rule->value, rule->value_bytes);
		s.path[n + rule->value_bytes] = 0;
		ember_cgroups_add(&s);
	}
	return !s.full;
}

static const char *ember_cgroups_kind(const struct ember_only_rule *rule)
{
	return rule->kind == EMBER_ONLY_UNIT ? "unit" : "cgroup";
}

static int ember_cgroups_one(struct ember_cgroups *found, const struct ember_only_rule *rule,
			     const char *mount)
{
	const char *kind = ember_cgroups_kind(rule);
	uint32_t before = found->nr;

	if (!ember_cgroups_search(found, rule, mount))
		return ember_error("--only %s=%s: more than %u cgroups (name one above them)",
				   kind, rule->value, EMBER_IDS_MAX);
	if (found->nr > before)
		return 0;
	if (rule->kind == EMBER_ONLY_UNIT)
		return ember_error("--only unit=%s: no unit of that name has a cgroup below %s"
				   " (is it running?)",
				   rule->value, mount);
	return ember_error("--only cgroup=%s: no such cgroup below %s", rule->value, mount);
}

int ember_cgroups_find(struct ember_cgroups *found, const struct ember_only *only,
		       uint64_t features)
{
	char mount[256];
	uint32_t i;
	int err = 0;

	if (!(features & EMBER_FEATURE_CGROUPS))
		return ember_error(
			"--only: this kernel has no cgroups (CONFIG_CGROUPS), or the module is older than the tool");
	if (!ember_cgroups_mount(mount, sizeof(mount)))
		return ember_error(
			"--only: no cgroup2 is mounted (record all with -o LOG, and select with report --only)");
	for (i = 0; i < only->nr && !err; i++)
		err = ember_cgroups_one(found, &only->rule[i], mount);
	return err;
}

static bool ember_cgroups_has(const struct ember_cgroups *cgroups, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < cgroups->nr; i++)
		if (cgroups->id[i] == id)
			return true;
	return false;
}

void ember_cgroups_later(const struct ember_cgroups *cgroups, const struct ember_only *only)
{
	const struct ember_only_rule *rule;
	struct ember_cgroups now;
	char mount[256];
	uint32_t i, k;

	if (!only->nr || !ember_cgroups_mount(mount, sizeof(mount)))
		return;
	for (i = 0; i < only->nr; i++) {
		rule = &only->rule[i];
		now.nr = 0;
		ember_cgroups_search(&now, rule, mount);
		for (k = 0; k < now.nr && ember_cgroups_has(cgroups, now.id[k]); k++)
			;
		if (k < now.nr)
			ember_warning(
				"--only %s=%s: has another cgroup since sampling began, as after a restart: what runs there was not sampled (record all with -o LOG, and select with report --only)",
				ember_cgroups_kind(rule), rule->value);
	}
}
