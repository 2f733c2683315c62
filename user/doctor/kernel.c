// SPDX-License-Identifier: GPL-2.0-or-later
/* The part of a survey that is the kernel's: its options, tracepoints and symbols. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <emberprof.h>

#include "base/first_line.h"
#include "base/kallsyms.h"
#include "base/kconfig.h"
#include "doctor/permissions.h"
#include "doctor/kernel.h"

static const struct {
	const char *options, *what, *remedy;
	bool needed; /* as long as the module isn't in */
	bool off; /* better if it is n */
} ember_options[] = {
	{ "MODULES", "loadable modules", "CONFIG_MODULES=y", true, false },
	{ "HIGH_RES_TIMERS", "sampling between jiffies", "CONFIG_HIGH_RES_TIMERS=y", true,
	  false },
	{ "IRQ_WORK", "waking the reader",
	  "CONFIG_PERF_EVENTS=y, or another that selects IRQ_WORK", true, false },
	{ "TRIM_UNUSED_KSYMS", "symbols that modules need",
	  "CONFIG_TRIM_UNUSED_KSYMS=n, or name them in CONFIG_UNUSED_KSYMS_WHITELIST", false,
	  true },
	{ "TRACEPOINTS", "idle CPUs asleep, interrupts named",
	  "CONFIG_FTRACE=y and CONFIG_ENABLE_DEFAULT_TRACERS=y, which select TRACEPOINTS",
	  false, false },
#if defined(__x86_64__) || defined(__i386__)
	{ "UNWINDER_ORC|UNWINDER_FRAME_POINTER|FRAME_POINTER", "kernel stacks",
	  "CONFIG_UNWINDER_ORC=y, or CONFIG_UNWINDER_FRAME_POINTER=y", false, false },
#elif defined(__arm__)
	{ "ARM_UNWIND|FRAME_POINTER", "kernel stacks", "CONFIG_ARM_UNWIND=y", false, false },
#endif
	{ "KALLSYMS", "names of kernel functions", "CONFIG_KALLSYMS=y", false, false },
	{ "PROC_FS", "names of programs' files", "CONFIG_PROC_FS=y", false, false },
	{ "NO_HZ_COMMON", "idle CPUs without a tick", "CONFIG_NO_HZ_IDLE=y", false, false },
	{ "DEVTMPFS", EMBER_DEVICE " by itself", "CONFIG_DEVTMPFS=y, or mknod by hand or udev",
	  false, false },
};

static char *ember_config(const char *release, char *path, size_t bytes)
{
	static const char *const places[] = {
		"/proc/config.gz",
		"/boot/config-%s",
		"/lib/modules/%s/config",
		"/lib/modules/%s/build/.config",
		"/usr/lib/modules/%s/config",
	};
	unsigned int i;
	char *text;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *where = strchr(places[i], '%');

		if (where)
			snprintf(path, bytes, "%.*s%s%s", (int)(where - places[i]), places[i],
				 release, where + 2);
		else
			snprintf(path, bytes, "%s", places[i]);
		text = ember_kconfig_read(path);
		if (text)
			return text;
	}
	return NULL;
}

static void ember_findings_config(struct ember_findings *s, const char *release)
{
	struct ember_finding *f;
	char path[300], *text = ember_config(release, path, sizeof(path));
	unsigned int i;

	if (!text) {
		f = ember_find(s, "kernel configuration", EMBER_WANTED, EMBER_UNKNOWN,
			       "not reported by this kernel");
		ember_remedy(f,
			     "CONFIG_IKCONFIG_PROC=y, or the configuration as /boot/config-%s",
			     release);
		return;
	}
	ember_find(s, "kernel configuration", EMBER_WANTED, EMBER_OK, "%s", path);
	for (i = 0; i < sizeof(ember_options) / sizeof(*ember_options); i++) {
		bool set = ember_kconfig_any(text, ember_options[i].options);
		bool good = set != ember_options[i].off;

		/* A module that is in shows that it had what it needs to get in. */
		if (s->loaded && (ember_options[i].needed || ember_options[i].off))
			continue;
		f = ember_find(s, ember_options[i].what, ember_options[i].needed,
			       good ? EMBER_OK : EMBER_MISSING, "%s is %sset",
			       ember_options[i].options, set ? "" : "not ");
		if (!good)
			ember_remedy(f, "%s", ember_options[i].remedy);
	}
	free(text);
}

