// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/proto.h"
#include "base/utf8.h"

#define EMBER_ANSWER_TEXT 160 /* bytes of a server's own words */

/* Copy n bytes for people, cut to EMBER_ANSWER_TEXT, in one line. */
static void ember_answer_copy(char to[EMBER_ANSWER_TEXT + 1], const void *bytes, size_t n)
{
	if (n > EMBER_ANSWER_TEXT)
		n = EMBER_ANSWER_TEXT;
	ember_utf8_clean(to, bytes, n);
	to[n] = 0;
}

/* The text of a JSON string that begins at bytes[0], without its escapes' meaning. */
static bool ember_answer_string(char to[EMBER_ANSWER_TEXT + 1], const uint8_t *bytes, size_t n)
{
	char text[EMBER_ANSWER_TEXT];
	size_t i, used = 0;

	for (i = 0; i < n && bytes[i] != '"' && used < sizeof(text); i++) {
		if (bytes[i] == '\\' && i + 1 < n) {
			i++;
			text[used++] = bytes[i] == 'n' || bytes[i] == 't' ? ' ' : bytes[i];
		} else {
			text[used++] = bytes[i];
		}
	}
	ember_answer_copy(to, text, used);
	return used;
}

/* A Connect error is {"code":"...","message":"..."}. */
static bool ember_answer_json(char to[EMBER_ANSWER_TEXT + 1], const uint8_t *bytes, size_t n)
{
	static const char key[] = "\"message\"";
	const uint8_t *at = memmem(bytes, n, key, strlen(key)), *end = bytes + n;

	if (!at)
		return false;
	for (at += strlen(key); at < end && (*at == ' ' || *at == ':'); at++)
		;
	return at < end && *at == '"' && ember_answer_string(to, at + 1, end - at - 1);
}

/* A google.rpc.Status has a message in field 2. */
static bool ember_answer_status(char to[EMBER_ANSWER_TEXT + 1], const uint8_t *bytes, size_t n)
{
	struct ember_message m = ember_proto_read(bytes, n);
	struct ember_field f;
	bool found = false;

	while (ember_proto_field(&m, &f))
		if (f.number == 2 && !f.numeric && f.n) {
			ember_answer_copy(to, f.bytes, f.n);
			found = true;
		}
	return found && !m.bad;
}

/* What the server itself says, or nothing. */
static void ember_answer_words(const struct ember_relay_answer *a,
			       char to[EMBER_ANSWER_TEXT + 1])
{
	*to = 0;
	if (ember_answer_json(to, a->body, a->n) || ember_answer_status(to, a->body, a->n))
		return;
	/* A page for people says nothing in its first bytes. */
	if (a->n && *a->body != '<')
		ember_answer_copy(to, a->body, a->n);
	else
		*to = 0;
}

static bool ember_answer_is(const struct ember_relay_answer *a, const char *type)
{
	size_t n = strlen(type);

	return a->type && !strncasecmp(a->type, type, n) &&
	       (!a->type[n] || a->type[n] == ';' || a->type[n] == ' ');
}

/* OTLP: {1: {1 rejected, 2 message}}. Return whether it is one. */
static bool ember_answer_partial(const struct ember_relay_answer *a, uint64_t *rejected,
				 char to[EMBER_ANSWER_TEXT + 1])
{
	struct ember_message m = ember_proto_read(a->body, a->n), inner;
	struct ember_field f;

	*rejected = 0;
	*to = 0;
	while (ember_proto_field(&m, &f)) {
		if (f.number != 1 || f.numeric)
			continue;
		inner = ember_proto_read(f.bytes, f.n);
		while (ember_proto_field(&inner, &f)) {
			if (f.number == 1 && f.numeric)
				*rejected = f.value;
			else if (f.number == 2 && !f.numeric)
				ember_answer_copy(to, f.bytes, f.n);
		}
		if (inner.bad)
			return false;
	}
	return !m.bad;
}

/* A 2xx. A portal or a wrong address may say so, too, and takes nothing. */
static enum ember_verdict ember_answer_good(enum ember_relay_form form,
					    const struct ember_relay_answer *a,
					    char why[EMBER_ANSWER_WHY])
{
	char words[EMBER_ANSWER_TEXT + 1] = "";
	uint64_t rejected = 0;
	bool typed = form == EMBER_RELAY_PUSH ?
			     ember_answer_is(a, "application/proto") :
			     ember_answer_is(a, "application/x-protobuf") ||
				     ember_answer_is(a, "application/protobuf");

	if (!typed || a->cut || !ember_answer_partial(a, &rejected, words)) {
		if (a->type)
			ember_answer_copy(words, a->type, strlen(a->type));
		snprintf(why, EMBER_ANSWER_WHY,
			 "answered %ld as no %s server does (%s%s): is the address right?",
			 a->status, form == EMBER_RELAY_PUSH ? "Pyroscope" : "OTLP",
			 a->cut ? "more than 64 KiB of " : "", a->type ? words : "no type");
		return EMBER_VERDICT_UNCERTAIN;
	}
	*why = 0;
	if (form == EMBER_RELAY_PUSH || !rejected)
		return EMBER_VERDICT_SENT;
	snprintf(why, EMBER_ANSWER_WHY, "rejected the profile: %s", words);
	return EMBER_VERDICT_REFUSED;
}

enum ember_verdict ember_answer_judge(enum ember_relay_form form,
				      const struct ember_relay_answer *a,
				      char why[EMBER_ANSWER_WHY])
{
	char words[EMBER_ANSWER_TEXT + 1];
	const char *hint = "";
	enum ember_verdict verdict;

	if (a->status / 100 == 2)
		return ember_answer_good(form, a, why);
	switch (a->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		verdict = EMBER_VERDICT_AGAIN;
		hint = ": redirects are not followed (give the address itself)";
		break;
	case 401:
	case 403:
		verdict = EMBER_VERDICT_AGAIN;
		hint = " (see --user, --password-file and --token-file)";
		break;
	case 408:
	case 429:
	case 503: verdict = EMBER_VERDICT_AGAIN; break;
	case 501:
	case 505: verdict = EMBER_VERDICT_REFUSED; break;
	default:
		verdict = a->status / 100 == 4 ? EMBER_VERDICT_REFUSED :
						 EMBER_VERDICT_UNCERTAIN;
	}
	ember_answer_words(a, words);
	snprintf(why, EMBER_ANSWER_WHY, "answered %ld%s%s%s", a->status, *words ? ": " : "",
		 words, hint);
	return verdict;
}
