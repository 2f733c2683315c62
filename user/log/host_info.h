/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine says of itself in a log: which board it is, its kernel and modules. */
#ifndef EMBER_HOST_INFO_H
#define EMBER_HOST_INFO_H

#include "log/stream_header.h"

/*
 * Fills in the machine's part of a header; the rest is the caller's. board: its ID, or NULL:
 * the device tree's serial number, /etc/machine-id, the first network card's address, the
 * host's name, whichever there is.
 */
void ember_host_info(struct ember_stream_header *header, const char *board);
/* Returns whether a header is of this machine, since it was booted. */
bool ember_host_is_same(const struct ember_stream_header *header);

/* Append to a Hello message: what identifies this kernel, and where it is; its modules. */
void ember_host_kernel_put(struct ember_buf *to);
void ember_host_modules_put(struct ember_buf *to);
/* The same of this kernel in another boot, when it was so many bytes below where it is now. */
void ember_host_past_kernel_put(struct ember_buf *to, int64_t moved);

#endif
