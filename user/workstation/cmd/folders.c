// SPDX-License-Identifier: GPL-2.0-or-later
/* Folders and servers with a board's files, as the command line names them. */
#include <stdlib.h>

#include "base/path.h"
#include "import/input.h"
#include "symbolize/symfs.h"

const struct ember_option ember_folder_options[] = { EMBER_FOLDER_ROWS(EMBER_LISTED), {} };

static struct ember_symfs *ember_input_symfs(struct ember_input *in)
{
	if (!in->symfs) {
		char *cache = ember_path_cache("build-ids.db");

		in->symfs = ember_symfs_new(cache);
		free(cache);
	}
	return in->symfs;
}

int ember_input_folder(struct ember_input *in, const char *folder, bool root)
{
	return !ember_symfs_add(ember_input_symfs(in), folder, root);
}

int ember_input_debuginfod(struct ember_input *in)
{
	return ember_symfs_debuginfod(ember_input_symfs(in)) ? 0 : 2;
}

void ember_input_folders_free(struct ember_input *in)
{
	ember_symfs_free(in->symfs);
	in->symfs = NULL;
}
