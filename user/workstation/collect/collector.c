// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/notify.h"
#include "workstation/collect/figures.h"
#include "workstation/collect/filing.h"
#include "workstation/collect/links.h"
#include "workstation/collect/privileges.h"
#include "record/summary.h"

#define EMBER_COLLECT_FLUSH_NS 1000000000ull /* between two batches */
#define EMBER_COLLECT_MUCH     (4u << 20) /* bytes that do not wait so long */
#define EMBER_COLLECT_PAUSE_NS 5000000 /* between two turns: some packets, not each, wake us */
#define EMBER_COLLECT_SYNC_NS  20000000000ull /* logs are synced as often, */
#define EMBER_COLLECT_SYNC     (32u << 20) /* or after so many bytes */
#define EMBER_COLLECT_INDEX_NS 300000000000ull /* logs that grow are indexed as often, */
#define EMBER_COLLECT_FILED_NS 30000000000ull /* or so soon after one has come to its end */
#define EMBER_COLLECT_COUNT_NS 5000000000ull /* counters go to the state as often */
#define EMBER_COLLECT_END_NS   700000000ull /* the last two batches may take, each */
#define EMBER_COLLECT_LEAVE_NS 200000000ull /* a thread has so long to end */
#define EMBER_COLLECT_GROUPS   16

/* ---- opening ---- */

/* The groups that the serial lines' devices want. */
static unsigned int ember_collector_groups(const struct ember_collector *c,
					   gid_t group[EMBER_COLLECT_GROUPS])
{
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < c->sources.nr && n < EMBER_COLLECT_GROUPS; i++)
		if (c->sources.item[i]->address.link == EMBER_LINK_SERIAL)
			n += ember_privileges_tty_group(c->sources.item[i]->address.device,
							&group[n]);
	return n;
}

/* An ember_state_log_fn: what was just written to it again is to be synced. */
static void ember_collector_unsynced(void *context, const char *log)
{
	struct ember_collector *c = context;
	struct ember_stored_log *stored = ember_store_find(&c->store, log);

	if (stored)
		stored->written = c->inbox.batches;
}

/* What the state knows, and the logs as they were before the last crash. 0, or 1 (said). */
static int ember_collector_recall(struct ember_collector *c)
{
	c->state = ember_state_open(c->folder);
	if (!c->state || !ember_disk_replay(c->folder, c->state) ||
	    ember_store_list(&c->store))
		return 1;
	c->inbox.batches = 1;
	c->batch.last_piece = ember_state_last_piece(c->state);
	if (!ember_state_logs(c->state, ember_collector_unsynced, c))
		return 1;
	if (c->keys_file && !ember_keys_load(&c->keys, c->state))
		return 1;
	return !ember_receiver_load(&c->inbox, c->state);
}

