// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/seal.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#ifdef WITH_CRYPTO
#include <sodium.h>
#endif

#include "base/message.h"
#include "log/chunk.h"

struct ember_seal_header {
	uint8_t magic[4];
	uint8_t version, reserved, bytes, reserved_too;
	uint32_t n; /* behind it */
	uint8_t id[EMBER_SEAL_ID];
	uint8_t session[EMBER_SEAL_SESSION];
	uint64_t counter;
} __attribute__((packed));
_Static_assert(sizeof(struct ember_seal_header) == EMBER_SEAL_HEADER, "header");

uint32_t ember_sealed_bytes(const void *bytes, size_t n)
{
	struct ember_seal_header h;
	size_t magic = n < sizeof(h.magic) ? n : sizeof(h.magic);

	if (n && memcmp(bytes, EMBER_SEAL_MAGIC, magic))
		return 0;
	if (n < sizeof(h))
		return sizeof(h);
	memcpy(&h, bytes, sizeof(h));
	if (h.bytes != sizeof(h) ||
	    le32toh(h.n) > EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX + EMBER_SEAL_MORE)
		return 0;
	return sizeof(h) + le32toh(h.n);
}

bool ember_sealed_at(const uint8_t *bytes, size_t n, struct ember_sealed *sealed)
{
	uint32_t all = ember_sealed_bytes(bytes, n);
	struct ember_seal_header h;

	if (!all || all > n)
		return false;
	memcpy(&h, bytes, sizeof(h));
	*sealed = (struct ember_sealed){
		.version = h.version,
		.id = bytes + offsetof(struct ember_seal_header, id),
		.session = bytes + offsetof(struct ember_seal_header, session),
		.counter = le64toh(h.counter),
		.bytes = bytes,
		.n = all,
	};
	return true;
}

bool ember_seal_fresh(struct ember_seal_window *w, uint64_t counter)
{
	uint64_t behind;

	if (counter == UINT64_MAX)
		return false;
	if (counter >= w->end) {
		behind = counter + 1 - w->end;
		w->came = behind < EMBER_SEAL_WINDOW ? w->came << behind | 1 : 1;
		w->end = counter + 1;
		return true;
	}
	behind = w->end - 1 - counter;
	if (behind >= EMBER_SEAL_WINDOW || w->came >> behind & 1)
		return false;
	w->came |= 1ull << behind;
	return true;
}

int ember_key_read(struct ember_key *key, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[100] = "";
	bool good;

	if (!file)
		return ember_error("%s: %s", path, strerror(errno));
	good = fgets(line, sizeof(line), file);
	fclose(file);
	line[strcspn(line, " \r\n")] = 0;
	good = good && ember_key_parse(key, line);
	explicit_bzero(line, sizeof(line));
	if (good)
		return 0;
#ifdef WITH_CRYPTO
	return ember_error("%s: a key is a line of 64 digits 0-9, a-f", path);
#else
	return ember_error("%s: this build has no keys: make tool WITH_CRYPTO=1", path);
#endif
}

#ifdef WITH_CRYPTO
bool ember_key_parse(struct ember_key *key, const char *digits)
{
	const char *end;
	size_t n;

	if (sodium_init() < 0 || strlen(digits) != 2 * sizeof(key->key) ||
	    sodium_hex2bin(key->key, sizeof(key->key), digits, strlen(digits), NULL, &n,
			   &end) ||
	    n != sizeof(key->key) || *end)
		return false;
	/* The ID is a hash, and does not disclose the key. */
	return !crypto_generichash(key->id, sizeof(key->id), key->key, sizeof(key->key), NULL,
				   0);
}

int ember_seal_begin(struct ember_seal *seal, const struct ember_key *key)
{
	if (sodium_init() < 0)
		return ember_error(
			"key: cannot begin a session: no random numbers are available");
	memset(seal, 0, sizeof(*seal));
	seal->key = *key;
	randombytes_buf(seal->session, sizeof(seal->session));
	return 0;
}

static void ember_seal_nonce(uint8_t *nonce, const uint8_t *session, uint64_t counter)
{
	counter = htole64(counter);
	memcpy(nonce, session, EMBER_SEAL_SESSION);
	memcpy(nonce + EMBER_SEAL_SESSION, &counter, sizeof(counter));
}

void ember_seal_put(struct ember_seal *seal, const void *chunk, uint32_t n,
		    struct ember_buf *to)
{
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
	uint8_t *at = ember_proto_room(to, n + EMBER_SEAL_MORE);
	struct ember_seal_header h = { .magic = EMBER_SEAL_MAGIC,
				       .version = EMBER_SEAL_VERSION,
				       .bytes = sizeof(h),
				       .n = htole32(n + EMBER_SEAL_MORE - EMBER_SEAL_HEADER),
				       .counter = htole64(seal->counter) };

	memcpy(h.id, seal->key.id, sizeof(h.id));
	memcpy(h.session, seal->session, sizeof(h.session));
	memcpy(at, &h, sizeof(h));
	ember_seal_nonce(nonce, seal->session, seal->counter++);
	crypto_aead_xchacha20poly1305_ietf_encrypt(at + sizeof(h), NULL, chunk, n, at,
						   sizeof(h), NULL, nonce, seal->key.key);
	to->used += n + EMBER_SEAL_MORE;
}

bool ember_seal_open(const struct ember_key *key, const struct ember_sealed *sealed,
		     struct ember_buf *to)
{
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
	uint32_t n = sealed->n - EMBER_SEAL_HEADER;
	uint8_t *at = ember_proto_room(to, n);
	unsigned long long plain;

	if (sealed->version != EMBER_SEAL_VERSION ||
	    memcmp(sealed->id, key->id, sizeof(key->id)) ||
	    n < crypto_aead_xchacha20poly1305_ietf_ABYTES)
		return false;
	ember_seal_nonce(nonce, sealed->session, sealed->counter);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    at, &plain, NULL, sealed->bytes + EMBER_SEAL_HEADER, n, sealed->bytes,
		    EMBER_SEAL_HEADER, nonce, key->key))
		return false;
	to->used += plain;
	return true;
}
#else
bool ember_key_parse(struct ember_key *key, const char *digits)
{
	(void)key;
	(void)digits;
	return false;
}

int ember_seal_begin(struct ember_seal *seal, const struct ember_key *key)
{
	(void)seal;
	(void)key;
	return 1;
}

void ember_seal_put(struct ember_seal *seal, const void *chunk, uint32_t n,
		    struct ember_buf *to)
{
	(void)seal;
	(void)chunk;
	(void)n;
	(void)to;
}

bool ember_seal_open(const struct ember_key *key, const struct ember_sealed *sealed,
		     struct ember_buf *to)
{
	(void)key;
	(void)sealed;
	(void)to;
	return false;
}
#endif
