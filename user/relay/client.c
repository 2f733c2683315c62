// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/signals.h"
#include "cmd/cmd.h"
#include "relay/otlp.h"
#include "relay/push.h"

#define EMBER_CLIENT_BODY    (64u << 10) /* bytes of an answer; more of it is not read */
#define EMBER_CLIENT_HEADERS (64u << 10)
#define EMBER_CLIENT_SECRET  4096 /* bytes of a file with a password or token */
#define EMBER_CLIENT_CONNECT 10 /* s */
#define EMBER_CLIENT_IDLE    5 /* s: a connection that is older is not used again */
#define EMBER_CLIENT_LEAVE   3000000000ull /* ns from a signal on, for the answer */

struct ember_client {
	CURL *curl;
	enum ember_relay_form form;
	char *url, *host, *user, *bearer;
	struct curl_slist *plain, *gzip; /* headers */
	char error[CURL_ERROR_SIZE];
	const struct ember_buf *body;
	size_t given; /* bytes of it that libcurl took */
	struct ember_buf answer;
	size_t headers;
	bool cut; /* there was more than we read */
	uint64_t ending_ns;
};

/* libcurl asks for more of the body. Without a way back it cannot send one twice by itself. */
static size_t ember_client_give(char *to, size_t size, size_t n, void *context)
{
	struct ember_client *h = context;
	size_t left = h->body->used - h->given;

	n *= size;
	if (n > left)
		n = left;
	memcpy(to, h->body->bytes + h->given, n);
	h->given += n;
	return n;
}

static int ember_client_seek(void *context, curl_off_t offset, int origin)
{
	struct ember_client *h = context;

	return !offset && origin == SEEK_SET && !h->given ? CURL_SEEKFUNC_OK :
							    CURL_SEEKFUNC_FAIL;
}

static size_t ember_client_take(char *from, size_t size, size_t n, void *context)
{
	struct ember_client *h = context;

	n *= size;
	if (h->answer.used + n > EMBER_CLIENT_BODY) {
		h->cut = true;
		return 0;
	}
	ember_proto_copy(&h->answer, from, n);
	return n;
}

static size_t ember_client_header(char *from, size_t size, size_t n, void *context)
{
	struct ember_client *h = context;

	(void)from;
	n *= size;
	h->headers += n;
	h->cut |= h->headers > EMBER_CLIENT_HEADERS;
	return h->cut ? 0 : n;
}

static int ember_client_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
				 curl_off_t d)
{
	struct ember_client *h = context;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	(void)a, (void)b, (void)c, (void)d;
	if (!ember_signals_end())
		return 0;
	if (!h->ending_ns)
		h->ending_ns = now;
	return now - h->ending_ns > EMBER_CLIENT_LEAVE;
}

/* Return the first line of a file; NULL: there is none (said). */
static char *ember_client_secret(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = ember_xrealloc(NULL, EMBER_CLIENT_SECRET, 1);
	const char *why = in ? NULL : strerror(errno);
	struct stat st;

	if (in && !fgets(line, EMBER_CLIENT_SECRET, in))
		why = ferror(in) ? strerror(errno) : "is empty";
	if (!why) {
		line[strcspn(line, "\r\n")] = 0;
		if (!*line)
			why = "its first line is empty";
		else if (strlen(line) == EMBER_CLIENT_SECRET - 1)
			why = "its first line is too long";
	}
	if (!why && !fstat(fileno(in), &st) && (st.st_mode & 077))
		ember_warning("%s: others may read it (chmod 600)", path);
	if (in)
		fclose(in);
	if (!why)
		return line;
	free(line);
	ember_error("%s: %s", path, why);
	return NULL;
}

