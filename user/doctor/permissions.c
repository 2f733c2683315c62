// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/permissions.h"

#include <emberprof.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/first_line.h"
#include "base/message.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

bool ember_permissions_capable(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	uint64_t set;

	if (syscall(SYS_capget, &header, data))
		return !geteuid();
	set = data[0].effective | (uint64_t)data[1].effective << 32;
	return set >> CAP_SYS_ADMIN & 1 || set >> CAP_PERFMON & 1;
}

bool ember_permissions_namespaced(void)
{
	unsigned long inside, outside, count;
	char line[64], *at = line;

	if (!ember_first_line("/proc/self/uid_map", line, sizeof(line)))
		return false;
	inside = strtoul(at, &at, 10);
	outside = strtoul(at, &at, 10);
	count = strtoul(at, NULL, 10);
	return inside || outside || count != UINT32_MAX;
}

int ember_permissions_lockdown(void)
{
	char line[64];

	if (!ember_first_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return -1;
	return strstr(line, "[confidentiality]") ? 2 : strstr(line, "[integrity]") ? 1 : 0;
}

bool ember_permissions_loaded(void)
{
	return !access("/sys/module/emberprof", F_OK) ||
	       !access("/sys/class/misc/emberprof", F_OK);
}

int ember_permissions_minor(void)
{
	char line[32], *colon;

	if (!ember_first_line("/sys/class/misc/emberprof/dev", line, sizeof(line)))
		return -1;
	colon = strchr(line, ':');
	return colon ? (int)strtoul(colon + 1, NULL, 10) : -1;
}

int ember_permissions_refused(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		if (ember_permissions_loaded() && ember_permissions_minor() >= 0)
			return ember_error("the module is loaded but " EMBER_DEVICE
					   " isn't there: mknod -m 666 " EMBER_DEVICE
					   " c 10 %d",
					   ember_permissions_minor());
		return ember_error(
			"the module isn't loaded: modprobe emberprof, or insmod emberprof.ko");
	case EPERM:
		if (!ember_permissions_capable())
			return ember_error("needs CAP_PERFMON or root");
		if (ember_permissions_lockdown() == 2)
			return ember_error(
				"the kernel is locked down (confidentiality), which forbids profiling: boot without lockdown=confidentiality");
		if (ember_permissions_namespaced())
			return ember_error(
				"needs CAP_PERFMON or root outside of a user namespace");
		return ember_error(
			EMBER_DEVICE
			": the kernel forbids it, though CAP_PERFMON is there: lockdown or another security module");
	case EACCES:
		return ember_error(
			EMBER_DEVICE
			" may not be opened: needs root, or its mode changed: chmod 666 " EMBER_DEVICE);
	case EBUSY:
		return ember_error(
			"too many sessions are open: see emberprof status (module parameter max_sessions)");
	}
	return ember_error(EMBER_DEVICE ": %s", strerror(error));
}
