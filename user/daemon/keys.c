// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/keys.h"

#include <stddef.h>
#include <string.h>

#include "daemon/values.h"

#define EMBER_SECOND 1000000000ull
#define EMBER_DAY    (86400 * EMBER_SECOND)

#define EMBER_OF_DAEMON(field_)	     offsetof(struct ember_daemon_config, field_)
#define EMBER_OF_REQUEST(field_)     offsetof(struct ember_daemon_config, request.field_)
#define EMBER_OF_DESTINATION(field_) offsetof(struct ember_destination_config, field_)
#define EMBER_OF_HTTP(field_)	     offsetof(struct ember_http_config, field_)
#define EMBER_OF_RELAY(field_)	     offsetof(struct ember_relay_config, field_)

static const char ember_yes_or_no[] = "yes or no";
static const char ember_any_path[] = "an absolute path";
static const char ember_a_size[] = "a size such as 256K, 16M";

const struct ember_config_key ember_keys[] = {
	{ EMBER_SECTION_DAEMON, "rate", "HZ", ember_set_rate, 0, 0, 0,
	  "1 up to the module's max_hz, or max", "samples per second and CPU (99)", "rate",
	  false },
	{ EMBER_SECTION_DAEMON, "events", "EVENT", ember_set_events, 0, 0, 0,
	  "cpu, growth:64K, block:10ms, with commas between them", "what is sampled (cpu)",
	  "events", false },
	{ EMBER_SECTION_DAEMON, "cpus", "LIST", ember_set_cpus, 0, 0, 0, "CPUs such as 0-3,5",
	  "only on these CPUs", "cpus", false },
	{ EMBER_SECTION_DAEMON, "modes", "MODE", ember_set_modes, 0, 0, 0,
	  "all, user or kernel", "only what runs in user or in kernel mode (all)", "modes",
	  false },
	{ EMBER_SECTION_DAEMON, "adopt", "YES", ember_set_flag, EMBER_OF_REQUEST(adopt), 0, 0,
	  ember_yes_or_no, "go on with the boot session, if there is one, at its rate (yes)",
	  "adopt", false },
	{ EMBER_SECTION_DAEMON, "ring-bytes", "SIZE", ember_set_ring, 0, 1, 1u << 30,
	  ember_a_size, "of each CPU's ring (by the rate)", "ring-bytes", false },
	{ EMBER_SECTION_DAEMON, "budget", "SHARE", ember_set_share,
	  EMBER_OF_DAEMON(budget_ppm), 100, 0, "0.01% to 100%, or off",
	  "of each CPU, for module and daemon together (0.5%)", "budget", false },
	{ EMBER_SECTION_DAEMON, "memory", "SIZE", ember_set_bytes, EMBER_OF_DAEMON(memory),
	  2u << 20, 1u << 30, "a size of 2M to 1G",
	  "that the daemon has resident before it drops what can be made again (8M)", "memory",
	  false },
	{ EMBER_SECTION_DAEMON, "call-graph", "HOW", ember_set_graph, 0, 0, 0, "tables or fp",
	  "unwind by tables, or by frame pointers alone (tables)", "call-graph", false },
	{ EMBER_SECTION_DAEMON, "unwind-cache", "DIR", ember_set_folder,
	  EMBER_OF_REQUEST(unwind_cache), 0, 0, "an absolute path of a folder that is there",
	  "keep tables there for next time, 16 MiB of them at most", "unwind-cache", false },
	{ EMBER_SECTION_DAEMON, "debug-dir", "DIR", ember_set_debug_dir, 0, 0, 0,
	  "an absolute path of a folder that is there, 16 times at most",
	  "debug files are there, too: DIR/.build-id/ab/cdef.debug", "debug-dir", true },
	{ EMBER_SECTION_DAEMON, "remote-files", "YES", ember_set_flag,
	  EMBER_OF_REQUEST(remote_files), 0, 0, ember_yes_or_no,
	  "read programs on NFS, FUSE and the like, which may hang (no)", "remote-files",
	  false },
	{ EMBER_SECTION_DAEMON, "board", "NAME", ember_set_text, EMBER_OF_REQUEST(board), 1,
	  EMBER_BOARD_LEN, "1 to 63 bytes",
	  "what logs call this machine (its serial number or the like)", "board", false },
	{ EMBER_SECTION_DAEMON, "store", "DIR", ember_set_path, EMBER_OF_DAEMON(store), 0, 0,
	  ember_any_path, "logs, one after the other (none: the fallback alone)", "store",
	  false },
	{ EMBER_SECTION_DAEMON, "keep", "SIZE", ember_set_bytes, EMBER_OF_REQUEST(keep),
	  EMBER_KEEP_LEAST, 1ull << 40, "a size of 512K to 1024G",
	  "of the store: the oldest logs go (16M)", "keep", false },
	{ EMBER_SECTION_DAEMON, "bytes-a-day", "SIZE", ember_set_bytes,
	  EMBER_OF_REQUEST(per_day), EMBER_KEEP_LEAST, 1ull << 40, "a size of 512K to 1024G",
	  "no more is written to the store in 24 hours (no bound)", "bytes-a-day", false },
	{ EMBER_SECTION_DAEMON, "flush", "SEC", ember_set_seconds, EMBER_OF_REQUEST(flush_ns),
	  EMBER_SECOND / 10, EMBER_DAY, "a time of 100ms to 24h",
	  "logs go to the disk at least as often (60)", "flush", false },
	{ EMBER_SECTION_DAEMON, "interval", "SEC", ember_set_seconds,
	  EMBER_OF_DAEMON(interval_ns), EMBER_SECOND / 10, EMBER_DAY, "a time of 100ms to 24h",
	  "between two profiles to a destination (10)", "interval", false },
	{ EMBER_SECTION_DAEMON, "fallback", "DIR", ember_set_path, EMBER_OF_DAEMON(fallback),
	  0, 0, ember_any_path, "logs while the store cannot be written (/run/emberprof/logs)",
	  "fallback", false },
	{ EMBER_SECTION_DAEMON, "fallback-keep", "SIZE", ember_set_bytes,
	  EMBER_OF_DAEMON(fallback_keep), EMBER_KEEP_LEAST, 1ull << 40,
	  "a size of 512K to 1024G", "of the fallback, which is memory (2M)", "fallback-keep",
	  false },
	{ EMBER_SECTION_DAEMON, "log", "WHERE", ember_set_log, EMBER_OF_DAEMON(syslog), 0, 0,
	  "stderr or syslog", "messages; what /dev/log does not take goes to stderr (stderr)",
	  "log", false },
	{ EMBER_SECTION_DESTINATION, "address", "ADDRESS", ember_set_address,
	  EMBER_OF_DESTINATION(address), 0, 0,
	  "udp://ADDR:PORT, tcp://ADDR:PORT, serial:DEVICE,BAUD[,console] or an absolute path of a folder",
	  "where samples go, to emberprof collect", "link", false },
	{ EMBER_SECTION_DESTINATION, "key", "FILE", ember_set_file, EMBER_OF_DESTINATION(key),
	  0, 0, "an absolute path of a file that can be read",
	  "chunks are sealed by this key (WITH_CRYPTO=1)", NULL, false },
	{ EMBER_SECTION_DESTINATION, "resend", "SIZE", ember_set_bytes,
	  EMBER_OF_DESTINATION(resend), EMBER_RESEND_LEAST, EMBER_RESEND_MOST,
	  "a size of 8K to 1G",
	  "what may have to be sent again (128K); of a folder: what is kept of it", NULL,
	  false },
	{ EMBER_SECTION_DESTINATION, "rate", "SIZE", ember_set_bytes,
	  EMBER_OF_DESTINATION(rate), EMBER_RATE_LEAST, EMBER_RESEND_MOST,
	  "100 to 1G bytes a second", "no more a second (256K, or what the line can)", NULL,
	  false },
	{ EMBER_SECTION_DESTINATION, "interval", "SEC", ember_set_seconds,
	  EMBER_OF_DESTINATION(interval_ns), EMBER_SECOND / 10, EMBER_DAY,
	  "a time of 100ms to 24h", "between two profiles (the daemon's)", NULL, false },
	{ EMBER_SECTION_DESTINATION, "comm", "NAME", ember_set_text,
	  EMBER_OF_DESTINATION(comm), 1, 15, "1 to 15 bytes", "only threads of this name",
	  NULL, false },
	{ EMBER_SECTION_DESTINATION, "pid", "PID", ember_set_pids, 0, 0, 0,
	  "process IDs with commas between them, 64 at most", "only these processes", NULL,
	  false },
	{ EMBER_SECTION_DESTINATION, "only", "KEY=VALUE", ember_set_only,
	  EMBER_OF_DESTINATION(only), 0, 0,
	  "cgroup=PATH, unit=NAME, comm=NAME or label=KEY=VALUE, 32 times at most",
	  "only processes in that cgroup or systemd unit, or below it", NULL, true },
	{ EMBER_SECTION_DESTINATION, "events", "EVENT", ember_set_some_events, 0, 0, 0,
	  "cpu and growth, with commas between them",
	  "only these events (all that are sampled)", NULL, false },
	{ EMBER_SECTION_HTTP, "listen", "ADDR:PORT", ember_set_listen, EMBER_OF_HTTP(listen),
	  0, 0, "an address in digits and a port, as 127.0.0.1:6060 or [::1]:6060",
	  "serve /debug/pprof/ there (WITH_HTTP=1)", "http", false },
	{ EMBER_SECTION_HTTP, "token-file", "FILE", ember_set_file, EMBER_OF_HTTP(token_file),
	  0, 0, "an absolute path of a file that can be read", "requests need this token",
	  "http-token-file", false },
	{ EMBER_SECTION_HTTP, "allow", "WHOM", ember_set_allow, EMBER_OF_HTTP(anyone), 0, 0,
	  "loopback or anyone",
	  "whom an address beyond loopback answers without a token (loopback)", "http-allow",
	  false },
	{ EMBER_SECTION_RELAY, "url", "URL", ember_set_url, EMBER_OF_RELAY(url), 0, 0,
	  "http://HOST[:PORT][/PATH] or https://",
	  "a server that profiles go to (WITH_RELAY=1)", "relay", false },
	{ EMBER_SECTION_RELAY, "spool", "DIR", ember_set_path, EMBER_OF_RELAY(spool), 0, 0,
	  ember_any_path, "what waits for the server is kept there (/run/emberprof/relay)",
	  NULL, false },
	{ EMBER_SECTION_RELAY, "user", "NAME", ember_set_text, EMBER_OF_RELAY(user), 1, 255,
	  "1 to 255 bytes", "for Basic authentication", NULL, false },
	{ EMBER_SECTION_RELAY, "password-file", "FILE", ember_set_file,
	  EMBER_OF_RELAY(password_file), 0, 0, "an absolute path of a file that can be read",
	  "the password of that user", NULL, false },
	{ EMBER_SECTION_RELAY, "interval", "SEC", ember_set_seconds,
	  EMBER_OF_RELAY(interval_ns), EMBER_SECOND, 3600 * EMBER_SECOND,
	  "a time of 1 to 3600", "that a profile covers (15)", NULL, false },
};

