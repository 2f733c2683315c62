// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/path.h"

#include <string.h>

#include "base/error.h"

char *ember_path_in(const char *folder, const char *name)
{
	char *path = ember_grow(NULL, strlen(folder) + strlen(name) + 2, 1);

	sprintf(path, "%s/%s", folder, name);
	return path;
}
