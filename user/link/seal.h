/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks that nobody on the way can read, change or send again: XChaCha20-Poly1305
 * (libsodium's), with a key for each board. A sealed chunk is a header of
 * EMBER_SEAL_HEADER bytes, which goes into the sum, and what the chunk became.
 *
 * In builds without WITH_CRYPTO there are no keys, and nothing is ever sealed.
 */
#ifndef EMBER_SEAL_H
#define EMBER_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/proto.h"

#define EMBER_SEAL_MAGIC	"\xe5" "MB\x1c"
#define EMBER_SEAL_VERSION	1
#define EMBER_SEAL_HEADER	44	/* bytes */
#define EMBER_SEAL_MORE		(EMBER_SEAL_HEADER + 16)	/* than the chunk has */
#define EMBER_SEAL_ID		8
#define EMBER_SEAL_SESSION	16
#define EMBER_SEAL_KEY		32
#define EMBER_SEAL_WINDOW	64	/* chunks that may overtake each other */

struct ember_key {
	uint8_t key[EMBER_SEAL_KEY];
	uint8_t id[EMBER_SEAL_ID];	/* made of it; it's in each header */
};

/* The state of one end. A nonce is its random session ID and a counter, and never reused. */
struct ember_seal {
	struct ember_key key;
	uint8_t session[EMBER_SEAL_SESSION];
	uint64_t counter;		/* of the next one */
};

struct ember_sealed {			/* one that came */
	uint8_t version;
	const uint8_t *id, *session;	/* in it */
	uint64_t counter;
	const uint8_t *bytes;		/* all of it */
	uint32_t n;
};

/* What has come of a session, so that nothing is taken twice. */
struct ember_seal_window {		/* begins zeroed */
	uint64_t end;			/* the highest counter + 1 */
	uint64_t came;			/* a bit for each of the last ones before it, the lowest first */
};

/* 64 digits, as a key file has them; false: they aren't, or there are no keys here. */
bool ember_key_parse(struct ember_key *key, const char *digits);
/* Of a file with one line of them. 0, or 1 (said). */
int ember_key_read(struct ember_key *key, const char *path);

/* Begin a new session. Return 0, or 1 if there are no random numbers (reported). */
int ember_seal_begin(struct ember_seal *seal, const struct ember_key *key);
/* Sealed, appended to `to`. */
void ember_seal_put(struct ember_seal *seal, const void *chunk, uint32_t n,
		    struct ember_buf *to);

/*
 * Return the size in bytes of the sealed chunk at bytes[0], or EMBER_SEAL_HEADER if its n
 * bytes are too few to say. Return 0 if no sealed chunk begins there.
 */
uint32_t ember_sealed_bytes(const void *bytes, size_t n);
/* Parse the sealed chunk at bytes[0]. Return false if its header is that of none. */
bool ember_sealed_at(const uint8_t *bytes, size_t n, struct ember_sealed *sealed);
/* The chunk in it, appended to `to`; false: it wasn't sealed by that key, or was changed. */
bool ember_seal_open(const struct ember_key *key, const struct ember_sealed *sealed,
		     struct ember_buf *to);
/* False: it came before, or is too late to be known not to have. */
bool ember_seal_fresh(struct ember_seal_window *window, uint64_t counter);

#endif
