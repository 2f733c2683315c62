/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that take a while: each waits for its time, then for a process. */
#ifndef EMBER_HTTP_JOB_H
#define EMBER_HTTP_JOB_H

#include "http/state.h"

/* Takes a request; query NULL: for the start page. It is answered later, or refused now. */
void ember_http_job_begin(struct ember_http *http, struct evhttp_request *request,
			  const struct ember_http_query *query);
/* The client has gone: context: the server. */
void ember_http_job_ended(void *context, struct evhttp_request *request);
void ember_http_jobs_wait(struct ember_http *http, struct ember_loop *loop);
void ember_http_jobs_turn(struct ember_http *http, const struct ember_loop *loop);
/* Counts those at a step. */
uint32_t ember_http_jobs_at(const struct ember_http *http, enum ember_http_step step);
void ember_http_jobs_free(struct ember_http *http);

#endif
