/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of keys: each sets a field of the configuration, and returns NULL, or why it cannot. */
#ifndef EMBER_DAEMON_VALUES_H
#define EMBER_DAEMON_VALUES_H

#include "daemon/key.h"

ember_key_set ember_set_text;		/* of `least` to `most` bytes */
ember_key_set ember_set_path;		/* an absolute one */
ember_key_set ember_set_folder;		/* an absolute one of a folder that is there */
ember_key_set ember_set_file;		/* an absolute one of a file that can be read */
ember_key_set ember_set_bytes;		/* uint64_t */
ember_key_set ember_set_seconds;	/* uint64_t, in ns; least and most, too */
ember_key_set ember_set_wait;		/* the same as a double, in seconds; 0 is one */
ember_key_set ember_set_flag;		/* bool: yes or no */
ember_key_set ember_set_share;		/* uint32_t, in parts per million: 0.5%, or off: 0 */
ember_key_set ember_set_rate;		/* of the request: Hz, or max */
ember_key_set ember_set_ring;		/* the same: bytes, rounded up to a power of two */
ember_key_set ember_set_modes;		/* the same: user, kernel, all */
ember_key_set ember_set_graph;		/* the same: tables, fp */
ember_key_set ember_set_cpus;		/* the same: 0-3,5 */
ember_key_set ember_set_debug_dir;	/* the same: one more of them */
ember_key_set ember_set_events;		/* the same: cpu,growth:64K */
ember_key_set ember_set_some_events;	/* of a destination: cpu,growth */
ember_key_set ember_set_pids;		/* the same */
ember_key_set ember_set_only;		/* the same: one more condition */
ember_key_set ember_set_address;	/* of a link, or a folder */
ember_key_set ember_set_listen;		/* ADDR:PORT */
ember_key_set ember_set_allow;		/* bool: loopback or anyone */
ember_key_set ember_set_log;		/* bool: stderr or syslog */
ember_key_set ember_set_url;		/* http:// or https:// */

/* Returns whether an ADDR:PORT that ember_set_listen() took is this machine's own. */
bool ember_listen_is_loopback(const char *listen);

#endif
