// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	uint32_t baud;
	speed_t speed;
} ember_speeds[] = {
	{ 1200, B1200 },       { 2400, B2400 },	      { 4800, B4800 },
	{ 9600, B9600 },       { 19200, B19200 },     { 38400, B38400 },
	{ 57600, B57600 },     { 115200, B115200 },   { 230400, B230400 },
	{ 460800, B460800 },   { 500000, B500000 },   { 576000, B576000 },
	{ 921600, B921600 },   { 1000000, B1000000 }, { 1500000, B1500000 },
	{ 2000000, B2000000 }, { 3000000, B3000000 }, { 4000000, B4000000 },
};

static speed_t ember_speed(uint32_t baud)
{
	unsigned int i;

	for (i = 0; i < sizeof(ember_speeds) / sizeof(*ember_speeds); i++)
		if (ember_speeds[i].baud == baud)
			return ember_speeds[i].speed;
	return B0;
}

static int ember_tty_raw(int fd, speed_t speed)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return -errno;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(CRTSCTS | CSTOPB);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	cfsetispeed(&t, speed);
	cfsetospeed(&t, speed);
	return tcsetattr(fd, TCSANOW, &t) ? -errno : 0;
}

int ember_tty_open(const struct ember_address *a, int flags)
{
	speed_t speed = ember_speed(a->baud);
	int fd, err;

	if (speed == B0)
		return -EINVAL;
	fd = open(a->device, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = a->shared && (flags & O_ACCMODE) == O_WRONLY ? 0 : ember_tty_raw(fd, speed);
	if (!err)
		return fd;
	close(fd);
	return err;
}
