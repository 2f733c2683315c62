// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/path.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

char *ember_path_in(const char *folder, const char *name)
{
	char *path = ember_xrealloc(NULL, strlen(folder) + strlen(name) + 2, 1);

	sprintf(path, "%s/%s", folder, name);
	return path;
}

char *ember_path_cache(const char *name)
{
	const char *given = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *caches, *ours, *path;

	if (given && *given == '/')
		caches = ember_path_in(given, "");
	else if (home && *home == '/')
		caches = ember_path_in(home, ".cache");
	else
		return NULL;
	ours = ember_path_in(caches, "emberprof");
	mkdir(caches, 0777);
	mkdir(ours, 0777);
	path = ember_path_in(ours, name);
	free(caches);
	free(ours);
	return path;
}
