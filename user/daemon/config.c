// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "daemon/keys.h"
#include "daemon/values.h"

#define EMBER_CONFIG_FALLBACK	   "/run/emberprof/logs"
#define EMBER_CONFIG_FALLBACK_KEEP (2u << 20)
#define EMBER_CONFIG_INTERVAL_NS   10000000000ull
#define EMBER_CONFIG_BUDGET_PPM	   5000
#define EMBER_CONFIG_MEMORY	   (8u << 20)
#define EMBER_CONFIG_KEYS	   64 /* in the table, at most */
#define EMBER_CONFIG_WORD	   "1 to 31 letters, digits, - and _"

struct ember_config_reader {
	struct ember_daemon_config *config;
	const char *name; /* of the file */
	unsigned int line;
	enum ember_section section;
	unsigned int given[EMBER_CONFIG_KEYS]; /* lines of the section's keys; 0: none */
	unsigned int http_line, relay_line;
};

/* FILE:LINE: or --OPTION: in front. Returns 2. */
static int ember_config_wrong(const struct ember_config_reader *r, const char *object,
			      const char *what, const char *why, const char *accepts)
{
	if (r->line)
		ember_error("%s:%u: %s: %s: %s (%s)", r->name, r->line, object, what, why,
			    accepts);
	else
		ember_error("--%s: %s: %s (%s)", object, what, why, accepts);
	return 2;
}

static void ember_config_defaults(struct ember_daemon_config *c)
{
	memset(c, 0, sizeof(*c));
	c->request.unwind_wait = 0;
	c->request.adopt = true;
	c->request.quiet = true;
	c->fallback = EMBER_CONFIG_FALLBACK;
	c->fallback_keep = EMBER_CONFIG_FALLBACK_KEEP;
	c->interval_ns = EMBER_CONFIG_INTERVAL_NS;
	c->budget_ppm = EMBER_CONFIG_BUDGET_PPM;
	c->memory = EMBER_CONFIG_MEMORY;
}

static const struct ember_config_key *ember_config_key(enum ember_section section,
						       const char *name)
{
	unsigned int i;

	for (i = 0; i < ember_nr_keys; i++)
		if (ember_keys[i].section == section && !strcmp(ember_keys[i].name, name))
			return &ember_keys[i];
	return NULL;
}

/* The key of the section that was meant, or the first one. */
static const char *ember_config_near(enum ember_section section, const char *name)
{
	const char *near = NULL, *first = NULL;
	unsigned int i, edits = EMBER_EDITS_MAX;

	for (i = 0; i < ember_nr_keys; i++) {
		if (ember_keys[i].section != section)
			continue;
		if (!first)
			first = ember_keys[i].name;
		if (ember_option_near(name, ember_keys[i].name, &edits))
			near = ember_keys[i].name;
	}
	return near ? near : first;
}

static int ember_config_set(struct ember_config_reader *r, const struct ember_config_key *key,
			    const char *value)
{
	char *field = (char *)ember_section_of(r->config, key->section) + key->at;
	const char *why = key->set(r->config, field, key, value);

	if (!why)
		return 0;
	return ember_config_wrong(r, r->line ? key->name : key->option, value, why,
				  key->accepts);
}

static int ember_config_assign(struct ember_config_reader *r, const char *name,
			       const char *value)
{
	const struct ember_config_key *key = ember_config_key(r->section, name);
	unsigned int *given;
	char where[40];

	if (!key) {
		snprintf(where, sizeof(where), "did you mean %s?",
			 ember_config_near(r->section, name));
		return ember_config_wrong(r, name, "unknown key", "the section has none such",
					  where);
	}
	given = &r->given[key - ember_keys];
	if (*given && !key->list) {
		snprintf(where, sizeof(where), "once; line %u has it, too", *given);
		return ember_config_wrong(r, name, value, "is given twice", where);
	}
	*given = r->line;
	return ember_config_set(r, key, value);
}

static bool ember_config_word(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789-_");

	return n && n <= EMBER_DESTINATION_NAME && !word[n];
}

