// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many boards that send over UDP, of which each keeps what it sent.
 * usage: boards ADDRESS BOARDS SECONDS DIR [KEYS]: four CPUs at 99 Hz each, in their own
 * time; DIR/board-N.ember is what board N has sent. With KEYS, board N seals by the key in
 * the file KEYS/board-N.key. Waits until all is acknowledged, a minute at most; the exit
 * status is 0 if it was.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/number.h"
#include "link/uplink.h"
#include "link/sender.h"
#include "sampled.h"
#include "output/logfile.h"

struct board {
	struct sampled sampled;
	struct ember_log_writer writer;
	struct ember_sender sender;
	struct ember_uplink port;
	struct ember_seal seal;
	struct ember_logfile kept;
};

static void emit(void *context, const void *chunk, uint32_t n)
{
	struct board *b = context;

	ember_sender_chunk(&b->sender, chunk, n);
	ember_logfile_chunk(&b->kept, chunk, n);
}

/* Seals what the board sends by the key in dir/NAME.key. Exits if there is none. */
static void seal_by(struct board *b, const char *dir, const char *name)
{
	char *path = ember_xrealloc(NULL, strlen(dir) + strlen(name) + 8, 1);
	struct ember_key key;

	sprintf(path, "%s/%s.key", dir, name);
	if (ember_key_read(&key, path) || ember_seal_begin(&b->seal, &key))
		exit(1);
	b->port.seal = &b->seal;
	free(path);
}

static void begin(struct board *b, uint32_t number, const char *address, const char *dir,
		  const char *keys)
{
	struct ember_stream_header hello = { .cpus = CPUS, .period_ns = 1000000000 / HZ };
	char *path = ember_xrealloc(NULL, strlen(dir) + 32, 1);

	b->sampled.seed = number;
	snprintf(hello.board, sizeof(hello.board), "board-%u", number);
	snprintf(hello.boot, sizeof(hello.boot), "boot-%u", number);
	sprintf(path, "%s/%s.ember", dir, hello.board);
	if (ember_uplink_open(&b->port, address) || ember_logfile_open(&b->kept, path, false))
		exit(1);
	if (keys)
		seal_by(b, keys, hello.board);
	ember_sender_init(&b->sender, 256 << 10, 256 << 10, 32 << 10,
			  ember_clock_ns(CLOCK_MONOTONIC));
	ember_recording_init(&b->sampled.recording, CPUS + 1, hello.period_ns);
	ember_recording_start(&b->sampled.recording);
	ember_log_begin(&b->writer, &b->sampled.recording, &hello, EMBER_CHUNK_LISTENS,
			ember_uplink_chunk(&b->port), emit, b);
	b->writer.chains = true;
	sampled_begin(&b->sampled);
}

static void heard(void *context, const struct ember_chunk *chunk)
{
	struct board *b = context;

	ember_sender_heard(&b->sender, chunk, ember_clock_ns(CLOCK_MONOTONIC));
}

static void send_due(struct board *b)
{
	const struct ember_outgoing *next;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), wait;

	ember_uplink_turn(&b->port);
	ember_uplink_read(&b->port, heard, b);
	while ((next = ember_sender_next(&b->sender, now, &wait)) != NULL &&
	       ember_uplink_send(&b->port, next->bytes, next->n))
		ember_sender_gone(&b->sender, now);
}

int main(int argc, char **argv)
{
	uint64_t start = ember_clock_ns(CLOCK_MONOTONIC), now, samples = 0, bytes = 0,
		 resent = 0;
	uint32_t boards, seconds, i, left = 1;
	struct board *board;

	if (argc < 5 || argc > 6 || !ember_number(argv[2], &boards) ||
	    !ember_number(argv[3], &seconds))
		return 2;
	board = calloc(boards, sizeof(*board));
	for (i = 0; i < boards; i++)
		begin(&board[i], i, argv[1], argv[4], argv[5]);
	while ((now = ember_clock_ns(CLOCK_MONOTONIC)) - start < seconds * 1000000000ull) {
		for (i = 0; i < boards; i++) {
			sampled_until(&board[i].sampled, now);
			send_due(&board[i]);
		}
		poll(NULL, 0, 100);
	}
	for (i = 0; i < boards; i++) {
		ember_recording_stop(&board[i].sampled.recording);
		ember_log_end(&board[i].writer);
	}
	while (left && ember_clock_ns(CLOCK_MONOTONIC) - now < 60000000000ull) {
		for (left = 0, i = 0; i < boards; i++) {
			send_due(&board[i]);
			left += board[i].sender.nr;
		}
		poll(NULL, 0, 100);
	}
	for (i = 0; i < boards; i++) {
		samples += board[i].writer.sent;
		resent += board[i].sender.resent;
		ember_logfile_close(&board[i].kept);
		bytes += board[i].kept.bytes;
	}
	printf("%u boards, %llu samples, %llu bytes, %llu chunks sent again, %u not acknowledged\n",
	       boards, (unsigned long long)samples, (unsigned long long)bytes,
	       (unsigned long long)resent, left);
	return left != 0;
}