/* Return what is wrong with an address, or NULL. *host: a copy of host and port. */
static const char *ember_client_address(const char *url, char **host)
{
	CURLU *u = curl_url();
	char *part = NULL, *port = NULL;
	const char *why = NULL;

	if (!u)
		ember_memory_end();
	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8))
		why = "is no http://HOST:PORT or https://HOST";
	else if (curl_url_set(u, CURLUPART_URL, url, 0))
		why = "is no address";
	else if (!curl_url_get(u, CURLUPART_USER, &part, 0) ||
		 !curl_url_get(u, CURLUPART_PASSWORD, &part, 0))
		why = "may have no user or password (see --user and --password-file)";
	else if (!curl_url_get(u, CURLUPART_QUERY, &part, 0) ||
		 !curl_url_get(u, CURLUPART_FRAGMENT, &part, 0))
		why = "may have no query";
	else if (curl_url_get(u, CURLUPART_HOST, &part, 0) ||
		 curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
		 asprintf(host, "%s:%s", part, port) < 0)
		why = "has no host";
	curl_free(part);
	curl_free(port);
	curl_url_cleanup(u);
	return why;
}

/* Read what identifies us. Returns 0, or the exit status (said). */
static int ember_client_credentials(struct ember_client *h,
				    const struct ember_client_config *c)
{
	char *secret;

	if (!c->password_file != !c->user || (c->token_file && c->user)) {
		ember_error("relay: %s", c->token_file && c->user ?
						 "either --user or --token-file" :
						 "--user and --password-file go together");
		return 2;
	}
	if (!c->user && !c->token_file)
		return 0;
	secret = ember_client_secret(c->user ? c->password_file : c->token_file);
	if (!secret)
		return 1;
	if (c->user ? asprintf(&h->user, "%s:%s", c->user, secret) < 0 :
		      asprintf(&h->bearer, "Authorization: Bearer %s", secret) < 0)
		ember_memory_end();
	free(secret);
	if (!strncmp(c->url, "http://", 7))
		ember_warning("%s: the credentials are sent without TLS", h->host);
	return 0;
}

static struct curl_slist *ember_client_line(struct curl_slist *list, const char *line)
{
	list = line ? curl_slist_append(list, line) : list;
	if (!list)
		ember_memory_end();
	return list;
}

static struct curl_slist *ember_client_lines(const struct ember_client *h, bool gzip)
{
	struct curl_slist *list = ember_client_line(
		NULL, h->form == EMBER_RELAY_PUSH ? "Content-Type: application/proto" :
						    "Content-Type: application/x-protobuf");

	/* libcurl would wait a second for a server to say that it may go on. */
	list = ember_client_line(list, "Expect:");
	if (h->form == EMBER_RELAY_PUSH)
		list = ember_client_line(list, "Connect-Protocol-Version: 1");
	if (gzip)
		list = ember_client_line(list, "Content-Encoding: gzip");
	return ember_client_line(list, h->bearer);
}

/* What is the same for all requests. */
static bool ember_client_set(struct ember_client *h, const struct ember_client_config *c)
{
	CURL *e = h->curl;
	bool good = true;

#define SET(option, value) good &= curl_easy_setopt(e, option, value) == CURLE_OK
	SET(CURLOPT_URL, h->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_USERAGENT, "emberprof/" EMBER_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)EMBER_CLIENT_CONNECT);
	SET(CURLOPT_TIMEOUT_MS, (long)(c->timeout * 1000));
	SET(CURLOPT_MAXAGE_CONN, (long)EMBER_CLIENT_IDLE);
	SET(CURLOPT_MAXCONNECTS, 1L);
	SET(CURLOPT_ERRORBUFFER, h->error);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_READFUNCTION, ember_client_give);
	SET(CURLOPT_READDATA, h);
	SET(CURLOPT_SEEKFUNCTION, ember_client_seek);
	SET(CURLOPT_SEEKDATA, h);
	SET(CURLOPT_WRITEFUNCTION, ember_client_take);
	SET(CURLOPT_WRITEDATA, h);
	SET(CURLOPT_HEADERFUNCTION, ember_client_header);
	SET(CURLOPT_HEADERDATA, h);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, ember_client_progress);
	SET(CURLOPT_XFERINFODATA, h);
	if (c->ca)
		SET(CURLOPT_CAINFO, c->ca);
	if (h->user) {
		SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(CURLOPT_USERPWD, h->user);
	}
