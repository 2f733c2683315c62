// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

int ember_outputs_add(struct ember_outputs *outputs, const char *path)
{
	const char *why = !*path ? "name of a file, or -, missing" : NULL;
	unsigned int i;

	for (i = 0; i < outputs->nr && !why; i++)
		if (!strcmp(outputs->path[i], path))
			why = "named twice";
	if (outputs->nr == EMBER_OUTPUTS_MAX)
		why = "too many outputs";
	if (why) {
		ember_error("-o '%s': %s", path, why);
		return 2;
	}
	outputs->path[outputs->nr++] = path;
	return 0;
}

bool ember_output_is_stdout(const char *output)
{
	return !strcmp(output, "-");
}

/*
 * Where new content goes: next to the path, or, if that is there and isn't a regular
 * file (a pipe, a device), into it.
 */
static bool ember_in_place(const char *output)
{
	struct stat st;

	return !stat(output, &st) && !S_ISREG(st.st_mode);
}

/* A symbolic link stays one: what it points to is replaced. NULL: said. */
static char *ember_target(const char *output)
{
	char *real = realpath(output, NULL);

	if (!real && errno == ENOENT)
		real = strdup(output);
	if (!real)
		ember_error("%s: %s", output, strerror(errno));
	return real;
}

static char *ember_temporary(const char *target)
{
	static const char suffix[] = ".tmp-XXXXXX";
	size_t n = strlen(target);
	char *path = ember_xrealloc(NULL, n + sizeof(suffix), 1);

	memcpy(path, target, n);
	memcpy(path + n, suffix, sizeof(suffix));
	return path;
}

int ember_output_check(const char *output)
{
	char *target, *temporary;
	struct stat st;
	int fd, err = 0;

	if (ember_output_is_stdout(output))
		return 0;
	if (!stat(output, &st) && S_ISDIR(st.st_mode))
		return ember_error("%s: is a directory", output);
	if (ember_in_place(output))
		return access(output, W_OK) ? ember_error("%s: %s", output, strerror(errno)) :
					      0;
	target = ember_target(output);
	if (!target)
		return 1;
	/* Create a temporary file: only that shows for sure that the folder is writable. */
	temporary = ember_temporary(target);
	fd = mkstemp(temporary);
	if (fd < 0)
		err = ember_error("%s: %s", output, strerror(errno));
	else {
		close(fd);
		unlink(temporary);
	}
	free(temporary);
	free(target);
	return err;
}

/* 0, or an errno. */
static int ember_output_put(FILE *out, ember_output_fn *put, void *context)
{
	errno = 0;
	put(context, out);
	if (fflush(out) || ferror(out))
		return errno ? errno : EIO;
	return 0;
}

static int ember_output_stdout(ember_output_fn *put, void *context)
{
	int err = ember_output_put(stdout, put, context);

	/* A reader that has seen enough (head, a pager) is no failure of ours. */
	if (err && err != EPIPE)
		return ember_error("stdout: %s", strerror(err));
	return err != 0;
}

static int ember_output_place(const char *output, ember_output_fn *put, void *context)
{
	FILE *out = fopen(output, "we");
	int err;

	if (!out)
		return ember_error("%s: %s", output, strerror(errno));
	err = ember_output_put(out, put, context);
	if (fclose(out) && !err)
		err = errno;
	return err ? ember_error("%s: %s", output, strerror(err)) : 0;
}

/* As permissions of a file made by open() would be, or as the old file's are. */
static void ember_put_mode(int fd, const char *target)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	fchmod(fd, stat(target, &st) ? 0666 & ~mask : st.st_mode & 0777);
}

int ember_output_write(const char *output, ember_output_fn *put, void *context)
{
	char *target, *temporary;
	sigset_t blocked, old;
	int fd, err;
	FILE *out;

	if (ember_output_is_stdout(output))
		return ember_output_stdout(put, context);
	if (ember_in_place(output))
		return ember_output_place(output, put, context);
	target = ember_target(output);
	if (!target)
		return 1;
	temporary = ember_temporary(target);
	/* Ctrl-C would leave the temporary behind: it comes through when that's gone. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	fd = mkostemp(temporary, O_CLOEXEC);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		err = errno;
	} else {
		ember_put_mode(fd, target);
		err = ember_output_put(out, put, context);
		if (fclose(out) && !err)
			err = errno;
		if (!err && rename(temporary, target))
			err = errno;
		if (err)
			unlink(temporary);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	free(temporary);
	free(target);
	return err ? ember_error("%s: %s", output, strerror(err)) : 0;
}
