// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/labels.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/utf8.h"

#define EMBER_SERIES_KNOWN_NS 3600000000000ull /* a series that is unused as long may go */

static const char *const ember_source_names[EMBER_SOURCES] = { "unit", "cgroup", "comm",
							       "board" };

void ember_relay_rules_begin(struct ember_relay_rules *r)
{
	uint32_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < EMBER_SOURCES; i++) {
		r->label[i] = true;
		r->service[r->nr_service++] = i;
	}
	r->most = 1000;
}

static int ember_source_find(const char *name, size_t n)
{
	int i;

	for (i = 0; i < EMBER_SOURCES; i++)
		if (strlen(ember_source_names[i]) == n &&
		    !memcmp(ember_source_names[i], name, n))
			return i;
	return -1;
}

/* Parse a list of sources, each once. Return how many; -1: it is none. */
static int ember_sources_parse(const char *text, enum ember_relay_source to[EMBER_SOURCES])
{
	int nr = 0, i, source;
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		source = ember_source_find(text, n);
		if (source < 0 || nr == EMBER_SOURCES)
			return -1;
		for (i = 0; i < nr; i++)
			if (to[i] == (enum ember_relay_source)source)
				return -1;
		to[nr++] = source;
		if (!text[n])
			return nr;
	}
}

int ember_relay_rules_labels(struct ember_relay_rules *r, const char *text)
{
	enum ember_relay_source source[EMBER_SOURCES];
	int nr = *text ? ember_sources_parse(text, source) : 0;

	if (nr < 0) {
		ember_error(
			"--labels %s: is no list of unit, cgroup, comm and board, each once at most",
			text);
		return 2;
	}
	memset(r->label, 0, sizeof(r->label));
	while (nr)
		r->label[source[--nr]] = true;
	return 0;
}

int ember_relay_rules_service(struct ember_relay_rules *r, const char *text)
{
	int nr;

	if (*text == '=' && text[1] && strlen(text + 1) <= EMBER_LABEL_VALUE_MAX) {
		r->service_name = text + 1;
		return 0;
	}
	nr = ember_sources_parse(text, r->service);
	if (nr < 0) {
		ember_error(
			"--service %s: is no list of unit, cgroup, comm and board, and no =NAME",
			text);
		return 2;
	}
	r->nr_service = nr;
	r->service_name = NULL;
	return 0;
}

/* Names as Prometheus has them, which no other label of ours has. */
static const char *ember_label_wrong(const struct ember_relay_rules *r, const char *name)
{
	uint32_t i;

	if (!*name || isdigit((unsigned char)*name))
		return "a label's name begins with a letter or _";
	if (strlen(name) > EMBER_LABEL_NAME_MAX)
		return "its name is too long";
	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return "a label's name has letters, digits and _ alone";
	if (!strncmp(name, "__", 2) || !strcmp(name, "service_name") ||
	    ember_source_find(name, strlen(name)) >= 0)
		return "the relay sets that label itself";
	for (i = 0; i < r->nr_extra; i++)
		if (!strcmp(r->extra[i].name, name))
			return "named twice";
	return i == EMBER_SERIES_EXTRA ? "too many labels" : NULL;
}

int ember_relay_rules_extra(struct ember_relay_rules *r, char *text)
{
	char *equals = strchr(text, '=');
	const char *why = "is no NAME=VALUE";

	if (equals && equals[1]) {
		*equals = 0;
		why = ember_label_wrong(r, text);
		if (!why && strlen(equals + 1) > EMBER_LABEL_VALUE_MAX)
			why = "its value is too long";
		if (!why) {
			ember_utf8_clean(equals + 1, equals + 1, strlen(equals + 1));
			r->extra[r->nr_extra++] =
				(struct ember_relay_label){ text, equals + 1 };
			return 0;
		}
		*equals = '=';
	}
	ember_error("--label %s: %s", text, why);
	return 2;
}

void ember_relay_rules_free(struct ember_relay_rules *r)
{
	free(r->known);
	r->known = NULL;
	r->nr_known = r->known_size = 0;
}

/*
 * Kernel threads of one kind have a number or a CPU behind a slash: kworker/0:1-events, and
 * so many names would be as many series. Return the string of what is before it.
 */
static uint32_t ember_series_comm(struct ember_profile *p, uint32_t comm)
{
	const char *text = ember_text(p, comm), *slash = strchr(text, '/');
	char kind[64];

	if (!slash || slash == text || (size_t)(slash - text) >= sizeof(kind))
		return comm;
	if (!isdigit((unsigned char)slash[1]) &&
	    !((slash[1] == 'u' || slash[1] == 'R') && isdigit((unsigned char)slash[2])))
		return comm;
	memcpy(kind, text, slash - text);
	kind[slash - text] = 0;
	return ember_profile_string(p, kind);
}

static uint64_t ember_series_hash(const struct ember_profile *p,
				  const struct ember_series *series)
{
	uint64_t hash = 1;
	uint32_t i;

	for (i = 0; i < EMBER_SOURCES; i++) {
		const char *text = ember_text(p, series->source[i]);

		hash = ember_mix_bytes(ember_mix(hash, i), text, strlen(text));
	}
	return hash;
}

