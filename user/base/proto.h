/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocol buffers' wire format: as much as pprof and the log need. */
#ifndef EMBER_PROTO_H
#define EMBER_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- writing ---- */

struct ember_buf {			/* begins zeroed; free(bytes) at the end */
	uint8_t *bytes;
	uint32_t used, size;
};

/* Room for n bytes more behind what is used, which stays as it is. */
uint8_t *ember_proto_room(struct ember_buf *proto, uint32_t n);
void ember_proto_varint(struct ember_buf *proto, uint64_t value);
/* Of a packed column: how far it's from the value before, which it becomes. */
void ember_proto_delta(struct ember_buf *proto, uint64_t *last, uint64_t value);
/* A number's field; 0, the default, isn't written. */
void ember_proto_number(struct ember_buf *proto, unsigned int field, uint64_t value);
void ember_proto_bytes(struct ember_buf *proto, unsigned int field, const void *bytes,
		       uint32_t n);
/* A text's field; "" isn't written. */
void ember_proto_text(struct ember_buf *proto, unsigned int field, const char *text);
/* Bytes as they are. */
void ember_proto_copy(struct ember_buf *proto, const void *bytes, uint32_t n);
/* The first n bytes go. */
void ember_proto_drop(struct ember_buf *proto, uint32_t n);
/* What `part` has, as it is; it's empty afterwards. */
void ember_proto_append(struct ember_buf *proto, struct ember_buf *part);
/* A field made of `part`, which is empty afterwards. */
void ember_proto_part(struct ember_buf *proto, unsigned int field,
		      struct ember_buf *part);

/* ---- reading ---- */

struct ember_field {
	unsigned int number;
	bool numeric;			/* value; else bytes and n */
	uint64_t value;
	const uint8_t *bytes;
	size_t n;
};

struct ember_message {
	const uint8_t *at, *end;
	bool bad;			/* it isn't a message */
};

/* The next field; false at the end, or when it is bad (a group is, too). */
bool ember_proto_field(struct ember_message *message, struct ember_field *field);
/* The next number of a packed field's bytes; false as above. */
bool ember_proto_packed(struct ember_message *message, uint64_t *value);

static inline struct ember_message ember_proto_read(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	/* A field that holds no bytes is none of them, at no address. */
	return (struct ember_message){ at, n ? at + n : at, false };
}

#endif
