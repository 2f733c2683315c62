// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load of many boards on a collector, from one cheap process.
 * usage: load send ADDRESS BOARDS SECONDS STREAM PID once|again
 *        load count DIR BOARDS SECONDS STREAM
 * send: each board sends 2 chunks a second to udp://127.0.0.1:PORT for SECONDS, evenly spread and
 * from an address of its own: HELLO first, then what the log writer made of four CPUs at 99 Hz.
 * `again` resends what is not acknowledged after 3 s. Board N is stream STREAM + N. Waits 10 s
 * at most for acknowledgements. PID is the collector, whose cost is read from /proc.
 * count: how many of these chunks the logs below DIR hold.
 * Prints lines of `NAME VALUE`.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/number.h"
#include "link/ack_window.h"
#include "link/packet.h"
#include "log/fields.h"
#include "sampled.h"
#include "import/file.h"

#define CHUNKS_A_SECOND 2
#define SECOND		1000000000ull
#define BODY_SECONDS	40 /* of samples: what comes after is sent again, */
#define BODY_CYCLE	16 /* the last so many over and over */
#define DATAGRAM	1452 /* bytes of a chunk, as over Ethernet */
#define BATCH		64
#define AGAIN_NS	(3 * SECOND)
#define DRAIN_NS	(10 * SECOND)
#define FIRST_ADDRESS	0x7f010001 /* 127.1.0.1 */
#define DELAYS		4000 /* buckets of 5 ms */

struct body {
	uint8_t bytes[DATAGRAM];
	uint32_t n;
	uint8_t flags;
};

struct board {
	uint32_t next, low; /* chunks sent; all below low are acknowledged */
	uint64_t *sent_ns; /* by sequence, of the first time; 0: acknowledged */
	uint64_t tried_ns; /* when something was sent again */
};

static struct body *bodies;
static uint32_t nr_body, body_size;

static struct board *board;
static uint32_t nr_board, chunks_each, first_stream;
static struct sockaddr_in collector;
static int fd;

static uint64_t sent, sent_bytes, resent, acknowledged, late_ns, longest_ns;
static uint32_t delays[DELAYS];

/* An ember_log_emit: keeps what is in a chunk, but for HELLO, which names a board. */
static void keep_body(void *context, const void *bytes, uint32_t n)
{
	struct ember_buf room = {};
	struct ember_chunk chunk;
	struct ember_message m;
	struct ember_field f;
	const uint8_t *plain;
	uint32_t plain_bytes;
	bool hello = false;

	(void)context;
	if (!ember_chunk_at(bytes, n, &chunk) || n > DATAGRAM ||
	    chunk.flags & (EMBER_CHUNK_MORE | EMBER_CHUNK_REST))
		return;
	plain = ember_chunk_plain(&chunk, &room, &plain_bytes);
	m = ember_proto_read(plain, plain_bytes);
	while (ember_proto_field(&m, &f))
		hello |= f.number == EMBER_CHUNK_HELLO;
	free(room.bytes);
	if (hello)
		return;
	bodies = ember_array_reserve(bodies, nr_body, &body_size, sizeof(*bodies));
	memcpy(bodies[nr_body].bytes, chunk.payload, chunk.n);
	bodies[nr_body].n = chunk.n;
	bodies[nr_body++].flags = chunk.flags;
}

static void make_bodies(void)
{
	static struct sampled from;
	struct ember_stream_header hello = { .board = "board",
					     .cpus = CPUS,
					     .period_ns = SECOND / HZ };
	struct ember_log_writer writer = {};
	uint32_t i;

	ember_recording_init(&from.recording, CPUS + 1, hello.period_ns);
	ember_recording_start(&from.recording);
	ember_log_begin(&writer, &from.recording, &hello, EMBER_CHUNK_LISTENS, DATAGRAM,
			keep_body, NULL);
	writer.chains = true;
	sampled_begin(&from);
	for (i = 1; i <= BODY_SECONDS * CHUNKS_A_SECOND; i++) {
		sampled_until(&from,
			      from.recording.started_ns + i * (SECOND / CHUNKS_A_SECOND));
		ember_log_cut(&writer);
	}
	ember_log_free(&writer);
	ember_recording_free(&from.recording);
}

