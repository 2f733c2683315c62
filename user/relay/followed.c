// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/followed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"

#define EMBER_FOLLOWED_BLOCK (256u << 10)

static struct ember_feed *ember_followed_find(struct ember_followed *s, uint32_t number)
{
	const struct ember_feed_cursor *cursor = NULL;
	struct ember_feed *f;
	uint32_t i;

	for (i = 0; i < s->nr_feed; i++)
		if (s->feed[i]->number == number)
			return s->feed[i];
	if (s->nr_feed == (s->most ? s->most : EMBER_FOLLOWED_STREAMS))
		return NULL;
	for (i = 0; i < s->nr_cursor; i++)
		if (s->cursor[i].stream == number)
			cursor = &s->cursor[i].at;
	f = ember_xrealloc(NULL, 1, sizeof(*f));
	ember_feed_begin(f, number, cursor);
	s->feed = ember_array_reserve(s->feed, s->nr_feed, &s->feed_size, sizeof(*s->feed));
	s->feed[s->nr_feed++] = f;
	return f;
}

void ember_followed_put(struct ember_followed *s, const struct ember_chunk *chunk)
{
	struct ember_feed *f = ember_followed_find(s, chunk->stream);

	if (f)
		ember_feed_put(f, chunk);
	else
		s->ignored++;
}

/* Take the chunks that are whole out of `rest`. */
static void ember_followed_chunks(struct ember_followed *s)
{
	struct ember_chunk chunk;

	ember_search_on(&s->search, s->rest.bytes, s->rest.used);
	while (ember_chunk_next(&s->search, &chunk))
		ember_followed_put(s, &chunk);
	ember_proto_drop(&s->rest, s->search.at);
}

bool ember_followed_read(struct ember_followed *s, const char *folder)
{
	char *path = ember_path_in(folder, s->path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = 0;

	free(path);
	if (fd < 0)
		return false;
	if (!s->offset) {
		ember_search_begin(&s->search, NULL, 0);
		s->search.more = true;
	}
	/* A log that is shorter than it was has lost a torn end: what comes then is new. */
	if (!fstat(fd, &st) && (uint64_t)st.st_size < s->offset) {
		s->rest.used = 0;
		s->offset = st.st_size;
	}
	do {
		n = pread(fd, ember_proto_room(&s->rest, EMBER_FOLLOWED_BLOCK),
			  EMBER_FOLLOWED_BLOCK, s->offset);
		if (n <= 0)
			break;
		s->rest.used += n;
		s->offset += n;
		s->grown_ns = ember_clock_ns(CLOCK_MONOTONIC);
		ember_followed_chunks(s);
	} while (n > 0);
	close(fd);
	return !n;
}

bool ember_followed_feed(struct ember_followed *s, bool past_gaps)
{
	bool waits = false;
	uint32_t i;

	for (i = 0; i < s->nr_feed; i++)
		waits |= ember_feed_read(s->feed[i], past_gaps, EMBER_FOLLOWED_PENDING);
	if (waits && !s->waits)
		s->waits_ns = ember_clock_ns(CLOCK_MONOTONIC);
	s->waits = waits;
	return waits;
}

/* Return the place of a stream's cursor, which may be a new one. */
static uint32_t ember_followed_cursor(struct ember_followed *s, uint32_t number)
{
	uint32_t k;

	for (k = 0; k < s->nr_cursor && s->cursor[k].stream != number; k++)
		;
	if (k == s->nr_cursor) {
		s->cursor =
			ember_array_reserve(s->cursor, k, &s->cursor_size, sizeof(*s->cursor));
		s->cursor[s->nr_cursor++] = (struct ember_followed_cursor){ number, {} };
	}
	return k;
}

void ember_followed_back(struct ember_followed *s, uint32_t number,
			 const struct ember_feed_cursor *cursor)
{
	uint32_t k = ember_followed_cursor(s, number);

	s->cursor[k].at = *cursor;
	s->done = 0;
	ember_followed_forget(s);
}

void ember_followed_commit(struct ember_followed *s)
{
	uint32_t i, k;
	bool idle = true;

	for (i = 0; i < s->nr_feed; i++) {
		const struct ember_feed *f = s->feed[i];

		idle &= !ember_feed_pending(f) && !f->nr_wait;
		if (!f->cursor.any)
			continue;
		k = ember_followed_cursor(s, f->number);
		s->cursor[k].at = f->cursor;
	}
	s->done = idle ? s->offset - s->rest.used : 0;
}

void ember_followed_forget(struct ember_followed *s)
{
	while (s->nr_feed) {
		ember_feed_free(s->feed[--s->nr_feed]);
		free(s->feed[s->nr_feed]);
	}
	s->rest.used = 0;
	s->offset = 0;
	s->waits = false;
}

void ember_followed_free(struct ember_followed *s)
{
	ember_followed_forget(s);
	free(s->feed);
	free(s->cursor);
	free(s->rest.bytes);
	free(s->path);
}
