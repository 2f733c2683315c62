// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof record: sample now. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd.h"
#include "model/recording.h"
#include "sink/sink.h"
#include "source/device.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"

#define EMBER_USAGE								\
	"usage: emberprof record [options] [-- COMMAND [ARGS]]\n"		\
	"  -F, --freq HZ        samples per second and CPU (99)\n"		\
	"  -a, --all-cpus       everything, even with a COMMAND\n"		\
	"  -p, --pid PID        this process\n"					\
	"  -t, --tid TID        this thread\n"					\
	"  -o, --output FILE    .pb.gz, .pb, .folded, .svg or .txt (emberprof.pb.gz)\n" \
	"      --duration SEC   stop by itself\n"				\
	"      --all-user       user mode only\n"				\
	"      --all-kernel     kernel mode only\n"				\
	"  -g                   accepted: stacks are always taken\n"		\
	"  -h, --help\n"							\
	"Without COMMAND, -p or -t everything is sampled until Ctrl-C.\n"

struct ember_options {
	struct ember_config config;
	const char *output;
	double duration;
	bool all;
	uint32_t id;
	char **command;
};

static volatile sig_atomic_t ember_stop;

static void ember_on_signal(int signal)
{
	(void)signal;
	ember_stop = 1;
}

static bool ember_number(const char *text, uint32_t *number)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	*number = value;
	return *text >= '0' && *text <= '9' && !*end && !errno && value <= UINT32_MAX;
}

/* 0, or 2 (said), or -1: help was asked for. */
static int ember_record_options(struct ember_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "freq", 1, NULL, 'F' }, { "all-cpus", 0, NULL, 'a' },
		{ "pid", 1, NULL, 'p' }, { "tid", 1, NULL, 't' },
		{ "output", 1, NULL, 'o' }, { "duration", 1, NULL, 'D' },
		{ "all-user", 0, NULL, 'U' }, { "all-kernel", 0, NULL, 'K' },
		{ "help", 0, NULL, 'h' }, { },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:F:ap:t:o:gh", options, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 'F': good = ember_number(optarg, &o->config.hz); break;
		case 'a': o->all = true; break;
		case 'p': case 't':
			good = ember_number(optarg, &o->id);
			o->config.filter = c == 'p' ? EMBER_FILTER_PROCESSES :
						      EMBER_FILTER_THREADS;
			break;
		case 'o': o->output = optarg; break;
		case 'D': o->duration = atof(optarg); good = o->duration > 0; break;
		case 'U': o->config.flags |= EMBER_CONFIG_NO_KERNEL; break;
		case 'K': o->config.flags |= EMBER_CONFIG_NO_USER; break;
		case 'g': break;
		case 'h': return -1;
		default:
			ember_error("%s %s: see emberprof record -h",
				    c == ':' ? "no value for" : "unknown option", argv[optind - 1]);
			return 2;
		}
		if (!good) {
			ember_error("not a number that makes sense: %s", optarg);
			return 2;
		}
	}
	if (optind < argc)
		o->command = argv + optind;
	if ((o->config.flags & (EMBER_CONFIG_NO_KERNEL | EMBER_CONFIG_NO_USER)) ==
	    (EMBER_CONFIG_NO_KERNEL | EMBER_CONFIG_NO_USER) ||
	    (o->command && o->config.filter)) {
		ember_error("these options exclude each other: see emberprof record -h");
		return 2;
	}
	return 0;
}

/* The command, held back until `go` is closed. Its exec's errno comes from `failed`. */
static pid_t ember_spawn(char **command, int *go, int *failed)
{
	int start[2], error[2];
	pid_t pid;
	char byte;

	if (pipe(start) || pipe(error))
		return -1;
	pid = fork();
	if (!pid) {
		close(start[1]);
		close(error[0]);
		while (read(start[0], &byte, 1) < 0 && errno == EINTR)
			;
		close(start[0]);
		if (fcntl(error[1], F_SETFD, FD_CLOEXEC))
			_exit(126);
		signal(SIGINT, SIG_DFL);
		execvp(command[0], command);
		byte = errno;
		if (write(error[1], &byte, 1) != 1)
			_exit(126);
		_exit(127);
	}
	close(start[0]);
	close(error[1]);
	*go = start[1];
	*failed = error[0];
	return pid;
}

