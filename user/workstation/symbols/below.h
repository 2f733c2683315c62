/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens regular files below a folder that the user named. The folder is the root of what is
 * looked up: neither `..` nor a symbolic link leads out of it, and an absolute link starts at
 * the folder.
 */
#ifndef EMBER_BELOW_H
#define EMBER_BELOW_H

/* Return a descriptor, or -1: there is no such file, it isn't a regular one or it is empty. */
int ember_below_open(const char *folder, const char *path);

/* Do the same without openat2(), as kernels before 5.6 need it. */
int ember_below_walk(const char *folder, const char *path);

#endif
