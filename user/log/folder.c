// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"

bool ember_log_is_named(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && end != name && !strcmp(end, EMBER_LOG_ENDING);
}

int ember_log_folder_make(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) && errno != EEXIST)
		return ember_error("%s: %s", path, strerror(errno));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return ember_error("%s: isn't a folder", path);
	return 0;
}

int ember_log_folder_list(const char *path, ember_log_folder_each *each, void *context)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	struct stat st;

	if (!dir)
		return errno;
	while ((entry = readdir(dir)))
		if (ember_log_is_named(entry->d_name) &&
		    !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) && !each(context, entry->d_name, st.st_size))
			break;
	closedir(dir);
	return 0;
}

bool ember_log_is_full(const struct ember_log_bound *bound, uint64_t age_ns, uint64_t bytes,
		       unsigned int parts)
{
	return age_ns >= EMBER_LOG_AGE_NS || bytes >= bound->keep / parts;
}

bool ember_log_bound_room(const struct ember_log_bound *bound, uint64_t n,
			  ember_log_remove *remove, void *context)
{
	while (bound->bytes + n > bound->keep)
		if (!remove(context))
			return false;
	return true;
}
