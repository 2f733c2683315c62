// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/status.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/json.h"
#include "base/notify.h"
#include "base/syslog.h"

#define ULL(x)		  ((unsigned long long)(x))
#define EMBER_PPM_PERCENT 10000.0
#define EMBER_REPEAT_NS	  60000000000ull /* the same message is not said again for so long */

static const char *const ember_states[] = { "waiting", "sampling", "paused" };

uint64_t ember_daemon_resident(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128], *at;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	at = strchr(text, ' ');
	return at ? strtoull(at, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

static double ember_ago(uint64_t ns)
{
	return (ember_clock_ns(CLOCK_MONOTONIC) - ns) / 1e9;
}

/* All of the sessions, with the one that runs. */
static struct ember_daemon_sums ember_daemon_all(const struct ember_daemon *d)
{
	struct ember_daemon_sums sums = d->sums;
	const struct ember_recording *r = &d->session.recording;

	if (d->state == EMBER_DAEMON_SAMPLING) {
		sums.samples += r->samples;
		sums.lost += r->lost;
		sums.skipped += r->skipped;
	}
	return sums;
}

static uint64_t ember_daemon_store_bytes(const struct ember_logdir *dir)
{
	return dir->bound.bytes + dir->file.bytes;
}

void ember_daemon_line(const struct ember_daemon *d, FILE *out)
{
	struct ember_daemon_sums sums = ember_daemon_all(d);
	const struct ember_daemon_budget *b = &d->budget;
	const struct ember_destination *store = &d->to.item[0];
	char bytes[EMBER_AMOUNT_MAX], resident[EMBER_AMOUNT_MAX];

	ember_amount(ember_daemon_resident(), EMBER_UNIT_BYTES, resident);
	fprintf(out, "daemon %d: %s for %.0f s", getpid(), ember_states[d->state],
		ember_ago(d->since_ns));
	if (d->state == EMBER_DAEMON_SAMPLING)
		fprintf(out, " at %u Hz", d->request.hz);
	fprintf(out, ", %llu samples, %llu lost; module %.3f %%, daemon %.3f %%",
		ULL(sums.samples), ULL(sums.lost), b->module_ppm / EMBER_PPM_PERCENT,
		b->self_ppm / EMBER_PPM_PERCENT);
	if (b->ppm)
		fprintf(out, " of %.3f %%", b->ppm / EMBER_PPM_PERCENT);
	if (d->to.nr && store->open && store->store) {
		ember_amount(ember_daemon_store_bytes(&store->output.dir), EMBER_UNIT_BYTES,
			     bytes);
		fprintf(out, "; %s in %s%s%s", bytes, d->to.store.path,
			d->to.store.fallback ? " in place of the store" : "",
			ember_log_output_stuck(&store->output) ? ", which takes nothing" : "");
	}
	fprintf(out, "; %s resident", resident);
	if (d->error_ns)
		fprintf(out, "; %.0f s ago: %s", ember_ago(d->error_ns), d->error);
}

static void ember_daemon_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	if (text)
		ember_json_string(out, text);
	else
		fputs("null", out);
}

static void ember_daemon_store_json(const struct ember_daemon *d, FILE *out)
{
	const struct ember_log_output *o = &d->to.item[0].output;
	bool open = d->to.nr && d->to.item[0].open && d->to.item[0].store;

	fputs(", \"store\": {", out);
	ember_daemon_text(out, "path", open ? d->to.store.path : NULL);
	fprintf(out,
		", \"fallback\": %s, \"stuck\": %s, \"bytes\": %llu, \"keep\": %llu, \"waiting\": %u, \"dropped\": %llu, \"left_today\": ",
		d->to.store.fallback ? "true" : "false",
		open && ember_log_output_stuck(o) ? "true" : "false",
		open ? ULL(ember_daemon_store_bytes(&o->dir)) : 0,
		open ? ULL(o->dir.bound.keep) : 0, open ? o->dir.file.waiting.used : 0,
		ULL(d->to.dropped + (open ? o->dir.dropped + o->dir.file.dropped : 0)));
	if (open && o->dir.per_day)
		fprintf(out, "%llu}", ULL(o->dir.budget));
	else
		fputs("null}", out);
}

static const char *ember_link_state(const struct ember_destination *d)
{
	const struct ember_loglink *l = &d->output.link;

	if (!d->open)
		return "closed";
	if (!d->output.where.link)
		return ember_log_output_stuck(&d->output) ? "stuck" : "open";
	if (l->port.fd < 0)
		return "waiting";
	if (l->port.connecting)
		return "connecting";
	return ember_sender_two_way(&l->sender, ember_clock_ns(CLOCK_MONOTONIC)) ? "answered" :
										   "open";
}

