// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/proto.h"
#include "log/fields.h"
#include "log/hello.h"

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
	file->path = ember_grow(NULL, f->n + 1, 1);
	memcpy(file->path, f->bytes, f->n);
	file->path[f->n] = 0;
}

/* A module that was told before is the same one, unless it's somewhere else by now. */
static void ember_log_kernel_module(struct ember_log_kernel *k, const struct ember_field *from)
{
	struct ember_log_image image = { .file.flags = EMBER_FILE_KERNEL | EMBER_FILE_MODULE };
	struct ember_message m;
	struct ember_field f;
	uint32_t i;

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
	for (i = 0; i < k->nr_module; i++) {
		const struct ember_log_image *known = &k->module[i];

		if (known->start == image.start && known->end == image.end &&
		    known->file.build_id_bytes == image.file.build_id_bytes &&
		    !memcmp(known->file.build_id, image.file.build_id,
			    image.file.build_id_bytes))
			break;
	}
	if (m.bad || !image.file.path || !image.start || image.end <= image.start ||
	    i < k->nr_module) {
		free(image.file.path);
		return;
	}
	k->module = ember_room(k->module, k->nr_module, &k->module_size, sizeof(image));
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
			known = !f.numeric && f.n == strlen(EMBER_SYMBOL) &&
				!memcmp(f.bytes, EMBER_SYMBOL, f.n);
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

/* NULL: in none, or what was told later may have taken its place. */
static struct ember_log_image *ember_log_kernel_find(struct ember_log_kernel *k,
						     uint64_t address)
{
	struct ember_log_image *found = NULL;
	uint32_t i;

	for (i = 0; i < k->nr_module; i++) {
		struct ember_log_image *module = &k->module[i];

		if (address < module->start || address >= module->end)
			continue;
		if (found)
			return NULL;
		found = module;
	}
	if (!found && k->kernel.start && k->kernel.file.path)
		found = &k->kernel;
	return found;
}

void ember_log_kernel_place(struct ember_log_kernel *k, struct ember_tally *t,
			    struct ember_placed *p, unsigned int own)
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

			extent.file = ember_tally_file(t, &image->file);
			image->extent = ember_tally_extent(t, &extent) + 1;
		}
		p->extent[i] = image->extent - 1;
	}
}

void ember_log_kernel_free(struct ember_log_kernel *k)
{
	while (k->nr_module)
		free(k->module[--k->nr_module].file.path);
	free(k->module);
	free(k->kernel.file.path);
}
