// SPDX-License-Identifier: GPL-2.0-or-later
/* Chunks over lines that lose, double, delay and spoil what they carry. */
#include "log_kit.h"

#include "base/address.h"
#include "link/ack_window.h"
#include "link/frame.h"
#include "link/sender.h"

#define MS 1000000ull

/* ---- frames of a serial line ---- */

static struct ember_buf came, text;
static uint32_t nr_came;

static void got(void *context, const struct ember_packet *p)
{
	(void)context;
	assert_true(p->sealed || p->n == EMBER_CHUNK_HEADER + p->chunk.n);
	ember_proto_copy(&came, p->bytes, p->n);
	nr_came++;
}

static void other(void *context, const uint8_t *bytes, uint32_t n)
{
	(void)context;
	ember_proto_copy(&text, bytes, n);
}

static void forget(void)
{
	came.used = text.used = nr_came = 0;
}

/* A chunk whose payload is made of few different bytes, zeros among them. */
static void random_chunk(uint32_t n, uint32_t kinds, struct ember_buf *to)
{
	uint8_t payload[EMBER_FRAME_MAX];
	struct ember_chunk c = { .stream = chance(9), .sequence = chance(9) };
	uint32_t i;

	for (i = 0; i < n; i++)
		payload[i] = chance(kinds);
	c.payload = payload;
	c.n = n;
	ember_chunk_put(&c, to);
}

/* As they were sent, text between them as it was typed, and it isn't held back. */
static void test_frames(void **state)
{
	static const char *const said[] = { "login: ", "\r\n# ", "", "x",
					    "\033[1mls\033[0m\r\n" };
	uint32_t shared, turn, i;

	(void)state;
	for (shared = 0; shared < 2; shared++) {
		struct ember_frames f = { .shared = shared, .got = got, .other = other };
		struct ember_buf sent = {}, typed = {};

		seed = 5 + shared;
		forget();
		for (turn = 0; turn < 600; turn++) {
			struct ember_buf chunk = {}, frame = {};
			const char *words = said[chance(5)];
			uint32_t most = shared ? EMBER_FRAME_SHARED : EMBER_FRAME_CHUNK;

			random_chunk(turn < 512 ? turn : chance(most - EMBER_CHUNK_HEADER),
				     1 + chance(256), &chunk);
			ember_proto_copy(&sent, chunk.bytes, chunk.used);
			ember_frame_put(chunk.bytes, chunk.used, shared, &frame);
			assert_true(shared || frame.used <= EMBER_FRAME_MAX);
			assert_int_equal(frame.bytes[0] | frame.bytes[frame.used - 1], 0);
			for (i = 1; i < frame.used - 1; i++) {
				assert_int_not_equal(frame.bytes[i], 0);
				if (shared)
					assert_null(strchr("\b\t\n\v\f\r\021\023\033",
							   frame.bytes[i]));
			}
			for (i = 0; i < frame.used; i += 7)
				ember_frames_take(&f, frame.bytes + i,
						  frame.used - i < 7 ? frame.used - i : 7);
			ember_frames_take(&f, (const uint8_t *)words, strlen(words));
			ember_proto_copy(&typed, words, strlen(words));
			assert_int_equal(nr_came, turn + 1);
			assert_int_equal(came.used, sent.used);
			assert_memory_equal(came.bytes, sent.bytes, sent.used);
			/* What may begin a frame is the one thing that waits. */
			assert_true(typed.used - text.used <= (*words < ' '));
			free(chunk.bytes);
			free(frame.bytes);
		}
		ember_frames_take(&f, (const uint8_t *)"end", 3);
		assert_int_equal(text.used, typed.used + 3);
		assert_memory_equal(text.bytes, typed.bytes, typed.used);
		ember_frames_free(&f);
		free(sent.bytes);
		free(typed.bytes);
	}
}

/* ---- a stream through a line with noise: what comes is right ---- */

