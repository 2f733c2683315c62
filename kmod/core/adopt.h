/* SPDX-License-Identifier: GPL-2.0-only */
/* EMBER_IOC_ADOPT: the boot session becomes a file's. */
#ifndef EMBER_ADOPT_H
#define EMBER_ADOPT_H

#include "../base/uapi.h"

struct ember_session;

/* 0, -EINVAL or -EPROTO: what a reader passes in. */
int ember_adopt_check(const struct ember_adopt *adopt);

/*
 * begin takes the boot session, with its reference, and fills in what the caller is to know:
 * -ENOENT, or -EINVAL. Then either undo puts it back, or end makes it the caller's. All with
 * the lock of the file's own session held.
 */
struct ember_session *ember_adopt_begin(struct ember_adopt *adopt);
void ember_adopt_undo(struct ember_session *s);
void ember_adopt_end(struct ember_session *s, const struct ember_adopt *adopt);

#endif
