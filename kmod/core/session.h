/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a session: made, started, stopped, and ended with its last reference. */
#ifndef EMBER_SESSION_H
#define EMBER_SESSION_H

#include "../sample/session_state.h"

/* With a reference. owner: whom STATUS names, or NULL; ns: pids in records are of it. -ENOMEM. */
struct ember_session *ember_session_new(struct pid *owner, struct pid_namespace *ns);
void ember_session_put(struct ember_session *s);

/* ioctls; each with s->lock held. */
int ember_session_start(struct ember_session *s);
int ember_session_stop(struct ember_session *s);

#endif