static void assert_right(const uint8_t *bytes, size_t n, const char *direct, bool all)
{
	struct ember_log_account account = {};
	struct ember_profile *logged;
	struct ember_tally tally = {};
	const char *why = NULL;
	char *back;

	if (!ember_log_read(bytes, n, NULL, &tally, &account, &why)) {
		assert_true(!n || strstr(why, "HELLO") || strstr(why, "no log"));
		assert_false(all);
	} else {
		uint64_t sent = counting.samples - counting.undefined;

		back = text_of(&tally, &logged);
		assert_within(back, direct);
		assert_int_equal(account.wrong, 0);
		/* Up to the last chunk that came. */
		assert_true(account.samples + account.undefined + account.underway +
				    account.before <=
			    sent);
		if (!account.unfinished)
			assert_int_equal(account.samples + account.undefined +
						 account.underway + account.before,
					 sent);
		if (all) {
			assert_string_equal(back, direct);
			assert_int_equal(account.samples, sent);
			assert_int_equal(account.missing + account.twice, 0);
		}
		ember_profile_free(logged);
		free(back);
	}
	ember_tally_free(&tally);
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
		struct ember_frames f = { .shared = turn & 1, .got = got, .other = other };
		struct ember_profile *straight;
		struct ember_buf line = {};
		char *direct;

		run(3000 + turn, 3000, f.shared ? EMBER_FRAME_SHARED : EMBER_FRAME_CHUNK, 12);
		direct = counted_text(&straight);
		for (i = 0; i < nr_chunk; i++)
			ember_frame_put(chunk[i].bytes, chunk[i].n, f.shared, &line);
		spoil(&line, one_in[turn / 2 % 4]);
		/* Plugged in midway, now and then. */
		i = turn % 5 == 4 ? chance(line.used) : 0;
		forget();
		ember_frames_take(&f, line.bytes + i, line.used - i);
		assert_right(came.bytes, came.used, direct, !one_in[turn / 2 % 4] && !i);
		whole += nr_came == nr_chunk;
		some += nr_came && nr_came < nr_chunk;
		ember_profile_free(straight);
		ember_frames_free(&f);
		free(line.bytes);
		free(direct);
		over();
		drop(NULL);
	}
	assert_true(whole >= 8 && some >= 8);
}

/* ---- what has arrived ---- */

/* As a list of all numbers says. */
static void test_arrived(void **state)
{
	uint32_t turn, i, n;

	(void)state;
	for (turn = 0; turn < 30; turn++) {
		struct ember_ack_window a = {};
		bool came_in[8000] = {};
		struct ember_buf to = {};
		struct ember_chunk ack;
		uint32_t end = 0;

		seed = turn;
		for (i = 0; i < 3000; i++) {
			n = end > 40 && chance(3) ? end - 1 - chance(40) : end + chance(4);
			if (!chance(400))
				n += chance(2000);
			if (n >= 8000)
				break;
			assert_int_equal(ember_ack_window_add(&a, n),
					 n >= a.base && !came_in[n] && true);
			came_in[n] = true;
			if (n >= end)
				end = n + 1;
			assert_int_equal(a.end, end);
			assert_true(end - a.base <= EMBER_ACK_WINDOW_WINDOW);
		}
		ember_ack_window_put(&a, 77, &to);
		assert_true(ember_chunk_at(to.bytes, to.used, &ack));
		assert_true(ack.flags & EMBER_CHUNK_ACK);
		assert_int_equal(ack.stream, 77);
		for (i = a.base; i < end + 9 && i < 8000; i++)
			assert_int_equal(ember_ack_window_says(&ack, i), came_in[i]);
		free(to.bytes);
	}
	/* The end of all numbers. */
	{
		struct ember_ack_window a = {};

		assert_true(ember_ack_window_add(&a, UINT32_MAX - 1));
		assert_false(ember_ack_window_add(&a, UINT32_MAX));
		assert_false(ember_ack_window_add(&a, 5));
	}
}

