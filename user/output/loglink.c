// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/loglink.h"

#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/signals.h"

#define EMBER_LINK_KEEP	       (128u << 10) /* bytes, by default */
#define EMBER_LINK_REFRESH_NS  60000000000ull /* between resyncs on a one-way link, */
#define EMBER_LINK_HOUR_NS     3600000000000ull /* and where the other end answers */
#define EMBER_LINK_BEAT_NS     60000000000ull /* a sign of life */
#define EMBER_LINK_THIN	       9 /* doublings of downsampling until the queue is full */
#define EMBER_LINK_PARTS       4 /* chunks that are packed together, where it answers */
#define EMBER_LINK_PATIENCE_NS 10000000000ull /* at the end */
#define EMBER_LINK_LOOK_NS     200000000ull /* meanwhile, how often to look */
#define EMBER_LINK_FIRST_NS    2500000000ull /* the same, where nobody ever answered */

int ember_loglink_open(struct ember_loglink *l, const char *address, uint32_t keep,
		       uint32_t rate, const char *key_path)
{
	struct ember_key key;
	uint32_t burst;

	if (key_path && (ember_key_read(&key, key_path) || ember_seal_begin(&l->seal, &key)))
		return 1;
	if (ember_uplink_open(&l->port, address))
		return 1;
	l->port.seal = key_path ? &l->seal : NULL;
	if (!rate ||
	    (l->port.address.link == EMBER_LINK_SERIAL && rate > ember_uplink_rate(&l->port)))
		rate = ember_uplink_rate(&l->port);
	burst = l->port.address.link == EMBER_LINK_SERIAL ? 1 : rate / 8 + 1;
	ember_sender_init(&l->sender, keep ? keep : EMBER_LINK_KEEP, rate, burst,
			  ember_clock_ns(CLOCK_MONOTONIC));
	l->sender.reliable = l->port.address.link == EMBER_LINK_TCP;
	return 0;
}

void ember_loglink_begin(struct ember_loglink *l, struct ember_log_writer *w)
{
	l->chunk_ns = l->resync_ns = ember_clock_ns(CLOCK_MONOTONIC);
	l->sequence = w->sequence;
}

void ember_loglink_chunk(struct ember_loglink *l, struct ember_log_writer *w,
			 const void *chunk, uint32_t n)
{
	uint32_t waiting, quarter = l->sender.keep / 4;

	ember_sender_chunk(&l->sender, chunk, n);
	waiting = ember_sender_waiting(&l->sender);
	/* Downsample as the queue fills: fewer samples with their stacks beat lost chunks. */
	w->downsample = waiting > quarter ?
				2u << EMBER_LINK_THIN * (waiting - quarter) / (3 * quarter) :
				1;
}

static void ember_loglink_heard(void *context, const struct ember_chunk *chunk)
{
	struct ember_loglink *l = context;

	ember_sender_heard(&l->sender, chunk, ember_clock_ns(CLOCK_MONOTONIC));
}

/* What is due goes out; ns until more is. */
static uint64_t ember_loglink_pump(struct ember_loglink *l, uint64_t now)
{
	const struct ember_outgoing *next;
	uint64_t wait = UINT64_MAX;

	ember_uplink_turn(&l->port);
	ember_uplink_read(&l->port, ember_loglink_heard, l);
	if (l->port.fresh)
		ember_sender_restart(&l->sender);
	l->port.fresh = false;
	while ((next = ember_sender_next(&l->sender, now, &wait)) != NULL) {
		if (!ember_uplink_send(&l->port, next->bytes, next->n))
			break;
		ember_sender_gone(&l->sender, now);
	}
	if (l->port.fd < 0)
		return l->port.retry_ns > now ? l->port.retry_ns - now : 0;
	/* A poll says when there's room again; on a shared line nobody does. */
	if (!next)
		return wait;
	return l->port.address.shared ?
		       EMBER_SERIAL_FRAME_MAX * 1000000000ull / l->sender.rate :
		       UINT64_MAX;
}

void ember_loglink_wait(const struct ember_loglink *l, struct ember_loop *loop)
{
	if (!l->port.address.shared)
		ember_loop_fd(loop, l->port.fd,
			      POLLIN | (ember_uplink_full(&l->port) ? POLLOUT : 0));
}

