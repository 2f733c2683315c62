/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The static tool's dcigettext(): user/static.ld puts it in place of glibc's. */
#ifndef EMBER_UNTRANSLATED_H
#define EMBER_UNTRANSLATED_H

/* Return the text as it is: the messages of strerror() in the C locale. */
char *ember_untranslated(const char *domain, const char *text, const char *plural, int count,
			 unsigned long n, int category);

#endif