static int ember_collector_links(struct ember_collector *c, char **address, int nr)
{
	gid_t group[EMBER_COLLECT_GROUPS];
	int i, folder, err;

	ember_links_limit(&c->sources);
	for (i = 0; i < nr; i++)
		if (ember_links_add(&c->sources, address[i]))
			return 1;
	err = ember_front_open(&c->front);
	if (err)
		return err;
	folder = open(c->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return ember_error("%s: %s", c->folder, strerror(errno));
	err = ember_privileges_drop(c->user, folder, c->folder, group,
				    ember_collector_groups(c, group));
	close(folder);
	return err;
}

int ember_collector_open(struct ember_collector *c, char **address, int nr)
{
	int err;

	c->inbox.sources = &c->sources;
	c->inbox.store = &c->store;
	c->inbox.names = &c->names;
	c->inbox.keys = c->keys_file ? &c->keys : NULL;
	c->sources.faults = &c->faults;
	c->sources.got = ember_receiver_packet;
	c->sources.context = &c->inbox;
	c->batch.folder = c->sync.folder = c->folder;
	if ((c->names_file && ember_names_read(&c->names, c->names_file)) ||
	    (c->keys_file && ember_keys_read(&c->keys, c->keys_file)) ||
	    ember_store_open(&c->store, c->folder, c->keep))
		return 1;
	ember_signals_take(&c->signals);
	err = ember_collector_links(c, address, nr);
	if (err)
		return err;
	if (ember_front_start(&c->front, c->folder, &c->names, &c->sources, c->store.lock) ||
	    ember_collector_recall(c) ||
	    ember_indexer_open(&c->indexer, c->folder, c->reindex))
		return 1;
	if (c->reindex) {
		c->indexer.progress = !c->quiet && ember_progress_wanted();
		ember_indexer_sweep(&c->indexer);
		c->indexer.progress = false;
	}
	if (!nr)
		return 0;
	c->batch.state = c->state;
	c->disk = ember_worker_new(false);
	c->syncer = ember_worker_new(true);
	return !c->disk || !c->syncer || ember_indexer_start(&c->indexer);
}

/* ---- the disk ---- */

/* What has come goes to the disk; what needs no disk is answered at once. */
static void ember_collector_flush(struct ember_collector *c, uint64_t now)
{
	bool wanted = ember_filing_gather(&c->inbox, &c->batch);
	uint32_t i;

	ember_front_begun(&c->front);
	c->batch.nr_counters = 0;
	if (now - c->counted_ns >= EMBER_COLLECT_COUNT_NS) {
		ember_figures_batch(c);
		c->counted_ns = now;
		wanted = true;
	}
	c->batch.settled = c->settled;
	if (!wanted && !c->settled) {
		c->batch.safe = true;
		ember_filing_settle(&c->inbox, &c->batch);
		ember_front_written(&c->front, true);
		return;
	}
	for (i = 0; i < c->batch.nr_piece; i++)
		c->unsynced += c->batch.piece[i].bytes.used;
	ember_worker_begin(c->disk, ember_disk_run, &c->batch);
}

/* The last batch has ended. */
static void ember_collector_settle(struct ember_collector *c)
{
	ember_filing_settle(&c->inbox, &c->batch);
	ember_front_written(&c->front, c->batch.safe);
	if (c->batch.safe && c->batch.settled == c->settled)
		c->settled = 0;
	ember_disk_clear(&c->batch);
}

/* Logs that were written since they were synced last; only while no batch is under way. */
static void ember_collector_sync(struct ember_collector *c, uint64_t now)
{
	const struct ember_stored_log *stored;
	struct ember_disk_sync *s = &c->sync;

	for (stored = c->store.first; stored; stored = stored->next) {
		if (stored->written <= c->synced || !stored->bytes)
			continue;
		s->name = ember_array_reserve(s->name, s->nr, &s->size, sizeof(*s->name));
		s->name[s->nr++] = ember_copy(stored->name);
	}
	s->piece = c->batch.last_piece;
	s->batch = c->inbox.batches;
	c->synced_ns = now;
	c->unsynced = 0;
	if (s->nr)
		ember_worker_begin(c->syncer, ember_disk_sync, s);
}

static void ember_collector_synced(struct ember_collector *c)
{
	/* A log that was removed or renamed meanwhile: the next time will do. */
	if (c->sync.err && c->sync.err != ENOENT && !c->sync_failing)
		ember_warning("%s: cannot sync logs: %s", c->folder, strerror(c->sync.err));
	c->sync_failing = c->sync.err && c->sync.err != ENOENT;
	if (!c->sync.err) {
		c->settled = c->sync.piece;
		c->synced = c->sync.batch;
	}
	ember_disk_sync_clear(&c->sync);
}

/* ---- running ---- */

struct ember_collector_turn {
	bool progress;
	uint64_t flushed_ns, shown_ns, indexed_ns, beaten_ns;
	uint64_t samples, bytes, filed; /* as they were then */
	uint64_t taken; /* bytes when the last batch was gathered */
	uint64_t watchdog_ns; /* 0: nobody waits for a sign */
};

static void ember_collector_show(struct ember_collector *c, struct ember_collector_turn *t,
				 uint64_t now)
{
	double seconds = (now - t->shown_ns) / 1e9;
	uint32_t boards;

	if (!t->progress && now - t->beaten_ns < EMBER_COLLECT_COUNT_NS)
		return;
	boards = ember_receiver_boards(&c->inbox, EMBER_COLLECT_LIVE_NS);
	if (t->progress && ember_message_ready())
		fprintf(stderr,
			"\remberprof: %u boards, %.0f samples/s, %.1f KB/s, %llu in %u logs\033[K",
			boards, (c->inbox.samples - t->samples) / seconds,
			(c->sources.bytes - t->bytes) / seconds / 1000,
			(unsigned long long)c->inbox.samples, c->store.nr);
	t->samples = c->inbox.samples;
	t->bytes = c->sources.bytes;
	t->shown_ns = now;
	if (now - t->beaten_ns >= EMBER_COLLECT_COUNT_NS) {
		char status[120];

		snprintf(status, sizeof(status), "STATUS=%u boards, %llu samples in %u logs",
			 boards, (unsigned long long)c->inbox.samples, c->store.nr);
		ember_notify(status);
		t->beaten_ns = now;
	}
}

/* Waits for packets, a worker, a signal, or the time of the next batch. */
static int ember_collector_wait(struct ember_collector *c, uint64_t until_ns)
{
	struct timespec pause = { .tv_nsec = EMBER_COLLECT_PAUSE_NS };

	if (!ember_signals_end())
		nanosleep(&pause, NULL);
	ember_loop_begin(&c->loop);
	ember_links_wait(&c->sources, &c->loop);
	ember_loop_fd(&c->loop, ember_worker_fd(c->disk), POLLIN);
	ember_loop_fd(&c->loop, ember_worker_fd(c->syncer), POLLIN);
	ember_front_wait(&c->front, &c->loop);
	ember_loop_due(&c->loop, until_ns);
	return ember_loop_wait(&c->loop);
}

/* What is due in the second that has passed. */
static void ember_collector_second(struct ember_collector *c, struct ember_collector_turn *t,
				   uint64_t now)
{
	bool filed = c->inbox.filed != t->filed;

	if (!ember_worker_busy(c->syncer) &&
	    (c->unsynced >= EMBER_COLLECT_SYNC || now - c->synced_ns >= EMBER_COLLECT_SYNC_NS))
		ember_collector_sync(c, now);
	t->taken = c->inbox.taken;
	ember_collector_flush(c, now);
	if (c->front.fd >= 0)
		ember_figures_show(c);
	ember_collector_show(c, t, now);
	if (now - t->indexed_ns >= (filed ? EMBER_COLLECT_FILED_NS : EMBER_COLLECT_INDEX_NS)) {
		ember_indexer_begin(&c->indexer);
		t->indexed_ns = now;
		t->filed = c->inbox.filed;
	}
}

/* The batch that is under way, and the last one. True: all is safe. */
static bool ember_collector_end(struct ember_collector *c)
{
	int turn;

	for (turn = 0; turn < 2; turn++) {
		if (!ember_worker_wait(c->disk, EMBER_COLLECT_END_NS))
			return false;
		if (ember_worker_done(c->disk))
			ember_collector_settle(c);
		c->counted_ns = 0;
		if (!turn)
			ember_collector_flush(c, ember_clock_ns(CLOCK_MONOTONIC));
	}
	return c->batch.safe;
}

/* A batch is due each second, and earlier where much has come. */
static bool ember_collector_is_due(const struct ember_collector *c,
				   const struct ember_collector_turn *t, uint64_t now)
{
	return now - t->flushed_ns >= EMBER_COLLECT_FLUSH_NS || c->front.asked ||
	       c->inbox.taken > t->taken + EMBER_COLLECT_MUCH;
}

int ember_collector_run(struct ember_collector *c)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), beat = now;
	struct ember_collector_turn t = {
		.progress = !c->quiet && ember_progress_wanted(),
		.flushed_ns = now,
		.shown_ns = now,
		.watchdog_ns = ember_notify_watchdog_ns(),
	};
	int err = 0;

	c->synced_ns = now;
	c->loop = EMBER_LOOP(&c->signals);
	ember_message_never_wait();
	ember_notify("READY=1");
	while (!err && !ember_signals_end()) {
		err = ember_collector_wait(c, t.flushed_ns + EMBER_COLLECT_FLUSH_NS);
		ember_links_turn(&c->sources, &c->loop);
		ember_front_turn(&c->front, &c->loop);
		if (ember_worker_done(c->syncer))
			ember_collector_synced(c);
		if (ember_worker_done(c->disk))
			ember_collector_settle(c);
		now = ember_clock_ns(CLOCK_MONOTONIC);
		if (t.watchdog_ns && now - beat >= t.watchdog_ns) {
			ember_notify("WATCHDOG=1");
			beat = now;
		}
		if (ember_worker_busy(c->disk) || !ember_collector_is_due(c, &t, now))
			continue;
		t.flushed_ns = now;
		ember_collector_second(c, &t, now);
	}
	ember_loop_free(&c->loop);
	ember_notify("STOPPING=1");
	if (t.progress)
		ember_progress_clear();
	if (!ember_collector_end(c))
		err = ember_error(
			"%s: could not write all that came (boards send again what was not acknowledged)",
			c->folder);
	return err;
}

void ember_collector_close(struct ember_collector *c)
{
	c->sync.stop = true;
	c->indexer.stop = true;
	ember_front_close(&c->front);
	/*
	 * Neither a disk that does not answer nor a thread that gets no CPU keeps the collector
	 * from ending: what they are at is theirs until the process has gone.
	 */
	if ((c->disk && !ember_worker_wait(c->disk, 0)) ||
	    (c->syncer && !ember_worker_wait(c->syncer, EMBER_COLLECT_LEAVE_NS)) ||
	    (c->indexer.worker &&
	     !ember_worker_wait(c->indexer.worker, EMBER_COLLECT_LEAVE_NS)))
		return;
	ember_indexer_close(&c->indexer);
	ember_worker_free(c->disk);
	ember_worker_free(c->syncer);
	ember_receiver_free(&c->inbox);
	ember_disk_free(&c->batch);
	ember_disk_sync_clear(&c->sync);
	ember_state_close(c->state);
	ember_sources_free(&c->sources);
	ember_store_free(&c->store);
	ember_names_free(&c->names);
	ember_keys_free(&c->keys);
}