/* ---- a sender, a way that loses, and somebody who answers ---- */

struct flight {
	uint64_t at_ns;
	bool back;
	uint32_t n;
	uint8_t bytes[1300];
};

static struct flight flight[2000];
static uint32_t nr_flight;

static void fly(uint64_t now, bool back, const void *bytes, uint32_t n, uint32_t loss)
{
	uint32_t copies = 1 + !chance(12);

	while (copies--) {
		if (chance(100) < loss)
			continue;
		assert_true(nr_flight < 2000 && n <= sizeof(flight[0].bytes));
		flight[nr_flight].at_ns = now + (5 + chance(120)) * MS;
		flight[nr_flight].back = back;
		flight[nr_flight].n = n;
		memcpy(flight[nr_flight++].bytes, bytes, n);
	}
}

struct way {
	uint32_t loss; /* of a hundred, both ways */
	bool answers;
	uint32_t down, up; /* nothing passes between, of a hundred of the chunks */
	uint32_t keep;
};

/*
 * The chunks of a run, one each 200 ms, to somebody who keeps what he has not had yet
 * and answers each second, as by the clock. What he keeps is `came`.
 */
static void send_all(const struct way *way, struct ember_sender *s, uint64_t seconds)
{
	struct ember_ack_window arrived = {};
	uint64_t now, wait, start = 1000 * MS, answered = start, each = nr_chunk * 2 * MS;
	const struct ember_outgoing *next;
	bool unacked = false;
	uint32_t made = 0, i;

	forget();
	nr_flight = 0;
	ember_sender_init(s, way->keep, 100000, 2000, start);
	for (now = start; now < start + seconds * 1000 * MS; now += 20 * MS) {
		bool down = now >= start + way->down * each && now < start + way->up * each;

		if (made < nr_chunk && now >= start + made * 200 * MS) {
			ember_sender_chunk(s, chunk[made].bytes, chunk[made].n);
			made++;
		}
		while ((next = ember_sender_next(s, now, &wait)) != NULL) {
			fly(now, false, next->bytes, next->n, down ? 100 : way->loss);
			ember_sender_gone(s, now);
		}
		for (i = 0; i < nr_flight;) {
			struct flight *f = &flight[i];
			struct ember_chunk c;

			if (f->at_ns > now) {
				i++;
				continue;
			}
			assert_true(ember_chunk_at(f->bytes, f->n, &c));
			if (f->back)
				assert_true(ember_sender_heard(s, &c, now));
			else if (ember_ack_window_add(&arrived, c.sequence))
				got(NULL, &(struct ember_packet){
						  .bytes = f->bytes, .n = f->n, .chunk = c });
			unacked |= !f->back;
			*f = flight[--nr_flight];
		}
		if (way->answers && unacked && now - answered >= 1000 * MS) {
			struct ember_buf ack = {};

			ember_ack_window_put(&arrived, s->stream, &ack);
			fly(now, true, ack.bytes, ack.used, down ? 100 : way->loss);
			free(ack.bytes);
			answered = now;
			unacked = false;
		}
	}
}

static void send_run(uint32_t number, const struct way *way, bool all)
{
	struct ember_profile *straight;
	struct ember_sender s;
	char *direct;

	run(number, 8000, 400, 12);
	direct = counted_text(&straight);
	send_all(way, &s, nr_chunk / 5 + 60);
	assert_right(came.bytes, came.used, direct, all);
	if (all) {
		assert_int_equal(nr_came, nr_chunk);
		/* Of the last ones it may not be heard that they came. */
		assert_true(!way->answers || s.nr <= way->loss / 10);
		assert_int_equal(s.unsent, 0);
	}
	/* Some are doubled on their way: not each that is sent again was lost. */
	if (way->answers && !way->loss && !way->up)
		assert_int_equal(s.resent, 0);
	ember_sender_free(&s);
	ember_profile_free(straight);
	free(direct);
	over();
	drop(NULL);
}

