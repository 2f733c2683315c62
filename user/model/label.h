/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a frame is called in a report, as a number that equal texts share. */
#ifndef EMBER_LABEL_H
#define EMBER_LABEL_H

#include "model/profile.h"

#define EMBER_LABEL_MAX		320	/* bytes of a text that is made up */

/* Of a location's n-th line, the innermost inlined one first. */
uint32_t ember_label(const struct ember_profile *profile, uint32_t location, uint32_t n);
/* How many there are: 1 where nothing is known of lines. */
uint32_t ember_label_lines(const struct ember_profile *profile, uint32_t location);
/* The same where all that has no name in one file is one: [file]. */
uint32_t ember_label_merged(const struct ember_profile *profile, uint32_t location, uint32_t n);
/* What is [file] of a mapping. */
uint32_t ember_label_nameless(uint32_t mapping);
/* Of the sample's process. */
uint32_t ember_label_comm(const struct ember_profile *profile, uint32_t sample);

/*
 * Of a function that has no name: its file and the address there where it begins, as
 * addr2line takes it.
 */
const char *ember_label_bare(const struct ember_profile *profile, uint32_t mapping,
			     uint64_t begin, char made[EMBER_LABEL_MAX]);
/* In `made`, or the profile's. Without a name: [file+0xoffset], [unknown+0xaddress]. */
const char *ember_label_text(const struct ember_profile *profile, uint32_t label,
			     char made[EMBER_LABEL_MAX]);
bool ember_label_unnamed(uint32_t label);
bool ember_label_kernel(const struct ember_profile *profile, uint32_t label);
/*
 * Return what forms of text have behind the name, as perf's and flame graphs' do: _[k] of the kernel's
 * frames, _[i] of inlined ones where these are apart.
 */
const char *ember_label_suffix(const struct ember_profile *profile, uint32_t label);
/* By text, then user before kernel. */
int ember_label_order(const struct ember_profile *profile, uint32_t a, uint32_t b);

#endif
