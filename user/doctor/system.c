// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/system.h"

#include <emberprof.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/event.h"
#include "base/first_line.h"
#include "doctor/kernel.h"
#include "doctor/permissions.h"

static void ember_findings_machine(struct ember_findings *s, const struct utsname *u)
{
	bool known = !strcmp(u->machine, "x86_64") || !strcmp(u->machine, "aarch64") ||
		     !strncmp(u->machine, "arm", 3) || !strcmp(u->machine, "i686") ||
		     !strcmp(u->machine, "riscv64");
	struct ember_finding *f;

	f = ember_find(s, "kernel", EMBER_NEEDED, known ? EMBER_OK : EMBER_MISSING, "%s, %s",
		       u->release, u->machine);
	if (!known)
		ember_remedy(f, "the module is for x86-64, arm64, 32-bit ARM and riscv64");
}

/* Whether modprobe would find the module. */
static bool ember_installed(const struct utsname *u)
{
	char path[300], line[4096];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", u->release);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, ":")] = 0;
		found = strstr(line, "emberprof.ko");
	}
	if (file)
		fclose(file);
	return found;
}

static void ember_findings_module(struct ember_findings *s, const struct utsname *u)
{
	char path[300], line[16];
	struct ember_finding *f;
	bool headers;

	s->loaded = ember_permissions_loaded();
	s->installed = ember_installed(u);
	f = ember_find(s, "module", EMBER_NEEDED, s->loaded ? EMBER_OK : EMBER_MISSING,
		       s->loaded    ? "loaded" :
		       s->installed ? "installed, not loaded" :
				      "neither loaded nor installed");
	if (!s->loaded && s->installed)
		ember_remedy(f, "modprobe emberprof");
	else if (!s->loaded)
		ember_remedy(f, "make module, then insmod emberprof.ko");

	/* What matters only to get it in. */
	if (s->loaded)
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", u->release);
	headers = !access(path, F_OK);
	f = ember_find(s, "kernel headers", EMBER_WANTED,
		       headers || s->installed ? EMBER_OK : EMBER_MISSING, "%s",
		       headers ? "installed" : "not installed");
	if (!headers && !s->installed)
		ember_remedy(
			f,
			"to build the module here: the package linux-headers-%s; or KDIR= on another machine",
			u->release);
	if (!ember_first_line("/sys/module/module/parameters/sig_enforce", line,
			      sizeof(line))) {
		ember_find(s, "module signatures", EMBER_WANTED, EMBER_UNKNOWN,
			   "not reported by this kernel");
	} else if (line[0] == 'Y') {
		f = ember_find(s, "module signatures", EMBER_WANTED, EMBER_MISSING,
			       "enforced: an unsigned module is refused");
		ember_remedy(
			f,
			"sign emberprof.ko by the kernel's scripts/sign-file, or CONFIG_MODULE_SIG_FORCE=n");
	} else {
		ember_find(s, "module signatures", EMBER_WANTED, EMBER_OK, "not enforced");
	}
}

static void ember_findings_rights(struct ember_findings *s)
{
	static const char *const names[] = { "none", "integrity", "confidentiality" };
	bool capable = ember_permissions_capable() && !ember_permissions_namespaced();
	int lockdown = ember_permissions_lockdown();
	struct ember_finding *f;

	f = ember_find(s, "capability", EMBER_NEEDED, capable ? EMBER_OK : EMBER_MISSING,
		       capable			      ? "CAP_PERFMON or CAP_SYS_ADMIN" :
		       ember_permissions_namespaced() ? "in a user namespace" :
							"none");
	if (!capable)
		ember_remedy(
			f,
			"run as root, or setcap cap_perfmon+ep (cap_sys_admin before 5.8) on emberprof");
	if (lockdown < 0) {
		ember_find(s, "lockdown", EMBER_WANTED, EMBER_UNKNOWN,
			   "/sys/kernel/security/lockdown isn't there: most likely none");
		return;
	}
	f = ember_find(s, "lockdown", EMBER_NEEDED,
		       lockdown == 2 || (lockdown == 1 && !s->loaded) ? EMBER_MISSING :
									EMBER_OK,
		       "%s", names[lockdown]);
	if (lockdown == 2)
		ember_remedy(f,
			     "profiling is forbidden: boot without lockdown=confidentiality");
	else if (lockdown == 1 && !s->loaded)
		ember_remedy(
			f,
			"the module must be signed, or: boot without lockdown=integrity or Secure Boot");
	/* A signed module can still come in. */
	if (lockdown == 1)
		f->needed = EMBER_WANTED;
}

