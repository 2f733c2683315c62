// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/message.h"
#include "import/folded.h"
#include "import/pprof.h"

struct ember_bytes {
	uint8_t *at;
	uint32_t n, size;
};

static const char ember_too_large[] = "larger than 256 MiB";
static const char ember_no_memory[] = "out of memory";

/* Makes room for more. Returns 0, or an errno: EFBIG, ENOMEM. */
static int ember_bytes_room(struct ember_bytes *b)
{
	uint32_t size = b->size ? 2 * b->size : 65536;
	uint8_t *at;

	if (b->n < b->size)
		return 0;
	if (b->size >= EMBER_IMPORT_MAX)
		return EFBIG;
	at = ember_try_realloc(b->at, size, 1);
	if (!at)
		return ENOMEM;
	b->at = at;
	b->size = size;
	return 0;
}

/* All members of a gzip file. NULL, or what is wrong. */
static const char *ember_unzip(const void *bytes, size_t n, struct ember_bytes *to)
{
	z_stream stream = { .next_in = (void *)bytes, .avail_in = n };
	int status = Z_OK, err;

	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return ember_no_memory;
	while (status == Z_OK) {
		err = ember_bytes_room(to);
		if (err) {
			inflateEnd(&stream);
			return err == EFBIG ? ember_too_large : ember_no_memory;
		}
		stream.next_out = to->at + to->n;
		stream.avail_out = to->size - to->n;
		status = inflate(&stream, Z_NO_FLUSH);
		to->n = to->size - stream.avail_out;
		if (status == Z_STREAM_END && stream.avail_in)
			status = inflateReset(&stream);
	}
	inflateEnd(&stream);
	return status == Z_STREAM_END ? NULL : "gzip data cut short or corrupt";
}

struct ember_profile *ember_import_bytes(const void *bytes, size_t n, const char **why)
{
	struct ember_bytes plain = {};
	struct ember_profile *profile;

	if (n > EMBER_IMPORT_MAX) {
		*why = ember_too_large;
		return NULL;
	}
	if (n > 2 && !memcmp(bytes, "\x1f\x8b", 2)) {
		*why = ember_unzip(bytes, n, &plain);
		if (*why) {
			free(plain.at);
			return NULL;
		}
		bytes = plain.at;
		n = plain.n;
	}
	profile = ember_folded_is(bytes, n) ? ember_folded_read(bytes, n, why) :
					      ember_pprof_read(bytes, n, why);
	free(plain.at);
	return profile;
}

/* 0, or an errno: EFBIG, ENOMEM, or a read's. */
static int ember_slurp(int fd, struct ember_bytes *to)
{
	ssize_t n;
	int err;

	do {
		err = ember_bytes_room(to);
		if (err)
			return err;
		n = read(fd, to->at + to->n, to->size - to->n);
		if (n > 0)
			to->n += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? errno : 0;
}

uint8_t *ember_import_slurp(const char *path, size_t *n)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : 0;
	struct ember_bytes bytes = {};
	const char *why = NULL;
	int err;

	if (fd < 0) {
		ember_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	err = ember_slurp(fd, &bytes);
	if (fd)
		close(fd);
	if (err == EFBIG)
		why = ember_too_large;
	else if (err == ENOMEM)
		why = ember_no_memory;
	else if (err)
		why = strerror(err);
	else if (!bytes.n)
		why = "is empty";
	*n = bytes.n;
	if (!why)
		return bytes.at;
	ember_error("%s: %s", path, why);
	free(bytes.at);
	return NULL;
}
