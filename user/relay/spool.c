// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "log/folder.h"
#include "relay/line.h"

#define EMBER_SPOOL_STATE  "state"
#define EMBER_SPOOL_NEW	   "new" /* of either kind, until it is whole */
#define EMBER_SPOOL_MAGIC  "emberprof-relay 1"
#define EMBER_SPOOL_HEADER 512 /* bytes of a request's first line, at most */
#define EMBER_SPOOL_LINE   60000000000ull /* ns between two lines of failures */
#define EMBER_SPOOL_FILE   (EMBER_SPOOL_HEADER + (8u << 20))

static void ember_spool_name(char name[40], uint64_t number, bool sent)
{
	snprintf(name, 40, "%016llu.%s", (unsigned long long)number, sent ? "sent" : "req");
}

/* A request's number by its file's name; 0: it is something else. */
static uint64_t ember_spool_number(const char *name, bool *sent)
{
	char *end;
	uint64_t number = strtoull(name, &end, 10);

	*sent = !strcmp(end, ".sent");
	return end == name + 16 && (*sent || !strcmp(end, ".req")) ? number : 0;
}

/* A disk that is full stays so for a while: one line a minute. */
static int ember_spool_failed(struct ember_spool *s, const char *what)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (s->said_ns && now - s->said_ns < EMBER_SPOOL_LINE)
		return 1;
	s->said_ns = now;
	return ember_error("%s: cannot %s: %s", s->path, what, strerror(errno));
}