/* The first chunk of a board. */
static void put_hello(uint32_t number, struct ember_buf *to)
{
	struct ember_stream_header hello = { .cpus = CPUS,
					     .period_ns = SECOND / HZ,
					     .unit_ns = SECOND / 1000 };
	struct ember_buf part = {}, clock = {}, plain = {};
	struct ember_chunk chunk = { .flags = EMBER_CHUNK_LISTENS,
				     .stream = first_stream + number };

	snprintf(hello.board, sizeof(hello.board), "board-%u", number);
	snprintf(hello.boot, sizeof(hello.boot), "boot-%u-%u", first_stream, number);
	ember_stream_header_put(&part, &hello);
	ember_proto_part(&plain, EMBER_CHUNK_HELLO, &part);
	ember_proto_number(&clock, EMBER_CLOCK_MONOTONIC, ember_clock_ns(CLOCK_MONOTONIC));
	ember_proto_number(&clock, EMBER_CLOCK_BOOTTIME, ember_clock_ns(CLOCK_BOOTTIME));
	ember_proto_number(&clock, EMBER_CLOCK_REALTIME, ember_clock_ns(CLOCK_REALTIME));
	ember_proto_number(&clock, EMBER_CLOCK_IS_SET, true);
	ember_proto_part(&plain, EMBER_CHUNK_CLOCK, &clock);
	chunk.payload = plain.bytes;
	chunk.n = plain.used;
	ember_chunk_put(&chunk, to);
	free(part.bytes);
	free(clock.bytes);
	free(plain.bytes);
}

/* The same chunk each time it is asked for. */
static void put_chunk(uint32_t number, uint32_t sequence, struct ember_buf *to)
{
	struct ember_chunk chunk = { .stream = first_stream + number, .sequence = sequence };
	uint32_t which = sequence - 1;
	const struct body *body;

	if (!sequence) {
		put_hello(number, to);
		return;
	}
	if (which >= nr_body)
		which = nr_body - BODY_CYCLE + (which - nr_body) % BODY_CYCLE;
	body = &bodies[which];
	chunk.flags = body->flags;
	chunk.payload = body->bytes;
	chunk.n = body->n;
	ember_chunk_put(&chunk, to);
}

/* Datagrams that go out together. */
static struct batch {
	struct mmsghdr message[BATCH];
	struct iovec piece[BATCH];
	struct ember_buf bytes[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint32_t nr;
} batch;

static void send_batch(void)
{
	uint32_t done = 0;

	while (done < batch.nr) {
		int n = sendmmsg(fd, batch.message + done, batch.nr - done, 0);

		if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
			exit(ember_error("sendmmsg: %s", strerror(errno)));
		if (n > 0)
			done += n;
	}
	batch.nr = 0;
}

static void send_chunk(uint32_t number, uint32_t sequence)
{
	uint32_t i = batch.nr++;
	struct msghdr *h = &batch.message[i].msg_hdr;
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(FIRST_ADDRESS + number) };
	struct cmsghdr *control;

	batch.bytes[i].used = 0;
	put_chunk(number, sequence, &batch.bytes[i]);
	batch.piece[i] = (struct iovec){ batch.bytes[i].bytes, batch.bytes[i].used };
	*h = (struct msghdr){ .msg_name = &collector,
			      .msg_namelen = sizeof(collector),
			      .msg_iov = &batch.piece[i],
			      .msg_iovlen = 1,
			      .msg_control = batch.control[i],
			      .msg_controllen = sizeof(batch.control[i]) };
	control = CMSG_FIRSTHDR(h);
	control->cmsg_level = IPPROTO_IP;
	control->cmsg_type = IP_PKTINFO;
	control->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(control), &info, sizeof(info));
	if (batch.nr == BATCH)
		send_batch();
}

static void heard(const struct ember_chunk *ack, uint64_t now)
{
	uint32_t number = ack->stream - first_stream, i;
	struct board *b = &board[number];

	if (!(ack->flags & EMBER_CHUNK_ACK) || number >= nr_board)
		return;
	for (i = b->low; i < b->next; i++) {
		uint64_t delay = now - b->sent_ns[i];

		if (!b->sent_ns[i] || !ember_ack_window_says(ack, i))
			continue;
		b->sent_ns[i] = 0;
		acknowledged++;
		if (delay > longest_ns)
			longest_ns = delay;
		delay /= 5000000;
		delays[delay < DELAYS ? delay : DELAYS - 1]++;
	}
	while (b->low < b->next && !b->sent_ns[b->low])
		b->low++;
}

