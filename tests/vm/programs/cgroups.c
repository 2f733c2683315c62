// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cgroups NAME: keeps a CPU busy under that name until it is killed. cgroups config: what CONFIG
 * says of filters by cgroup.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <emberprof.h>

static unsigned int number;

static void ok(int good, const char *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++number, what);
}

/* 0 or the error, of a session of its own. */
static int config(uint64_t ids, uint32_t nr)
{
	struct ember_config c = { .size = sizeof(c),
				  .hz = 99,
				  .filter = EMBER_FILTER_CGROUP,
				  .ids = ids,
				  .nr_ids = nr };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = ioctl(fd, EMBER_IOC_CONFIG, &c) ? errno : 0;
	close(fd);
	return err;
}

static void configs(void)
{
	static uint64_t ids[EMBER_IDS_MAX + 1];
	struct ember_query q = { .size = sizeof(q), .abi_version = EMBER_ABI_VERSION };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), i, has;

	has = !ioctl(fd, EMBER_IOC_QUERY, &q) && q.features & EMBER_FEATURE_CGROUPS;
	close(fd);
	for (i = 0; i <= EMBER_IDS_MAX; i++)
		ids[i] = 1 + i;
	if (!has) {
		ok(config((uintptr_t)ids, 1) == EOPNOTSUPP,
		   "no filter by cgroup without them");
		return;
	}
	ok(!config((uintptr_t)ids, 1), "one cgroup");
	ok(!config((uintptr_t)ids, EMBER_IDS_MAX), "as many as there may be");
	ok(config((uintptr_t)ids, EMBER_IDS_MAX + 1) == EINVAL, "one more");
	ok(config((uintptr_t)ids, 0) == EINVAL, "none");
	ok(config(16, 1) == EFAULT, "a bad pointer");
	ids[3] = 0;
	ok(!config((uintptr_t)ids, 3), "up to an id of 0");
	ok(config((uintptr_t)ids, 4) == EINVAL, "with an id of 0");
	ids[0] = UINT64_MAX;
	ids[1] = ids[2] = 1;
	ok(!config((uintptr_t)ids, 3), "an id that no cgroup has, and one twice");
}

int main(int argc, char **argv)
{
	volatile unsigned int n = 0;

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "config")) {
		configs();
		return 0;
	}
	prctl(PR_SET_NAME, argv[1]);
	for (;;)
		n++;
}
