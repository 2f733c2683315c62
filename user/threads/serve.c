// SPDX-License-Identifier: GPL-2.0-or-later
#include "threads/serve.h"

#include <string.h>

#include "export/export.h"
#include "threads/shot.h"
#include "threads/text.h"

const bool ember_threads_possible = true;

static void ember_threads_serve_request(struct ember_request *r,
					const struct ember_threads_ask *ask)
{
	const struct ember_log_filter *f = ask->filter;

	memcpy(r->debug_dirs, ask->like->debug_dirs, sizeof(r->debug_dirs));
	r->nr_debug_dirs = ask->like->nr_debug_dirs;
	r->remote_files = ask->like->remote_files;
	r->frame_pointers = ask->like->frame_pointers;
	r->unwind_cache = ask->like->unwind_cache;
	r->quiet = true;
	if (!f->nr_pid)
		return;
	r->filter = EMBER_FILTER_PROCESSES;
	memcpy(r->ids, f->pid, f->nr_pid * sizeof(*f->pid));
	r->nr_ids = f->nr_pid;
}

int ember_threads_serve(const struct ember_threads_ask *ask)
{
	static struct ember_shot shot; /* zeroed, and too large for some stacks */
	struct ember_profile *profile;
	int err;

	ember_shot_begin(&shot);
	ember_threads_serve_request(&shot.request, ask);
	shot.snapshot.comm = ask->filter->comm;
	shot.snapshot.only = &ask->filter->only;
	err = ember_shot_take(&shot);
	if (err)
		return err;
	/* The process ends: nothing is freed. */
	profile = ember_shot_profile(&shot);
	if (ask->format)
		return ember_export_write(profile, "-", ask->format);
	if (ask->whole)
		ember_threads_text_full(stdout, profile);
	else
		ember_threads_text_groups(stdout, profile, ask->name);
	return 0;
}