static double ember_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Until the command ends, the time is over, or a signal says so. */
static void ember_sample(struct ember_device *d, struct ember_recording *recording,
			 const struct ember_options *o, pid_t child, int *status)
{
	double end = ember_seconds() + o->duration;
	struct pollfd wait = { .fd = d->fd, .events = POLLIN };

	while (!ember_stop) {
		if (child > 0 && waitpid(child, status, WNOHANG) == child)
			break;
		if (o->id && kill(o->id, 0) && errno == ESRCH)
			break;
		if (o->duration && ember_seconds() >= end)
			break;
		poll(&wait, 1, child > 0 ? 50 : 250);
		ember_device_read(d, ember_recording_record, recording);
	}
}

static void ember_summary(const struct ember_recording *p, const struct ember_status *st)
{
	const struct ember_counters *c = &st->counters;

	fprintf(stderr, "emberprof: %llu samples, %llu lost, %llu threads, %u stacks, handlers %.3f %% of a CPU\n",
		(unsigned long long)p->samples, (unsigned long long)c->points_lost,
		(unsigned long long)c->threads_defined, p->stacks.nr,
		st->running_ns ? 100.0 * c->handler_ns / st->running_ns : 0);
}

static int ember_write(const struct ember_recording *recording, struct ember_symbols *symbols,
		       const char *output)
{
	struct ember_profile *profile = ember_naming_profile(recording, symbols);
	int err = ember_sink_write(profile, output, NULL);

	if (profile->kernel_hidden)
		fputs("emberprof: kernel symbols are hidden: sysctl kernel.kptr_restrict=0\n", stderr);
	ember_profile_free(profile);
	return err;
}

int ember_cmd_record(int argc, char **argv)
{
	struct ember_options o = { .output = "emberprof.pb.gz",
				   .config = { .size = sizeof(o.config), .hz = 99 } };
	struct ember_symbols *symbols;
	struct ember_recording recording;
	struct ember_device device;
	struct ember_status status;
	int err, go = -1, failed = -1, child_status = 0;
	uint32_t self = getpid();
	pid_t child = 0;
	char error;

	err = ember_record_options(&o, argc, argv);
	if (err < 0) {
		fputs(EMBER_USAGE, stdout);
		return 0;
	}
	if (!err)
		err = ember_sink_check(o.output, NULL);
	if (err)
		return err;
	symbols = ember_symbols_new();
	signal(SIGINT, ember_on_signal);
	signal(SIGTERM, ember_on_signal);
	if (o.command && !o.all) {
		/* Whatever the command leaves behind becomes our child. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		o.config.filter = EMBER_FILTER_TREE;
		o.id = 0;
		o.config.ids = (uintptr_t)&self;
		o.config.nr_ids = 1;
	} else if (o.config.filter) {
		o.config.ids = (uintptr_t)&o.id;
		o.config.nr_ids = 1;
	}
	o.config.latency_ms = 1000;
	err = ember_device_open(&device, &o.config);
	if (err)
		return err;
	ember_recording_init(&recording, device.config.nr_rings, device.config.period_ns);
	if (o.command) {
		child = ember_spawn(o.command, &go, &failed);
		if (child < 0)
			return ember_error("%s: %s", o.command[0], strerror(errno));
	}
	ember_recording_start(&recording);
	err = ember_device_start(&device);
	if (go >= 0)
		close(go);
	if (!err && child && read(failed, &error, 1) == 1) {
		waitpid(child, &child_status, 0);
		ember_error("%s: %s", o.command[0], strerror(error));
		return error == ENOENT ? 127 : 126;
	}
	if (!err)
		ember_sample(&device, &recording, &o, child, &child_status);
	err = err || ember_device_stop(&device, &status);
	if (!err) {
		ember_device_read(&device, ember_recording_record, &recording);
		ember_recording_stop(&recording);
		err = ember_write(&recording, symbols, o.output);
		ember_summary(&recording, &status);
	}
	ember_device_close(&device);
	ember_recording_free(&recording);
	ember_symbols_free(symbols);
	if (err || !child)
		return err;
	return WIFSIGNALED(child_status) ? 128 + WTERMSIG(child_status) :
					   WEXITSTATUS(child_status);
}
