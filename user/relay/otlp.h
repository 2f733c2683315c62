/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OTLP's ExportProfilesServiceRequest (v1development, which is alpha). */
#ifndef EMBER_RELAY_OTLP_H
#define EMBER_RELAY_OTLP_H

#include "base/proto.h"
#include "model/profile.h"
#include "relay/labels.h"

#define EMBER_OTLP_PATH	"/v1development/profiles"

/*
 * Append a request with one profile: a subset (relay/subset.h) of the clock or of an event, whose
 * strings and functions are added to. Labels become attributes of the resource: service_name
 * service.name, board host.name, comm process.executable.name, and the others as they are. name:
 * the event's, which the type of its period gets.
 */
void ember_otlp_put(struct ember_buf *to, const char *name,
		    const struct ember_relay_label *label, uint32_t nr,
		    struct ember_profile *profile);

#endif
