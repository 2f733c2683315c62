// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/event.h"
#include "base/memory.h"
#include "base/number.h"
#include "record/request_event.h"

#define EMBER_SHARE_MOST 100 /* percent */
#define EMBER_PPM	 10000 /* of a percent */

/* Keep a copy of the text as long as the configuration. */
static const char *ember_config_keep(struct ember_daemon_config *c, const char *text)
{
	c->text = ember_array_reserve(c->text, c->nr_text, &c->text_size, sizeof(*c->text));
	return c->text[c->nr_text++] = ember_copy(text);
}

const char *ember_set_text(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	size_t n = strlen(text);

	if (n < key->least)
		return "is empty";
	if (n > key->most)
		return "is too long";
	*(const char **)field = ember_config_keep(c, text);
	return NULL;
}

const char *ember_set_path(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	(void)key;
	if (*text != '/')
		return "is no absolute path";
	*(const char **)field = ember_config_keep(c, text);
	return NULL;
}

const char *ember_set_folder(struct ember_daemon_config *c, void *field,
			     const struct ember_config_key *key, const char *text)
{
	const char *why = ember_set_path(c, field, key, text);
	struct stat st;

	if (!why && stat(text, &st))
		why = strerror(errno);
	else if (!why && !S_ISDIR(st.st_mode))
		why = "is no folder";
	return why;
}

const char *ember_set_file(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	const char *why = ember_set_path(c, field, key, text);

	return !why && access(text, R_OK) ? strerror(errno) : why;
}

const char *ember_set_bytes(struct ember_daemon_config *c, void *field,
			    const struct ember_config_key *key, const char *text)
{
	uint64_t bytes;

	(void)c;
	if (!ember_number_bytes(text, 1, &bytes))
		return "is no size";
	if (bytes < key->least)
		return "is too small";
	if (bytes > key->most)
		return "is too large";
	*(uint64_t *)field = bytes;
	return NULL;
}

const char *ember_set_seconds(struct ember_daemon_config *c, void *field,
			      const struct ember_config_key *key, const char *text)
{
	double seconds;

	(void)c;
	if (!ember_number_seconds(text, &seconds))
		return "is no time";
	if (seconds * 1e9 < key->least)
		return "is too short";
	if (seconds * 1e9 > key->most)
		return "is too long";
	*(uint64_t *)field = seconds * 1e9;
	return NULL;
}

const char *ember_set_wait(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	uint64_t ns = 0;
	const char *why = strcmp(text, "0") ? ember_set_seconds(c, &ns, key, text) : NULL;

	if (!why)
		*(double *)field = ns / 1e9;
	return why;
}

const char *ember_set_flag(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	(void)c;
	(void)key;
	*(bool *)field = !strcmp(text, "yes");
	return strcmp(text, "yes") && strcmp(text, "no") ? "is neither" : NULL;
}

const char *ember_set_share(struct ember_daemon_config *c, void *field,
			    const struct ember_config_key *key, const char *text)
{
	char digits[16];
	size_t n = strlen(text);
	double percent;

	(void)c;
	(void)key;
	if (!strcmp(text, "off")) {
		*(uint32_t *)field = 0;
		return NULL;
	}
	if (n < 2 || n >= sizeof(digits) || text[n - 1] != '%' ||
	    strspn(text, "0123456789.") != n - 1)
		return "is no share";
	memcpy(digits, text, n - 1);
	digits[n - 1] = 0;
	if (!ember_number_seconds(digits, &percent))
		return "is no share";
	if (percent * EMBER_PPM < key->least)
		return "is too small";
	if (percent > EMBER_SHARE_MOST)
		return "is too large";
	*(uint32_t *)field = percent * EMBER_PPM + 0.5;
	return NULL;
}

const char *ember_set_rate(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	uint32_t hz = EMBER_HZ_MAX;

	(void)field;
	(void)key;
	if (strcmp(text, "max") && (!ember_number(text, &hz) || hz == EMBER_HZ_MAX))
		return "is no rate";
	if (!hz)
		return "is too low";
	c->request.hz = hz;
	c->rate_given = true;
	return NULL;
}

