/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_CONFIG_H
#define EMBER_CONFIG_H

#include <linux/types.h>

#define EMBER_LATENCY_MAX_MS (3600 * 1000)

struct ember_config;
struct ember_event;
struct ember_session;

/* With s->lock held. Makes everything, of `events` what config's pointer names, and fills in what
 * the caller is to know; the session is a configured one once it's published.
 */
int ember_session_config(struct ember_session *s, struct ember_config *config,
			 const struct ember_event *events);
void ember_session_publish(struct ember_session *s);

/* What only the module can know of a session that has rings of c->ring_bytes. */
void ember_config_answer(const struct ember_session *s, struct ember_config *c);

/* Undoes ember_session_config(); the session is stopped, or not yet published. */
void ember_session_unconfig(struct ember_session *s);
/* The session is stopped and nobody reads: whether unconfig has nobody to wait for. Waits
 * for that itself, half a second at most.
 */
bool ember_session_quiet(struct ember_session *s);

#endif