#undef SET
	return good;
}

struct ember_client *ember_client_open(const struct ember_client_config *c, int *err)
{
	struct ember_client *h = ember_xrealloc(NULL, 1, sizeof(*h));
	const char *why;
	size_t n = strlen(c->url);

	memset(h, 0, sizeof(*h));
	h->form = c->form;
	*err = 1;
	why = ember_client_address(c->url, &h->host);
	if (why) {
		ember_error("--to %s: %s", c->url, why);
		*err = 2;
	} else if (c->ca && access(c->ca, R_OK)) {
		ember_error("%s: %s", c->ca, strerror(errno));
	} else if (!(*err = ember_client_credentials(h, c))) {
		while (n && c->url[n - 1] == '/')
			n--;
		if (asprintf(&h->url, "%.*s%s", (int)n, c->url,
			     c->form == EMBER_RELAY_PUSH ? EMBER_PUSH_PATH : EMBER_OTLP_PATH) <
		    0)
			ember_memory_end();
		h->plain = ember_client_lines(h, false);
		h->gzip = ember_client_lines(h, true);
		h->curl = curl_easy_init();
		if (h->curl && ember_client_set(h, c))
			return h;
		*err = ember_error("relay: libcurl %s cannot be set up",
				   curl_version_info(CURLVERSION_NOW)->version);
	}
	ember_client_close(h);
	return NULL;
}

/* Signals end the wait for an answer, and no other. */
static CURLcode ember_client_perform(struct ember_client *h)
{
	sigset_t open, before;
	CURLcode code;

	sigemptyset(&open);
	sigaddset(&open, SIGINT);
	sigaddset(&open, SIGTERM);
	sigaddset(&open, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &open, &before);
	code = curl_easy_perform(h->curl);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return code;
}

/*
 * Judge a request without an answer. As long as libcurl has not taken all of the body, no server
 * can have had all of the request.
 */
static void ember_client_failed(struct ember_client *h, CURLcode code,
				struct ember_client_outcome *out)
{
	bool written = h->given == h->body->used;

	out->verdict = written ? EMBER_VERDICT_UNCERTAIN : EMBER_VERDICT_AGAIN;
	snprintf(out->why, sizeof(out->why), "%.200s%s",
		 *h->error ? h->error : curl_easy_strerror(code),
		 code == CURLE_PEER_FAILED_VERIFICATION ? " (see --tls-ca)" : "");
}

void ember_client_post(struct ember_client *h, const struct ember_buf *body, bool gzip,
		       struct ember_client_outcome *out)
{
	struct ember_relay_answer answer = {};
	curl_off_t after = 0;
	char *type = NULL;
	CURLcode code;

	memset(out, 0, sizeof(*out));
	h->body = body;
	h->given = h->answer.used = h->headers = 0;
	h->cut = false;
	*h->error = 0;
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, gzip ? h->gzip : h->plain);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->used);
	code = ember_client_perform(h);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer.status);
	/* A refusal that breaks off is one all the same. */
	if (answer.status < 200 || (answer.status < 300 && code != CURLE_OK && !h->cut)) {
		ember_client_failed(h, code, out);
		return;
	}
	curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after);
	answer.type = type;
	answer.body = h->answer.bytes ? h->answer.bytes : (const uint8_t *)"";
	answer.n = h->answer.used;
	answer.cut = h->cut;
	out->verdict = ember_answer_judge(h->form, &answer, out->why);
	out->retry_after = after > 0 ? after : 0;
	out->busy = answer.status == 408 || answer.status == 429 || answer.status == 503;
}

const char *ember_client_host(const struct ember_client *h)
{
	return h->host;
}

void ember_client_close(struct ember_client *h)
{
	if (h->curl)
		curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->plain);
	curl_slist_free_all(h->gzip);
	free(h->url);
	free(h->host);
	free(h->user);
	free(h->bearer);
	free(h->answer.bytes);
	free(h);
}