const char *ember_set_ring(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	uint64_t bytes, ring;
	const char *why = ember_set_bytes(c, &bytes, key, text);

	(void)field;
	if (why)
		return why;
	for (ring = sysconf(_SC_PAGESIZE); ring < bytes; ring *= 2)
		;
	c->request.ring_bytes = ring;
	return NULL;
}

const char *ember_set_modes(struct ember_daemon_config *c, void *field,
			    const struct ember_config_key *key, const char *text)
{
	(void)field;
	(void)key;
	c->request.flags &= ~(uint32_t)(EMBER_CONFIG_NO_KERNEL | EMBER_CONFIG_NO_USER);
	if (!strcmp(text, "user"))
		c->request.flags |= EMBER_CONFIG_NO_KERNEL;
	else if (!strcmp(text, "kernel"))
		c->request.flags |= EMBER_CONFIG_NO_USER;
	else if (strcmp(text, "all"))
		return "is no mode";
	return NULL;
}

const char *ember_set_graph(struct ember_daemon_config *c, void *field,
			    const struct ember_config_key *key, const char *text)
{
	(void)field;
	(void)key;
	c->request.frame_pointers = !strcmp(text, "fp");
	return strcmp(text, "fp") && strcmp(text, "tables") ? "is neither" : NULL;
}

const char *ember_set_cpus(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	struct ember_request *r = &c->request;

	(void)field;
	(void)key;
	memset(r->cpus, 0, sizeof(r->cpus));
	r->highest_cpu = 0;
	r->some_cpus = true;
	return ember_number_cpus(text, r->cpus, sizeof(r->cpus), &r->highest_cpu) ?
		       NULL :
		       "is no list of CPUs";
}

const char *ember_set_debug_dir(struct ember_daemon_config *c, void *field,
				const struct ember_config_key *key, const char *text)
{
	struct ember_request *r = &c->request;

	(void)field;
	if (r->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX)
		return "is one more than 16";
	return ember_set_folder(c, &r->debug_dirs[r->nr_debug_dirs++], key, text);
}

/* Add one event, n bytes of text; with periods: EVENT:N is one, too. */
static const char *ember_add_event(const char *text, size_t n, bool periods, bool *cpu,
				   struct ember_event *events, uint32_t *nr)
{
	const char *colon = memchr(text, ':', n);
	size_t name = colon ? (size_t)(colon - text) : n, rest = colon ? n - name - 1 : 0;
	const struct ember_event_kind *kind = ember_event_find(text, name);
	uint64_t period = kind ? kind->period : 0;
	char size[32];
	uint32_t i;

	if (n == strlen("cpu") && !memcmp(text, "cpu", n)) {
		*cpu = true;
		return NULL;
	}
	if (!kind || !kind->period)
		return "has an event that is not known";
	if (colon) {
		if (!periods || !rest || rest >= sizeof(size) ||
		    kind->unit == EMBER_UNIT_COUNT)
			return "has an event with a period that makes no sense";
		memcpy(size, colon + 1, rest);
		size[rest] = 0;
		if (!ember_request_period(kind, size, &period))
			return "has an event with a period that makes no sense";
	}
	for (i = 0; i < *nr; i++)
		if (events[i].type == kind->type)
			return "has an event twice";
	if (*nr == EMBER_EVENTS_MAX)
		return "has more than 8 events";
	events[(*nr)++] = (struct ember_event){ .type = kind->type, .period = period };
	return NULL;
}

static const char *ember_add_events(const char *text, bool periods, bool *cpu,
				    struct ember_event *events, uint32_t *nr)
{
	const char *why;
	size_t n;

	*nr = 0;
	*cpu = false;
	do {
		n = strcspn(text, ",");
		why = ember_add_event(text, n, periods, cpu, events, nr);
		text += n;
	} while (!why && *text++);
	return why;
}

