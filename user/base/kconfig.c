// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/kconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

#define EMBER_KCONFIG_MOST (4u << 20) /* a quarter of a megabyte is usual */
#define EMBER_KCONFIG_STEP (128u << 10)

char *ember_kconfig_read(const char *path)
{
	gzFile file = gzopen(path, "rbe");
	unsigned int used = 0;
	char *text = NULL;
	int n;

	if (!file)
		return NULL;
	do {
		text = ember_xrealloc(text, used + EMBER_KCONFIG_STEP, 1);
		n = gzread(file, text + used, EMBER_KCONFIG_STEP - 1);
		if (n > 0)
			used += n;
	} while (n > 0 && used < EMBER_KCONFIG_MOST);
	text[used] = 0;
	gzclose_r(file); /* gzclose() would link the writer as well */
	if (n < 0 || !used) {
		free(text);
		return NULL;
	}
	return text;
}

void ember_kconfig_value(const char *text, const char *option, char *value, size_t bytes)
{
	size_t n, length = strlen(option);

	snprintf(value, bytes, "n");
	while (text) {
		if (!strncmp(text, "CONFIG_", 7) && !strncmp(text + 7, option, length) &&
		    text[7 + length] == '=') {
			text += 7 + length + 1;
			n = strcspn(text, "\r\n");
			if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
				text++;
				n -= 2;
			}
			snprintf(value, bytes, "%.*s", (int)n, text);
			return;
		}
		text = strchr(text, '\n');
		text += !!text;
	}
}

bool ember_kconfig_any(const char *text, const char *options)
{
	char option[64], value[4];

	while (*options) {
		size_t n = strcspn(options, "|");

		snprintf(option, sizeof(option), "%.*s", (int)n, options);
		ember_kconfig_value(text, option, value, sizeof(value));
		if (!strcmp(value, "y") || !strcmp(value, "m"))
			return true;
		options += n + (options[n] == '|');
	}
	return false;
}
