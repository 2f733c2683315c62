/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people type for numbers. Each returns false for what makes no sense. */
#ifndef EMBER_NUMBER_H
#define EMBER_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only. */
bool ember_number(const char *text, uint32_t *number);

/* Digits and B, K, M or G (powers of 1024; KB and KiB too); without one, of `unit` bytes. */
bool ember_number_bytes(const char *text, uint64_t unit, uint64_t *bytes);

/* Seconds: 10, 0.5, 500ms, 10s, 5m, 1h. Above 0, at most a year. */
bool ember_number_seconds(const char *text, double *seconds);

/* A share: 0.5% or 0.5, of which four digits behind the point count; to 100. In millionths. */
bool ember_number_share(const char *text, uint32_t *ppm);

/* N[,N..], added to `list`, which holds *nr of at most `most`. */
bool ember_number_list(const char *text, uint32_t *list, uint32_t *nr, uint32_t most);

/* 0-3,5: sets bit n of byte n / 8 for each; *highest becomes the largest one seen. */
bool ember_number_cpus(const char *text, uint8_t *mask, uint32_t bytes, uint32_t *highest);

#endif
