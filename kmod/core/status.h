/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_STATUS_H
#define EMBER_STATUS_H

struct ember_query;
struct ember_session;
struct ember_status;

void ember_query_fill(struct ember_query *query);
/* With s->lock held. -EINVAL: no such CPU. */
int ember_status_fill(struct ember_session *s, struct ember_status *status);

#endif
