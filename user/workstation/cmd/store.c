// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/store.h"

#include "workstation/collect/state.h"

const char ember_store_usage[] =
	" [DIR]\n"
	"Of a collector's DIR: what it received, and what its peers did wrong. Else of\n";

bool ember_store_status(const char *folder, bool json, int *err)
{
	*err = ember_state_print(folder, json);
	return true;
}