static void read_answers(uint64_t now)
{
	static uint8_t room[BATCH][2048];
	struct mmsghdr message[BATCH];
	struct iovec piece[BATCH];
	int n = BATCH, i;

	while (n == BATCH) {
		for (i = 0; i < BATCH; i++) {
			piece[i] = (struct iovec){ room[i], sizeof(room[i]) };
			message[i] = (struct mmsghdr){ .msg_hdr.msg_iov = &piece[i],
						       .msg_hdr.msg_iovlen = 1 };
		}
		n = recvmmsg(fd, message, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++) {
			struct ember_packet packet;

			if (ember_packet_at(room[i], message[i].msg_len, &packet) &&
			    !packet.sealed)
				heard(&packet.chunk, now);
		}
	}
}

/* All boards' oldest chunk that is not acknowledged, where that is old enough. */
static void send_again(uint64_t now)
{
	uint32_t i, k;

	for (i = 0; i < nr_board; i++) {
		struct board *b = &board[i];

		if (b->low == b->next || now - b->sent_ns[b->low] < AGAIN_NS ||
		    now - b->tried_ns < AGAIN_NS)
			continue;
		b->tried_ns = now;
		for (k = b->low; k < b->next; k++)
			if (b->sent_ns[k] && now - b->sent_ns[k] >= AGAIN_NS) {
				send_chunk(i, k);
				resent++;
			}
	}
	send_batch();
}

static void send_due(uint64_t start, uint64_t now)
{
	for (; sent < (uint64_t)nr_board * chunks_each; sent++) {
		struct board *b = &board[sent % nr_board];
		uint64_t due = start + sent * SECOND / CHUNKS_A_SECOND / nr_board;

		if (due > now)
			break;
		if (now - due > late_ns)
			late_ns = now - due;
		b->sent_ns[b->next] = now;
		send_chunk(sent % nr_board, b->next++);
		sent_bytes += batch.piece[batch.nr ? batch.nr - 1 : BATCH - 1].iov_len;
	}
	send_batch();
}

/* What the collector has cost so far. */
struct cost {
	uint64_t at_ns, cpu_ns, waited_ns, written, taken, memory;
};

/* The number behind a word at the begin of a line; 0: there is no such line. */
static uint64_t number_behind(const char *text, const char *word)
{
	const char *at = text;

	while (at && strncmp(at, word, strlen(word))) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

static const char *proc_file(const char *pid, const char *name)
{
	static char text[8192];
	char path[300];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	file = fopen(path, "re");
	n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[n] = 0;
	if (file)
		fclose(file);
	return text;
}

static void read_cost(const char *pid, struct cost *c)
{
	char path[300], name[300], *end;
	const struct dirent *entry;
	const char *text;
	DIR *dir;

	memset(c, 0, sizeof(*c));
	c->at_ns = ember_clock_ns(CLOCK_MONOTONIC);
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (*entry->d_name == '.')
			continue;
		snprintf(name, sizeof(name), "task/%s/schedstat", entry->d_name);
		c->cpu_ns += strtoull(proc_file(pid, name), &end, 10);
		c->waited_ns += strtoull(end, NULL, 10);
	}
	if (dir)
		closedir(dir);
	text = proc_file(pid, "io");
	c->taken = number_behind(text, "wchar: ");
	c->written = number_behind(text, "write_bytes: ");
	c->memory = number_behind(proc_file(pid, "status"), "VmHWM:");
}

static uint64_t median_delay_ms(void)
{
	uint64_t seen = 0;
	uint32_t i;

	for (i = 0; i < DELAYS - 1 && (seen += delays[i]) * 2 < acknowledged; i++)
		;
	return i * 5;
}

static int open_socket(const char *text)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct ember_address address;
	const char *why = ember_address_parse(&address, text);
	int room = 4 << 20;

	if (why || address.link != EMBER_LINK_UDP || address.inet.any.sa_family != AF_INET ||
	    ntohl(address.inet.four.sin_addr.s_addr) >> 24 != 127)
		return ember_error("%s: not udp://127.0.0.1:PORT", text);
	collector = address.inet.four;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return ember_error("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return 0;
}