/* One way: what is lost is lost, and known to be. */
static void test_one_way(void **state)
{
	static const uint32_t percents[] = { 0, 1, 10, 30 };
	uint32_t turn;

	(void)state;
	for (turn = 0; turn < 16; turn++) {
		struct way way = { .loss = percents[turn % 4], .keep = 1 << 20 };

		send_run(4000 + turn, &way, !way.loss);
	}
}

/* With a way back nothing is: neither at 10 and 30 % of loss, nor while the line is down. */
static void test_two_way(void **state)
{
	static const uint32_t percents[] = { 0, 1, 10, 30 };
	uint32_t turn;

	(void)state;
	for (turn = 0; turn < 16; turn++) {
		struct way way = { .loss = percents[turn % 4],
				   .answers = true,
				   .keep = 1 << 20 };

		if (turn >= 8) {
			way.down = chance(50);
			way.up = way.down + chance(50);
		}
		send_run(5000 + turn, &way, true);
	}
}

/* Down for longer than what is kept lasts: the rest comes, and the loss is known. */
static void test_overflow(void **state)
{
	struct way way = { .answers = true, .keep = 8 << 10, .down = 20, .up = 60 };
	struct ember_profile *straight;
	struct ember_sender s;
	char *direct;

	(void)state;
	run(6000, 12000, 1200, 12);
	direct = counted_text(&straight);
	send_all(&way, &s, nr_chunk / 5 + 60);
	assert_right(came.bytes, came.used, direct, false);
	assert_true(nr_came < nr_chunk && nr_came > nr_chunk / 4);
	assert_true(s.stale);
	assert_int_equal(s.nr, 0);
	ember_sender_free(&s);
	ember_profile_free(straight);
	free(direct);
	over();
}

/* What isn't an answer to what was sent changes nothing. */
static void test_forged(void **state)
{
	struct ember_sender s;
	struct ember_buf bytes = {};
	struct ember_chunk c = { .stream = 7, .sequence = 3 };
	struct ember_chunk ack = { .flags = EMBER_CHUNK_ACK, .stream = 7, .sequence = 4 };
	uint64_t wait;

	(void)state;
	ember_sender_init(&s, 1 << 20, 100000, 2000, MS);
	ember_chunk_put(&c, &bytes);
	ember_sender_chunk(&s, bytes.bytes, bytes.used);
	assert_false(ember_sender_heard(&s, &c, 2 * MS));
	ack.stream = 8;
	assert_false(ember_sender_heard(&s, &ack, 2 * MS));
	ack.stream = 7;
	ack.sequence = 5;
	assert_false(ember_sender_heard(&s, &ack, 2 * MS));
	assert_false(ember_sender_two_way(&s, 2 * MS));
	/* One that wasn't sent yet can't have come. */
	ack.sequence = 4;
	assert_true(ember_sender_heard(&s, &ack, 2 * MS));
	assert_int_equal(s.nr, 1);
	assert_non_null(ember_sender_next(&s, 3 * MS, &wait));
	ember_sender_gone(&s, 3 * MS);
	assert_null(ember_sender_next(&s, 3 * MS, &wait));
	assert_true(wait > 1000 * MS && wait < 10000 * MS);
	assert_true(ember_sender_heard(&s, &ack, 4 * MS));
	assert_int_equal(s.nr, 0);
	ember_sender_free(&s);
	free(bytes.bytes);
}

