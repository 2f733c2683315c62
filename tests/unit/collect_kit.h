/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A collector without its links: what arrives is filed and flushed by hand. */
#ifndef COLLECT_KIT_H
#define COLLECT_KIT_H

#include "log_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/proto.h"
#include "workstation/collect/catalog.h"
#include "workstation/collect/filing.h"
#include "log/fields.h"
#include "import/logs.h"

static struct ember_faults faults;
static struct ember_sources sources = { .faults = &faults };
static struct ember_store store;
static struct ember_state *remembered;
static struct ember_names names;
static struct ember_receiver inbox;
static struct ember_disk_batch batch;
static const struct ember_peer nobody;

/* tool_path()'s are soon others. */
static const char *kept_path(const char *name)
{
	static char path[16][256];
	static unsigned int turn;

	strcpy(path[++turn % 16], tool_path(name));
	return path[turn % 16];
}

static inline void open_keyed(const char *folder, uint64_t keep, struct ember_keys *keys)
{
	memset(&inbox, 0, sizeof(inbox));
	memset(&batch, 0, sizeof(batch));
	memset(&faults, 0, sizeof(faults));
	assert_int_equal(ember_store_open(&store, folder, keep), 0);
	remembered = ember_state_open(folder);
	assert_non_null(remembered);
	assert_true(ember_disk_replay(folder, remembered));
	assert_int_equal(ember_store_list(&store), 0);
	inbox.sources = &sources;
	inbox.store = &store;
	inbox.names = &names;
	inbox.keys = keys;
	if (keys)
		assert_true(ember_keys_load(keys, remembered));
	assert_true(ember_receiver_load(&inbox, remembered));
	batch.folder = folder;
	batch.state = remembered;
}

static inline void open_all(const char *folder, uint64_t keep)
{
	open_keyed(folder, keep, NULL);
}

/* As the worker does it; false: not all is safe. */
static inline bool flush(void)
{
	bool good;
	uint32_t i;

	batch.safe = true;
	if (ember_filing_gather(&inbox, &batch))
		ember_disk_run(&batch);
	good = batch.safe;
	for (i = 0; i < batch.nr_stream; i++)
		good &= batch.stream[i].good;
	ember_filing_settle(&inbox, &batch);
	ember_disk_clear(&batch);
	return good;
}

static inline struct ember_stream_in *the_stream(void)
{
	assert_int_equal(inbox.streams.nr, 1);
	return inbox.streams.item[0];
}

static inline void close_all(void)
{
	ember_receiver_free(&inbox);
	ember_disk_free(&batch);
	ember_state_close(remembered);
	ember_store_free(&store);
}

static inline void arrive(const void *bytes, uint32_t n)
{
	struct ember_packet packet;

	assert_true(ember_packet_at(bytes, n, &packet));
	ember_receiver_packet(&inbox, &nobody, &packet);
}

/* What a report makes of all logs below a folder. */
static inline char *reported(const char *folder, const struct ember_log_filter *filter,
			     struct ember_log_account *account)
{
	struct ember_logs logs = {};
	struct ember_profile *profile;
	struct ember_tally tally = {};
	const char *why = "";
	char *text = NULL;

	memset(account, 0, sizeof(*account));
	if (ember_logs_add(&logs, folder, filter, NULL) &&
	    ember_log_read(logs.all.bytes, logs.all.used, filter, &tally, account, &why)) {
		text = text_of(&tally, &profile);
		ember_profile_free(profile);
	}
	ember_tally_free(&tally);
	ember_logs_free(&logs);
	return text;
}

static inline uint32_t files_in(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	uint32_t n = 0;

	while (dir && (entry = readdir(dir)))
		n += *entry->d_name != '.';
	if (dir)
		closedir(dir);
	return n;
}

/* A HELLO of a board that has sent so many samples, and nothing else. */
static uint32_t hello_samples = 1;

static inline void hello_chunk(struct ember_buf *to, uint32_t stream, uint32_t sequence,
			       const char *board, const char *boot, uint64_t real_ns)
{
	struct ember_stream_header hello = { .period_ns = 10000000, .unit_ns = 1000000 };
	struct ember_buf part = {}, plain = {};
	struct ember_chunk c = { .stream = stream, .sequence = sequence };

	snprintf(hello.board, sizeof(hello.board), "%s", board);
	snprintf(hello.boot, sizeof(hello.boot), "%s", boot);
	ember_stream_header_put(&part, &hello);
	ember_proto_part(&plain, EMBER_CHUNK_HELLO, &part);
	ember_proto_number(&part, EMBER_CLOCK_MONOTONIC, 7000000000);
	ember_proto_number(&part, EMBER_CLOCK_BOOTTIME, 8000000000);
	ember_proto_number(&part, EMBER_CLOCK_REALTIME, real_ns);
	ember_proto_number(&part, EMBER_CLOCK_IS_SET, real_ns != 0);
	ember_proto_part(&plain, EMBER_CHUNK_CLOCK, &part);
	ember_proto_number(&plain, EMBER_CHUNK_SENT, hello_samples);
	c.payload = plain.bytes;
	c.n = plain.used;
	to->used = 0;
	ember_chunk_put(&c, to);
	free(part.bytes);
	free(plain.bytes);
}

#define test(name) cmocka_unit_test_teardown(name, drop)

#endif
