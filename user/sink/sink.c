// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "sink/folded.h"
#include "sink/json.h"
#include "sink/log.h"
#include "sink/pprof.h"
#include "sink/svg.h"
#include "sink/table.h"

enum ember_form {
	EMBER_FORM_NONE,
	EMBER_FORM_PPROF,
	EMBER_FORM_PPROF_PLAIN,
	EMBER_FORM_FOLDED,
	EMBER_FORM_SVG,
	EMBER_FORM_TABLE,
	EMBER_FORM_JSON,
	EMBER_FORM_LOG
};

static bool ember_ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static bool ember_is_stdout(const char *output)
{
	return !strcmp(output, "-");
}

static enum ember_form ember_form(const char *output, const char *format)
{
	static const struct {
		const char *name;
		const char *ending;
		enum ember_form form;
	} forms[] = {
		{ "pprof", ".pb.gz", EMBER_FORM_PPROF },
		{ NULL, ".pb", EMBER_FORM_PPROF_PLAIN },
		{ "folded", ".folded", EMBER_FORM_FOLDED },
		{ "svg", ".svg", EMBER_FORM_SVG },
		{ "table", ".txt", EMBER_FORM_TABLE },
		{ "json", ".json", EMBER_FORM_JSON },
		{ "ember", ".ember", EMBER_FORM_LOG },
	};
	unsigned int i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (format ? forms[i].name && !strcmp(format, forms[i].name) :
			     ember_ends(output, forms[i].ending))
			/* The ending decides about gzip even when the format is given. */
			return forms[i].form == EMBER_FORM_PPROF && ember_ends(output, ".pb") ?
				       EMBER_FORM_PPROF_PLAIN :
				       forms[i].form;
	if (!format && ember_log_is_folder(output))
		return EMBER_FORM_LOG;
	return !format && ember_is_stdout(output) ? EMBER_FORM_PPROF : EMBER_FORM_NONE;
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
	char *path = ember_grow(NULL, strlen(target) + sizeof(".tmp-XXXXXX"), 1);

	strcpy(path, target);
	return strcat(path, ".tmp-XXXXXX");
}

static int ember_check_path(const char *output)
{
	char *target, *temporary;
	struct stat st;
	int fd, err = 0;

	if (!stat(output, &st) && S_ISDIR(st.st_mode))
		return ember_error("%s: is a directory", output);
	if (ember_in_place(output))
		return access(output, W_OK) ? ember_error("%s: %s", output, strerror(errno)) :
					      0;
	target = ember_target(output);
	if (!target)
		return 1;
	/* Whether a file can be made there only making one tells. */
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

int ember_sink_check(const char *output, const char *format)
{
	enum ember_form form = ember_form(output, format);

	if (form == EMBER_FORM_NONE && format) {
		ember_error("no format %s: pprof, folded, svg, json, table or ember", format);
		return 2;
	}
	if (form == EMBER_FORM_NONE) {
		ember_error(
			"%s: which format? Name it .pb.gz, .pb, .folded, .svg, .json, .txt or .ember, or say --format",
			output);
		return 2;
	}
	if (form == EMBER_FORM_LOG && ember_log_is_folder(output))
		return 0;
	if (!ember_is_stdout(output))
		return ember_check_path(output);
	if ((form == EMBER_FORM_PPROF || form == EMBER_FORM_PPROF_PLAIN ||
	     form == EMBER_FORM_LOG) &&
	    isatty(1)) {
		ember_error("%s is binary and stdout a terminal: redirect it, or say -o FILE",
			    form == EMBER_FORM_LOG ? "a log" : "pprof");
		return 2;
	}
	return 0;
}

bool ember_sink_is_log(const char *output, const char *format)
{
	return ember_form(output, format) == EMBER_FORM_LOG;
}

static void ember_put_table(FILE *out, const struct ember_profile *profile)
{
	struct winsize size;

	/* A terminal gets a page of it; a file gets everything. */
	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !isatty(fileno(out)))
		ember_sink_table(out, profile, 0, 0);
	else
		ember_sink_table(out, profile, size.ws_col ? size.ws_col : 80,
				 size.ws_row > 16 ? size.ws_row - 6 : 24);
}

/* 0, or an errno. */
static int ember_put(FILE *out, const struct ember_profile *profile, enum ember_form form)
{
	errno = 0;
	switch (form) {
	case EMBER_FORM_PPROF:
	case EMBER_FORM_PPROF_PLAIN:
		ember_sink_pprof(out, profile, form == EMBER_FORM_PPROF);
		break;
	case EMBER_FORM_FOLDED: ember_sink_folded(out, profile); break;
	case EMBER_FORM_SVG: ember_sink_svg(out, profile); break;
	case EMBER_FORM_JSON: ember_sink_json(out, profile); break;
	default: ember_put_table(out, profile);
	}
	if (fflush(out) || ferror(out))
		return errno ? errno : EIO;
	return 0;
}

static int ember_put_stdout(const struct ember_profile *profile, enum ember_form form)
{
	int err = ember_put(stdout, profile, form);

	/* A reader that has seen enough (head, a pager) is no failure of ours. */
	if (err && err != EPIPE)
		return ember_error("stdout: %s", strerror(err));
	return err != 0;
}

static int ember_put_place(const struct ember_profile *profile, const char *output,
			   enum ember_form form)
{
	FILE *out = fopen(output, "we");
	int err;

	if (!out)
		return ember_error("%s: %s", output, strerror(errno));
	err = ember_put(out, profile, form);
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

int ember_sink_write(const struct ember_profile *profile, const char *output,
		     const char *format)
{
	enum ember_form form = ember_form(output, format);
	char *target, *temporary;
	sigset_t blocked, old;
	int fd, err;
	FILE *out;

	if (ember_is_stdout(output))
		return ember_put_stdout(profile, form);
	if (ember_in_place(output))
		return ember_put_place(profile, output, form);
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
		err = ember_put(out, profile, form);
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
