// SPDX-License-Identifier: GPL-2.0-or-later
/* What a collector does with what comes: streams into boards' logs, each chunk once. */
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

static void open_keyed(const char *folder, uint64_t keep, struct ember_keys *keys)
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

static void open_all(const char *folder, uint64_t keep)
{
	open_keyed(folder, keep, NULL);
}

/* As the worker does it; false: not all is safe. */
static bool flush(void)
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

static struct ember_stream_in *the_stream(void)
{
	assert_int_equal(inbox.streams.nr, 1);
	return inbox.streams.item[0];
}

static void close_all(void)
{
	ember_receiver_free(&inbox);
	ember_disk_free(&batch);
	ember_state_close(remembered);
	ember_store_free(&store);
}

static void arrive(const void *bytes, uint32_t n)
{
	struct ember_packet packet;

	assert_true(ember_packet_at(bytes, n, &packet));
	ember_receiver_packet(&inbox, &nobody, &packet);
}

/* What a report makes of all logs below a folder. */
static char *reported(const char *folder, const struct ember_log_filter *filter,
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

static uint32_t files_in(const char *folder)
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

/* In any order, twice, over two lives of the collector: a report has what was recorded. */
static void test_store(void **state)
{
	struct ember_log_account account;
	struct ember_profile *straight;
	char *direct, *back;
	const char *folder = kept_path("store");
	uint32_t turn, i;

	(void)state;
	run(1, 6000, 600, 12);
	direct = counted_text(&straight);
	for (turn = 0; turn < 2; turn++) {
		uint32_t from = turn ? nr_chunk / 2 : 0,
			 to = turn ? nr_chunk : nr_chunk / 2 + 9;

		open_all(folder, 1 << 30);
		for (i = from; i < to; i++) {
			/* Two by two the other way round. */
			uint32_t k = i ^ 1;

			if (k >= nr_chunk)
				k = i;
			arrive(chunk[k].bytes, chunk[k].n);
			if (!chance(5))
				arrive(chunk[k].bytes, chunk[k].n);
			if (!chance(20))
				assert_true(flush());
		}
		assert_true(flush());
		/* What was there before wasn't taken a second time. */
		assert_true(inbox.twice >= (turn ? 9 : 1));
		assert_int_equal(ember_receiver_boards(&inbox, UINT64_MAX), 1);
		close_all();
	}
	back = reported(folder, NULL, &account);
	assert_string_equal(back, direct);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.twice + account.missing + account.skipped_bytes, 0);
	ember_profile_free(straight);
	free(direct);
	free(back);
	over();
}

/*
 * The power went: what was acknowledged is in its log again, whatever became of that, and is
 * not taken a second time.
 */
static void test_torn(void **state)
{
	struct ember_log_account account;
	struct ember_profile *straight;
	const char *folder = kept_path("torn");
	char *path, *direct, *back;
	struct stat st;
	uint32_t i, turn;

	(void)state;
	run(2, 4000, 600, 12);
	direct = counted_text(&straight);
	for (turn = 0; turn < 4; turn++) {
		open_all(folder, 1 << 30);
		for (i = 0; i < (turn + 1) * nr_chunk / 4; i++)
			arrive(chunk[i].bytes, chunk[i].n);
		assert_int_equal(inbox.twice, turn * nr_chunk / 4);
		assert_true(flush());
		path = ember_path_in(folder, store.first->name);
		close_all();
		assert_int_equal(stat(path, &st), 0);
		/* Never synced, cut in a chunk, or with zeros behind what is safe. */
		if (turn == 0)
			assert_int_equal(unlink(path), 0);
		else if (turn == 1)
			assert_int_equal(truncate(path, st.st_size - 5), 0);
		else if (turn == 2)
			assert_int_equal(truncate(path, st.st_size + 4096), 0);
		free(path);
	}
	back = reported(folder, NULL, &account);
	assert_string_equal(back, direct);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.skipped_bytes, 0);
	ember_profile_free(straight);
	free(direct);
	free(back);
	over();
}

