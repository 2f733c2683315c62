// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module's parameters and capabilities allow: limits GROUP. */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "session.h"

static void group_caps(void)
{
	int fd[64] = { -1 }, extra = device();
	struct ember_config good = { .size = sizeof(good), .hz = 99 }, c = good;
	struct ember_query q = query(extra);
	struct ember_status st;
	unsigned int i;

	for (i = 0; i < q.max_sessions; i++) {
		fd[i] = device();
		c = good;
		ok(!ioctl(fd[i], EMBER_IOC_CONFIG, &c), "up to the cap");
	}
	c = good;
	refused(ioctl(extra, EMBER_IOC_CONFIG, &c), EBUSY, "one more");
	ok(query(extra).nr_sessions == q.max_sessions, "query, with all taken");
	for (i = 0; i < q.max_sessions; i++) {
		st = status(extra, i, EMBER_STATUS_CPU_ALL);
		ok(st.state == EMBER_STATE_STOPPED && st.hz == 99, "status, with all taken");
	}
	close(fd[0]);
	c = good;
	ok(!ioctl(extra, EMBER_IOC_CONFIG, &c), "in the place of one that went");
	close(extra);
	for (i = 1; i < q.max_sessions; i++)
		close(fd[i]);
	/* Memory: as much as fits, then less. */
	extra = device();
	fd[0] = device();
	c = good;
	c.ring_bytes = q.max_ring_bytes;
	while (ioctl(fd[0], EMBER_IOC_CONFIG, &c)) {
		if (!ok(errno == EBUSY && c.ring_bytes > q.min_ring_bytes, "too much: EBUSY"))
			break;
		c.ring_bytes /= 2;
	}
	good.ring_bytes = c.ring_bytes;
	for (i = 1; i < 64; i++) {
		c = good;
		if (ioctl(extra, EMBER_IOC_CONFIG, &c)) {
			ok(errno == EBUSY, "the rest isn't enough: EBUSY");
			break;
		}
		fd[i] = extra;
		extra = device();
	}
	ok(query(extra).used_bytes <= q.max_bytes, "never more than the cap");
	while (i--)
		close(fd[i]);
	q = query(extra);
	ok(!q.used_bytes && !q.nr_sessions, "nothing is left");
	close(extra);
}

/* Caps beyond what the machine has. */
static void group_memory(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 99 }, c = good;
	int fd = device();

	c.ring_bytes = 1 << 30;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), ENOMEM, "rings of 1 GiB");
	ok(!query(fd).used_bytes, "nothing is kept of it");
	c = good;
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "a session of the usual size");
	close(fd);
}

/* The module with small caps, as the suite gives them. */
static void group_small(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 500 }, c = good;
	int fd = device(), other = device();
	struct ember_query q = query(fd);

	ok(q.max_hz == 500 && q.max_sessions == 1 && q.max_bytes == 1048576, "limits");
	ok(q.max_ring_bytes <= 20000 && !(q.max_ring_bytes & (q.max_ring_bytes - 1)),
	   "the largest ring is a power of two");
	c.hz = 501;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EINVAL, "a rate above the cap");
	c = good;
	c.stack_slots = 1 << 17;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EBUSY, "more memory than there may be");
	c = good;
	c.stack_slots = c.thread_slots = 16;
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "the default ring fits");
	ok(c.ring_bytes <= q.max_ring_bytes, "since it's smaller than usual");
	c = good;
	c.stack_slots = c.thread_slots = 16;
	refused(ioctl(other, EMBER_IOC_CONFIG, &c), EBUSY, "a second session");
	close(fd);
	ok(!ioctl(other, EMBER_IOC_CONFIG, &c), "after the first");
	close(other);
}

/* The calling process becomes nobody, with these capabilities. */
static int nobody(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ capabilities, capabilities, 0 },
		{ capabilities >> 32, capabilities >> 32, 0 },
	};

	prctl(PR_SET_KEEPCAPS, 1);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return -1;
	return syscall(SYS_capset, &header, data);
}

static void group_capability(void)
{
	struct ember_config c = { .size = sizeof(c), .hz = 99 };
	int kept = device(), fd;
	int status;

	if (!fork()) {
		ok(!nobody(1ull << CAP_PERFMON), "CAP_PERFMON alone");
		fd = open(EMBER_DEVICE, O_RDWR);
		ok(fd >= 0 && !ioctl(fd, EMBER_IOC_CONFIG, &c), "is enough");
		_exit(cases_failed);
	}
	wait(&status);
	ok(!status, "a user with CAP_PERFMON");
	ok(!nobody(~(1ull << CAP_PERFMON | 1ull << CAP_SYS_ADMIN) & 0x1ffffffffff),
	   "all capabilities but two");
	refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open without CAP_PERFMON");
	refused(open(EMBER_DEVICE, O_RDONLY), EPERM, "open read-only without it");
	ok(!nobody(0), "none");
	refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open without any");
	refused(ioctl(kept, EMBER_IOC_CONFIG, &c), EPERM, "config of a file opened before");
	close(kept);
}

int main(int argc, char **argv)
{
	static const struct group groups[] = {
		{ "caps", group_caps },
		{ "memory", group_memory },
		{ "small", group_small },
		{ "capability", group_capability },
	};

	return groups_main(argc, argv, groups, sizeof(groups) / sizeof(groups[0]));
}
