// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/threads.h"

#include <string.h>

#include "log/fields.h"

bool ember_threads_begin(struct ember_threads *t, const struct ember_field *message)
{
	if (!ember_columns_take(&t->columns, message))
		return false;
	t->names = ember_proto_read(message->bytes, message->n);
	t->number = t->columns.number[EMBER_THREADS_FIRST] - 1;
	t->tgid = t->start = 0;
	return true;
}

bool ember_threads_next(struct ember_threads *t, struct ember_thread *thread)
{
	struct ember_message *column = t->columns.column;
	uint64_t tid, flags, labels = 0;
	struct ember_field f;

	if (!ember_columns_next(&column[EMBER_THREADS_TGID], &t->tgid))
		return false;
	memset(thread, 0, sizeof(*thread));
	tid = t->tgid;
	t->names.bad |= !ember_columns_next(&column[EMBER_THREADS_TID], &tid) ||
			!ember_columns_next(&column[EMBER_THREADS_START], &t->start) ||
			!ember_proto_packed(&column[EMBER_THREADS_FLAGS], &flags);
	/* Without this column no thread has any. */
	ember_proto_packed(&column[EMBER_THREADS_LABELS], &labels);
	/* Fields other than names are few: each is passed once. */
	do {
		if (!ember_proto_field(&t->names, &f)) {
			t->names.bad = true;
			return false;
		}
	} while (f.number != EMBER_THREADS_COMM);
	if (f.numeric || f.n >= sizeof(thread->comm)) {
		t->names.bad = true;
		return false;
	}
	memcpy(thread->comm, f.bytes, strnlen((const char *)f.bytes, f.n));
	thread->tgid = t->tgid;
	thread->tid = tid;
	thread->start_time = t->start;
	thread->flags = flags;
	t->labels = labels;
	t->number++;
	return true;
}

bool ember_threads_good(const struct ember_threads *t)
{
	return !t->names.bad && !t->columns.column[EMBER_THREADS_TGID].bad;
}
