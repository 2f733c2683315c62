/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before the first sample: unwind tables of the files that are likely to be sampled. */
#ifndef EMBER_PREPARE_H
#define EMBER_PREPARE_H

#include "record/request.h"
#include "base/signals.h"
#include "record/loader.h"

/*
 * Compiles tables ahead, of the command's files, else of those that running processes map, the
 * most used first; as long as the request lets it, and until a signal ends the recording.
 * What is begun then goes on in ember_loader_next().
 */
void ember_prepare(const struct ember_request *request, const struct ember_signals *signals,
		   struct ember_loader *loader);

#endif
