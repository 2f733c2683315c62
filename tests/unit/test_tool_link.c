// SPDX-License-Identifier: GPL-2.0-or-later
/* Senders over ways that lose, double and delay what they carry, and what has arrived. */
#include "link_kit.h"

#include "base/address.h"
#include "link/ack_window.h"
#include "link/sender.h"

#define MS 1000000ull

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

static void test_addresses(void **state)
{
	static const char *const good[] = {
		"udp://192.0.2.1:4577", "tcp://[2001:db8::1]:1", "serial:/dev/ttyS1,115200",
		"serial:/dev/ttyS1,9600,console",
		/* As udev names a line. */
		"serial:/dev/serial/by-id/usb-Silicon_Labs_CP2102N_"
		"USB_to_UART_Bridge_Controller_0001-if00-port0,9600"
	};
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
	assert_int_equal(strlen(a.device), 88);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(ember_address_parse(&a, bad[i]));
	assert_false(ember_address_is("udp.ember"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_arrived),   test(test_one_way), test(test_two_way),
		test(test_overflow),  test(test_forged),  test(test_rate),
		test(test_addresses), test(test_fresh),
	};

	return cmocka_run_group_tests_name("tool_link", tests, NULL, clean);
}
