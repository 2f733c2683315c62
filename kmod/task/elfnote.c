// SPDX-License-Identifier: GPL-2.0-only
#ifdef __KERNEL__
#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#endif

#include "elfnote.h"

#define EMBER_PHDRS_MAX	  64
#define EMBER_NOTES_MAX	  4096 /* bytes of one PT_NOTE that are looked at */
#define EMBER_NT_BUILD_ID 3

struct ember_elf_note {
	ember_elf_read read;
	void *context;
	u8 *id;
};

/* One PT_NOTE segment, note by note. */
static int ember_elf_notes(const struct ember_elf_note *elf, u64 offset, u64 bytes)
{
	u64 at = 0;

	if (bytes > EMBER_NOTES_MAX)
		bytes = EMBER_NOTES_MAX;
	while (at + 12 <= bytes) {
		u32 note[3]; /* name size, descriptor size, type */
		char name[4];
		u64 descriptor;
		int err = elf->read(elf->context, offset + at, note, sizeof(note));

		if (err)
			return err;
		descriptor = at + 12 + (((u64)note[0] + 3) & ~3ULL);
		if (descriptor + note[1] > bytes)
			return 0;
		if (note[2] == EMBER_NT_BUILD_ID && note[0] == sizeof(name) && note[1] >= 1 &&
		    note[1] <= 20) {
			err = elf->read(elf->context, offset + at + 12, name, sizeof(name));
			if (err)
				return err;
			if (!memcmp(name, "GNU", sizeof(name))) {
				err = elf->read(elf->context, offset + descriptor, elf->id,
						note[1]);
				return err ? err : (int)note[1];
			}
		}
		at = descriptor + (((u64)note[1] + 3) & ~3ULL);
	}
	return 0;
}

#define EMBER_ELF_CLASS(bits) \
	static int ember_elf_class##bits(const struct ember_elf_note *elf) \
	{ \
		Elf##bits##_Ehdr header; \
		Elf##bits##_Phdr segment; \
		unsigned int i; \
		int err = elf->read(elf->context, 0, &header, sizeof(header)); \
\
		if (err) \
			return err; \
		if (header.e_phentsize != sizeof(segment) || \
		    header.e_phnum > EMBER_PHDRS_MAX) \
			return 0; \
		for (i = 0; i < header.e_phnum; i++) { \
			err = elf->read(elf->context, \
					header.e_phoff + (u64)i * sizeof(segment), &segment, \
					sizeof(segment)); \
			if (err) \
				return err; \
			if (segment.p_type != PT_NOTE) \
				continue; \
			err = ember_elf_notes(elf, segment.p_offset, segment.p_filesz); \
			if (err) \
				return err; \
		} \
		return 0; \
	}

EMBER_ELF_CLASS(32)
EMBER_ELF_CLASS(64)

int ember_elf_build_id(ember_elf_read read, void *context, u8 *id)
{
	struct ember_elf_note elf = { .read = read, .context = context, .id = id };
	u8 ident[EI_NIDENT];
	int err = read(context, 0, ident, sizeof(ident));

	if (err)
		return err;
	if (memcmp(ident, ELFMAG, SELFMAG))
		return 0;
	if (ident[EI_CLASS] == ELFCLASS64)
		return ember_elf_class64(&elf);
	if (ident[EI_CLASS] == ELFCLASS32)
		return ember_elf_class32(&elf);
	return 0;
}
