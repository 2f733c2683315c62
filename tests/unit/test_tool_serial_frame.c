// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of a serial line, with noise on it, and sealed chunks in them. */
#include "link_kit.h"

/* As they were sent, text between them as it was typed, and it isn't held back. */
static void test_frames(void **state)
{
	static const char *const said[] = { "login: ", "\r\n# ", "", "x",
					    "\033[1mls\033[0m\r\n" };
	uint32_t shared, turn, i;

	(void)state;
	for (shared = 0; shared < 2; shared++) {
		struct ember_serial_frames f = { .shared = shared,
						 .got = got,
						 .other = other };
		struct ember_buf sent = {}, typed = {};

		seed = 5 + shared;
		forget();
		for (turn = 0; turn < 600; turn++) {
			struct ember_buf chunk = {}, frame = {};
			const char *words = said[chance(5)];
			uint32_t most = shared ? EMBER_SERIAL_FRAME_SHARED :
						 EMBER_SERIAL_FRAME_CHUNK;

			random_chunk(turn < 512 ? turn : chance(most - EMBER_CHUNK_HEADER),
				     1 + chance(256), &chunk);
			ember_proto_copy(&sent, chunk.bytes, chunk.used);
			ember_serial_frame_put(chunk.bytes, chunk.used, shared, &frame);
			assert_true(shared || frame.used <= EMBER_SERIAL_FRAME_MAX);
			assert_int_equal(frame.bytes[0] | frame.bytes[frame.used - 1], 0);
			for (i = 1; i < frame.used - 1; i++) {
				assert_int_not_equal(frame.bytes[i], 0);
				if (shared)
					assert_null(strchr("\b\t\n\v\f\r\021\023\033",
							   frame.bytes[i]));
			}
			for (i = 0; i < frame.used; i += 7)
				ember_serial_frames_take(&f, frame.bytes + i,
							 frame.used - i < 7 ? frame.used - i :
									      7);
			ember_serial_frames_take(&f, (const uint8_t *)words, strlen(words));
			ember_proto_copy(&typed, words, strlen(words));
			assert_int_equal(nr_came, turn + 1);
			assert_int_equal(came.used, sent.used);
			assert_memory_equal(came.bytes, sent.bytes, sent.used);
			/* What may begin a frame is the one thing that waits. */
			assert_true(typed.used - text.used <= (*words < ' '));
			free(chunk.bytes);
			free(frame.bytes);
		}
		ember_serial_frames_take(&f, (const uint8_t *)"end", 3);
		assert_int_equal(text.used, typed.used + 3);
		assert_memory_equal(text.bytes, typed.bytes, typed.used);
		ember_serial_frames_free(&f);
		free(sent.bytes);
		free(typed.bytes);
	}
}

/* Bits turned, bytes dropped and put in, one in so many; 0: none. */
static void spoil(struct ember_buf *line, uint32_t one_in)
{
	uint32_t from, to = 0;
	uint8_t *was = malloc(line->used);
	uint32_t n = line->used;

	memcpy(was, line->bytes, n);
	ember_proto_room(line, n);
	for (from = 0; from < n; from++) {
		uint32_t what = one_in && !chance(one_in) ? chance(3) : 3;

		if (what == 0)
			line->bytes[to++] = was[from] ^ 1 << chance(8);
		else if (what == 1)
			continue;
		else
			line->bytes[to++] = was[from];
		if (what == 2)
			line->bytes[to++] = chance(256);
	}
	line->used = to;
	free(was);
}

static void test_noise(void **state)
{
	static const uint32_t one_in[] = { 0, 30000, 3000, 300 };
	uint32_t turn, i, whole = 0, some = 0;

	(void)state;
	for (turn = 0; turn < 40; turn++) {
		struct ember_serial_frames f = { .shared = turn & 1,
						 .got = got,
						 .other = other };
		struct ember_profile *straight;
		struct ember_buf line = {};
		char *direct;

		run(3000 + turn, 3000,
		    f.shared ? EMBER_SERIAL_FRAME_SHARED : EMBER_SERIAL_FRAME_CHUNK, 12);
		direct = counted_text(&straight);
		for (i = 0; i < nr_chunk; i++)
			ember_serial_frame_put(chunk[i].bytes, chunk[i].n, f.shared, &line);
		spoil(&line, one_in[turn / 2 % 4]);
		/* Plugged in midway, now and then. */
		i = turn % 5 == 4 ? chance(line.used) : 0;
		forget();
		ember_serial_frames_take(&f, line.bytes + i, line.used - i);
		assert_right(came.bytes, came.used, direct, !one_in[turn / 2 % 4] && !i);
		whole += nr_came == nr_chunk;
		some += nr_came && nr_came < nr_chunk;
		ember_profile_free(straight);
		ember_serial_frames_free(&f);
		free(line.bytes);
		free(direct);
		over();
		drop(NULL);
	}
	assert_true(whole >= 8 && some >= 8);
}

/* Sealed, framed, found and opened: the same; by another key, or changed: nothing. */
static void test_sealed(void **state)
{
	struct ember_buf chunk = {}, sealed = {}, line = {}, plain = {};
	struct ember_serial_frames f = { .got = got };
	struct ember_packet packet;
	struct ember_seal seal;
	struct ember_key key;
	char digits[65];
	uint32_t i;

	(void)state;
	memset(digits, 'a', 64);
	digits[64] = 0;
	assert_true(ember_key_parse(&key, digits));
	digits[63] = 'g';
	assert_false(ember_key_parse(&seal.key, digits));
	digits[63] = 0;
	assert_false(ember_key_parse(&seal.key, digits));
	assert_int_equal(ember_seal_begin(&seal, &key), 0);
	forget();
	for (i = 0; i < 300; i++) {
		chunk.used = sealed.used = line.used = plain.used = 0;
		random_chunk(i, 256, &chunk);
		ember_seal_put(&seal, chunk.bytes, chunk.used, &sealed);
		assert_int_equal(sealed.used, chunk.used + EMBER_SEAL_MORE);
		assert_null(memmem(sealed.bytes, sealed.used, chunk.bytes, 20));
		ember_serial_frame_put(sealed.bytes, sealed.used, false, &line);
		came.used = 0;
		ember_serial_frames_take(&f, line.bytes, line.used);
		assert_int_equal(nr_came, i + 1);
		assert_int_equal(came.used, sealed.used);
		assert_true(ember_packet_at(came.bytes, came.used, &packet));
		assert_true(packet.sealed && packet.seal.counter == i);
		assert_true(ember_seal_open(&key, &packet.seal, &plain));
		assert_int_equal(plain.used, chunk.used);
		assert_memory_equal(plain.bytes, chunk.bytes, chunk.used);
		key.key[i % 32] ^= 1;
		assert_false(ember_seal_open(&key, &packet.seal, &plain));
		key.key[i % 32] ^= 1;
	}
	ember_serial_frames_free(&f);
	free(chunk.bytes);
	free(sealed.bytes);
	free(line.bytes);
	free(plain.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_frames),
		test(test_noise),
		test(test_sealed),
	};

	return cmocka_run_group_tests_name("tool_serial_frame", tests, NULL, clean);
}
