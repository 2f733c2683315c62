// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without user/daemon/ has in its place. */
#include "base/message.h"
#include "cmd/cmd.h"

int ember_cmd_daemon(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return ember_error("this build has no daemon: make tool WITH_DAEMON=1");
}