static void ember_daemon_destinations_json(const struct ember_daemon *d, FILE *out)
{
	uint32_t i, shown = 0;

	fputs(", \"destinations\": [", out);
	for (i = 0; i < d->to.nr; i++) {
		const struct ember_destination *to = &d->to.item[i];
		const struct ember_sender *s = &to->output.link.sender;

		if (!to->config)
			continue;
		fputs(shown++ ? ", {" : "{", out);
		ember_daemon_text(out, "name", to->config->name);
		fputs(", ", out);
		ember_daemon_text(out, "address", to->config->address);
		fprintf(out,
			", \"state\": \"%s\", \"samples\": %llu, \"left_out\": %llu, \"waiting\": %u, \"unsent\": %llu, \"resent\": %llu}",
			ember_link_state(to), ULL(to->output.writer.sent),
			ULL(to->output.writer.downsampled), ember_sender_waiting(s),
			ULL(s->unsent), ULL(s->resent));
	}
	fputc(']', out);
}

void ember_daemon_json(const struct ember_daemon *d, FILE *out)
{
	struct ember_daemon_sums sums = ember_daemon_all(d);
	const struct ember_daemon_budget *b = &d->budget;

	fprintf(out,
		"{\"pid\": %d, \"state\": \"%s\", \"state_s\": %.1f, \"running_s\": %.1f, \"hz\": %u, \"adopted\": %s, \"sessions\": %llu, \"samples\": %llu, \"lost\": %llu, \"skipped\": %llu, ",
		getpid(), ember_states[d->state], ember_ago(d->since_ns),
		ember_ago(d->begun_ns), d->state == EMBER_DAEMON_SAMPLING ? d->request.hz : 0,
		d->state == EMBER_DAEMON_SAMPLING && d->request.adopt ? "true" : "false",
		ULL(sums.sessions), ULL(sums.samples), ULL(sums.lost), ULL(sums.skipped));
	fprintf(out,
		"\"budget_percent\": %.4f, \"module_percent\": %.4f, \"daemon_percent\": %.4f, \"children_percent\": %.4f, \"most_percent\": %.4f, \"for_module_percent\": %.4f, \"one_in\": %u, \"window_s\": %.0f, \"tables\": %u, \"tables_wait\": %s, \"resident_bytes\": %llu",
		b->ppm / EMBER_PPM_PERCENT, b->module_ppm / EMBER_PPM_PERCENT,
		b->self_ppm / EMBER_PPM_PERCENT, b->children_ppm / EMBER_PPM_PERCENT,
		b->most_ppm / EMBER_PPM_PERCENT, ember_budget_module(b) / EMBER_PPM_PERCENT,
		1u << (d->session.status.budget.shift & 31), EMBER_BUDGET_WINDOW_NS / 1e9,
		d->session.loader.loaded, d->more ? "true" : "false",
		ULL(ember_daemon_resident()));
	ember_daemon_store_json(d, out);
	ember_daemon_destinations_json(d, out);
	fputs(", \"last_error\": ", out);
	if (d->error_ns) {
		fputs("{", out);
		ember_daemon_text(out, "text", d->error);
		fprintf(out, ", \"ago_s\": %.1f}", ember_ago(d->error_ns));
	} else {
		fputs("null", out);
	}
	fputc('}', out);
}

void ember_daemon_message(void *context, enum ember_message_level level, const char *line)
{
	struct ember_daemon *d = context;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (level <= EMBER_LEVEL_WARNING) {
		bool again = d->error_ns && now - d->error_ns < EMBER_REPEAT_NS &&
			     !strncmp(d->error, line, sizeof(d->error) - 1);

		if (again)
			return;
		snprintf(d->error, sizeof(d->error), "%s", line);
		d->error_ns = now;
	}
	if (d->config.syslog && ember_syslog(EMBER_SYSLOG_SOCKET, level, line))
		return;
	if (ember_message_ready())
		fprintf(stderr, "emberprof: %s\n", line);
}

void ember_daemon_notify(const struct ember_daemon *d)
{
	char text[1024], *line = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&line, &n);

	if (!out)
		return;
	ember_daemon_line(d, out);
	if (!fclose(out)) {
		snprintf(text, sizeof(text), "STATUS=%s", line);
		ember_notify(text);
	}
	free(line);
}
