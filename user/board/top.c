// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without user/top/ has in its place. */
#include "base/message.h"
#include "cmd/cmd.h"

int ember_cmd_top(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return ember_error("this build has no top: make tool WITH_TOP=1");
}
