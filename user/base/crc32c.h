/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_CRC32C_H
#define EMBER_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Castagnoli's polynomial, as iSCSI has it (RFC 3720, B.4). Begins with 0; may go on. */
uint32_t ember_crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