/* A disk that takes nothing: what isn't written isn't acknowledged, and is bounded. */
static void test_no_room(void **state)
{
	const char *folder = kept_path("none");
	uint64_t came;
	uint32_t i;

	(void)state;
	run(3, 30000, 1200, EMBER_FRAMES_MAX);
	open_all(folder, 1 << 30);
	/* Its folder is a file. */
	assert_int_equal(close(creat(tool_path("none/boards/bench"), 0644)), 0);
	arrive(chunk[0].bytes, chunk[0].n);
	arrive(chunk[1].bytes, chunk[1].n);
	assert_false(flush());
	for (i = 2; i < nr_chunk; i++) {
		arrive(chunk[i].bytes, chunk[i].n);
		if (i == nr_chunk / 2)
			assert_false(flush());
	}
	assert_true(faults.count[EMBER_FAULT_MEMORY] > 0);
	assert_true(the_stream()->due);
	assert_int_equal(the_stream()->safe.end, 0);
	assert_true(the_stream()->waiting.used <= 256 << 10);
	assert_true(inbox.held == the_stream()->waiting.used);
	/* And nobody else writes there. */
	{
		struct ember_store second;

		assert_int_equal(ember_store_open(&second, folder, 1 << 30), 1);
		ember_store_free(&second);
	}
	came = inbox.chunks;
	assert_int_equal(came + faults.count[EMBER_FAULT_MEMORY], nr_chunk);
	/* There's room again: what was refused comes once more. */
	assert_int_equal(unlink(tool_path("none/boards/bench")), 0);
	assert_true(flush());
	for (i = came; i < nr_chunk; i++) {
		arrive(chunk[i].bytes, chunk[i].n);
		if (!chance(50))
			assert_true(flush());
	}
	assert_true(flush());
	assert_int_equal(the_stream()->safe.base, nr_chunk);
	assert_int_equal(inbox.held, 0);
	close_all();
	over();
}

/* A HELLO of a board that has sent so many samples, and nothing else. */
static uint32_t hello_samples = 1;

