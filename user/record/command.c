// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"

static int ember_read_byte(int fd, char *byte)
{
	int n;

	do
		n = read(fd, byte, 1);
	while (n < 0 && errno == EINTR);
	return n;
}

/* In the child. No byte to go by: our parent gave up or was killed. */
static void ember_command_become(char **argv, int go, int failed,
				 const struct ember_signals *signals)
{
	char byte;

	if (ember_read_byte(go, &byte) != 1)
		_exit(126);
	ember_signals_restore(signals);
	execvp(argv[0], argv);
	byte = errno;
	if (write(failed, &byte, 1) != 1)
		_exit(126);
	_exit(127);
}

int ember_command_hold(struct ember_command *c, char **argv,
		       const struct ember_signals *signals)
{
	int go[2] = { -1, -1 }, failed[2];

	c->pid = 0;
	if (pipe2(go, O_CLOEXEC))
		goto error;
	if (pipe2(failed, O_CLOEXEC))
		goto close_go;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	c->pid = fork();
	if (c->pid < 0)
		goto close_failed;
	if (!c->pid) {
		close(go[1]);
		close(failed[0]);
		ember_command_become(argv, go[0], failed[1], signals);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	c->ended = false;
	return 0;

close_failed:
	c->pid = 0;
	close(failed[0]);
	close(failed[1]);
close_go:
	close(go[0]);
	close(go[1]);
error:
	return ember_error("%s can't be started: %s", argv[0], strerror(errno));
}

int ember_command_go(struct ember_command *c, char **argv)
{
	char byte = 0;
	int n;

	n = write(c->go, &byte, 1);
	close(c->go);
	c->go = -1;
	/* The end of this pipe comes with the exec. */
	n = n == 1 ? ember_read_byte(c->failed, &byte) : -1;
	close(c->failed);
	c->failed = -1;
	if (!n)
		return 0;
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	c->ended = true;
	if (n < 0)
		return ember_error("%s can't be started", argv[0]);
	ember_error("%s: %s", argv[0], byte == ENOENT ? "command not found" : strerror(byte));
	return byte == ENOENT ? 127 : 126;
}

bool ember_command_reap(struct ember_command *c)
{
	int status;
	pid_t pid;

	while (c->pid && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == c->pid) {
			c->ended = true;
			c->status = status;
		}
	return c->ended;
}

int ember_command_status(const struct ember_command *c)
{
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

void ember_command_drop(struct ember_command *c)
{
	if (!c->pid || c->go < 0)
		return;
	close(c->go);
	close(c->failed);
	c->go = -1;
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	c->ended = true;
}