const unsigned int ember_nr_keys = sizeof(ember_keys) / sizeof(*ember_keys);

void *ember_section_of(struct ember_daemon_config *c, enum ember_section section)
{
	switch (section) {
	case EMBER_SECTION_DESTINATION: return &c->destination[c->nr_destinations - 1];
	case EMBER_SECTION_HTTP: return &c->http;
	case EMBER_SECTION_RELAY: return &c->relay;
	default: return c;
	}
}

void ember_key_options(struct ember_option options[EMBER_OPTIONS_MAX])
{
	unsigned int i, nr = 0;

	for (i = 0; i < ember_nr_keys && nr < EMBER_OPTIONS_MAX - 1; i++)
		if (ember_keys[i].option)
			options[nr++] = (struct ember_option){
				.name = ember_keys[i].option,
				.value = ember_keys[i].value,
				.help = ember_keys[i].help,
				.c = 256 + i,
			};
	options[nr] = (struct ember_option){};
}

void ember_keys_usage(FILE *out)
{
	static const char *const names[EMBER_SECTIONS] = {
		NULL,
		"[link] or [destination NAME]",
		"[http]",
		"[relay]",
	};
	const char *name = NULL;
	unsigned int i;

	for (i = 0; i < ember_nr_keys; i++) {
		if (names[ember_keys[i].section] != name)
			fprintf(out, "%s\n", name = names[ember_keys[i].section]);
		fprintf(out, "  %s = %s: %s\n", ember_keys[i].name, ember_keys[i].value,
			ember_keys[i].help);
	}
}