static int load_send(const char *address, const char *pid, bool again)
{
	uint64_t start, now, drain = 0;
	struct cost begin, end, last;
	double seconds;
	uint32_t i;

	if (open_socket(address))
		return 1;
	make_bodies();
	if (nr_body < BODY_CYCLE)
		return ember_error("%u chunks were made, too few", nr_body);
	for (i = 0; i < nr_board; i++)
		board[i].sent_ns = calloc(chunks_each, sizeof(*board[i].sent_ns));
	read_cost(pid, &begin);
	start = now = ember_clock_ns(CLOCK_MONOTONIC);
	while (!drain || (acknowledged < sent && now - drain < DRAIN_NS)) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		poll(&wait, 1, 1);
		now = ember_clock_ns(CLOCK_MONOTONIC);
		read_answers(now);
		send_due(start, now);
		if (again)
			send_again(now);
		if (!drain && sent == (uint64_t)nr_board * chunks_each) {
			drain = now;
			read_cost(pid, &end);
		}
	}
	read_cost(pid, &last);
	seconds = (end.at_ns - begin.at_ns) / 1e9;
	printf("sent %llu\nsent_bytes %llu\nsender_late_ms %llu\nresent %llu\nunacknowledged %llu\n",
	       (unsigned long long)sent, (unsigned long long)sent_bytes,
	       (unsigned long long)late_ns / 1000000, (unsigned long long)resent,
	       (unsigned long long)(sent - acknowledged));
	printf("ack_median_ms %llu\nack_longest_ms %llu\n",
	       (unsigned long long)median_delay_ms(),
	       (unsigned long long)longest_ns / 1000000);
	printf("cpu_percent %.1f\nwaited_percent %.1f\nmemory_kb %llu\n",
	       (end.cpu_ns - begin.cpu_ns) / seconds / 1e7,
	       (end.waited_ns - begin.waited_ns) / seconds / 1e7,
	       (unsigned long long)last.memory);
	printf("written_rate %.0f\nwritten_bytes %llu\nwrite_calls_bytes %llu\n",
	       (end.written - begin.written) / seconds,
	       (unsigned long long)(last.written - begin.written),
	       (unsigned long long)(last.taken - begin.taken));
	return 0;
}

/* Chunks that logs hold, a bit each. */
static uint8_t *held;
static uint64_t nr_held, nr_twice, nr_foreign, torn, files, file_bytes;

static int count_file(const char *path, const struct stat *st, int type, struct FTW *at_level)
{
	const char *end = strrchr(path, '.');
	struct ember_search search;
	struct ember_chunk chunk;
	uint8_t *bytes;
	size_t n = 0;

	(void)at_level;
	if (type != FTW_F || !end || strcmp(end, ".ember"))
		return 0;
	files++;
	file_bytes += st->st_size;
	bytes = ember_import_slurp(path, &n);
	if (bytes)
		ember_search_begin(&search, bytes, n);
	while (bytes && ember_chunk_next(&search, &chunk)) {
		uint32_t number = chunk.stream - first_stream;
		uint64_t bit = (uint64_t)number * chunks_each + chunk.sequence;

		torn += search.skipped;
		if (chunk.flags & (EMBER_CHUNK_NOTE | EMBER_CHUNK_ACK))
			continue;
		if (number >= nr_board || chunk.sequence >= chunks_each) {
			nr_foreign++;
		} else if (held[bit / 8] >> bit % 8 & 1) {
			nr_twice++;
		} else {
			held[bit / 8] |= 1 << bit % 8;
			nr_held++;
		}
	}
	free(bytes);
	return 0;
}

static int load_count(const char *dir)
{
	held = calloc((uint64_t)nr_board * chunks_each / 8 + 1, 1);
	if (nftw(dir, count_file, 16, FTW_PHYS))
		return ember_error("%s: %s", dir, strerror(errno));
	printf("held %llu\ntwice %llu\nforeign %llu\ntorn_bytes %llu\nfiles %llu\nfile_bytes %llu\n",
	       (unsigned long long)nr_held, (unsigned long long)nr_twice,
	       (unsigned long long)nr_foreign, (unsigned long long)torn,
	       (unsigned long long)files, (unsigned long long)file_bytes);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t seconds;
	bool count = argc == 6 && !strcmp(argv[1], "count");

	if ((!count && (argc != 8 || strcmp(argv[1], "send"))) ||
	    !ember_number(argv[3], &nr_board) || !ember_number(argv[4], &seconds) ||
	    !ember_number(argv[5], &first_stream) || !nr_board || nr_board > 60000 ||
	    !seconds || seconds > 3600)
		return ember_error("see the first lines of tests/boards/load.c");
	chunks_each = seconds * CHUNKS_A_SECOND;
	board = calloc(nr_board, sizeof(*board));
	return count ? load_count(argv[2]) :
		       load_send(argv[2], argv[6], !strcmp(argv[7], "again"));
}
