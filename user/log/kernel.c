// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/kallsyms.h"
#include "base/proto.h"
#include "log/fields.h"
#include "log/stream_header.h"

static void ember_image_id(struct ember_file *file, const struct ember_field *f)
{
	if (f->numeric || f->n > sizeof(file->build_id))
		return;
	memcpy(file->build_id, f->bytes, f->n);
	file->build_id_bytes = f->n;
}

static void ember_image_path(struct ember_file *file, const struct ember_field *f)
{
	if (f->numeric || f->n > EMBER_RELEASE_MAX)
		return;
	free(file->path);
	file->path = ember_xrealloc(NULL, f->n + 1, 1);
	memcpy(file->path, f->bytes, f->n);
	file->path[f->n] = 0;
}

struct ember_module_key {
	const struct ember_log_kernel *kernel;
	const struct ember_log_image *image;
};

static bool ember_module_same(const void *context, uint32_t item)
{
	const struct ember_module_key *key = context;
	const struct ember_log_image *a = key->image, *b = &key->kernel->module[item];

	return a->start == b->start && a->end == b->end &&
	       a->file.build_id_bytes == b->file.build_id_bytes &&
	       !memcmp(a->file.build_id, b->file.build_id, a->file.build_id_bytes);
}

/* Add a module, unless one with its addresses and build-id is known. */
static void ember_log_kernel_module(struct ember_log_kernel *k, const struct ember_field *from)
{
	struct ember_log_image image = { .file.flags = EMBER_FILE_KERNEL | EMBER_FILE_MODULE };
	struct ember_module_key key = { k, &image };
	struct ember_message m;
	struct ember_field f;
	uint64_t hash;

	if (from->numeric)
		return;
	m = ember_proto_read(from->bytes, from->n);
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_MODULE_NAME: ember_image_path(&image.file, &f); break;
		case EMBER_MODULE_ADDRESS: image.start = f.numeric ? f.value : 0; break;
		case EMBER_MODULE_BYTES: image.end = f.numeric ? f.value : 0; break;
		case EMBER_MODULE_BUILD_ID: ember_image_id(&image.file, &f); break;
		}
	}
	image.end += image.start;
	hash = ember_mix_bytes(ember_mix(ember_mix_first(image.start), image.end),
			       image.file.build_id, image.file.build_id_bytes);
	if (m.bad || !image.file.path || !image.start || image.end <= image.start ||
	    k->nr_module == EMBER_LOG_MODULES_MAX ||
	    ember_index_find(&k->module_index, hash, ember_module_same, &key) !=
		    EMBER_NO_NUMBER) {
		free(image.file.path);
		return;
	}
	k->nr_edge = 0;
	ember_index_add(&k->module_index, hash, k->nr_module);
	k->module =
		ember_array_reserve(k->module, k->nr_module, &k->module_size, sizeof(image));
	k->module[k->nr_module++] = image;
}

void ember_log_kernel_take(struct ember_log_kernel *k, const void *bytes, size_t n)
{
	struct ember_message m = ember_proto_read(bytes, n);
	struct ember_log_image *image = &k->kernel;
	bool known = false;
	struct ember_field f;
	uint64_t start = 0;

	image->file.flags = EMBER_FILE_KERNEL;
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_HELLO_RELEASE: ember_image_path(&image->file, &f); break;
		case EMBER_HELLO_KERNEL_BUILD_ID: ember_image_id(&image->file, &f); break;
		case EMBER_HELLO_SYMBOL:
			known = !f.numeric && f.n == strlen(EMBER_KERNEL_BEGIN) &&
				!memcmp(f.bytes, EMBER_KERNEL_BEGIN, f.n);
			break;
		case EMBER_HELLO_SYMBOL_ADDRESS: start = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_MODULE: ember_log_kernel_module(k, &f); break;
		}
	}
	if (known && start) {
		image->start = start;
		image->end = UINT64_MAX;
	}
}

static int ember_edge_order(const void *a, const void *b)
{
	const struct ember_log_edge *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Sums over the sorted edges: how many modules are behind each, and which, if it is one. */
static void ember_log_kernel_edges(struct ember_log_kernel *k)
{
	uint32_t i;

	k->edge = ember_xrealloc(k->edge, 2 * k->nr_module, sizeof(*k->edge));
	for (i = 0; i < k->nr_module; i++) {
		k->edge[2 * i] = (struct ember_log_edge){ k->module[i].start, 1, i };
		k->edge[2 * i + 1] = (struct ember_log_edge){ k->module[i].end, -1, -i };
	}
	k->nr_edge = 2 * k->nr_module;
	qsort(k->edge, k->nr_edge, sizeof(*k->edge), ember_edge_order);
	for (i = 1; i < k->nr_edge; i++) {
		k->edge[i].modules += k->edge[i - 1].modules;
		k->edge[i].sum += k->edge[i - 1].sum;
	}
}

/*
 * Return the module at address, else the kernel. Return NULL if neither is there, or if
 * modules overlap there: they were loaded one after the other.
 */
static struct ember_log_image *ember_log_kernel_find(struct ember_log_kernel *k,
						     uint64_t address)
{
	uint32_t low = 0, high;

	if (k->nr_module && !k->nr_edge)
		ember_log_kernel_edges(k);
	/* The last edge that isn't above. */
	for (high = k->nr_edge; low < high;) {
		uint32_t middle = (low + high) / 2;

		if (k->edge[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low && k->edge[low - 1].modules)
		return k->edge[low - 1].modules == 1 ? &k->module[k->edge[low - 1].sum] : NULL;
	return k->kernel.start && k->kernel.file.path ? &k->kernel : NULL;
}

void ember_log_kernel_place(struct ember_log_kernel *k, struct ember_dictionary *d,
			    struct ember_normalized *p, unsigned int own)
{
	uint32_t i;

	for (i = 0; i < own && i < p->nr_kernel; i++) {
		struct ember_log_image *image =
			ember_log_kernel_find(k, p->address[i] - (i > 0));

		if (!image)
			continue;
		if (!image->extent) {
			struct ember_extent extent = { .start = image->start,
						       .end = image->end };

			extent.file = ember_dictionary_file(d, &image->file);
			image->extent = ember_dictionary_extent(d, &extent) + 1;
		}
		p->extent[i] = image->extent - 1;
	}
}

void ember_log_kernel_free(struct ember_log_kernel *k)
{
	while (k->nr_module)
		free(k->module[--k->nr_module].file.path);
	free(k->module);
	free(k->edge);
	ember_index_free(&k->module_index);
	free(k->kernel.file.path);
}
