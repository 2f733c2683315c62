// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/json.h"

void ember_json_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ' || c > '~')
			fprintf(out, "\\u%04x", c);
		else
			fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	putc('"', out);
}

void ember_json_text(FILE *out, const char *text, const char *suffix)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	fputs(suffix, out);
	putc('"', out);
}
