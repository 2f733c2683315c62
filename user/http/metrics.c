// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/metrics.h"

static void ember_metric_head(FILE *out, enum ember_metric_type type, const char *name,
			      const char *help)
{
	fprintf(out, "# HELP emberprof_%s %s\n# TYPE emberprof_%s %s\n", name, help, name,
		type == EMBER_METRIC_COUNTER ? "counter" : "gauge");
}

void ember_metric(FILE *out, enum ember_metric_type type, const char *name, const char *help,
		  uint64_t value)
{
	ember_metric_head(out, type, name, help);
	fprintf(out, "emberprof_%s %llu\n", name, (unsigned long long)value);
}

void ember_metric_seconds(FILE *out, enum ember_metric_type type, const char *name,
			  const char *help, uint64_t ns)
{
	ember_metric_head(out, type, name, help);
	fprintf(out, "emberprof_%s %llu.%09llu\n", name, (unsigned long long)ns / 1000000000,
		(unsigned long long)ns % 1000000000);
}
