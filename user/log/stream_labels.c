// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stream_labels.h"

#include <string.h>

#include "log/fields.h"
#include "log/wanted.h"

void ember_stream_label_put(struct ember_buf *to, struct ember_buf *part, uint32_t base,
			    uint32_t number, const struct ember_process_label *label)
{
	ember_proto_number(part, EMBER_LABEL_NUMBER, base + (uint64_t)number);
	ember_proto_text(part, EMBER_LABEL_KEY_TEXT, label->key);
	ember_proto_text(part, EMBER_LABEL_VALUE_TEXT, label->value);
	ember_proto_number(part, EMBER_LABEL_NEXT,
			   label->next ? base + (uint64_t)label->next : 0);
	ember_proto_part(to, EMBER_CHUNK_LABEL, part);
}

/* Copy a text of less than `room` bytes. Return false if it is none. */
static bool ember_stream_text(char *to, size_t room, const struct ember_field *f)
{
	if (f->numeric || f->n >= room || memchr(f->bytes, 0, f->n))
		return false;
	memcpy(to, f->bytes, f->n);
	to[f->n] = 0;
	return true;
}

bool ember_stream_label(struct ember_stream *s, const struct ember_field *message)
{
	char key[EMBER_LABEL_KEY] = "", value[EMBER_LABEL_VALUE] = "";
	struct ember_blob_table *table = &s->tally->dict.labels;
	uint64_t number = 0, next = 0;
	uint32_t rest, set;
	struct ember_message m;
	struct ember_field f;

	if (message->numeric)
		return false;
	m = ember_proto_read(message->bytes, message->n);
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_LABEL_NUMBER: number = f.value; break;
		case EMBER_LABEL_NEXT: next = f.value; break;
		case EMBER_LABEL_KEY_TEXT:
			if (!ember_stream_text(key, sizeof(key), &f))
				return false;
			break;
		case EMBER_LABEL_VALUE_TEXT:
			if (!ember_stream_text(value, sizeof(value), &f))
				return false;
		}
	}
	if (m.bad || !*key)
		return false;
	rest = ember_stream_labels(s, next);
	/* A set whose other labels are in a chunk that didn't come is unknown. */
	if ((next && !rest) || !ember_tally_takes(s->tally, table->nr, EMBER_TALLY_LABELS))
		return true;
	set = ember_labels_add(table, key, value, rest);
	if (set == rest)
		return false;
	ember_numbers_add(&s->labels, number, set);
	return true;
}

uint32_t ember_stream_labels(const struct ember_stream *s, uint64_t set)
{
	uint32_t is = set ? ember_numbers_find(&s->labels, set - 1) : EMBER_NO_NUMBER;

	return is == EMBER_NO_NUMBER ? 0 : is;
}