static void ember_findings_tracepoints(struct ember_findings *s)
{
	static const char *const folders[] = { "/sys/kernel/tracing",
					       "/sys/kernel/debug/tracing" };
	static const char *const names[] = {
		"sched/sched_switch",	     "irq/softirq_entry",
		"irq/softirq_exit",	     "irq/irq_handler_entry",
		"irq/irq_handler_exit",	     "timer/hrtimer_expire_entry",
		"timer/hrtimer_expire_exit",
	};
	unsigned int i, k, missing = 0;
	struct ember_finding *f;
	char path[100];

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events", folders[i]);
		if (!access(path, X_OK))
			break;
	}
	if (i == 2) {
		f = ember_find(s, "tracepoints", EMBER_WANTED, EMBER_UNKNOWN,
			       "tracefs can't be read");
		ember_remedy(
			f,
			"mount -t tracefs tracefs /sys/kernel/tracing, as root, to have them looked up");
		return;
	}
	f = ember_find(s, "tracepoints", EMBER_WANTED, EMBER_OK, "all seven are there");
	for (k = 0; k < sizeof(names) / sizeof(*names); k++) {
		snprintf(path, sizeof(path), "%s/events/%s", folders[i], names[k]);
		if (!access(path, F_OK))
			continue;
		if (!missing++)
			snprintf(f->found, sizeof(f->found), "not there:");
		snprintf(f->found + strlen(f->found), sizeof(f->found) - strlen(f->found),
			 " %s", names[k]);
	}
	/* Of a module that is in the row is by what the module says. */
	snprintf(path, sizeof(path), "%s/events/kmem/rss_stat", folders[i]);
	if (!s->loaded)
		ember_find(s, "event growth", EMBER_WANTED,
			   access(path, F_OK) ? EMBER_MISSING : EMBER_OK,
			   "tracepoint kmem/rss_stat");
	snprintf(path, sizeof(path), "%s/events/sched/sched_switch", folders[i]);
	if (!s->loaded)
		ember_find(s, "event block", EMBER_WANTED,
			   access(path, F_OK) ? EMBER_MISSING : EMBER_OK,
			   "tracepoint sched/sched_switch");
	if (missing) {
		f->state = EMBER_MISSING;
		ember_remedy(
			f,
			"what hangs on them is left out: CONFIG_TRACEPOINTS, a kernel that isn't stripped of them");
	}
}

static void ember_findings_kallsyms(struct ember_findings *s)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	struct ember_finding *f;
	char restricted[16];
	bool hidden;

	if (!file) {
		f = ember_find(s, "kernel symbols", EMBER_WANTED, EMBER_MISSING,
			       "no /proc/kallsyms");
		ember_remedy(f, "CONFIG_KALLSYMS=y");
		return;
	}
	hidden = ember_kernel_symbols_hidden(file);
	fclose(file);
	if (!hidden) {
		ember_find(s, "kernel symbols", EMBER_WANTED, EMBER_OK, "in /proc/kallsyms");
		return;
	}
	if (!ember_first_line("/proc/sys/kernel/kptr_restrict", restricted,
			      sizeof(restricted)))
		snprintf(restricted, sizeof(restricted), "?");
	f = ember_find(s, "kernel symbols", EMBER_WANTED, EMBER_MISSING,
		       "hidden (kernel.kptr_restrict is %s)", restricted);
	ember_remedy(f, "sysctl kernel.kptr_restrict=0%s",
		     *restricted == '2' ? "" : ", or run as root");
}

void ember_findings_kernel(struct ember_findings *s, const char *release)
{
	ember_findings_config(s, release);
	ember_findings_tracepoints(s);
	ember_findings_kallsyms(s);
}
