// SPDX-License-Identifier: GPL-2.0-or-later
/* A daemon's configuration. */
#include "fuzz.h"

#include "base/message.h"
#include "daemon/config.h"

static void quiet(void *context, enum ember_message_level level, const char *line)
{
	(void)context;
	(void)level;
	(void)line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_daemon_config config;

	ember_message_set(EMBER_LEVEL_NOTE, quiet, NULL);
	if (!ember_config_parse(&config, "emberprof.conf", (const char *)data, n)) {
		FUZZ_MUST(config.nr_destinations <= EMBER_DESTINATIONS_MAX);
		FUZZ_MUST(config.request.hz || config.request.nr_events);
		ember_config_free(&config);
	}
	return 0;
}