/* Where the kernel could read hardware counters, but has none. */
#if defined(__aarch64__)
#define EMBER_NO_PMU \
	"CONFIG_HW_PERF_EVENTS=y, CONFIG_ARM_PMUV3=y (6.3 and later), and a node of the device tree: pmu { compatible = \"arm,armv8-pmuv3\"; }"
#elif defined(__arm__)
#define EMBER_NO_PMU \
	"CONFIG_HW_PERF_EVENTS=y, and a node of the device tree: pmu { compatible = \"arm,cortex-a7-pmu\"; }, or that of its CPU"
#elif defined(__riscv)
#define EMBER_NO_PMU "CONFIG_RISCV_PMU_SBI=y, and firmware with SBI's PMU extension"
#else
#define EMBER_NO_PMU "a CPU whose PMU the kernel knows; of a virtual machine: a virtual PMU"
#endif

static void ember_findings_features(struct ember_findings *s, uint64_t features)
{
	static const struct {
		const char *what, *found, *remedy;
		uint64_t bit;
	} known[] = {
		{ "kernel stacks", "walked", "a kernel unwinder, as below",
		  EMBER_FEATURE_KERNEL_FRAMES },
		{ "user stacks", "walked by frame pointer",
		  "this module can't on this machine", EMBER_FEATURE_USER_FRAMES },
		{ "command trees", "followed", "this module can't", EMBER_FEATURE_INHERIT },
		{ "cgroups", "filtered by", "CONFIG_CGROUPS, or this module can't",
		  EMBER_FEATURE_CGROUPS },
		{ "idle CPUs", "left asleep", "CONFIG_TRACEPOINTS (sched_switch)",
		  EMBER_FEATURE_IDLE_STOP },
		{ "softirqs on idle CPUs", "seen",
		  "CONFIG_TRACEPOINTS (softirq_entry, softirq_exit)", EMBER_FEATURE_SOFTIRQ },
		{ "interrupt handlers", "named",
		  "CONFIG_TRACEPOINTS (irq_handler_entry, irq_handler_exit)",
		  EMBER_FEATURE_HARDIRQ },
		{ "timer callbacks", "named",
		  "CONFIG_TRACEPOINTS (hrtimer_expire_entry, hrtimer_expire_exit)",
		  EMBER_FEATURE_HRTIMER },
		{ "event growth", "sampled",
		  "tracepoint kmem/rss_stat: CONFIG_TRACEPOINTS; a module of this release",
		  EMBER_FEATURE_GROWTH },
		{ "events block, preempt", "sampled",
		  "tracepoints sched_switch, sched_waking: CONFIG_TRACEPOINTS; CONFIG_HIGH_RES_TIMERS; a module of this release",
		  EMBER_FEATURE_BLOCK },
		{ "event mutex", "sampled",
		  "tracepoints sched_switch, sched_waking: CONFIG_TRACEPOINTS; CONFIG_HIGH_RES_TIMERS; a module of this release",
		  EMBER_FEATURE_MUTEX },
#if __SIZEOF_POINTER__ == 8
		{ "32-bit programs", "walked", "CONFIG_COMPAT, where they can run at all",
		  EMBER_FEATURE_COMPAT_FRAMES },
#endif
	};
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		bool has = features & known[i].bit;
		struct ember_finding *f;

		f = ember_find(s, known[i].what, EMBER_WANTED, has ? EMBER_OK : EMBER_MISSING,
			       "%s%s", has ? "" : "not ", known[i].found);
		if (!has)
			ember_remedy(f, "%s", known[i].remedy);
	}
}

/* Add what of hardware counters there is, or how to get them. */
static void ember_findings_counters(struct ember_findings *s, uint64_t features)
{
	static const uint32_t types[] = { EMBER_EVENT_CYCLES, EMBER_EVENT_INSTRUCTIONS,
					  EMBER_EVENT_CACHE_MISSES,
					  EMBER_EVENT_BRANCH_MISSES };
	char has[160] = "none", *end = has;
	struct ember_finding *f;
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (features & ember_event_of(types[i])->feature)
			end += sprintf(end, end == has ? "%s" : ", %s",
				       ember_event_of(types[i])->name);
	f = ember_find(s, "hardware counters", EMBER_WANTED,
		       end > has ? EMBER_OK : EMBER_MISSING, "%s", has);
	if (end > has)
		return;
	if (!(features & EMBER_FEATURE_COUNTERS))
		ember_remedy(f, "CONFIG_PERF_EVENTS=y; a module of this release");
	else
		ember_remedy(f, EMBER_NO_PMU);
}

