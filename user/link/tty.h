/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_TTY_H
#define EMBER_TTY_H

#include "base/address.h"

/*
 * A serial line, raw, at its rate and without blocking; a shared one is opened for what
 * `flags` says (O_RDWR or the like) and left as it is, but for its rate where it's read.
 * A descriptor, or -errno.
 */
int ember_tty_open(const struct ember_address *address, int flags);

#endif
