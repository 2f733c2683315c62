// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stream_clock.h"

#include "log/columns.h"
#include "log/fields.h"

void ember_stream_clock_put(struct ember_buf *plain, struct ember_buf *part,
			    const struct ember_stream_clock *clock)
{
	ember_proto_number(part, EMBER_CLOCK_MONOTONIC, clock->monotonic_ns);
	ember_proto_number(part, EMBER_CLOCK_BOOTTIME, clock->boottime_ns);
	ember_proto_number(part, EMBER_CLOCK_REALTIME, clock->realtime_ns);
	ember_proto_number(part, EMBER_CLOCK_IS_SET, clock->is_set);
	ember_proto_part(plain, EMBER_CHUNK_CLOCK, part);
}

bool ember_stream_clock_get(struct ember_stream_clock *clock, const struct ember_field *field)
{
	struct ember_columns c;

	if (!ember_columns_take(&c, field))
		return false;
	*clock = (struct ember_stream_clock){ c.number[EMBER_CLOCK_MONOTONIC],
					      c.number[EMBER_CLOCK_BOOTTIME],
					      c.number[EMBER_CLOCK_REALTIME],
					      c.number[EMBER_CLOCK_IS_SET] };
	return true;
}