/* Return whether the series may be one: it is known, or there is room. */
static bool ember_series_admit(struct ember_relay_rules *r, uint64_t hash, uint64_t now_ns)
{
	uint32_t i, n;

	for (i = 0; i < r->nr_known; i++)
		if (r->known[i].hash == hash) {
			r->known[i].used_ns = now_ns;
			return true;
		}
	if (r->nr_known >= r->most) {
		for (i = n = 0; i < r->nr_known; i++)
			if (now_ns - r->known[i].used_ns < EMBER_SERIES_KNOWN_NS)
				r->known[n++] = r->known[i];
		r->nr_known = n;
		if (n >= r->most)
			return false;
	}
	r->known =
		ember_array_reserve(r->known, r->nr_known, &r->known_size, sizeof(*r->known));
	r->known[r->nr_known++] = (struct ember_known_series){ hash, now_ns };
	return true;
}

/* Find the series with these sources, or add it. */
static struct ember_series *ember_series_find(struct ember_relay_rules *r,
					      struct ember_profile *p,
					      struct ember_series_list *list,
					      struct ember_series *key, uint64_t now_ns)
{
	uint32_t i;

	for (i = 0; i < list->nr; i++)
		if (!memcmp(list->item[i].source, key->source, sizeof(key->source)) &&
		    list->item[i].other == key->other)
			return &list->item[i];
	if (!key->other && !ember_series_admit(r, ember_series_hash(p, key), now_ns)) {
		key->other = true;
		key->source[EMBER_SOURCE_UNIT] = key->source[EMBER_SOURCE_CGROUP] = 0;
		key->source[EMBER_SOURCE_COMM] = ember_profile_string(p, EMBER_SERIES_OTHER);
		return ember_series_find(r, p, list, key, now_ns);
	}
	list->item =
		ember_array_reserve(list->item, list->nr, &list->size, sizeof(*list->item));
	list->item[list->nr] = *key;
	return &list->item[list->nr++];
}

/* Whether a source makes a difference: as a label, or for the service's name. */
static bool ember_series_wants(const struct ember_relay_rules *r,
			       enum ember_relay_source source)
{
	uint32_t i;

	for (i = 0; !r->service_name && i < r->nr_service; i++)
		if (r->service[i] == source)
			return true;
	return r->label[source];
}

static void ember_series_sources(const struct ember_relay_rules *r, struct ember_profile *p,
				 uint32_t number, uint32_t to[EMBER_SOURCES])
{
	uint32_t i, k;

	to[EMBER_SOURCE_UNIT] = to[EMBER_SOURCE_CGROUP] = 0;
	for (i = p->sample[number].labels; i; i = p->label[i].next)
		for (k = EMBER_SOURCE_UNIT; k <= EMBER_SOURCE_CGROUP; k++)
			if (!strcmp(ember_text(p, p->label[i].key), ember_source_names[k]))
				to[k] = p->label[i].value;
	to[EMBER_SOURCE_COMM] = p->sample[number].comm;
	to[EMBER_SOURCE_BOARD] = p->sample[number].board;
	for (i = 0; i < EMBER_SOURCES; i++)
		if (!ember_series_wants(r, i))
			to[i] = 0;
	to[EMBER_SOURCE_COMM] = ember_series_comm(p, to[EMBER_SOURCE_COMM]);
}

struct ember_series_list ember_series_group(struct ember_relay_rules *r,
					    struct ember_profile *p, uint64_t now_ns)
{
	struct ember_series_list list = {};
	struct ember_series *series;
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++) {
		struct ember_series key = {};

		ember_series_sources(r, p, i, key.source);
		series = ember_series_find(r, p, &list, &key, now_ns);
		list.overflowed += series->other ? p->value[(uint64_t)i * p->nr_type] : 0;
		series->sample = ember_array_reserve(series->sample, series->nr, &series->size,
						     sizeof(*series->sample));
		series->sample[series->nr++] = i;
	}
	return list;
}

void ember_series_free(struct ember_series_list *list)
{
	while (list->nr)
		free(list->item[--list->nr].sample);
	free(list->item);
}

static int ember_label_order(const void *a, const void *b)
{
	return strcmp(((const struct ember_relay_label *)a)->name,
		      ((const struct ember_relay_label *)b)->name);
}

/* The last part of a cgroup's path; "" of the root. */
static const char *ember_cgroup_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *ember_series_service(const struct ember_relay_rules *r,
					const struct ember_profile *p,
					const struct ember_series *series)
{
	uint32_t i;

	if (r->service_name)
		return r->service_name;
	if (series->other)
		return EMBER_SERIES_OTHER;
	for (i = 0; i < r->nr_service; i++) {
		const char *text = ember_text(p, series->source[r->service[i]]);

		if (r->service[i] == EMBER_SOURCE_CGROUP)
			text = ember_cgroup_name(text);
		if (*text)
			return text;
	}
	return "unknown";
}

uint32_t ember_series_labels(const struct ember_relay_rules *r, const struct ember_profile *p,
			     const struct ember_series *series,
			     struct ember_relay_label to[EMBER_SERIES_LABELS])
{
	uint32_t i, n = 0;

	to[n++] = (struct ember_relay_label){ "service_name",
					      ember_series_service(r, p, series) };
	for (i = 0; i < EMBER_SOURCES; i++)
		if (r->label[i] && series->source[i])
			to[n++] =
				(struct ember_relay_label){ ember_source_names[i],
							    ember_text(p, series->source[i]) };
	for (i = 0; i < r->nr_extra; i++)
		to[n++] = r->extra[i];
	qsort(to, n, sizeof(*to), ember_label_order);
	return n;
}
