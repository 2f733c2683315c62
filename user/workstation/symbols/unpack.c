// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/unpack.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/memory.h"

#define EMBER_UNPACK_MOST  (1ull << 30) /* bytes that one file may become more */
#define EMBER_UNPACK_XZ	   (64u << 20) /* of what .gnu_debugdata holds */
#define EMBER_UNPACK_PIECE 65536
#define EMBER_UNPACK_ZSTD  2 /* ELFCOMPRESS_ZSTD, which older headers lack */

struct ember_unpacking {
	const struct ember_elf *from;
	int to;
	uint64_t end; /* of what is there */
};

static bool ember_unpack_put(struct ember_unpacking *u, const void *bytes, uint64_t n,
			     uint64_t at)
{
	const uint8_t *next = bytes;

	while (n) {
		ssize_t done = pwrite(u->to, next, n, at);

		if (done <= 0)
			return false;
		next += done;
		at += done;
		n -= done;
	}
	if (at > u->end)
		u->end = at;
	return true;
}

static bool ember_unpack_copy(struct ember_unpacking *u)
{
	uint8_t piece[EMBER_UNPACK_PIECE];
	uint64_t at, n;

	for (at = 0; at < u->from->bytes; at += n) {
		n = u->from->bytes - at < sizeof(piece) ? u->from->bytes - at : sizeof(piece);
		if (!ember_elf_read(u->from, at, piece, n) ||
		    !ember_unpack_put(u, piece, n, at))
			return false;
	}
	return true;
}

/* The header of a section that has become plain, over the one that was. */
static bool ember_unpack_header(struct ember_unpacking *u, uint64_t where, const GElf_Shdr *h)
{
	Elf32_Shdr narrow = { .sh_name = h->sh_name,
			      .sh_type = h->sh_type,
			      .sh_flags = h->sh_flags,
			      .sh_addr = h->sh_addr,
			      .sh_offset = h->sh_offset,
			      .sh_size = h->sh_size,
			      .sh_link = h->sh_link,
			      .sh_info = h->sh_info,
			      .sh_addralign = h->sh_addralign,
			      .sh_entsize = h->sh_entsize };

	return u->from->wide ? ember_unpack_put(u, h, sizeof(*h), where) :
			       ember_unpack_put(u, &narrow, sizeof(narrow), where);
}

static bool ember_unpack_section(struct ember_unpacking *u, GElf_Shdr *h, const GElf_Chdr *c,
				 uint64_t where)
{
	size_t head = u->from->wide ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	void *packed, *plain;
	bool good = false;

	if (h->sh_size < head || h->sh_size > u->from->bytes ||
	    c->ch_size > EMBER_UNPACK_MOST || u->end > EMBER_UNPACK_MOST + u->from->bytes)
		return false;
	packed = ember_xrealloc(NULL, h->sh_size, 1);
	plain = ember_xrealloc(NULL, c->ch_size + 1, 1);
	if (ember_elf_read(u->from, h->sh_offset + head, packed, h->sh_size - head) &&
	    ZSTD_decompress(plain, c->ch_size, packed, h->sh_size - head) == c->ch_size) {
		h->sh_offset = (u->end + 15) & ~15ull;
		h->sh_size = c->ch_size;
		h->sh_flags &= ~SHF_COMPRESSED;
		h->sh_addralign = c->ch_addralign;
		good = ember_unpack_put(u, plain, c->ch_size, h->sh_offset) &&
		       ember_unpack_header(u, where, h);
	}
	free(packed);
	free(plain);
	return good;
}

/* 0: none is packed so. */
static unsigned int ember_unpack_all(struct ember_unpacking *u)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr header;
	GElf_Shdr h;
	GElf_Chdr c;
	unsigned int done = 0;

	if (!gelf_getehdr(u->from->elf, &header))
		return 0;
	while ((section = elf_nextscn(u->from->elf, section))) {
		uint64_t where = header.e_shoff + elf_ndxscn(section) * header.e_shentsize;

		if (!gelf_getshdr(section, &h) || !(h.sh_flags & SHF_COMPRESSED) ||
		    !gelf_getchdr(section, &c) || c.ch_type != EMBER_UNPACK_ZSTD)
			continue;
		if (!done && !ember_unpack_copy(u))
			return 0;
		if (!ember_unpack_section(u, &h, &c, where))
			return 0;
		done++;
	}
	return done;
}

int ember_unpack_sections(int fd)
{
	struct ember_unpacking u = { .to = memfd_create("unpacked", MFD_CLOEXEC) };
	struct ember_elf elf;
	unsigned int done = 0;
	int own = dup(fd);

	if (own >= 0 && ember_elf_open(&elf, own)) {
		u.from = &elf;
		done = u.to < 0 ? 0 : ember_unpack_all(&u);
		ember_elf_close(&elf);
	}
	if (!done && u.to >= 0)
		close(u.to);
	return done ? u.to : -1;
}

int ember_unpack_symbols(const struct ember_elf *elf)
{
	struct ember_unpacking u = { .to = -1 };
	uint64_t offset, bytes, limit = EMBER_UNPACK_XZ;
	size_t in = 0, out = 0;
	uint8_t *packed, *plain;

	if (!ember_elf_find(elf, ".gnu_debugdata", &offset, &bytes) || bytes > EMBER_UNPACK_XZ)
		return -1;
	packed = ember_xrealloc(NULL, bytes + 1, 1);
	plain = ember_xrealloc(NULL, EMBER_UNPACK_XZ, 1);
	if (ember_elf_read(elf, offset, packed, bytes) &&
	    lzma_stream_buffer_decode(&limit, 0, NULL, packed, &in, bytes, plain, &out,
				      EMBER_UNPACK_XZ) == LZMA_OK)
		u.to = memfd_create("symbols", MFD_CLOEXEC);
	if (u.to >= 0 && !ember_unpack_put(&u, plain, out, 0)) {
		close(u.to);
		u.to = -1;
	}
	free(packed);
	free(plain);
	return u.to;
}