static bool ember_loglink_answered(const struct ember_loglink *l, uint64_t now)
{
	return (l->sender.reliable && l->port.fd >= 0 && !l->port.connecting) ||
	       ember_sender_two_way(&l->sender, now);
}

double ember_loglink_turn(struct ember_loglink *l, struct ember_log_writer *w)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), wait, refresh, beat;
	bool answered = ember_loglink_answered(l, now);
	bool hourly = answered && !l->sender.stale;

	/* What is lost is sent again: chunks may depend on each other. */
	w->chains = hourly;
	w->parts = hourly ? EMBER_LINK_PARTS : 1;
	if (w->parts > l->sender.keep / 16 / w->most)
		w->parts = 1;
	refresh = hourly ? EMBER_LINK_HOUR_NS : EMBER_LINK_REFRESH_NS;
	if (now - l->resync_ns >= refresh) {
		ember_log_resync(w);
		l->sender.stale = false;
		l->resync_ns = now;
	}
	if (w->sequence != l->sequence)
		l->chunk_ns = now;
	else if (now - l->chunk_ns >= EMBER_LINK_BEAT_NS) {
		ember_log_heartbeat(w);
		l->chunk_ns = now;
	}
	l->sequence = w->sequence;
	refresh -= now - l->resync_ns < refresh ? now - l->resync_ns : refresh;
	beat = EMBER_LINK_BEAT_NS - (now - l->chunk_ns);
	wait = ember_loglink_pump(l, now);
	if (wait > refresh)
		wait = refresh;
	if (wait > beat)
		wait = beat;
	return wait / 1e9;
}

/* Whether something is still to come of it. */
static bool ember_loglink_waits(struct ember_loglink *l, uint64_t begun, uint64_t now)
{
	uint64_t patience = EMBER_LINK_PATIENCE_NS;
	bool unsent = l->sender.nr && !l->sender.item[l->sender.nr - 1].sent_ns;

	if (!l->sender.nr && !l->port.out.used)
		return false;
	if (!unsent && !l->port.out.used && l->port.address.shared)
		return false;
	if (!unsent && !l->port.out.used && !l->sender.heard_ns)
		patience = EMBER_LINK_FIRST_NS;
	if (l->patience_ns && patience > l->patience_ns)
		patience = l->patience_ns;
	return (int64_t)(now - begun) < (int64_t)patience && ember_signals_ends() < 2;
}

int ember_loglink_close(struct ember_loglink *l, uint64_t downsampled)
{
	uint64_t begun = ember_clock_ns(CLOCK_MONOTONIC), now = begun;
	struct ember_loop loop = EMBER_LOOP(NULL);
	uint32_t i, unsent = 0;
	int err = 0;

	/* What waits has the time that the line needs for it. */
	if (!l->patience_ns)
		begun += ember_sender_waiting(&l->sender) * 1000000000ull / l->sender.rate;
	while (ember_loglink_waits(l, begun, now)) {
		uint64_t wait = ember_loglink_pump(l, now);

		ember_loop_begin(&loop);
		ember_loglink_wait(l, &loop);
		ember_loop_due(&loop, now + (wait < EMBER_LINK_LOOK_NS ? wait + 1000000 :
									 EMBER_LINK_LOOK_NS));
		ember_loop_wait(&loop);
		now = ember_clock_ns(CLOCK_MONOTONIC);
	}
	ember_loop_free(&loop);
	for (i = 0; i < l->sender.nr; i++)
		unsent += !l->sender.item[i].sent_ns;
	if (downsampled)
		ember_warning(
			"%s: %llu samples were more than it carries, and left out: a lower rate, or a larger --resend",
			l->port.address.text, (unsigned long long)downsampled);
	if (l->sender.unsent + unsent)
		err = ember_error("%s: %llu chunks of the log were more than it carries",
				  l->port.address.text,
				  (unsigned long long)(l->sender.unsent + unsent));
	else if (l->sender.heard_ns && l->sender.nr)
		err = ember_error("%s: the last %u chunks of the log were never acknowledged",
				  l->port.address.text, l->sender.nr);
	if (l->port.forged)
		ember_warning("%s: %llu answers weren't sealed by this board's key",
			      l->port.address.text, (unsigned long long)l->port.forged);
	ember_sender_free(&l->sender);
	ember_uplink_close(&l->port);
	explicit_bzero(&l->seal, sizeof(l->seal));
	return err;
}
