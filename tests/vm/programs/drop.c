// SPDX-License-Identifier: GPL-2.0-or-later
/* drop [-p] COMMAND...: runs it as a user without any capability, or with CAP_PERFMON. */
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

/* An ambient capability is still there behind an exec. */
static int keep(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	data[capability / 32].effective = 1u << capability % 32;
	data[capability / 32].permitted = 1u << capability % 32;
	data[capability / 32].inheritable = 1u << capability % 32;
	return syscall(SYS_capset, &header, data) ||
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

int main(int argc, char **argv)
{
	bool perfmon = argc > 1 && !strcmp(argv[1], "-p");

	argv += 1 + perfmon;
	if (!*argv || prctl(PR_SET_KEEPCAPS, perfmon) || setgroups(0, NULL) || setgid(1000) ||
	    setuid(1000) || (perfmon && keep(CAP_PERFMON))) {
		perror("drop");
		return 125;
	}
	execv(argv[0], argv);
	perror(argv[0]);
	return 127;
}
