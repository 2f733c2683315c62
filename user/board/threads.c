// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build without user/threads/ has in its place. */
#include "base/message.h"
#include "cmd/cmd.h"
#include "threads/serve.h"

const bool ember_threads_possible = false;

int ember_threads_serve(const struct ember_threads_ask *ask)
{
	(void)ask;
	return 1;
}

int ember_cmd_threads(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return ember_error("this build lists no threads: make tool WITH_THREADS=1");
}
