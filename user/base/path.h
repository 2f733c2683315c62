/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_PATH_H
#define EMBER_PATH_H

/* folder/name, for the caller to free. */
char *ember_path_in(const char *folder, const char *name);
/* The same in our folder among the user's caches, which is made; NULL: there's none. */
char *ember_path_cache(const char *name);

#endif
