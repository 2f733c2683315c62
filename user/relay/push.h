/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pyroscope's push.v1.PushRequest. */
#ifndef EMBER_RELAY_PUSH_H
#define EMBER_RELAY_PUSH_H

#include "base/proto.h"
#include "relay/labels.h"

#define EMBER_PUSH_PATH	"/push.v1.PusherService/Push"

/*
 * Append a request of one series with one profile. label: sorted, without name, which becomes
 * __name__. pprof: as it goes out, for instance compressed.
 */
void ember_push_put(struct ember_buf *to, const char *name,
		    const struct ember_relay_label *label, uint32_t nr,
		    const struct ember_buf *pprof, uint64_t time_ns);

#endif
