// SPDX-License-Identifier: GPL-2.0-or-later
/* Boards' keys at a collector: who may send what. */
#include "collect_kit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_apart),
		test(test_keys),
	};

	return cmocka_run_group_tests_name("tool_collect_keys", tests, NULL, tool_clean);
}
