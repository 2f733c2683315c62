// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/push.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/index.h"

enum ember_push_field {
	EMBER_PUSH_SERIES = 1,
};

enum ember_raw_series_field {
	EMBER_RAW_SERIES_LABELS = 1,
	EMBER_RAW_SERIES_SAMPLES,
};

enum ember_label_pair_field {
	EMBER_LABEL_PAIR_NAME = 1,
	EMBER_LABEL_PAIR_VALUE,
};

enum ember_raw_sample_field {
	EMBER_RAW_SAMPLE_PROFILE = 1,
	EMBER_RAW_SAMPLE_ID,
};

static void ember_push_label(struct ember_buf *series, struct ember_buf *part,
			     const char *name, const char *value)
{
	ember_proto_text(part, EMBER_LABEL_PAIR_NAME, name);
	ember_proto_text(part, EMBER_LABEL_PAIR_VALUE, value);
	ember_proto_part(series, EMBER_RAW_SERIES_LABELS, part);
}

/*
 * The server logs the ID and nothing else: it does not protect from doubles. It is made of what
 * is sent, so that a log of the server can be compared with one of ours.
 */
static void ember_push_id(char id[37], const struct ember_buf *series,
			  const struct ember_buf *pprof, uint64_t time_ns)
{
	uint64_t a = ember_mix_bytes(ember_mix(1, time_ns), series->bytes, series->used);
	uint64_t b = ember_mix_bytes(ember_mix(2, time_ns), series->bytes, series->used);

	a = ember_mix_bytes(a, pprof->bytes, pprof->used);
	b = ember_mix_bytes(b, pprof->bytes, pprof->used);
	snprintf(id, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned int)(a >> 32),
		 (unsigned int)(a >> 16 & 0xffff), (unsigned int)(a & 0xfff),
		 (unsigned int)(0x8000 | (b >> 48 & 0x3fff)),
		 (unsigned long long)(b & 0xffffffffffffull));
}

void ember_push_put(struct ember_buf *to, const char *name,
		    const struct ember_relay_label *label, uint32_t nr,
		    const struct ember_buf *pprof, uint64_t time_ns)
{
	struct ember_buf series = {}, part = {};
	char id[37];
	uint32_t i;

	ember_push_label(&series, &part, "__name__", name);
	for (i = 0; i < nr; i++)
		ember_push_label(&series, &part, label[i].name, label[i].value);
	ember_push_id(id, &series, pprof, time_ns);
	ember_proto_bytes(&part, EMBER_RAW_SAMPLE_PROFILE, pprof->bytes, pprof->used);
	ember_proto_text(&part, EMBER_RAW_SAMPLE_ID, id);
	ember_proto_part(&series, EMBER_RAW_SERIES_SAMPLES, &part);
	ember_proto_part(to, EMBER_PUSH_SERIES, &series);
	free(series.bytes);
	free(part.bytes);
}
