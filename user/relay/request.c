// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "export/pprof.h"
#include "relay/otlp.h"
#include "relay/push.h"
#include "relay/subset.h"

void ember_request_gzip(struct ember_buf *to, struct ember_buf *from)
{
	z_stream z = {};
	uint8_t *at;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		ember_memory_end();
	at = ember_proto_room(to, deflateBound(&z, from->used));
	z.next_in = from->bytes;
	z.avail_in = from->used;
	z.next_out = at;
	z.avail_out = to->size - to->used;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		ember_memory_end();
	to->used = z.next_out - to->bytes;
	deflateEnd(&z);
	from->used = 0;
}

/* One series of one event, and which of its samples. */
struct ember_request_part {
	struct ember_request_maker *maker;
	struct ember_profile *profile;
	const struct ember_series *series;
	uint32_t event;
	uint64_t *next_ns; /* the time of the next profile of the series */
};

/* pprof's form, which is what the server's limits count. */
static void ember_request_pprof(const struct ember_profile *p, struct ember_buf *to)
{
	char *bytes = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&bytes, &n);

	if (!out)
		ember_memory_end();
	ember_export_pprof(out, p, false);
	if (fclose(out))
		ember_memory_end();
	to->used = 0;
	ember_proto_copy(to, bytes, n);
	free(bytes);
}

static void ember_request_sum(struct ember_relay_request *q, const struct ember_profile *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++) {
		q->samples += p->value[(uint64_t)i * p->nr_type];
		q->weight += p->value[(uint64_t)i * p->nr_type + 1];
	}
}

static bool ember_request_part(const struct ember_request_part *part, const uint32_t *sample,
			       uint32_t nr);

/* Two halves of the samples, each a profile of its own. */
static bool ember_request_halves(const struct ember_request_part *part, const uint32_t *sample,
				 uint32_t nr)
{
	return ember_request_part(part, sample, nr / 2) &&
	       ember_request_part(part, sample + nr / 2, nr - nr / 2);
}

/* Encode a subset in the form that is asked for. */
static void ember_request_encode(const struct ember_request_part *part,
				 struct ember_profile *subset, struct ember_buf *pprof,
				 struct ember_relay_request *q)
{
	struct ember_relay_label label[EMBER_SERIES_LABELS];
	uint32_t i, nr = ember_series_labels(part->maker->rules, part->profile, part->series,
					     label);
	char room[64];
	const char *name = ember_subset_name(part->profile, part->event, room);
	const char *service = "";

	for (i = 0; i < nr; i++)
		if (!strcmp(label[i].name, "service_name"))
			service = label[i].value;
	snprintf(q->series, sizeof(q->series), "%s of %s", name, service);
	q->time_ns = subset->time_ns;
	ember_request_sum(q, subset);
	if (part->maker->form == EMBER_RELAY_PUSH) {
		struct ember_buf packed = {};

		ember_request_gzip(&packed, pprof);
		ember_push_put(&q->body, name, label, nr, &packed, q->time_ns);
		free(packed.bytes);
	} else {
		struct ember_buf plain = {};

		ember_otlp_put(&plain, name, label, nr, subset);
		ember_request_gzip(&q->body, &plain);
		free(plain.bytes);
		q->gzip = true;
	}
}

static bool ember_request_part(const struct ember_request_part *part, const uint32_t *sample,
			       uint32_t nr)
{
	struct ember_profile *subset =
		ember_subset_make(part->profile, sample, nr, part->event);
	struct ember_relay_request q = {};
	struct ember_buf pprof = {};
	bool good = true;

	if (!subset)
		return true;
	subset->time_ns = *part->next_ns;
	ember_request_pprof(subset, &pprof);
	if ((pprof.used > EMBER_REQUEST_BYTES || subset->nr_sample > EMBER_REQUEST_SAMPLES) &&
	    nr > 1) {
		good = ember_request_halves(part, sample, nr);
	} else if (pprof.used > EMBER_REQUEST_MAX) {
		ember_request_sum(&q, subset);
		part->maker->dropped += q.samples;
		ember_warning(
			"relay: dropped a stack of %u bytes: larger than a server takes (%u)",
			pprof.used, EMBER_REQUEST_MAX);
	} else {
		ember_request_encode(part, subset, &pprof, &q);
		++*part->next_ns;
		good = part->maker->take(part->maker->context, &q);
	}
	free(pprof.bytes);
	ember_profile_free(subset);
	return good;
}

bool ember_request_make(struct ember_request_maker *maker, struct ember_profile *p,
			uint64_t *last_ns)
{
	struct ember_series_list list =
		ember_series_group(maker->rules, p, ember_clock_ns(CLOCK_MONOTONIC));
	uint64_t begin = p->time_ns, next;
	bool good = true;
	uint32_t i, k;

	/* A clock that was set back by more than an interval is believed. */
	if (begin <= *last_ns && *last_ns - begin < p->duration_ns)
		begin = *last_ns + 1;
	*last_ns = begin;
	maker->overflowed += list.overflowed;
	for (i = 0; good && i < list.nr; i++)
		for (k = 0; good && k <= p->nr_event; k++) {
			struct ember_request_part part = {
				.maker = maker,
				.profile = p,
				.series = &list.item[i],
				.event = k ? k - 1 : EMBER_SUBSET_CPU,
				.next_ns = &next,
			};

			if (!k && !ember_profile_is_cpu(p))
				continue;
			next = begin;
			good = ember_request_part(&part, list.item[i].sample, list.item[i].nr);
			if (next > *last_ns + 1)
				*last_ns = next - 1;
		}
	ember_series_free(&list);
	return good;
}
