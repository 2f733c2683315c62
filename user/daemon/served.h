/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon serves over HTTP: its store, and what is sampled now. */
#ifndef EMBER_DAEMON_SERVED_H
#define EMBER_DAEMON_SERVED_H

struct ember_daemon;

struct ember_loop;
struct ember_served;

/*
 * Listen where the daemon's configuration says, in place of where it did before. What has not
 * changed stays, with its requests; a token is read again. Returns 0, or the exit status (said):
 * then nothing listens.
 */
int ember_served_open(struct ember_served *served, struct ember_daemon *daemon, char **command);
void ember_served_wait(struct ember_served *served, struct ember_loop *loop);
void ember_served_turn(struct ember_served *served, const struct ember_loop *loop);
void ember_served_close(struct ember_served *served);

#endif