static void hello_chunk(struct ember_buf *to, uint32_t stream, uint32_t sequence,
			const char *board, const char *boot, uint64_t real_ns)
{
	struct ember_hello hello = { .period_ns = 10000000, .unit_ns = 1000000 };
	struct ember_buf part = {}, plain = {};
	struct ember_chunk c = { .stream = stream, .sequence = sequence };

	snprintf(hello.board, sizeof(hello.board), "%s", board);
	snprintf(hello.boot, sizeof(hello.boot), "%s", boot);
	ember_hello_put(&part, &hello);
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

static void test_boards(void **state)
{
	const char *folder = kept_path("boards"), *list = kept_path("names");
	struct ember_buf c = {};
	FILE *file = fopen(list, "w");
	uint32_t i;

	(void)state;
	fputs("# who is who\n00:11:22 kitchen\n\nsn-5\tcellar\n", file);
	fclose(file);
	assert_int_equal(ember_names_read(&names, list), 0);
	open_all(folder, 1 << 30);
	hello_chunk(&c, 1, 0, "00:11:22", "boot-a", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 2, 0, "../../etc", "boot-b", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 3, 0, "", "boot-c", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(ember_receiver_boards(&inbox, UINT64_MAX), 3);
	assert_int_equal(files_in(tool_path("boards/boards/kitchen")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/%2E.%2F..%2Fetc")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/%")), 1);
	/* An id that is another board's name. */
	hello_chunk(&c, 9, 0, "kitchen", "boot-k", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(files_in(tool_path("boards/boards/kitchen")), 1);
	assert_int_equal(files_in(tool_path("boards/boards/kitchen%")), 1);
	/* Booted again: no conflict. The first boot is there still: it is one. */
	hello_chunk(&c, 4, 0, "00:11:22", "boot-d", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 4, 1, "00:11:22", "boot-d", 0);
	arrive(c.bytes, c.used);
	assert_int_equal(faults.count[EMBER_FAULT_CONFLICT], 0);
	for (i = 0; i < 4; i++) {
		hello_chunk(&c, 1, 1 + i, "00:11:22", "boot-a", 0);
		arrive(c.bytes, c.used);
		hello_chunk(&c, 4, 2 + i, "00:11:22", "boot-d", 0);
		arrive(c.bytes, c.used);
	}
	/* The first two may have been on their way. */
	assert_int_equal(faults.count[EMBER_FAULT_CONFLICT], 6);
	/* Of a later version, and somebody's acknowledgement. */
	hello_chunk(&c, 5, 0, "later", "boot-e", 0);
	c.bytes[4] = 2;
	{
		struct ember_packet later = { .chunk = { .version = 2, .stream = 5 } };
		struct ember_packet ack = {
			.chunk = { .version = 1, .flags = EMBER_CHUNK_ACK, .stream = 6 }
		};

		ember_receiver_packet(&inbox, &nobody, &later);
		ember_receiver_packet(&inbox, &nobody, &ack);
	}
	assert_int_equal(faults.count[EMBER_FAULT_VERSION], 1);
	assert_int_equal(inbox.streams.nr, 5);
	close_all();
	ember_names_free(&names);
	/* A line that is none. */
	file = fopen(list, "w");
	fputs("00:11:22 kitchen sink\n", file);
	fclose(file);
	assert_int_equal(ember_names_read(&names, list), 1);
	ember_names_free(&names);
	free(c.bytes);
}

static void write_keys(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_C "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Where there are keys, only what they sealed is taken, once, and only of its board. */
static void test_keys(void **state)
{
	const char *folder = kept_path("keyed"), *list = kept_path("keys");
	struct ember_buf c = {}, a = {}, b = {}, stranger = {}, other = {};
	struct ember_keys keys = {};
	struct ember_seal seal, wrong;
	struct ember_key key, none;
	uint32_t turn, i;

	(void)state;
	write_keys(list, "# a board's own, and one for all\n" KEY_A " kitchen\n\n" KEY_B "\n");
	assert_true(ember_key_parse(&key, KEY_A) && ember_key_parse(&none, KEY_B));
	none.key[0] ^= 1;
	assert_int_equal(ember_seal_begin(&seal, &key), 0);
	assert_int_equal(ember_seal_begin(&wrong, &none), 0);
	hello_chunk(&c, 1, 0, "kitchen", "boot", 0);
	ember_seal_put(&seal, c.bytes, c.used, &a);
	ember_seal_put(&wrong, c.bytes, c.used, &other);
	hello_chunk(&c, 1, 1, "kitchen", "boot", 0);
	ember_seal_put(&seal, c.bytes, c.used, &b);
	hello_chunk(&c, 2, 0, "cellar", "boot", 0);
	ember_seal_put(&seal, c.bytes, c.used, &stranger);
	for (turn = 0; turn < 2; turn++) {
		assert_int_equal(ember_keys_read(&keys, list), 0);
		assert_int_equal(keys.nr, 2);
		open_keyed(folder, 1 << 30, &keys);
		if (!turn) {
			/* Without a seal, by another key, and with each byte changed. */
			arrive(c.bytes, c.used);
			arrive(other.bytes, other.used);
			assert_int_equal(faults.count[EMBER_FAULT_UNSEALED], 1);
			assert_int_equal(faults.count[EMBER_FAULT_FORGED], 1);
			for (i = 12; i < a.used; i++) {
				a.bytes[i] ^= 4;
				arrive(a.bytes, a.used);
				a.bytes[i] ^= 4;
			}
			assert_int_equal(faults.count[EMBER_FAULT_FORGED], 1 + a.used - 12);
			assert_int_equal(inbox.streams.nr, 0);
			arrive(b.bytes, b.used);
			arrive(a.bytes, a.used);
			assert_int_equal(inbox.chunks, 2);
		}
		/* They came, in this life or the one before. */
		arrive(a.bytes, a.used);
		arrive(b.bytes, b.used);
		assert_int_equal(faults.count[EMBER_FAULT_REPLAYED], 2);
		assert_int_equal(inbox.chunks, turn ? 0 : 2);
		/* The key isn't that board's. */
		if (!turn)
			arrive(stranger.bytes, stranger.used);
		assert_int_equal(faults.count[EMBER_FAULT_STRANGER], !turn);
		assert_true(flush());
		/* What comes next is taken in the next life, too. */
		hello_chunk(&c, 1, 5 + turn, "kitchen", "boot", 0);
		other.used = 0;
		ember_seal_put(&seal, c.bytes, c.used, &other);
		arrive(other.bytes, other.used);
		assert_int_equal(inbox.chunks, turn ? 1 : 3);
		assert_true(flush());
		close_all();
		ember_keys_free(&keys);
	}
	/* Without keys it's refused, and not taken for something else. */
	open_all(folder, 1 << 30);
	arrive(a.bytes, a.used);
	assert_int_equal(faults.count[EMBER_FAULT_SEALED], 1);
	assert_int_equal(inbox.streams.nr, 0);
	close_all();
	write_keys(list, KEY_A "0\n");
	assert_int_equal(ember_keys_read(&keys, list), 1);
	ember_keys_free(&keys);
	write_keys(list, KEY_A " kitchen sink\n");
	assert_int_equal(ember_keys_read(&keys, list), 1);
	ember_keys_free(&keys);
	/* One key cannot be two boards'. */
	write_keys(list, KEY_A " kitchen\n" KEY_A " cellar\n");
	assert_int_equal(ember_keys_read(&keys, list), 1);
	ember_keys_free(&keys);
	write_keys(list, "# nothing\n");
	assert_int_equal(ember_keys_read(&keys, list), 1);
	ember_keys_free(&keys);
	free(a.bytes);
	free(b.bytes);
	free(c.bytes);
	free(other.bytes);
	free(stranger.bytes);
}

/* A hello, sealed; a seal's counter can be set to anything. */
static void arrive_sealed(struct ember_seal *seal, uint32_t stream, uint32_t sequence,
			  const char *board)
{
	struct ember_buf c = {}, sealed = {};

	hello_chunk(&c, stream, sequence, board, "boot", 0);
	ember_seal_put(seal, c.bytes, c.used, &sealed);
	arrive(sealed.bytes, sealed.used);
	free(c.bytes);
	free(sealed.bytes);
}

/* What one board's key can do concerns no other board. */
static void test_apart(void **state)
{
	const char *folder = kept_path("apart"), *list = kept_path("two");
	struct ember_seal kitchen, cellar, any;
	struct ember_keys keys = {};
	struct ember_key key;
	uint32_t turn;

	(void)state;
	write_keys(list, KEY_A " kitchen\n" KEY_B " cellar\n" KEY_C "\n");
	assert_true(ember_key_parse(&key, KEY_A));
	assert_int_equal(ember_seal_begin(&kitchen, &key), 0);
	assert_true(ember_key_parse(&key, KEY_B));
	assert_int_equal(ember_seal_begin(&cellar, &key), 0);
	assert_true(ember_key_parse(&key, KEY_C));
	assert_int_equal(ember_seal_begin(&any, &key), 0);
	memcpy(cellar.session, kitchen.session, sizeof(cellar.session));
	for (turn = 0; turn < 2; turn++) {
		assert_int_equal(ember_keys_read(&keys, list), 0);
		open_keyed(folder, 1 << 30, &keys);
		arrive_sealed(&kitchen, 1, 4 * turn, "kitchen");
		/* The other's session number, far ahead: refused, and nothing to the other. */
		cellar.counter = UINT64_MAX - 1;
		arrive_sealed(&cellar, 2, 0, "cellar");
		cellar.counter = EMBER_KEYS_FIRST + (turn ? EMBER_KEYS_AHEAD : 0);
		arrive_sealed(&cellar, 2, 0, "cellar");
		assert_int_equal(faults.count[EMBER_FAULT_AHEAD], 2);
		cellar.counter = EMBER_KEYS_FIRST - 1;
		arrive_sealed(&cellar, 2, 1 + turn, "cellar");
		assert_int_equal(faults.count[EMBER_FAULT_AHEAD], 2);
		assert_int_equal(faults.count[EMBER_FAULT_REPLAYED], turn);
		arrive_sealed(&kitchen, 1, 1 + 4 * turn, "kitchen");
		/* Its own counter, as far ahead as it may be, and further. */
		kitchen.counter += EMBER_KEYS_AHEAD - 1;
		arrive_sealed(&kitchen, 1, 2 + 4 * turn, "kitchen");
		assert_int_equal(faults.count[EMBER_FAULT_AHEAD], 2);
		kitchen.counter += EMBER_KEYS_AHEAD;
		arrive_sealed(&kitchen, 1, 3 + 4 * turn, "kitchen");
		assert_int_equal(faults.count[EMBER_FAULT_AHEAD], 3);
		kitchen.counter -= EMBER_KEYS_AHEAD;
		/* The same stream number under another key is another stream. */
		arrive_sealed(&any, 1, 2 * turn, "attic");
		/* Boards that have a key of their own are nobody else's. */
		arrive_sealed(&any, 3, 0, "kitchen");
		arrive_sealed(&kitchen, 3, 0, "cellar");
		assert_int_equal(faults.count[EMBER_FAULT_STRANGER], 2);
		/* A stream is what its first HELLO said. */
		arrive_sealed(&any, 1, 1 + 2 * turn, "roof");
		assert_int_equal(faults.count[EMBER_FAULT_IDENTITY], 1);
		assert_true(flush());
		assert_int_equal(inbox.streams.nr, 3);
		close_all();
		ember_keys_free(&keys);
	}
	assert_int_equal(files_in(tool_path("apart/boards")), 3);
	assert_int_equal(files_in(tool_path("apart/boards/kitchen")), 1);
	assert_int_equal(files_in(tool_path("apart/boards/cellar")), 1);
	assert_int_equal(files_in(tool_path("apart/boards/attic")), 1);
	assert_int_equal(files_in(tool_path("apart/unknown")), 0);
}

/* Names that are the store's own files, or would lead elsewhere, are names like any other. */
static void test_names(void **state)
{
	static const char *const name[] = {
		"index.db-journal",
		"state.db",
		".lock",
		"boards",
		"unknown",
		"..",
		"../x",
		"-rf",
		"a/b",
		"a%2Fb",
		"%",
		"\x1b]0;owned\a",
		"\xff\xfe",
		"a b",
		"\n",
		"%2E.",
		".",
		"A",
		"a",
	};
	const uint32_t nr = sizeof(name) / sizeof(*name);
	const char *folder = kept_path("named");
	struct ember_buf c = {};
	uint32_t turn, i;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		open_all(folder, 1 << 30);
		for (i = 0; i < nr; i++) {
			hello_chunk(&c, i, turn, name[i], "boot", 0);
			arrive(c.bytes, c.used);
		}
		assert_true(flush());
		assert_int_equal(store.nr, nr);
		close_all();
	}
	assert_int_equal(files_in(tool_path("named/boards")), nr);
	assert_int_equal(files_in(tool_path("named/boards/a%2Fb")), 1);
	assert_int_equal(files_in(tool_path("named/boards/a%252Fb")), 1);
	assert_int_equal(files_in(tool_path("named/boards/%1B%5D0%3Bowned%07")), 1);
	free(c.bytes);
}

/* A stream that has shown no samples makes no file, and is not forgotten over a restart. */
static void test_no_samples(void **state)
{
	const char *folder = kept_path("shy");
	struct ember_buf c = {};
	uint32_t turn;

	(void)state;
	for (turn = 0; turn < 3; turn++) {
		open_all(folder, 1 << 30);
		hello_samples = turn == 2;
		hello_chunk(&c, 1, turn, "shy", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_int_equal(the_stream()->safe.base, turn + 1);
		assert_int_equal(store.nr, turn == 2);
		close_all();
	}
	assert_int_equal(files_in(tool_path("shy/boards/shy")), 1);
	free(c.bytes);
	{
		struct ember_logs logs = {};
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why;

		assert_true(ember_logs_add(&logs, folder, NULL, NULL));
		assert_true(ember_log_read(logs.all.bytes, logs.all.used, NULL, &tally,
					   &account, &why));
		/* With the notes of a clock. */
		assert_int_equal(account.chunks, 6);
		assert_int_equal(account.missing, 0);
		ember_tally_free(&tally);
		ember_logs_free(&logs);
	}
}

/* Who forges streams by the thousand pushes out forged ones, not those that are at work. */
static void test_flood(void **state)
{
	const char *folder = kept_path("flood");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 1 << 30);
	hello_chunk(&c, 1, 0, "honest", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	hello_samples = 0;
	for (i = 0; i < 3 * EMBER_STREAMS_MAX; i++) {
		hello_chunk(&c, 1000 + i, 0, "forged", "boot", 0);
		arrive(c.bytes, c.used);
		if (i % 4000 == 0)
			assert_true(flush());
	}
	hello_samples = 1;
	assert_true(faults.count[EMBER_FAULT_STREAMS] >= 2 * EMBER_STREAMS_MAX);
	assert_true(inbox.streams.nr <= EMBER_STREAMS_MAX);
	assert_int_equal(store.nr, 1);
	assert_true(inbox.held < 4 << 20);
	hello_chunk(&c, 1, 1, "honest", "boot", 0);
	arrive(c.bytes, c.used);
	/* A new board, too, and a batch begins so many logs at most. */
	hello_chunk(&c, 2, 0, "new", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 2);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 2)->safe.base, 1);
	for (i = 0; i < 1000; i++) {
		hello_chunk(&c, 100000 + i, 0, "forged", "boot", 0);
		arrive(c.bytes, c.used);
	}
	assert_true(flush());
	assert_int_equal(store.nr, 2 + EMBER_FILING_FIRST);
	close_all();
	/* What is known of streams is bounded in the next life, too. */
	open_all(folder, 1 << 30);
	assert_true(inbox.streams.nr <= EMBER_STREAMS_MAX);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 2);
	close_all();
	free(c.bytes);
}