/* Add findings about the device node and the features that the module reports. */
static void ember_findings_device(struct ember_findings *s)
{
	struct ember_query query = { .size = sizeof(query) };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), error = errno;
	struct ember_finding *f;

	if (fd < 0 && !s->loaded)
		return; /* nothing that the row of the module doesn't say */
	if (fd < 0) {
		f = ember_find(s, EMBER_DEVICE, EMBER_NEEDED, EMBER_MISSING, "%s",
			       strerror(error));
		if (error == ENOENT || error == ENXIO || error == ENODEV)
			ember_remedy(f,
				     "CONFIG_DEVTMPFS=y, or mknod -m 666 " EMBER_DEVICE
				     " c 10 %d",
				     ember_permissions_minor());
		else if (error == EACCES)
			ember_remedy(f, "chmod 666 " EMBER_DEVICE
					": who may profile is asked at open");
		else
			ember_remedy(f, "see capability and lockdown above");
		return;
	}
	if (ioctl(fd, EMBER_IOC_QUERY, &query) || query.abi_version != EMBER_ABI_VERSION) {
		f = ember_find(s, EMBER_DEVICE, EMBER_NEEDED, EMBER_MISSING,
			       "module version %u, tool version %u", query.abi_version,
			       EMBER_ABI_VERSION);
		ember_remedy(f, "install module and tool from one release");
	} else {
		ember_find(s, EMBER_DEVICE, EMBER_NEEDED, EMBER_OK,
			   "opens; up to %u Hz, %u of %u sessions, %llu of %llu KiB in use",
			   query.max_hz, query.nr_sessions, query.max_sessions,
			   (unsigned long long)query.used_bytes / 1024,
			   (unsigned long long)query.max_bytes / 1024);
		ember_findings_features(s, query.features);
		ember_findings_counters(s, query.features);
	}
	close(fd);
}

static void ember_findings_output(struct ember_findings *s)
{
	char *folder = getcwd(NULL, 0);
	struct ember_finding *f;
	struct statvfs fs;

	if (access(".", W_OK)) {
		f = ember_find(s, "this folder", EMBER_WANTED, EMBER_MISSING, "%s: %s",
			       folder ? folder : ".", strerror(errno));
		ember_remedy(f, "record -o a place that can be written, such as /tmp");
	} else if (!statvfs(".", &fs)) {
		uint64_t left = (uint64_t)fs.f_bavail * fs.f_frsize >> 10;

		f = ember_find(s, "this folder", EMBER_WANTED,
			       left < 1024 ? EMBER_MISSING : EMBER_OK, "%s, %llu KiB left",
			       folder ? folder : ".", (unsigned long long)left);
		if (left < 1024)
			ember_remedy(f, "a profile may need a MiB: record -o elsewhere");
	}
	free(folder);
}

static void ember_findings_memory(struct ember_findings *s)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long available = 0;
	struct ember_finding *f;
	char line[128];

	while (file && !available && fgets(line, sizeof(line), file))
		if (!strncmp(line, "MemAvailable:", 13))
			available = strtoull(line + 13, NULL, 10);
	if (file)
		fclose(file);
	if (!available) {
		ember_find(s, "memory", EMBER_WANTED, EMBER_UNKNOWN,
			   "not reported by this kernel");
		return;
	}
	f = ember_find(s, "memory", EMBER_WANTED, available < 8192 ? EMBER_MISSING : EMBER_OK,
		       "%llu KiB available", available);
	if (available < 8192)
		ember_remedy(f, "the tool needs about 2 MiB and its rings: record -m 16K");
}

void ember_findings_take(struct ember_findings *s)
{
	struct utsname u;

	memset(s, 0, sizeof(*s));
	uname(&u);
	ember_findings_machine(s, &u);
	ember_findings_module(s, &u);
	ember_findings_rights(s);
	ember_findings_device(s);
	ember_findings_kernel(s, u.release);
	ember_findings_output(s);
	ember_findings_memory(s);
}
