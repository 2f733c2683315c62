// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/json.h"

#include "base/utf8.h"

void ember_json_string(FILE *out, const char *text)
{
	size_t bytes;

	putc('"', out);
	for (; *text; text += bytes ? bytes : 1) {
		unsigned char c = *text;

		bytes = ember_utf8_length((const unsigned char *)text, 4);
		if (bytes)
			fprintf(out, c == '"' || c == '\\' ? "\\%.*s" : "%.*s", (int)bytes,
				text);
		else
			fprintf(out, "\\u%04x", c < 0x80 ? c : 0xfffd);
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