/* The store keeps to its size limit with several boards sending. */
static void test_keep(void **state)
{
	const char *folder = kept_path("keep");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 20000);
	for (i = 0; i < 400; i++) {
		char board[16];

		snprintf(board, sizeof(board), "board-%u", i % 7);
		hello_chunk(&c, i, 0, board, "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_true(store.bytes <= 20000);
	}
	assert_true(store.removed > 100);
	/* Many in one batch. */
	for (i = 0; i < 100; i++) {
		hello_chunk(&c, 1000 + i, 0, "many", "boot", 0);
		arrive(c.bytes, c.used);
	}
	assert_true(flush());
	assert_true(store.bytes <= 20000 + 100 * (EMBER_STORE_LOG + 300));
	hello_chunk(&c, 1, 1, "board-1", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_true(store.bytes <= 20000);
	close_all();
	/* The next life counts the same. */
	open_all(folder, 20000);
	assert_true(store.bytes > 10000 && store.bytes <= 20000);
	close_all();
	free(c.bytes);
}

/* A board that sends much takes no room from one that sends little and is at work. */
static void test_greedy(void **state)
{
	const char *folder = kept_path("greedy");
	struct ember_buf c = {};
	uint32_t i;

	(void)state;
	open_all(folder, 40000);
	hello_chunk(&c, 1, 0, "small", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	for (i = 0; i < 100; i++) {
		hello_chunk(&c, 100 + i, 0, "greedy", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
		assert_true(store.bytes <= 40000);
	}
	assert_true(store.removed > 80);
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	/* Nor do many boards that send once, from one that has more than they have. */
	for (i = 0; i < 100; i++) {
		char board[16];

		snprintf(board, sizeof(board), "forged-%u", i);
		hello_chunk(&c, 1000 + i, 0, board, "boot", 0);
		arrive(c.bytes, c.used);
		hello_chunk(&c, 1, 2 + i, "small", "boot", 0);
		arrive(c.bytes, c.used);
		assert_true(flush());
	}
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	hello_chunk(&c, 1, 1, "small", "boot", 0);
	arrive(c.bytes, c.used);
	assert_true(flush());
	assert_int_equal(files_in(tool_path("greedy/boards/small")), 1);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->safe.base, 102);
	assert_int_equal(ember_streams_find(&inbox.streams, 0, 1)->stored->gone, false);
	close_all();
	free(c.bytes);
}

/* A board without a clock is placed by the collector's; one that has one, by its own. */
static void test_clocks(void **state)
{
	static const uint64_t set = 1764000000000000000ull;
	struct ember_log_account account = {};
	struct ember_logs with = {}, without = {};
	struct ember_buf c = {};
	struct ember_tally tally = {};
	uint64_t now = ember_clock_ns(CLOCK_REALTIME);
	const char *why;

	(void)state;
	open_all(kept_path("clocks"), 1 << 30);
	hello_chunk(&c, 1, 0, "without", "boot", 0);
	arrive(c.bytes, c.used);
	hello_chunk(&c, 2, 0, "with", "boot", set);
	arrive(c.bytes, c.used);
	assert_true(flush());
	close_all();
	assert_true(ember_logs_add(&with, tool_path("clocks/boards/with"), NULL, NULL));
	assert_true(
		ember_log_read(with.all.bytes, with.all.used, NULL, &tally, &account, &why));
	assert_true(tally.time_ns == set);
	ember_tally_free(&tally);
	assert_true(ember_logs_add(&without, tool_path("clocks/boards/without"), NULL, NULL));
	assert_true(ember_log_read(without.all.bytes, without.all.used, NULL, &tally, &account,
				   &why));
	assert_true(tally.time_ns >= now && tally.time_ns < now + 10000000000ull);
	ember_tally_free(&tally);
	ember_logs_free(&with);
	ember_logs_free(&without);
	free(c.bytes);
}

/* ---- what is asked of logs ---- */

static void test_filter(void **state)
{
	static const char *const bad[] = { "",
					   ",",
					   "5",
					   "2026-11-28",
					   "+5,+5",
					   "+5,+4",
					   "x,",
					   "2026-13-01,",
					   "2026-11-28T25:00,",
					   "2026-11-28T10:15:00.250x,",
					   "10:15,10:15",
					   "24:00,",
					   "10:15:,",
					   " s,",
					   "1x s,",
					   "2026-11-28x,",
					   "-5,",
					   "2026-11-28T10:15,2026-11-28T10:15" };
	struct ember_log_filter f = {};
	unsigned int i;

	(void)state;
	assert_true(ember_log_filter_time(&f, "2026-11-28T10:15:30Z,"));
	assert_true(f.from.given && !f.from.relative && !f.to.given);
	assert_true(f.from.ns == 1795860930ull * 1000000000);
	assert_true(ember_log_filter_time(&f, ",1970-01-01"));
	assert_true(!f.from.given && f.to.given && f.to.ns == 0);
	assert_true(ember_log_filter_time(&f, "boot+2,boot+1h"));
	assert_true(f.from.boot && f.from.ns == 2000000000 && f.to.boot &&
		    f.to.ns == 3600000000000);
	assert_true(
		ember_log_filter_time(&f, "2026-11-28T10:15:30.25,2026-11-28 10:15:30.5 UTC"));
	assert_true(f.from.ns == 1795860930250000000 && f.to.ns == 1795860930500000000);
	assert_true(ember_log_filter_time(&f, "2026-11-28 UTC,"));
	assert_true(ember_log_filter_time(&f, "10:15:00.250,10:20"));
	assert_true(f.from.day && f.from.relative && f.from.ns == 36900250000000);
	assert_true(f.to.day && f.to.ns == 37200000000000);
	assert_true(ember_log_filter_time(&f, "23:59:59,00:10"));
	assert_true(f.to.ns == 87000000000000);
	assert_true(ember_log_filter_time(&f, "0.000 s,90.250 s"));
	assert_true(f.from.boot && !f.from.ns && f.to.boot && f.to.ns == 90250000000);
	assert_false(ember_log_filter_time(&f, "boot+,"));
	assert_false(ember_log_filter_time(&f, "boot2,"));
	assert_true(ember_log_filter_time(&f, "+0,+1.5m"));
	assert_false(f.from.boot);
	assert_true(f.from.relative && f.to.ns == 90000000000ull);
	assert_true(ember_log_filter_time(&f, "2024-02-29 23:59,2024-03-01"));
	assert_true(f.to.ns - f.from.ns == 60000000000ull);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(ember_log_filter_time(&f, bad[i]));
}

static uint64_t sum(const char *text)
{
	uint64_t all = 0;

	for (; text && *text; text = strchr(text, '\n') + 1) {
		const char *end = strchr(text, '\n');

		while (end[-1] != ' ')
			end--;
		all += strtoul(end, NULL, 10);
	}
	return all;
}

static void index_log(struct ember_catalog *catalog, const char *name)
{
	struct ember_catalog_scan *scan = ember_catalog_scan(catalog, name);

	while (scan && ember_catalog_slice(scan))
		;
}

/* Parts of a log are together all of it, with an index that knows some, and without. */
static void test_parts(void **state)
{
	const char *folder = kept_path("parts");
	struct ember_log_filter f = {};
	struct ember_log_account account;
	struct ember_catalog *catalog;
	const struct ember_stored_log *stored;
	uint64_t all, part = 0;
	uint32_t i, turn, lines;
	char *text;

	(void)state;
	run(11, 8000, 600, 12);
	all = counting.samples - counting.undefined;
	open_all(folder, 1 << 30);
	for (i = 0; i < nr_chunk; i++)
		arrive(chunk[i].bytes, chunk[i].n);
	assert_true(flush());
	for (turn = 0; turn < 2; turn++) {
		if (turn) {
			catalog = ember_catalog_open(folder, false);
			assert_non_null(catalog);
			for (stored = store.first; stored; stored = stored->next)
				index_log(catalog, stored->name);
			ember_catalog_close(catalog);
		}
		for (part = 0, i = 0; i < 6; i++) {
			memset(&f, 0, sizeof(f));
			f.nr_tid = 1;
			f.tid[0] = 100 + i;
			text = reported(folder, &f, &account);
			assert_int_equal(account.samples, sum(text));
			assert_int_equal(account.samples + account.unwanted, all);
			part += sum(text);
			free(text);
		}
		assert_int_equal(part, all);
		for (part = 0, lines = 0, i = 0; i < 3; i++) {
			static const char *const comm[] = { "threaa", "thread", "threac" };

			memset(&f, 0, sizeof(f));
			f.comm = i == 1 ? "threab" : comm[i];
			text = reported(folder, &f, &account);
			part += sum(text);
			lines += text && strstr(text, f.comm) == text;
			free(text);
		}
		assert_int_equal(part, all);
		/* By time: before a moment and from it on. */
		for (part = 0, i = 0; !turn && i < 2; i++) {
			memset(&f, 0, sizeof(f));
			*(i ? &f.from : &f.to) = (struct ember_log_timestamp){
				.given = true,
				.ns = counting.time_ns - counting.started_ns + 7000000000ull
			};
			text = reported(folder, &f, &account);
			assert_true(sum(text) > 0 && sum(text) < all);
			part += sum(text);
			free(text);
		}
		assert_int_equal(part, turn ? 0 : all);
		/* What isn't there. */
		memset(&f, 0, sizeof(f));
		f.board = "another";
		assert_null(reported(folder, &f, &account));
		f.board = "bench";
		f.nr_pid = 1;
		f.pid[0] = 7;
		text = reported(folder, &f, &account);
		assert_int_equal(sum(text), 0);
		free(text);
	}
	close_all();
	over();
}

/* The index is made of logs: spoiled, old or gone, it's made again. */
static void test_catalog(void **state)
{
	const char *folder = kept_path("catalog");
	struct ember_log_filter f = { .comm = "nobody" };
	struct ember_catalog *catalog;
	FILE *file;
	uint32_t i;

	(void)state;
	run(12, 2000, 600, 12);
	open_all(folder, 1 << 30);
	for (i = 0; i < nr_chunk; i++)
		arrive(chunk[i].bytes, chunk[i].n);
	assert_true(flush());
	assert_null(ember_catalog_ask(folder));
	for (i = 0; i < 3; i++) {
		if (i) {
			unlink(tool_path("catalog/index.db-wal"));
			unlink(tool_path("catalog/index.db-shm"));
			file = fopen(tool_path("catalog/index.db"), "w");
			fputs(i == 1 ?
				      "" :
				      "not a database at all, and longer than its header would be\n"
				      "not a database at all, and longer than its header would be\n",
			      file);
			fclose(file);
			assert_null(ember_catalog_ask(folder));
		}
		catalog = ember_catalog_open(folder, false);
		assert_non_null(catalog);
		index_log(catalog, store.first->name);
		ember_catalog_close(catalog);
		catalog = ember_catalog_ask(folder);
		assert_non_null(catalog);
		assert_true(ember_catalog_rules_out(catalog, store.first->name,
						    store.first->bytes, &f));
		/* It has grown: it may have anything. */
		assert_false(ember_catalog_rules_out(catalog, store.first->name,
						     store.first->bytes + 1, &f));
		assert_false(ember_catalog_rules_out(catalog, "another.ember", 1, &f));
		ember_catalog_close(catalog);
	}
	close_all();
	over();
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_store),  test(test_torn),  test(test_no_room),    test(test_boards),
		test(test_apart),  test(test_names), test(test_no_samples), test(test_flood),
		test(test_greedy), test(test_keys),  test(test_keep),	    test(test_clocks),
		test(test_filter), test(test_parts), test(test_catalog),
	};

	return cmocka_run_group_tests_name("tool_collect", tests, NULL, tool_clean);
}
