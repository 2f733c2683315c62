// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/output.h"

#define ULL(x) ((unsigned long long)(x))

struct ember_relay_counts {
	struct ember_sender_count sent, refused, uncertain, dropped, spooled;
	uint64_t spool_bytes, unplaced, undefined, late, held;
};

static struct ember_relay_counts ember_relay_counts_make(const struct ember_relay *r,
							 const struct ember_follow *f)
{
	struct ember_relay_counts c = { .sent = r->sender.sent,
					.refused = r->sender.refused,
					.uncertain = r->sender.uncertain };
	uint32_t i, k;

	c.dropped.samples = r->maker.dropped;
	c.unplaced = r->unplaced;
	if (!f)
		return c;
	c.unplaced += f->unplaced;
	c.undefined = f->undefined;
	c.uncertain.profiles += f->spool.uncertain.profiles;
	c.uncertain.samples += f->spool.uncertain.samples;
	c.dropped.profiles += f->spool.dropped.profiles;
	c.dropped.samples += f->spool.dropped.samples;
	c.spool_bytes = f->spool.bytes;
	for (i = f->spool.at; i < f->spool.nr; i++) {
		c.spooled.profiles++;
		c.spooled.samples += f->spool.item[i].samples;
	}
	for (i = 0; i < f->nr_source; i++)
		for (k = 0; k < f->source[i].nr_feed; k++) {
			const struct ember_feed *feed = f->source[i].feed[k];

			c.undefined += feed->stream.undefined;
			c.late += feed->behind;
			c.held += feed->clocks.set || feed->clocks.boot_known ?
					  0 :
					  ember_feed_pending(feed);
		}
	return c;
}

static void ember_relay_counts_pair(FILE *out, const char *name,
				    struct ember_sender_count count)
{
	fprintf(out, "\"%s\":{\"profiles\":%llu,\"samples\":%llu},", name, ULL(count.profiles),
		ULL(count.samples));
}

static void ember_relay_counts_json(FILE *out, const struct ember_relay *r,
				    const struct ember_relay_counts *c)
{
	putc('{', out);
	ember_relay_counts_pair(out, "sent", c->sent);
	ember_relay_counts_pair(out, "spooled", c->spooled);
	ember_relay_counts_pair(out, "refused", c->refused);
	ember_relay_counts_pair(out, "dropped", c->dropped);
	ember_relay_counts_pair(out, "uncertain", c->uncertain);
	fprintf(out,
		"\"spool_bytes\":%llu,\"retries\":%llu,\"held\":%llu,\"unplaced\":%llu,\"undefined\":%llu,\"late\":%llu,\"other\":%llu,\"error\":",
		ULL(c->spool_bytes), ULL(r->sender.retries), ULL(c->held), ULL(c->unplaced),
		ULL(c->undefined), ULL(c->late), ULL(r->maker.overflowed));
	ember_json_string(out, r->sender.why);
	fputs("}\n", out);
}

static void ember_relay_counts_put(void *context, FILE *out)
{
	fputs(context, out);
}

void ember_relay_counts_write(struct ember_relay *r, const struct ember_follow *f)
{
	struct ember_relay_counts c = ember_relay_counts_make(r, f);
	char *text = NULL;
	size_t n = 0;
	FILE *out = r->status ? open_memstream(&text, &n) : NULL;

	if (!r->status)
		return;
	if (!out)
		ember_memory_end();
	ember_relay_counts_json(out, r, &c);
	if (fclose(out))
		ember_memory_end();
	if (r->status_text && !strcmp(r->status_text, text)) {
		free(text);
		return;
	}
	/* What could not be written is tried again with the next change. */
	ember_output_write(r->status, ember_relay_counts_put, text);
	free(r->status_text);
	r->status_text = text;
}

static void ember_relay_counts_line(const char *what, struct ember_sender_count count)
{
	if (count.profiles || count.samples)
		ember_note("%s %llu profiles, %llu samples", what, ULL(count.profiles),
			   ULL(count.samples));
}

void ember_relay_counts_print(const struct ember_relay *r, const struct ember_follow *f)
{
	struct ember_relay_counts c = ember_relay_counts_make(r, f);

	if (r->quiet)
		return;
	ember_note("%s: sent %llu profiles, %llu samples", ember_client_host(r->sender.http),
		   ULL(c.sent.profiles), ULL(c.sent.samples));
	ember_relay_counts_line("left in the spool:", c.spooled);
	ember_relay_counts_line("refused by the server:", c.refused);
	ember_relay_counts_line("dropped for want of room:", c.dropped);
	ember_relay_counts_line("uncertain, the server may or may not have them:",
				c.uncertain);
	if (c.unplaced)
		ember_note("%llu samples without a time: no clock was set", ULL(c.unplaced));
	if (c.undefined)
		ember_note("%llu samples whose stacks are missing", ULL(c.undefined));
	if (r->maker.overflowed)
		ember_note("%llu samples in series " EMBER_SERIES_OTHER
			   ": more than %u series (see --series)",
			   ULL(r->maker.overflowed), r->rules.most);
}
