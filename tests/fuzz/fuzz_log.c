// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A log as it is, and, since a sum guards each chunk, the same bytes as payloads of
 * chunks whose sums are right: {length, sequence} in three bytes, and so many bytes.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "workstation/collect/digest.h"
#include "log/reader.h"

/* What the index makes of it holds together. */
static void digest_log(const uint8_t *bytes, size_t n)
{
	static struct ember_digest d;
	struct ember_search search;
	struct ember_chunk chunk;
	uint64_t samples = 0;
	uint32_t i;

	ember_search_begin(&search, bytes, n);
	while (ember_chunk_next(&search, &chunk))
		ember_digest_chunk(&d, &chunk);
	ember_digest_end(&d);
	for (i = 0; i < d.nr_thread; i++)
		samples += d.thread[i].samples;
	if (samples + d.others != d.samples || d.samples + d.undefined != d.got)
		abort();
	ember_digest_free(&d);
}

static void read_log(const uint8_t *bytes, size_t n)
{
	struct ember_log_account account = {};
	struct ember_tally tally = { .timed = true }, filtered = {};
	struct ember_log_filter filter = {};
	struct ember_normalized placed;
	uint64_t samples;
	const char *why;
	uint32_t i;

	digest_log(bytes, n);
	ember_log_read(bytes, n, NULL, &tally, &account, &why);
	for (i = 0; i < tally.counts.nr; i++) {
		const struct ember_count *c = &tally.counts.count[i];

		ember_dictionary_normalized(&tally.dict, c->stack, &placed);
		if (c->thread >= tally.dict.nr_thread ||
		    placed.nr_kernel + placed.nr_user > EMBER_FRAMES_MAX)
			abort();
	}
	for (i = 0; i < tally.events.nr_count; i++) {
		const struct ember_weighted *w = &tally.events.count[i];

		if (w->thread >= tally.dict.nr_thread || w->stack >= tally.dict.nr_stack ||
		    w->event >= tally.events.nr_event || !w->sum.samples)
			abort();
	}
	for (i = 0; i < tally.events.nr_moment; i++)
		if (tally.events.moment[i].sample >= tally.events.nr_count)
			abort();
	for (i = 0; i < tally.dict.nr_extent; i++)
		if (tally.dict.extent[i].file >= tally.dict.nr_file)
			abort();
	for (i = 0; i < tally.dict.nr_thread; i++)
		if (tally.dict.thread[i].labels > tally.dict.labels.nr)
			abort();
	for (i = 0; i < tally.dict.labels.nr; i++)
		if (ember_labels_first(&tally.dict.labels, i + 1).next > i)
			abort();
	ember_only_add(&filter.only, "cgroup=/system.slice");
	samples = account.samples;
	memset(&account, 0, sizeof(account));
	ember_log_read(bytes, n, &filter, &filtered, &account, &why);
	if (account.samples > samples)
		abort();
	ember_tally_free(&filtered);
	ember_tally_free(&tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_packer *packer = ember_packer_new();
	struct ember_buf log = {};
	size_t at = 0;

	read_log(data, n);
	while (n - at >= 3) {
		size_t bytes = data[at] | (data[at + 1] & 15) << 8;
		struct ember_chunk c = { .stream = data[at + 1] >> 6,
					 .flags = data[at + 1] >> 3 & 6,
					 .sequence = data[at + 2] };

		at += 3;
		if (bytes > n - at)
			bytes = n - at;
		ember_chunk_pack(packer, data + at, bytes, &c);
		ember_chunk_put(&c, &log);
		at += bytes;
	}
	read_log(log.bytes, log.used);
	free(log.bytes);
	ember_packer_free(packer);
	return 0;
}
