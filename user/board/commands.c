// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands refuse, or do without, in a build for boards. */
#include <string.h>

#include "base/message.h"
#include "cmd/cmd.h"
#include "import/input.h"
#include "cmd/store.h"
#include "cmd/view.h"
#include "export/export.h"
#include "import/catalog.h"
#include "workstation/report/merge.h"

const struct ember_subcommand ember_workstation_commands[] = { { NULL, NULL, NULL } };

bool ember_command_lacks(const char *name)
{
	if (strcmp(name, "collect") && strcmp(name, "diff") && strcmp(name, "merge"))
		return false;
	ember_error("this build has no %s: make tool WITH_WORKSTATION=1", name);
	return true;
}

const char ember_store_usage[] = "\nOf ";

bool ember_store_status(const char *folder, bool json, int *err)
{
	(void)folder;
	(void)json;
	(void)err;
	return false;
}

const struct ember_option ember_view_options[] = { EMBER_VIEW_ROWS(EMBER_UNLISTED), {} };

bool ember_view_option(struct ember_view *view, int c, int *err)
{
	(void)view;
	if (c != 'L' && c != 'l' && c != 'S' && c != 'w')
		return false;
	ember_error("source lines and series need a tool built with WITH_WORKSTATION=1");
	*err = 2;
	return true;
}

int ember_view_check(const struct ember_view *view, const char *output, const char *format)
{
	(void)view;
	return ember_export_check(output, format);
}

void ember_view_apply(const struct ember_view *view, struct ember_profile *profile)
{
	(void)view;
	(void)profile;
}

bool ember_view_write(const struct ember_view *view, struct ember_profile *profile,
		      const struct ember_symfs *symfs, const char *output, const char *format,
		      int *err)
{
	(void)view;
	(void)profile;
	(void)symfs;
	(void)output;
	(void)format;
	(void)err;
	return false;
}

const struct ember_option ember_folder_options[] = { EMBER_FOLDER_ROWS(EMBER_UNLISTED), {} };

static int ember_input_lacks(const char *option)
{
	ember_error("%s: needs a tool built with WITH_WORKSTATION=1", option);
	return 2;
}

int ember_input_folder(struct ember_input *input, const char *folder, bool root)
{
	(void)input;
	(void)folder;
	return root ? ember_input_lacks("--symfs") : 0;
}

int ember_input_debuginfod(struct ember_input *input)
{
	(void)input;
	return ember_input_lacks("--debuginfod");
}

void ember_input_folders_free(struct ember_input *input)
{
	(void)input;
}

bool ember_merge_profiles(struct ember_named_profile *item, int nr)
{
	(void)nr;
	ember_error("%s: only logs can be read together, without WITH_WORKSTATION=1",
		    item[1].name);
	return false;
}

struct ember_catalog *ember_catalog_ask(const char *folder)
{
	(void)folder;
	return NULL;
}

bool ember_catalog_rules_out(struct ember_catalog *catalog, const char *name, uint64_t bytes,
			     const struct ember_log_filter *filter)
{
	(void)catalog;
	(void)name;
	(void)bytes;
	(void)filter;
	return false;
}

void ember_catalog_close(struct ember_catalog *catalog)
{
	(void)catalog;
}
