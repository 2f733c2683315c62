// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

#define EMBER_INFLATE_MAX  (64u << 20) /* bytes, packed or not */
#define EMBER_INFLATE_STEP 8192 /* bytes of the whole */

struct ember_inflate_state {
	z_stream z;
	uint8_t packed[4096];
};

/* Set where the packed bytes lie and how many they become, which is the section's own word. */
static bool ember_inflate_head(struct ember_inflate *f, const GElf_Shdr *h)
{
	const struct ember_elf *e = f->elf;
	uint64_t header = e->wide ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	union {
		Elf32_Chdr e32;
		Elf64_Chdr e64;
	} c;

	/* By zlib: zstd isn't on the device. */
	if (h->sh_size < header || h->sh_size > EMBER_INFLATE_MAX || h->sh_size > e->bytes ||
	    !ember_elf_read(e, h->sh_offset, &c, header) || c.e32.ch_type != ELFCOMPRESS_ZLIB)
		return false;
	f->at = h->sh_offset + header;
	f->left = h->sh_size - header;
	f->bytes = e->wide ? c.e64.ch_size : c.e32.ch_size;
	return f->bytes && f->bytes <= EMBER_INFLATE_MAX;
}

static void ember_inflate_end(struct ember_inflate *f, bool good)
{
	inflateEnd(&f->state->z);
	free(f->state);
	f->state = NULL;
	if (good)
		return;
	free(f->whole);
	f->whole = NULL;
}

bool ember_inflate_open(struct ember_inflate *f, const struct ember_elf *elf, const char *name)
{
	GElf_Shdr h;

	memset(f, 0, sizeof(*f));
	f->elf = elf;
	if (!ember_elf_section(elf, name, &h) || !(h.sh_flags & SHF_COMPRESSED))
		return false;
	if (!ember_inflate_head(f, &h))
		return true;
	f->state = ember_xrealloc(NULL, 1, sizeof(*f->state));
	memset(&f->state->z, 0, sizeof(f->state->z));
	f->whole = ember_try_realloc(NULL, f->bytes, 1);
	if (!f->whole || inflateInit(&f->state->z) != Z_OK)
		ember_inflate_end(f, false);
	return true;
}

bool ember_inflate_step(struct ember_inflate *f)
{
	uint64_t most, n;
	int status = Z_OK;
	z_stream *z;

	if (!f->state)
		return false;
	z = &f->state->z;
	most = f->bytes - z->total_out;
	z->next_out = f->whole + z->total_out;
	z->avail_out = most < EMBER_INFLATE_STEP ? most : EMBER_INFLATE_STEP;
	/* What ends at the last byte is seen to end without room for another. */
	while (status == Z_OK && (z->avail_out || !most)) {
		if (!z->avail_in) {
			n = f->left < sizeof(f->state->packed) ? f->left :
								 sizeof(f->state->packed);
			if (!n || !ember_elf_read(f->elf, f->at, f->state->packed, n))
				break;
			f->at += n;
			f->left -= n;
			z->next_in = f->state->packed;
			z->avail_in = n;
		}
		status = inflate(z, Z_NO_FLUSH);
	}
	if (status == Z_OK && !z->avail_out && most)
		return true;
	ember_inflate_end(f, status == Z_STREAM_END && z->total_out == f->bytes);
	return false;
}

void ember_inflate_close(struct ember_inflate *f)
{
	if (f->state)
		ember_inflate_end(f, false);
	free(f->whole);
	memset(f, 0, sizeof(*f));
}
