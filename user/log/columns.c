// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/columns.h"

#include <string.h>

#include "base/varint.h"

bool ember_columns_take(struct ember_columns *c, const struct ember_field *message)
{
	struct ember_message m;
	struct ember_field f;

	memset(c, 0, sizeof(*c));
	if (message->numeric)
		return false;
	m = ember_proto_read(message->bytes, message->n);
	while (ember_proto_field(&m, &f)) {
		if (f.number >= EMBER_COLUMNS)
			continue;
		if (f.numeric)
			c->number[f.number] = f.value;
		else
			c->column[f.number] = ember_proto_read(f.bytes, f.n);
	}
	return !m.bad;
}

bool ember_columns_next(struct ember_message *column, uint64_t *last)
{
	uint64_t value;

	if (!ember_proto_packed(column, &value))
		return false;
	*last += ember_unzigzag(value);
	return true;
}
