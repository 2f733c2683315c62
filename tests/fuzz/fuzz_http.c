// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes of a client, as they come: into the server, by a socket of its own. Whatever they are,
 * each answer is one of HTTP's, no connection is left, and the memory is bounded. And texts
 * into what reads a request's line, its parameters, and who asks.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/message.h"
#include "http/server.h"
#include "http/state.h"
#include "http/target.h"

static uint64_t sync_now(void *context)
{
	(void)context;
	return 0;
}

static void metrics(void *context, FILE *out)
{
	(void)context;
	fputs("# none\n", out);
}

static bool healthy(void *context, const char **why)
{
	(void)context;
	*why = "fuzzed";
	return false;
}

/* No process is started here: only its queue is looked at. */
static bool synced(void *context, uint64_t number)
{
	(void)context;
	(void)number;
	return false;
}

static bool logs(void *context, struct ember_logs *to, const struct ember_log_filter *filter)
{
	(void)context;
	(void)to;
	(void)filter;
	return true;
}

static const struct ember_http_backend backend = {
	.service = "fuzzer",
	.sync = sync_now,
	.synced = synced,
	.metrics = metrics,
	.healthy = healthy,
	.logs = logs,
};

static struct ember_http *server;
static union ember_inet address;

static void quiet(void *context, enum ember_message_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

static void begin(void)
{
	char *command[] = { (char *)"fuzz", (char *)"http", NULL };
	char text[32];
	int port;

	ember_message_set(EMBER_LEVEL_ERROR, quiet, NULL);
	for (port = 20000 + getpid() % 20000; !server; port++) {
		snprintf(text, sizeof(text), ":%d", port);
		ember_http_open(&server, text, NULL, command);
	}
	ember_http_serve(server, &backend);
	address = server->access.address.inet;
}

static void turn(struct ember_loop *loop)
{
	ember_loop_begin(loop);
	ember_http_wait(server, loop);
	ember_loop_due(loop, 0);
	FUZZ_MUST(!ember_loop_wait(loop));
	ember_http_turn(server, loop);
}

/* All of it in two pieces, and what comes back. */
static void connection(const uint8_t *data, size_t n)
{
	struct ember_loop loop = EMBER_LOOP(NULL);
	struct linger linger = { 1, 0 };
	size_t half = n ? data[0] * n / 256 : 0;
	char answer[65536];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), i;
	ssize_t got = 0, all = 0;

	connect(fd, &address.any, sizeof(address.four));
	for (i = 0; i < 3; i++)
		turn(&loop);
	send(fd, data, half, MSG_NOSIGNAL);
	turn(&loop);
	send(fd, data + half, n - half, MSG_NOSIGNAL);
	for (i = 0; i < 6; i++) {
		turn(&loop);
		got = recv(fd, answer + all, sizeof(answer) - all, 0);
		all += got > 0 ? got : 0;
	}
	FUZZ_MUST(all < 9 || !memcmp(answer, "HTTP/", 5));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
	for (i = 0; i < 3; i++)
		turn(&loop);
	FUZZ_MUST(!server->connections.nr);
	FUZZ_MUST(!server->children);
	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		FUZZ_MUST(server->job[i].step == EMBER_HTTP_FREE);
	ember_loop_free(&loop);
}

static void texts(const uint8_t *data, size_t n)
{
	struct ember_http_access access = { .host = "bench" };
	struct ember_http_target target;
	struct ember_http_query query;
	char *text = malloc(n + 1), why[160];
	const struct ember_http_kind *kind;
	const char *wrong;
	uint64_t ns;

	memcpy(text, data, n);
	text[n] = 0;
	ember_http_access_check(&access, NULL, text);
	strcpy(access.token, "0123456789abcdef");
	FUZZ_MUST(ember_http_access_check(&access, text, NULL) == EMBER_HTTP_UNAUTHORIZED ||
		  strstr(text, access.token) || strlen(text) > 20);
	ember_http_moment(text, 1795860000000000000ull, &ns);
	if (!ember_http_target_parse(&target, text)) {
		FUZZ_MUST(*target.path == '/');
		for (kind = ember_http_kinds; kind->name; kind++) {
			wrong = ember_http_query_parse(&query, kind, &target,
						       1795860000000000000ull, why);
			FUZZ_MUST(wrong ||
				  (query.format && query.seconds <= EMBER_HTTP_SECONDS_MAX));
		}
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!server)
		begin();
	texts(data, n);
	connection(data, n < 40000 ? n : 40000);
	return 0;
}