static int ember_config_destination(struct ember_config_reader *r, const char *name)
{
	struct ember_daemon_config *c = r->config;
	uint32_t i;

	if (!ember_config_word(name))
		return ember_config_wrong(r, "destination", name, "is no name",
					  EMBER_CONFIG_WORD);
	for (i = 0; i < c->nr_destinations; i++)
		if (!strcmp(c->destination[i].name, name))
			return ember_config_wrong(r, "destination", name, "is there twice",
						  "a name of its own");
	if (c->nr_destinations == EMBER_DESTINATIONS_MAX)
		return ember_config_wrong(r, "destination", name, "is one too many",
					  "8 of them");
	r->section = EMBER_SECTION_DESTINATION;
	memset(&c->destination[c->nr_destinations], 0, sizeof(*c->destination));
	strcpy(c->destination[c->nr_destinations].name, name);
	c->destination[c->nr_destinations++].line = r->line;
	return 0;
}

/* text: behind the [, up to the end of the line. */
static int ember_config_section(struct ember_config_reader *r, char *text)
{
	char *end = strchr(text, ']'), *name;

	memset(r->given, 0, sizeof(r->given));
	if (!end || end[1])
		return ember_config_wrong(r, text, "section", "has no ] at its end",
					  "[link], [destination NAME], [http], [relay]");
	*end = 0;
	if (!strcmp(text, "link"))
		return ember_config_destination(r, text);
	if (!strncmp(text, "destination ", 12)) {
		name = text + 12 + strspn(text + 12, " \t");
		if (!strcmp(name, "link"))
			return ember_config_wrong(r, "destination", name,
						  "is the name of [link]", EMBER_CONFIG_WORD);
		return ember_config_destination(r, name);
	}
	if (!strcmp(text, "http") && !r->http_line) {
		r->section = EMBER_SECTION_HTTP;
		r->http_line = r->line;
		return 0;
	}
	if (!strcmp(text, "relay") && !r->relay_line) {
		r->section = EMBER_SECTION_RELAY;
		r->relay_line = r->line;
		return 0;
	}
	return ember_config_wrong(r, text, "section",
				  !strcmp(text, "http") || !strcmp(text, "relay") ?
					  "is there twice" :
					  "is not known",
				  "[link], [destination NAME], [http], [relay]");
}

