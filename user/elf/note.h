/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes as ELF files have them, and the kernel in /sys. */
#ifndef EMBER_ELF_NOTE_H
#define EMBER_ELF_NOTE_H

#include <stddef.h>
#include <stdint.h>

#define EMBER_NOTES_BYTES	4096	/* of one place that are looked at */

/*
 * Finds a build-id of EMBER_BUILD_ID_MAX bytes at most in n bytes of notes. align: 8, or
 * anything else for 4. Returns its bytes; 0: there is none, or the notes make no sense.
 * *id is within the notes.
 */
unsigned int ember_note_build_id(const uint8_t *notes, size_t n, uint64_t align,
				 const uint8_t **id);

#endif
