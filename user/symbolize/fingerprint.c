// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/fingerprint.h"

#include <sys/stat.h>

#include "base/crc32c.h"

#define EMBER_PRINT_TEXT    4096 /* bytes, from where the code begins */
#define EMBER_PRINT_HEADERS 16384

/* So many bytes of the file, summed up; false: it doesn't have them. */
static bool ember_fingerprint_sum(const struct ember_elf *elf, uint64_t offset, uint64_t bytes,
				  uint32_t *sum)
{
	uint8_t room[EMBER_PRINT_HEADERS];

	if (!bytes || bytes > sizeof(room) || !ember_elf_read(elf, offset, room, bytes))
		return false;
	*sum = ember_crc32c(0, room, bytes);
	return true;
}

bool ember_fingerprint_of(const struct ember_elf *elf, struct ember_fingerprint *print)
{
	GElf_Ehdr file;
	GElf_Phdr segment;
	struct stat st;
	size_t i, nr;
	uint64_t bytes;

	if (elf->fd < 0 || fstat(elf->fd, &st) || !gelf_getehdr(elf->elf, &file) ||
	    elf_getphdrnum(elf->elf, &nr) ||
	    !ember_fingerprint_sum(elf, file.e_phoff, (uint64_t)nr * file.e_phentsize,
				   &print->headers))
		return false;
	print->bytes = st.st_size;
	for (i = 0; i < nr; i++) {
		if (!gelf_getphdr(elf->elf, i, &segment) || segment.p_type != PT_LOAD ||
		    !(segment.p_flags & PF_X))
			continue;
		bytes = segment.p_filesz < EMBER_PRINT_TEXT ? segment.p_filesz :
							      EMBER_PRINT_TEXT;
		return ember_fingerprint_sum(elf, segment.p_offset, bytes, &print->text);
	}
	return false;
}
