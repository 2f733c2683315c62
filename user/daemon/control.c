// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"

#define EMBER_CONTROL_PATIENCE_NS 10000000000ull
#define EMBER_CONTROL_PATIENCE	  20 /* s, of who asks */

static struct sockaddr_un ember_control_address(void)
{
	return (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = EMBER_CONTROL_SOCKET };
}

/* Hold the file, so that no other daemon does. Returns 0, or 1 (said). */
static int ember_control_lock(struct ember_control *c)
{
	char pid[16];
	ssize_t n;

	c->lock = open(EMBER_CONTROL_PID, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (c->lock < 0) {
		ember_warning("%s: %s: nobody can ask for the status", EMBER_CONTROL_PID,
			      strerror(errno));
		return 0;
	}
	if (flock(c->lock, LOCK_EX | LOCK_NB)) {
		n = read(c->lock, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = 0;
		pid[strcspn(pid, "\n")] = 0;
		close(c->lock);
		c->lock = -1;
		return ember_error("a daemon runs already: process %s holds %s", pid,
				   EMBER_CONTROL_PID);
	}
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(c->lock, 0) || write(c->lock, pid, n) != n)
		ember_warning("%s: %s", EMBER_CONTROL_PID, strerror(errno));
	return 0;
}

int ember_control_open(struct ember_control *c, ember_control_answer *answer, void *context)
{
	struct sockaddr_un address = ember_control_address();
	mode_t mask;
	int err;

	c->answer = answer;
	c->context = context;
	mkdir(EMBER_CONTROL_FOLDER, 0755);
	if (ember_control_lock(c))
		return 1;
	if (c->lock < 0)
		return 0;
	c->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->socket < 0)
		return 0;
	unlink(EMBER_CONTROL_SOCKET);
	mask = umask(0177);
	err = bind(c->socket, (struct sockaddr *)&address, sizeof(address)) ||
	      listen(c->socket, EMBER_CONTROL_CLIENTS);
	umask(mask);
	if (err) {
		ember_warning("%s: %s: nobody can ask for the status", EMBER_CONTROL_SOCKET,
			      strerror(errno));
		close(c->socket);
		c->socket = -1;
	}
	return 0;
}

void ember_control_wait(struct ember_control *c, struct ember_loop *loop)
{
	unsigned int i, free = 0;

	for (i = 0; i < EMBER_CONTROL_CLIENTS; i++) {
		free += c->client[i].fd < 0;
		if (c->client[i].fd >= 0)
			ember_loop_due(loop, c->client[i].until_ns);
		c->client[i].place = ember_loop_fd(loop, c->client[i].fd, POLLIN);
	}
	c->place = ember_loop_fd(loop, free ? c->socket : -1, POLLIN);
}

static void ember_control_drop(struct ember_control_client *client)
{
	close(client->fd);
	client->fd = -1;
}

/* Answer at once what the socket's buffer takes: an answer is a few KiB. */
static void ember_control_reply(struct ember_control *c, struct ember_control_client *client)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return;
	if (!c->answer(c->context, client->word, out))
		fputs("unknown\n", out);
	if (!fclose(out))
		send(client->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(text);
}

static void ember_control_hear(struct ember_control *c, struct ember_control_client *client)
{
	ssize_t n = read(client->fd, client->word + client->used,
			 EMBER_CONTROL_WORD - 1 - client->used);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		client->used += n;
		client->word[client->used] = 0;
		end = strchr(client->word, '\n');
		if (!end && client->used < EMBER_CONTROL_WORD - 1)
			return;
		if (end)
			*end = 0;
		ember_control_reply(c, client);
	}
	ember_control_drop(client);
}

void ember_control_turn(struct ember_control *c, struct ember_loop *loop)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	unsigned int i;
	int fd = -1;

	for (i = 0; i < EMBER_CONTROL_CLIENTS; i++) {
		struct ember_control_client *client = &c->client[i];

		if (client->fd >= 0 && ember_loop_ready(loop, client->place))
			ember_control_hear(c, client);
		else if (client->fd >= 0 && now >= client->until_ns)
			ember_control_drop(client);
	}
	if (ember_loop_ready(loop, c->place) & POLLIN)
		fd = accept4(c->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	for (i = 0; fd >= 0 && i < EMBER_CONTROL_CLIENTS; i++)
		if (c->client[i].fd < 0) {
			c->client[i] = (struct ember_control_client){
				.fd = fd, .until_ns = now + EMBER_CONTROL_PATIENCE_NS
			};
			return;
		}
	if (fd >= 0)
		close(fd);
}

void ember_control_close(struct ember_control *c)
{
	unsigned int i;

	for (i = 0; i < EMBER_CONTROL_CLIENTS; i++)
		if (c->client[i].fd >= 0)
			ember_control_drop(&c->client[i]);
	if (c->socket >= 0) {
		close(c->socket);
		unlink(EMBER_CONTROL_SOCKET);
	}
	if (c->lock >= 0) {
		unlink(EMBER_CONTROL_PID);
		close(c->lock);
	}
	*c = EMBER_CONTROL;
}

int ember_control_ask(const char *word, FILE *out)
{
	struct sockaddr_un address = ember_control_address();
	struct timeval patience = { .tv_sec = EMBER_CONTROL_PATIENCE };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;
	char text[1024];
	ssize_t n;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	n = snprintf(text, sizeof(text), "%s\n", word);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		err = errno == ENOENT || errno == ECONNREFUSED ? -1 : errno;
	else if (send(fd, text, n, MSG_NOSIGNAL) != n)
		err = errno;
	while (!err && (n = read(fd, text, sizeof(text))) != 0) {
		if (n > 0)
			fwrite(text, 1, n, out);
		else if (errno != EINTR)
			err = errno;
	}
	close(fd);
	return err;
}