const char *ember_set_events(struct ember_daemon_config *c, void *field,
			     const struct ember_config_key *key, const char *text)
{
	struct ember_request *r = &c->request;
	const char *why = ember_add_events(text, true, &r->cpu, r->events, &r->nr_events);
	uint32_t i;

	(void)field;
	(void)key;
	for (i = 0; !why && !r->cpu && i < r->nr_events; i++)
		if (ember_event_of(r->events[i].type)->unit == EMBER_UNIT_COUNT)
			why = "has counters, but not cpu";
	return why;
}

const char *ember_set_some_events(struct ember_daemon_config *c, void *field,
				  const struct ember_config_key *key, const char *text)
{
	struct ember_destination_config *d = &c->destination[c->nr_destinations - 1];

	(void)field;
	(void)key;
	d->some_events = true;
	return ember_add_events(text, false, &d->cpu, d->events, &d->nr_events);
}

const char *ember_set_only(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	(void)key;
	/* What a thread waits for is known of reports alone. */
	return ember_only_add(field, ember_config_keep(c, text)) || ember_only_waits(field) ?
		       "is no condition" :
		       NULL;
}

const char *ember_set_pids(struct ember_daemon_config *c, void *field,
			   const struct ember_config_key *key, const char *text)
{
	struct ember_destination_config *d = &c->destination[c->nr_destinations - 1];

	(void)field;
	(void)key;
	d->nr_pid = 0;
	return ember_number_list(text, d->pid, &d->nr_pid, EMBER_DESTINATION_PIDS) ?
		       NULL :
		       "is no list of process IDs";
}

const char *ember_set_address(struct ember_daemon_config *c, void *field,
			      const struct ember_config_key *key, const char *text)
{
	struct ember_address address;

	(void)key;
	if (!ember_address_is(text) && *text != '/')
		return "is neither an address nor a folder";
	if (ember_address_is(text) && ember_address_parse(&address, text))
		return "is no address (no names are looked up)";
	*(const char **)field = ember_config_keep(c, text);
	return NULL;
}

/* Fill *address from ADDR:PORT. Returns false if it is none. */
static bool ember_listen_parse(struct ember_address *address, const char *listen)
{
	char text[80];

	if ((size_t)snprintf(text, sizeof(text), "tcp://%s", listen) >= sizeof(text))
		return false;
	return !ember_address_parse(address, text);
}

const char *ember_set_listen(struct ember_daemon_config *c, void *field,
			     const struct ember_config_key *key, const char *text)
{
	struct ember_address address;

	(void)key;
	if (!ember_listen_parse(&address, text))
		return "is no address and port (no names are looked up)";
	*(const char **)field = ember_config_keep(c, text);
	return NULL;
}

bool ember_listen_is_loopback(const char *listen)
{
	struct ember_address a;

	if (!ember_listen_parse(&a, listen))
		return false;
	if (a.inet.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a.inet.six.sin6_addr);
	return ntohl(a.inet.four.sin_addr.s_addr) >> 24 == 127;
}

const char *ember_set_allow(struct ember_daemon_config *c, void *field,
			    const struct ember_config_key *key, const char *text)
{
	(void)c;
	(void)key;
	*(bool *)field = !strcmp(text, "anyone");
	return strcmp(text, "anyone") && strcmp(text, "loopback") ? "is neither" : NULL;
}

const char *ember_set_log(struct ember_daemon_config *c, void *field,
			  const struct ember_config_key *key, const char *text)
{
	(void)c;
	(void)key;
	*(bool *)field = !strcmp(text, "syslog");
	return strcmp(text, "syslog") && strcmp(text, "stderr") ? "is neither" : NULL;
}

const char *ember_set_url(struct ember_daemon_config *c, void *field,
			  const struct ember_config_key *key, const char *text)
{
	size_t scheme = !strncmp(text, "https://", 8) ? 8 :
			!strncmp(text, "http://", 7)  ? 7 :
							0;

	(void)key;
	if (!scheme)
		return "is no URL";
	if (!text[scheme] || text[scheme] == '/')
		return "names no host";
	*(const char **)field = ember_config_keep(c, text);
	return NULL;
}
