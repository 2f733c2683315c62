// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/note.h"

#include <elf.h>
#include <string.h>

#include <emberprof.h>

unsigned int ember_note_build_id(const uint8_t *notes, size_t n, uint64_t align,
				 const uint8_t **id)
{
	uint64_t at = 0, up = align == 8 ? 7 : 3;

	while (at + sizeof(Elf32_Nhdr) <= n) {
		uint64_t name = at + sizeof(Elf32_Nhdr), descriptor;
		Elf32_Nhdr note;

		memcpy(&note, notes + at, sizeof(note));
		descriptor = (name + note.n_namesz + up) & ~up;
		if (descriptor + note.n_descsz > n)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    note.n_descsz && note.n_descsz <= EMBER_BUILD_ID_MAX &&
		    !memcmp(notes + name, "GNU", sizeof("GNU"))) {
			*id = notes + descriptor;
			return note.n_descsz;
		}
		at = (descriptor + note.n_descsz + up) & ~up;
	}
	return 0;
}
