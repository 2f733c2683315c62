// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EMBER_CGROUP_TEXT    (16u << 10) /* bytes of /proc/PID/cgroup that are read */
#define EMBER_CGROUP_DELETED " (deleted)" /* behind the path, once only a zombie is left */

/* How well a line says where a process is. */
enum {
	EMBER_CGROUP_NONE,
	EMBER_CGROUP_ROOT,
	EMBER_CGROUP_OTHER,
	EMBER_CGROUP_SYSTEMD,
	EMBER_CGROUP_DEFAULT,
};

/* A line is ID:CONTROLLERS:PATH; the path may hold any byte but a line's end. */
static int ember_cgroup_line(const char *line, size_t n, const char **path, size_t *bytes)
{
	const char *end = line + n, *one = memchr(line, ':', n), *two;
	static const char deleted[] = EMBER_CGROUP_DELETED, systemd[] = "name=systemd";

	two = one ? memchr(one + 1, ':', end - one - 1) : NULL;
	if (!two || two + 1 == end || two[1] != '/')
		return EMBER_CGROUP_NONE;
	*path = two + 1;
	*bytes = end - *path;
	if (*bytes > sizeof(deleted) &&
	    !memcmp(end - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1))
		*bytes -= sizeof(deleted) - 1;
	if (*bytes >= EMBER_CGROUP_MAX)
		return EMBER_CGROUP_NONE;
	if (*bytes == 1)
		return EMBER_CGROUP_ROOT;
	if (two - line == 2 && line[0] == '0')
		return EMBER_CGROUP_DEFAULT;
	if (two - one == sizeof(systemd) && !memcmp(one + 1, systemd, sizeof(systemd) - 1))
		return EMBER_CGROUP_SYSTEMD;
	return EMBER_CGROUP_OTHER;
}

bool ember_cgroup_parse(const char *text, size_t n, char path[EMBER_CGROUP_MAX])
{
	const char *end = text + n, *line_end, *at;
	int best = EMBER_CGROUP_NONE, is;
	size_t bytes, best_bytes = 0;

	/* A line that is not complete was cut. */
	for (; (line_end = memchr(text, '\n', end - text)) != NULL; text = line_end + 1) {
		is = ember_cgroup_line(text, line_end - text, &at, &bytes);
		if (is < best || is == EMBER_CGROUP_NONE ||
		    (is == best && bytes <= best_bytes))
			continue;
		best = is;
		best_bytes = bytes;
		memcpy(path, at, bytes);
		path[bytes] = 0;
	}
	/* A NUL can be in no path. */
	return best != EMBER_CGROUP_NONE && strlen(path) == best_bytes;
}

bool ember_cgroup_read(uint32_t tgid, char path[EMBER_CGROUP_MAX])
{
	char text[EMBER_CGROUP_TEXT], name[32];
	ssize_t got = 1;
	size_t n = 0;
	int fd;

	snprintf(name, sizeof(name), "/proc/%u/cgroup", tgid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (got > 0 && n < sizeof(text)) {
		got = read(fd, text + n, sizeof(text) - n);
		n += got > 0 ? got : 0;
	}
	close(fd);
	return ember_cgroup_parse(text, n, path);
}

const char *ember_cgroup_component(const char **at, size_t *n)
{
	const char *component = *at + strspn(*at, "/");

	*n = strcspn(component, "/");
	*at = component + *n;
	return *n ? component : NULL;
}

/* Return whether a component is named as a unit that may have processes. */
static bool ember_cgroup_is_unit(const char *name, size_t n)
{
	static const char *const types[] = { ".service", ".scope",  ".slice",
					     ".mount",	 ".socket", ".swap" };
	size_t i, bytes;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		bytes = strlen(types[i]);
		if (n > bytes && !memcmp(name + n - bytes, types[i], bytes))
			return true;
	}
	return false;
}

const char *ember_cgroup_unit(const char *path, size_t *n)
{
	const char *component, *unit = NULL;
	size_t bytes;

	while ((component = ember_cgroup_component(&path, &bytes)) != NULL)
		if (ember_cgroup_is_unit(component, bytes)) {
			unit = component;
			*n = bytes;
		}
	return unit;
}
