// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page is a head, the data, and a tail, which the build puts together from user/page/
 * and third_party/. The data are deflated and in base64: small, and no byte of them can
 * be taken for markup.
 */
#include "export/page.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"
#include "workstation/report/pagedata.h"

#define EMBER_PAGE_LINE 57 /* bytes that make a line of 76 characters */
#define EMBER_PAGE_ROOM 16384

/* A file's bytes, from `name` to `name`_end. */
#define EMBER_PAGE_PART(name, file)                                              \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" file "\"\n" #name \
		"_end:\n.popsection\n");                                         \
	extern const char name[], name##_end[]

EMBER_PAGE_PART(ember_page_head, "page/head.html");
EMBER_PAGE_PART(ember_page_tail, "page/tail.html");

struct ember_page_packer {
	FILE *out;
	z_stream stream;
	uint8_t left[EMBER_PAGE_LINE]; /* deflated, and not a whole line yet */
	unsigned int nr_left;
};

static void ember_page_line(struct ember_page_packer *p)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int i, k, n;
	uint32_t bits;

	for (i = 0; i < p->nr_left; i += 3) {
		n = p->nr_left - i < 3 ? p->nr_left - i : 3;
		for (bits = k = 0; k < 3; k++)
			bits = bits << 8 | (k < n ? p->left[i + k] : 0);
		for (k = 0; k < 4; k++)
			putc(k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=', p->out);
	}
	putc('\n', p->out);
	p->nr_left = 0;
}

static void ember_page_deflate(struct ember_page_packer *p, const char *text, size_t n,
			       int flush)
{
	uint8_t room[EMBER_PAGE_ROOM];
	size_t i, made;

	p->stream.next_in = (uint8_t *)text;
	p->stream.avail_in = n;
	do {
		p->stream.next_out = room;
		p->stream.avail_out = sizeof(room);
		deflate(&p->stream, flush);
		made = sizeof(room) - p->stream.avail_out;
		for (i = 0; i < made; i++) {
			p->left[p->nr_left++] = room[i];
			if (p->nr_left == EMBER_PAGE_LINE)
				ember_page_line(p);
		}
	} while (!p->stream.avail_out);
}

/* A cookie_write_function_t. */
static ssize_t ember_page_write(void *cookie, const char *text, size_t n)
{
	ember_page_deflate(cookie, text, n, Z_NO_FLUSH);
	return n;
}

static int ember_page_close(void *cookie)
{
	struct ember_page_packer *p = cookie;

	ember_page_deflate(p, NULL, 0, Z_FINISH);
	if (p->nr_left)
		ember_page_line(p);
	deflateEnd(&p->stream);
	return 0;
}

const bool ember_page_possible = true;

void ember_export_page(FILE *out, const struct ember_page *page)
{
	struct ember_page_packer packer = { .out = out };
	FILE *data = NULL;

	if (deflateInit(&packer.stream, Z_DEFAULT_COMPRESSION) == Z_OK)
		data = fopencookie(&packer, "w",
				   (cookie_io_functions_t){ .write = ember_page_write,
							    .close = ember_page_close });
	if (!data)
		ember_memory_end();
	fwrite(ember_page_head, 1, ember_page_head_end - ember_page_head, out);
	ember_pagedata_put(data, page);
	fclose(data);
	fwrite(ember_page_tail, 1, ember_page_tail_end - ember_page_tail, out);
}
