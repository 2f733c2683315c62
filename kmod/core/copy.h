/* SPDX-License-Identifier: GPL-2.0-only */
/* Structs that callers pass, which begin with their size: a caller may know less of one, or more. */
#ifndef EMBER_COPY_H
#define EMBER_COPY_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Copy the caller's struct into `to`, of `known` bytes. Return 0, -EFAULT, -EINVAL for less than
 * `least` bytes, or -E2BIG for more than a page, or what isn't known and not 0.
 */
int ember_copy_in(void *to, size_t known, size_t least, void __user *user);
/* Copy back as much as both know. Return 0 or -EFAULT. */
int ember_copy_out(void __user *user, const void *from, size_t known);

#endif
