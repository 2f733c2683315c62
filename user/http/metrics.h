/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prometheus' text format. */
#ifndef EMBER_HTTP_METRICS_H
#define EMBER_HTTP_METRICS_H

#include <stdint.h>
#include <stdio.h>

enum ember_metric_type { EMBER_METRIC_COUNTER, EMBER_METRIC_GAUGE };

/* name: without emberprof_ before it. A counter's ends with _total. */
void ember_metric(FILE *out, enum ember_metric_type type, const char *name, const char *help,
		  uint64_t value);
/* The same of ns, as seconds. */
void ember_metric_seconds(FILE *out, enum ember_metric_type type, const char *name,
			  const char *help, uint64_t ns);

#endif
