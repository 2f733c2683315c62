// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without user/relay/ has in its place. */
#include <stddef.h>
#include <string.h>

#include "base/message.h"
#include "base/subcommand.h"

const struct ember_subcommand ember_relay_commands[] = { { NULL, NULL, NULL } };

bool ember_relay_lacks(const char *name)
{
	if (strcmp(name, "relay"))
		return false;
	ember_error("this build has no relay: make tool WITH_RELAY=1");
	return true;
}