/* A file that is there as a whole, also after a loss of power once the folder is synced. */
static int ember_spool_write(struct ember_spool *s, const char *name, const void *head,
			     size_t nr_head, const void *bytes, size_t n)
{
	int fd = openat(s->folder, EMBER_SPOOL_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	bool good = out;

	if (out) {
		good = fwrite(head, 1, nr_head, out) == nr_head &&
		       (!n || fwrite(bytes, 1, n, out) == n) && !fflush(out) && !fsync(fd);
		good = !fclose(out) && good;
	} else if (fd >= 0) {
		close(fd);
	}
	if (good && !renameat(s->folder, EMBER_SPOOL_NEW, s->folder, name))
		return 0;
	ember_spool_failed(s, "write");
	unlinkat(s->folder, EMBER_SPOOL_NEW, 0);
	return 1;
}

static FILE *ember_spool_read(const struct ember_spool *s, const char *name)
{
	int fd = openat(s->folder, name, O_RDONLY | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !in)
		close(fd);
	return in;
}

/* A request's first line: form, compressed, time, samples, weight, and the series. */
static bool ember_spool_head(const char *line, enum ember_relay_form *form,
			     struct ember_relay_request *q)
{
	size_t n = strlen(EMBER_SPOOL_MAGIC);
	uint64_t as, gzip;

	if (strncmp(line, EMBER_SPOOL_MAGIC " ", n + 1))
		return false;
	line += n + 1;
	if (!ember_line_number(&line, &as) || !ember_line_number(&line, &gzip) ||
	    !ember_line_number(&line, &q->time_ns) || !ember_line_number(&line, &q->samples) ||
	    !ember_line_number(&line, &q->weight) || !line[strcspn(line, "\n")])
		return false;
	*form = as;
	q->gzip = gzip;
	snprintf(q->series, sizeof(q->series), "%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

/* The samples of a request on disk; 0: it makes no sense. */
static uint64_t ember_spool_samples(const struct ember_spool *s, const char *name)
{
	struct ember_relay_request q = {};
	enum ember_relay_form form;
	char line[EMBER_SPOOL_HEADER];
	FILE *in = ember_spool_read(s, name);

	if (!in)
		return 0;
	if (!fgets(line, sizeof(line), in) || !ember_spool_head(line, &form, &q))
		q.samples = 0;
	fclose(in);
	return q.samples;
}

static int ember_spool_order(const void *a, const void *b)
{
	const struct ember_spooled *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void ember_spool_append(struct ember_spool *s, const struct ember_spooled *one)
{
	s->item = ember_array_reserve(s->item, s->nr, &s->size, sizeof(*s->item));
	s->item[s->nr++] = *one;
	s->bytes += one->bytes;
}

/* One file of an earlier life. */
static void ember_spool_found(struct ember_spool *s, const char *name)
{
	struct ember_spooled one = {};
	struct stat st;
	bool sent;

	one.number = ember_spool_number(name, &sent);
	if (!one.number || fstatat(s->folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	one.bytes = st.st_size;
	if (one.number >= s->next) {
		unlinkat(s->folder, name, 0);
		return;
	}
	one.samples = ember_spool_samples(s, name);
	if (!sent) {
		ember_spool_append(s, &one);
		return;
	}
	s->uncertain.profiles++;
	s->uncertain.samples += one.samples;
}

/* Those that an earlier life was sending when it ended. Say so before they are gone. */
static void ember_spool_unknown(struct ember_spool *s, DIR *folder)
{
	struct dirent *entry;
	bool sent;

	if (!s->uncertain.profiles)
		return;
	ember_warning(
		"%s: %llu profiles, %llu samples: the last relay ended before their answer came: not sent again",
		s->path, (unsigned long long)s->uncertain.profiles,
		(unsigned long long)s->uncertain.samples);
	rewinddir(folder);
	while ((entry = readdir(folder)))
		if (ember_spool_number(entry->d_name, &sent) && sent)
			unlinkat(s->folder, entry->d_name, 0);
}

static int ember_spool_list(struct ember_spool *s)
{
	int fd = openat(s->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder)
		return ember_spool_failed(s, "list");
	while ((entry = readdir(folder)))
		ember_spool_found(s, entry->d_name);
	ember_spool_unknown(s, folder);
	closedir(folder);
	if (s->nr)
		qsort(s->item, s->nr, sizeof(*s->item), ember_spool_order);
	return 0;
}

static int ember_spool_state(struct ember_spool *s, ember_spool_line *line, void *context)
{
	FILE *in = ember_spool_read(s, EMBER_SPOOL_STATE);
	bool good, whole = false;
	char *text = NULL;
	const char *at;
	size_t room = 0;

	s->next = 1;
	if (!in)
		return errno == ENOENT ? 0 : ember_spool_failed(s, "read its state");
	good = getline(&text, &room, in) > 0 && !strcmp(text, EMBER_SPOOL_MAGIC "\n");
	while (good && !whole && getline(&text, &room, in) > 0) {
		text[strcspn(text, "\n")] = 0;
		at = text;
		whole = !strcmp(text, "end");
		good = whole || (ember_line_word(&at, "next") ?
					 ember_line_number(&at, &s->next) && s->next :
					 line(context, text));
	}
	fclose(in);
	free(text);
	return good && whole ?
		       0 :
		       ember_error("%s/" EMBER_SPOOL_STATE
				   ": is damaged (remove it to send all logs once more)",
				   s->path);
}

int ember_spool_open(struct ember_spool *s, const char *path, uint64_t limit,
		     enum ember_relay_form form, ember_spool_line *line, void *context)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->limit = limit;
	s->form = form;
	s->folder = s->lock = -1;
	if (ember_log_folder_make(path))
		return 1;
	s->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->folder < 0)
		return ember_error("%s: %s", path, strerror(errno));
	s->lock = openat(s->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return ember_spool_failed(s, "write");
	if (flock(s->lock, LOCK_EX | LOCK_NB))
		return ember_error("%s: another relay uses it", path);
	if (ember_spool_state(s, line, context) || ember_spool_list(s))
		return 1;
	s->committed = s->next;
	return 0;
}

/* Remove the i-th of those that are left; only the first one once the spool is open. */
static void ember_spool_remove(struct ember_spool *s, bool sent)
{
	char name[40];

	ember_spool_name(name, s->item[s->at].number, sent);
	unlinkat(s->folder, name, 0);
	s->bytes -= s->item[s->at++].bytes;
	if (s->at < 64 || s->at < s->nr / 2)
		return;
	memmove(s->item, s->item + s->at, (s->nr - s->at) * sizeof(*s->item));
	s->nr -= s->at;
	s->at = 0;
}

int ember_spool_add(struct ember_spool *s, const struct ember_relay_request *q)
{
	struct ember_spooled one = { .number = s->next, .samples = q->samples };
	char head[EMBER_SPOOL_HEADER], name[40];
	int n = snprintf(head, sizeof(head), EMBER_SPOOL_MAGIC " %d %d %llu %llu %llu %s\n",
			 s->form, q->gzip, (unsigned long long)q->time_ns,
			 (unsigned long long)q->samples, (unsigned long long)q->weight,
			 q->series);

	one.bytes = n + q->body.used;
	while (s->bytes + one.bytes > s->limit && ember_spool_oldest(s)) {
		s->dropped.profiles++;
		s->dropped.samples += s->item[s->at].samples;
		ember_spool_remove(s, false);
	}
	if (s->bytes + one.bytes > s->limit) {
		s->dropped.profiles++;
		s->dropped.samples += one.samples;
		return 0;
	}
	ember_spool_name(name, one.number, false);
	if (ember_spool_write(s, name, head, n, q->body.bytes, q->body.used))
		return 1;
	s->next++;
	ember_spool_append(s, &one);
	return 0;
}

int ember_spool_commit(struct ember_spool *s, ember_spool_lines *lines, void *context)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	int err;

	if (!out)
		ember_memory_end();
	fprintf(out, EMBER_SPOOL_MAGIC "\nnext %llu\n", (unsigned long long)s->next);
	lines(context, out);
	fputs("end\n", out);
	if (fclose(out))
		ember_memory_end();
	/* The requests' names must be safe before the state that counts them is. */
	err = (s->next != s->committed && fsync(s->folder)) ? ember_spool_failed(s, "sync") :
							      0;
	if (!err)
		err = ember_spool_write(s, EMBER_SPOOL_STATE, text, n, NULL, 0);
	free(text);
	if (!err)
		fsync(s->folder);
	if (!err)
		s->committed = s->next;
	return err;
}

void ember_spool_undo(struct ember_spool *s)
{
	char name[40];

	while (s->nr > s->at && s->item[s->nr - 1].number >= s->committed) {
		ember_spool_name(name, s->item[--s->nr].number, false);
		unlinkat(s->folder, name, 0);
		s->bytes -= s->item[s->nr].bytes;
	}
	s->next = s->committed;
}

const struct ember_spooled *ember_spool_oldest(const struct ember_spool *s)
{
	return s->at < s->nr && s->item[s->at].number < s->committed ? &s->item[s->at] : NULL;
}

int ember_spool_begin(struct ember_spool *s, struct ember_relay_request *q)
{
	enum ember_relay_form form = s->form;
	char head[EMBER_SPOOL_HEADER], req[40], sent[40];
	uint64_t bytes = s->item[s->at].bytes;
	FILE *in;
	bool good;

	ember_spool_name(req, s->item[s->at].number, false);
	ember_spool_name(sent, s->item[s->at].number, true);
	in = ember_spool_read(s, req);
	good = in && bytes <= EMBER_SPOOL_FILE && fgets(head, sizeof(head), in) &&
	       ember_spool_head(head, &form, q) && form == s->form;
	if (good) {
		q->body.used = 0;
		q->body.used = fread(ember_proto_room(&q->body, bytes), 1, bytes, in);
		good = strlen(head) + q->body.used == bytes;
	}
	if (in)
		fclose(in);
	if (!good) {
		ember_warning("%s/%s: dropped: %s", s->path, req,
			      in && form != s->form ?
				      "is of another form than --otlp asks for" :
				      "is damaged");
		s->dropped.profiles++;
		s->dropped.samples += s->item[s->at].samples;
		ember_spool_remove(s, false);
		return 1;
	}
	if (!renameat(s->folder, req, s->folder, sent)) {
		if (!fsync(s->folder))
			return 0;
		ember_spool_end(s, true);
	}
	ember_spool_failed(s, "mark a request as sent");
	return -1;
}

void ember_spool_end(struct ember_spool *s, bool again)
{
	char req[40], sent[40];

	if (!again) {
		ember_spool_remove(s, true);
		return;
	}
	ember_spool_name(req, s->item[s->at].number, false);
	ember_spool_name(sent, s->item[s->at].number, true);
	if (!renameat(s->folder, sent, s->folder, req))
		return;
	/* A mark that stays makes it uncertain: nothing is sent twice. */
	s->uncertain.profiles++;
	s->uncertain.samples += s->item[s->at].samples;
	ember_spool_remove(s, true);
}

void ember_spool_close(struct ember_spool *s)
{
	free(s->item);
	if (s->lock >= 0)
		close(s->lock);
	if (s->folder >= 0)
		close(s->folder);
	s->folder = s->lock = -1;
}
