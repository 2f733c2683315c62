/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two pages: what there is to ask for, and the boards. */
#ifndef EMBER_HTTP_PAGE_H
#define EMBER_HTTP_PAGE_H

#include "http/backend.h"

void ember_http_page_index(const struct ember_http_backend *backend, FILE *out);
/* In a request's process. Returns 0, the exit status. */
int ember_http_page_start(const struct ember_http_backend *backend, FILE *out);

#endif
