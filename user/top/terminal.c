// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

/* The alternate screen without a cursor, and back. */
#define EMBER_TERMINAL_BEGIN "\33[?1049h\33[?25l\33[H\33[J"
#define EMBER_TERMINAL_END   "\33[?25h\33[?1049l"

static struct termios ember_terminal_old;
static bool ember_terminal_taken;

static void ember_terminal_write(const char *text, size_t n)
{
	ssize_t written;

	while (n) {
		written = write(STDOUT_FILENO, text, n);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (written > 0) {
			text += written;
			n -= written;
		}
	}
}

bool ember_terminal_is(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int ember_terminal_open(void)
{
	struct termios own;

	if (tcgetattr(STDIN_FILENO, &ember_terminal_old))
		return ember_error("top: cannot read the terminal's settings: %s",
				   strerror(errno));
	own = ember_terminal_old;
	own.c_lflag &= ~(ICANON | ECHO);
	own.c_cc[VMIN] = 1;
	own.c_cc[VTIME] = 0;
	/* Neither may leave the terminal behind as it is now. */
	own.c_cc[VSUSP] = own.c_cc[VQUIT] = _POSIX_VDISABLE;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &own))
		return ember_error("top: cannot set up the terminal: %s", strerror(errno));
	ember_terminal_taken = true;
	atexit(ember_terminal_close);
	ember_terminal_write(EMBER_TERMINAL_BEGIN, sizeof(EMBER_TERMINAL_BEGIN) - 1);
	return 0;
}

void ember_terminal_close(void)
{
	if (!ember_terminal_taken)
		return;
	ember_terminal_taken = false;
	ember_terminal_write(EMBER_TERMINAL_END, sizeof(EMBER_TERMINAL_END) - 1);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &ember_terminal_old);
}

void ember_terminal_size(unsigned int *columns, unsigned int *rows)
{
	struct winsize size = {};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*columns = size.ws_col ? size.ws_col : 80;
	*rows = size.ws_row ? size.ws_row : 24;
}

void ember_terminal_show(const char *text, size_t bytes, unsigned int rows)
{
	static const char eol[] = "\33[K\r\n", end[] = "\33[J";
	/* Each line may get as much, and the begin and the end. */
	char *out = ember_xrealloc(NULL, bytes + (rows + 2) * sizeof(eol), 1), *to = out;
	unsigned int row = 0;
	const char *from;

	to = stpcpy(to, "\33[H");
	for (from = text; from < text + bytes && row < rows; from++) {
		if (*from != '\n') {
			*to++ = *from;
			continue;
		}
		/* Behind the last row the terminal would scroll. */
		to = stpcpy(to, ++row < rows ? eol : "\33[K");
	}
	if (row < rows)
		to = stpcpy(to, end);
	ember_terminal_write(out, to - out);
	free(out);
}

int ember_terminal_key(void)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	unsigned char key;
	ssize_t n;

	if (poll(&in, 1, 0) <= 0)
		return 0;
	n = read(STDIN_FILENO, &key, 1);
	return n == 1 ? key : n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}
