// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/only.h"

#include <string.h>

#include "base/cgroup.h"

static const char *const ember_only_kinds[] = { "cgroup=", "unit=", "comm=", "label=",
						"wait=" };

const char *ember_only_add(struct ember_only *only, const char *text)
{
	struct ember_only_rule r = {};
	const char *equals;
	unsigned int i;

	for (i = 0; i < sizeof(ember_only_kinds) / sizeof(*ember_only_kinds); i++)
		if (!strncmp(text, ember_only_kinds[i], strlen(ember_only_kinds[i])))
			break;
	if (i == sizeof(ember_only_kinds) / sizeof(*ember_only_kinds))
		return "cgroup=PATH, unit=NAME, comm=NAME, wait=KIND or label=KEY=VALUE";
	if (only->nr == EMBER_ONLY_MAX)
		return "32 conditions at most";
	r.kind = i;
	r.value = text + strlen(ember_only_kinds[i]);
	if (r.kind == EMBER_ONLY_LABEL) {
		r.key = r.value;
		equals = strchr(r.key, '=');
		if (!equals || equals == r.key)
			return "label=KEY=VALUE";
		r.key_bytes = equals - r.key;
		r.value = equals + 1;
	}
	if (r.kind == EMBER_ONLY_CGROUP && *r.value != '/')
		return "a cgroup's path begins with / (as in /proc/PID/cgroup)";
	if (r.kind == EMBER_ONLY_UNIT && strchr(r.value, '/'))
		return "a unit's name has no / (cgroup=PATH takes a path)";
	r.value_bytes = strlen(r.value);
	if (r.value_bytes && r.value[r.value_bytes - 1] == '*') {
		r.prefix = true;
		r.value_bytes--;
	}
	if (!r.value_bytes && !r.prefix && r.kind != EMBER_ONLY_LABEL)
		return "the value is empty";
	/* The root's path is empty here: all others are below it. */
	while (r.kind == EMBER_ONLY_CGROUP && !r.prefix && r.value_bytes &&
	       r.value[r.value_bytes - 1] == '/')
		r.value_bytes--;
	only->rule[only->nr++] = r;
	return NULL;
}

bool ember_only_labels(const struct ember_only *only)
{
	uint32_t i;

	for (i = 0; i < only->nr; i++)
		if (only->rule[i].kind != EMBER_ONLY_COMM &&
		    only->rule[i].kind != EMBER_ONLY_WAIT)
			return true;
	return false;
}

static bool ember_only_text(const struct ember_only_rule *r, const char *text, size_t n)
{
	return (r->prefix ? n >= r->value_bytes : n == r->value_bytes) &&
	       !memcmp(text, r->value, r->value_bytes);
}

/* Return whether a path has a component of that name. */
static bool ember_only_unit(const struct ember_only_rule *r, const char *path)
{
	const char *component;
	size_t n;

	while ((component = ember_cgroup_component(&path, &n)) != NULL)
		if (ember_only_text(r, component, n))
			return true;
	return false;
}

static bool ember_only_cgroup(const struct ember_only_rule *r, const char *path)
{
	return !strncmp(path, r->value, r->value_bytes) &&
	       (r->prefix || !path[r->value_bytes] || path[r->value_bytes] == '/');
}

static bool ember_only_label(const struct ember_only_rule *r,
			     const struct ember_blob_table *table, uint32_t set)
{
	struct ember_process_label label;

	for (; set; set = label.next) {
		label = ember_labels_first(table, set);
		if (strlen(label.key) == r->key_bytes &&
		    !memcmp(label.key, r->key, r->key_bytes) &&
		    ember_only_text(r, label.value, strlen(label.value)))
			return true;
	}
	return false;
}

static bool ember_only_fulfils(const struct ember_only_rule *r, const char *comm,
			       const struct ember_blob_table *table, uint32_t set)
{
	const char *text;

	switch (r->kind) {
	case EMBER_ONLY_COMM: return ember_only_text(r, comm, strlen(comm));
	case EMBER_ONLY_LABEL: return ember_only_label(r, table, set);
	case EMBER_ONLY_WAIT: return true;
	case EMBER_ONLY_CGROUP:
		text = ember_labels_value(table, set, EMBER_LABEL_CGROUP);
		return text && ember_only_cgroup(r, text);
	case EMBER_ONLY_UNIT:
		text = ember_labels_value(table, set, EMBER_LABEL_UNIT);
		if (text && ember_only_text(r, text, strlen(text)))
			return true;
		text = ember_labels_value(table, set, EMBER_LABEL_CGROUP);
		return text && ember_only_unit(r, text);
	}
	return false;
}

static bool ember_only_same_key(const struct ember_only_rule *a,
				const struct ember_only_rule *b)
{
	return a->kind == b->kind && a->key_bytes == b->key_bytes &&
	       (!a->key || !memcmp(a->key, b->key, a->key_bytes));
}

bool ember_only_wants(const struct ember_only *only, const char *comm,
		      const struct ember_blob_table *table, uint32_t set)
{
	uint32_t i, k;

	for (i = 0; i < only->nr; i++) {
		for (k = 0; k < only->nr; k++)
			if (ember_only_same_key(&only->rule[i], &only->rule[k]) &&
			    ember_only_fulfils(&only->rule[k], comm, table, set))
				break;
		if (k == only->nr)
			return false;
	}
	return true;
}

bool ember_only_wants_wait(const struct ember_only *only, const char *kind)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < only->nr; i++) {
		if (only->rule[i].kind != EMBER_ONLY_WAIT)
			continue;
		if (ember_only_text(&only->rule[i], kind, strlen(kind)))
			return true;
		any = true;
	}
	return !any;
}

bool ember_only_waits(const struct ember_only *only)
{
	uint32_t i;

	for (i = 0; i < only->nr; i++)
		if (only->rule[i].kind == EMBER_ONLY_WAIT)
			return true;
	return false;
}