/* No more than its rate, whatever waits. */
static void test_rate(void **state)
{
	struct ember_sender s;
	struct ember_buf bytes = {};
	uint64_t now, wait, out = 0;
	const struct ember_outgoing *next;
	uint32_t i;

	(void)state;
	ember_sender_init(&s, 1 << 20, 1920, 1, 1000 * MS);
	for (i = 0; i < 100; i++) {
		struct ember_chunk c = { .stream = 7, .sequence = i, .payload = (void *)"x" };

		bytes.used = 0;
		c.n = 1;
		ember_chunk_put(&c, &bytes);
		ember_sender_chunk(&s, bytes.bytes, bytes.used);
	}
	for (now = 1000 * MS; now < 2000 * MS; now += wait) {
		while ((next = ember_sender_next(&s, now, &wait)) != NULL) {
			out += next->n;
			ember_sender_gone(&s, now);
		}
		assert_true(wait > 0 && wait < 100 * MS);
	}
	assert_in_range(out, 1920 - 2 * 25 - 100, 1920 + 25 + 1);
	ember_sender_free(&s);
	free(bytes.bytes);
}

/* What has come is known as a list of it would, but for what is too late. */
static void test_fresh(void **state)
{
	struct ember_seal_window w = {};
	bool came_in[5000] = {};
	uint64_t end = 0, n;
	uint32_t i;

	(void)state;
	seed = 77;
	for (i = 0; i < 4000; i++) {
		n = end > 100 && chance(2) ? end - 1 - chance(80) : end + chance(3);
		if (n >= 5000)
			break;
		assert_int_equal(ember_seal_fresh(&w, n),
				 !came_in[n] && (n >= end || end - 1 - n < EMBER_SEAL_WINDOW));
		if (n >= end || end - 1 - n < EMBER_SEAL_WINDOW)
			came_in[n] = true;
		if (n >= end)
			end = n + 1;
	}
	assert_true(i == 4000);
	assert_true(ember_seal_fresh(&w, UINT64_MAX - 1));
	assert_false(ember_seal_fresh(&w, UINT64_MAX));
	assert_false(ember_seal_fresh(&w, 1));
}

/* Sealed, framed, found and opened: the same; by another key, or changed: nothing. */
static void test_sealed(void **state)
{
	struct ember_buf chunk = {}, sealed = {}, line = {}, plain = {};
	struct ember_frames f = { .got = got };
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
		ember_frame_put(sealed.bytes, sealed.used, false, &line);
		came.used = 0;
		ember_frames_take(&f, line.bytes, line.used);
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
	ember_frames_free(&f);
	free(chunk.bytes);
	free(sealed.bytes);
	free(line.bytes);
	free(plain.bytes);
}

static void test_addresses(void **state)
{
	static const char *const good[] = { "udp://192.0.2.1:4577", "tcp://[2001:db8::1]:1",
					    "serial:/dev/ttyS1,115200",
					    "serial:/dev/ttyS1,9600,console" };
	static const char *const bad[] = {
		"udp:192.0.2.1:4577",	 "udp://host:4577",
		"udp://192.0.2.1",	 "udp://192.0.2.1:0",
		"udp://192.0.2.1:65536", "udp://[2001:db8::1:4577",
		"udp://[192.0.2.1]:1",	 "tcp://:1",
		"serial:/dev/ttyS1",	 "serial:,9600",
		"serial:/dev/ttyS1,x",	 "serial:/dev/ttyS1,9600,tty",
		"serial:/dev/ttyS1,",	 "serial:/dev/ttyS1,999999999999",
	};
	struct ember_address a;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(ember_address_is(good[i]));
		assert_null(ember_address_parse(&a, good[i]));
		assert_int_equal(a.shared, i == 3);
	}
	assert_int_equal(a.baud, 9600);
	assert_string_equal(a.device, "/dev/ttyS1");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(ember_address_parse(&a, bad[i]));
	assert_false(ember_address_is("udp.ember"));
}

static int clean(void **state)
{
	(void)state;
	free(came.bytes);
	free(text.bytes);
	return 0;
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_frames),  test(test_noise),	test(test_arrived),
		test(test_one_way), test(test_two_way), test(test_overflow),
		test(test_forged),  test(test_rate),	test(test_addresses),
		test(test_fresh),   test(test_sealed),
	};

	return cmocka_run_group_tests_name("tool_link", tests, NULL, clean);
}