/* A line without its end. */
static int ember_config_line(struct ember_config_reader *r, char *line)
{
	static const char space[] = " \t\r";
	char *value, *end = line + strlen(line), *name;

	while (end > line && strchr(space, end[-1]))
		*--end = 0;
	line += strspn(line, space);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[')
		return ember_config_section(r, line + 1);
	value = strchr(line, '=');
	if (!value || value == line)
		return ember_config_wrong(r, line, "line", "is no key with a value",
					  "key = value, [section], # comment");
	for (end = value; end > line && strchr(space, end[-1]);)
		end--;
	name = line;
	value += 1 + strspn(value + 1, space);
	*end = 0;
	return ember_config_assign(r, name, value);
}

/* What one key alone cannot know. */
static int ember_config_check(struct ember_config_reader *r)
{
	struct ember_daemon_config *c = r->config;
	uint32_t i;

	for (i = 0; i < c->nr_destinations; i++)
		if (!c->destination[i].address) {
			r->line = c->destination[i].line;
			return ember_config_wrong(r, c->destination[i].name, "destination",
						  "has no address", "address = ADDRESS");
		}
	r->line = r->http_line;
	if (c->http.listen && !c->http.anyone && !c->http.token_file &&
	    !ember_listen_is_loopback(c->http.listen))
		return ember_config_wrong(r, r->line ? "listen" : "http", c->http.listen,
					  "is not loopback, and anyone could read profiles",
					  "127.0.0.1:PORT, a token-file, or allow = anyone");
	if (c->request.nr_events && !c->request.cpu) {
		if (!c->rate_given)
			return 0;
		ember_error("%s: rate: %u: no cpu event has a rate (events = cpu,...)",
			    r->name, c->request.hz);
		return 2;
	}
	if (!c->rate_given)
		c->request.hz = 99;
	return 0;
}

/* Read all lines of a text of n bytes. */
static int ember_config_lines(struct ember_config_reader *r, const char *text, size_t n)
{
	char line[EMBER_CONFIG_LINE + 1];
	const char *end = text + n, *next;
	int err = 0;

	for (; !err && text < end; text = next + 1) {
		next = memchr(text, '\n', end - text);
		if (!next)
			next = end;
		r->line++;
		if (next - text > EMBER_CONFIG_LINE)
			return ember_config_wrong(r, "line", "its length",
						  "is more than a line has", "1024 bytes");
		if (memchr(text, 0, next - text))
			return ember_config_wrong(r, "line", "NUL", "is no text", "text");
		memcpy(line, text, next - text);
		line[next - text] = 0;
		err = ember_config_line(r, line);
	}
	return err;
}

int ember_config_parse(struct ember_daemon_config *c, const char *name, const char *text,
		       size_t n)
{
	struct ember_config_reader r = { .config = c, .name = name };
	int err;

	ember_config_defaults(c);
	err = ember_config_lines(&r, text, n);
	if (!err)
		err = ember_config_check(&r);
	if (err)
		ember_config_free(c);
	return err;
}

/* Read a whole file. Returns its bytes, to be freed, or NULL (said). */
static char *ember_config_read(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = ember_xrealloc(NULL, EMBER_CONFIG_MOST + 1, 1);
	ssize_t got = fd < 0 ? -1 : 1;

	*n = 0;
	while (got > 0 && *n <= EMBER_CONFIG_MOST) {
		got = read(fd, text + *n, EMBER_CONFIG_MOST + 1 - *n);
		*n += got > 0 ? got : 0;
	}
	if (got < 0)
		ember_error("%s: %s (emberprof.conf(5))", path, strerror(errno));
	else if (*n > EMBER_CONFIG_MOST)
		ember_error("%s: is larger than a configuration (64 KiB)", path);
	else
		got = 1;
	if (fd >= 0)
		close(fd);
	if (got == 1 && *n <= EMBER_CONFIG_MOST)
		return text;
	free(text);
	return NULL;
}

/* An option in place of what the file says. */
static int ember_config_override(struct ember_config_reader *r,
				 const struct ember_config_option *option)
{
	const struct ember_config_key *key = &ember_keys[option->key];
	struct ember_daemon_config *c = r->config;
	uint32_t i;

	r->line = 0;
	if (key->section != EMBER_SECTION_DESTINATION)
		return ember_config_set(r, key, option->value);
	/* --link: its address, with the rest of [link] if there is one. */
	for (i = 0; i < c->nr_destinations && strcmp(c->destination[i].name, "link"); i++)
		;
	if (i == c->nr_destinations)
		return ember_config_destination(r, "link") ||
				       ember_config_set(r, key, option->value) ?
			       2 :
			       0;
	return key->set(c, &c->destination[i].address, key, option->value) ?
		       ember_config_wrong(r, key->option, option->value, "is no address",
					  key->accepts) :
		       0;
}

int ember_config_load(struct ember_daemon_config *c, const struct ember_config_source *s)
{
	struct ember_config_reader r = { .config = c, .name = s->file ? s->file : "" };
	size_t n;
	char *text = s->file ? ember_config_read(s->file, &n) : NULL;
	int err = s->file && !text ? 2 : 0;
	uint32_t i;

	ember_config_defaults(c);
	if (text)
		err = ember_config_lines(&r, text, n);
	free(text);
	for (i = 0; !err && i < s->nr_options; i++)
		err = ember_config_override(&r, &s->option[i]);
	if (!err)
		err = ember_config_check(&r);
	if (err)
		ember_config_free(c);
	return err;
}

bool ember_config_same_session(const struct ember_daemon_config *a,
			       const struct ember_daemon_config *b)
{
	const struct ember_request *x = &a->request, *y = &b->request;

	return x->hz == y->hz && x->nr_events == y->nr_events &&
	       !memcmp(x->events, y->events, x->nr_events * sizeof(*x->events)) &&
	       x->flags == y->flags && x->some_cpus == y->some_cpus &&
	       !memcmp(x->cpus, y->cpus, sizeof(x->cpus)) && x->ring_bytes == y->ring_bytes &&
	       x->frame_pointers == y->frame_pointers;
}

void ember_config_free(struct ember_daemon_config *c)
{
	while (c->nr_text)
		free(c->text[--c->nr_text]);
	free(c->text);
	memset(c, 0, sizeof(*c));
}
