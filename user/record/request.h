/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line of `record` asks for. */
#ifndef EMBER_REQUEST_H
#define EMBER_REQUEST_H

#include <stdio.h>

#include "record/request_state.h"

/* Print the usage of `record`. */
void ember_request_usage(FILE *out);

/* Add the ids of -p or -t, which `option` is: 0, or 2 (said). */
int ember_request_ids(struct ember_request *request, int option, const char *text);

/* Set the rate of -F, add a condition of --only, and a folder of --debug-dir: 0, or 2 (said). */
int ember_request_rate(struct ember_request *request, const char *text);
int ember_request_only(struct ember_request *request, const char *text);
int ember_request_debug(struct ember_request *request, const char *path);

/* 0, or 2 (what is wrong was said), or -1: help was asked for. */
int ember_request_parse(struct ember_request *request, int argc, char **argv);

#endif
