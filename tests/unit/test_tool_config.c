// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof.conf: what is accepted, and the one line that says what is not. */
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/message.h"
#include "daemon/config.h"
#include "daemon/keys.h"
#include "daemon/values.h"

static char said[4096];
static unsigned int lines;

static void hear(void *context, enum ember_message_level level, const char *line)
{
	(void)context;
	(void)level;
	snprintf(said, sizeof(said), "%s", line);
	lines++;
}

static int parse(struct ember_daemon_config *c, const char *text)
{
	lines = 0;
	*said = 0;
	return ember_config_parse(c, "f.conf", text, strlen(text));
}

static void test_all(void **state)
{
	static const char text[] = "# all of them\n"
				   "rate = 199\r\n"
				   "  events=cpu,growth:64K  \n"
				   "cpus = 0-3,5\n"
				   "modes = user\n"
				   "adopt = no\n"
				   "ring-bytes = 100K\n"
				   "budget = 0.25%\n"
				   "memory = 4M\n"
				   "call-graph = fp\n"
				   "unwind-cache = /\n"
				   "debug-dir = /\n"
				   "debug-dir = /usr\n"
				   "remote-files = yes\n"
				   "board = a b = c\n"
				   "store = /var/lib/emberprof\n"
				   "keep = 1M\n"
				   "bytes-a-day = 2M\n"
				   "flush = 5m\n"
				   "interval = 500ms\n"
				   "fallback = /run/x\n"
				   "fallback-keep = 1M\n"
				   "log = syslog\n"
				   "; sections\n"
				   "[link]\n"
				   "address = udp://192.0.2.1:4577\n"
				   "resend = 64K\n"
				   "rate = 1000\n"
				   "[destination of-nginx]\n"
				   "address = /tmp\n"
				   "comm = nginx\n"
				   "pid = 1,2\n"
				   "only = unit=ssh.service\n"
				   "only = cgroup=/system.slice\n"
				   "events = growth\n"
				   "interval = 1m\n"
				   "key = /etc/passwd\n"
				   "[http]\n"
				   "listen = [::]:6060\n"
				   "token-file = /etc/passwd\n"
				   "allow = loopback\n"
				   "[relay]\n"
				   "url = https://h.example/x\n"
				   "spool = /var/spool/e\n"
				   "user = u\n"
				   "password-file = /etc/passwd\n"
				   "interval = 15";
	struct ember_daemon_config c;

	(void)state;
	assert_int_equal(parse(&c, text), 0);
	assert_int_equal(lines, 0);
	assert_int_equal(c.request.hz, 199);
	assert_int_equal(c.request.nr_events, 1);
	assert_int_equal(c.request.events[0].period, 65536);
	assert_true(c.request.some_cpus && c.request.highest_cpu == 5);
	assert_int_equal(c.request.flags, EMBER_CONFIG_NO_KERNEL);
	assert_false(c.request.adopt);
	assert_int_equal(c.request.ring_bytes, 128 << 10);
	assert_int_equal(c.budget_ppm, 2500);
	assert_int_equal(c.memory, 4 << 20);
	assert_true(c.syslog);
	assert_true(c.request.frame_pointers && c.request.remote_files);
	assert_string_equal(c.request.unwind_cache, "/");
	assert_int_equal(c.request.nr_debug_dirs, 2);
	assert_string_equal(c.request.debug_dirs[1], "/usr");
	assert_string_equal(c.request.board, "a b = c");
	assert_string_equal(c.store, "/var/lib/emberprof");
	assert_int_equal(c.request.keep, 1 << 20);
	assert_int_equal(c.request.per_day, 2 << 20);
	assert_true(c.request.flush_ns == 300000000000ull);
	assert_true(c.interval_ns == 500000000ull);
	assert_string_equal(c.fallback, "/run/x");
	assert_int_equal(c.nr_destinations, 2);
	assert_string_equal(c.destination[0].name, "link");
	assert_int_equal(c.destination[0].rate, 1000);
	assert_string_equal(c.destination[1].name, "of-nginx");
	assert_string_equal(c.destination[1].comm, "nginx");
	assert_int_equal(c.destination[1].nr_pid, 2);
	assert_int_equal(c.destination[1].only.nr, 2);
	assert_string_equal(c.destination[1].only.rule[1].value, "/system.slice");
	assert_true(c.destination[1].some_events && !c.destination[1].cpu);
	assert_true(c.destination[1].interval_ns == 60000000000ull);
	assert_string_equal(c.http.listen, "[::]:6060");
	assert_string_equal(c.relay.url, "https://h.example/x");
	assert_true(c.relay.interval_ns == 15000000000ull);
	ember_config_free(&c);
	/* An empty one has defaults. */
	assert_int_equal(parse(&c, ""), 0);
	assert_int_equal(c.request.hz, 99);
	assert_int_equal(c.budget_ppm, 5000);
	assert_true(c.request.adopt);
	ember_config_free(&c);
	assert_int_equal(parse(&c, "events = growth"), 0);
	assert_int_equal(c.request.hz, 0);
	ember_config_free(&c);
	assert_int_equal(parse(&c, "events = block:100ms,preempt:250us"), 0);
	assert_int_equal(c.request.events[0].period, 100000000);
	assert_int_equal(c.request.events[1].period, 250000);
	ember_config_free(&c);
	assert_int_equal(parse(&c, "budget = off"), 0);
	assert_int_equal(c.budget_ppm, 0);
	ember_config_free(&c);
}

static const struct {
	const char *text, *says;
} wrong[] = {
	{ "rate = 0", "f.conf:1: rate: 0: is too low (1 up to the module's max_hz, or max)" },
	{ "rate = -1",
	  "f.conf:1: rate: -1: is no rate (1 up to the module's max_hz, or max)" },
	{ "\nrate =", "f.conf:2: rate: : is no rate (1 up to the module's max_hz, or max)" },
	{ "rte = 9",
	  "f.conf:1: rte: unknown key: the section has none such (did you mean rate?)" },
	{ "rate = 9\nrate = 9",
	  "f.conf:2: rate: 9: is given twice (once; line 1 has it, too)" },
	{ "rate",
	  "f.conf:1: rate: line: is no key with a value (key = value, [section], # comment)" },
	{ "= 9",
	  "f.conf:1: = 9: line: is no key with a value (key = value, [section], # comment)" },
	{ "events = cpu,disk",
	  "f.conf:1: events: cpu,disk: has an event that is not known (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = growth:0",
	  "f.conf:1: events: growth:0: has an event with a period that makes no sense (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = block:64K",
	  "f.conf:1: events: block:64K: has an event with a period that makes no sense (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = threads",
	  "f.conf:1: events: threads: has an event that is not known (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = growth,growth",
	  "f.conf:1: events: growth,growth: has an event twice (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = cpu,cycles:5",
	  "f.conf:1: events: cpu,cycles:5: has an event with a period that makes no sense (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "events = growth,cycles",
	  "f.conf:1: events: growth,cycles: has counters, but not cpu (cpu, growth:64K, block:10ms, with commas between them)" },
	{ "rate = 9\nevents = growth",
	  "f.conf: rate: 9: no cpu event has a rate (events = cpu,...)" },
	{ "cpus = 3-1", "f.conf:1: cpus: 3-1: is no list of CPUs (CPUs such as 0-3,5)" },
	{ "modes = both", "f.conf:1: modes: both: is no mode (all, user or kernel)" },
	{ "adopt = maybe", "f.conf:1: adopt: maybe: is neither (yes or no)" },
	{ "log = file", "f.conf:1: log: file: is neither (stderr or syslog)" },
	{ "budget = 0.5", "f.conf:1: budget: 0.5: is no share (0.01% to 100%, or off)" },
	{ "budget = 0.001%",
	  "f.conf:1: budget: 0.001%: is too small (0.01% to 100%, or off)" },
	{ "budget = 101%", "f.conf:1: budget: 101%: is too large (0.01% to 100%, or off)" },
	{ "budget = 1.2.3%", "f.conf:1: budget: 1.2.3%: is no share (0.01% to 100%, or off)" },
	{ "memory = 1M", "f.conf:1: memory: 1M: is too small (a size of 2M to 1G)" },
	{ "memory = much", "f.conf:1: memory: much: is no size (a size of 2M to 1G)" },
	{ "keep = 99999G", "f.conf:1: keep: 99999G: is too large (a size of 512K to 1024G)" },
	{ "flush = 0", "f.conf:1: flush: 0: is no time (a time of 100ms to 24h)" },
	{ "flush = 1ms", "f.conf:1: flush: 1ms: is too short (a time of 100ms to 24h)" },
	{ "flush = 25h", "f.conf:1: flush: 25h: is too long (a time of 100ms to 24h)" },
	{ "store = logs", "f.conf:1: store: logs: is no absolute path (an absolute path)" },
	{ "unwind-cache = /none/such",
	  "f.conf:1: unwind-cache: /none/such: No such file or directory (an absolute path of a folder that is there)" },
	{ "unwind-cache = /etc/passwd",
	  "f.conf:1: unwind-cache: /etc/passwd: is no folder (an absolute path of a folder that is there)" },
	{ "board =", "f.conf:1: board: : is empty (1 to 63 bytes)" },
	{ "[link",
	  "f.conf:1: link: section: has no ] at its end ([link], [destination NAME], [http], [relay])" },
	{ "[links]",
	  "f.conf:1: links: section: is not known ([link], [destination NAME], [http], [relay])" },
	{ "[http]\n[http]",
	  "f.conf:2: http: section: is there twice ([link], [destination NAME], [http], [relay])" },
	{ "[link]\n", "f.conf:1: link: destination: has no address (address = ADDRESS)" },
	{ "[link]\naddress = udp://host:1",
	  "f.conf:2: address: udp://host:1: is no address (no names are looked up) (udp://ADDR:PORT, tcp://ADDR:PORT, serial:DEVICE,BAUD[,console] or an absolute path of a folder)" },
	{ "[link]\nkey = /none/such",
	  "f.conf:2: key: /none/such: No such file or directory (an absolute path of a file that can be read)" },
	{ "[destination a b]",
	  "f.conf:1: destination: a b: is no name (1 to 31 letters, digits, - and _)" },
	{ "[destination link]",
	  "f.conf:1: destination: link: is the name of [link] (1 to 31 letters, digits, - and _)" },
	{ "[destination a]\naddress = /\n[destination a]",
	  "f.conf:3: destination: a: is there twice (a name of its own)" },
	{ "[destination a]\ncomm = more-than-15-bytes",
	  "f.conf:2: comm: more-than-15-bytes: is too long (1 to 15 bytes)" },
	{ "[destination a]\nonly = units=a",
	  "f.conf:2: only: units=a: is no condition (cgroup=PATH, unit=NAME, comm=NAME or label=KEY=VALUE, 32 times at most)" },
	{ "[destination a]\nonly = wait=futex",
	  "f.conf:2: only: wait=futex: is no condition (cgroup=PATH, unit=NAME, comm=NAME or label=KEY=VALUE, 32 times at most)" },
	{ "[destination a]\npid = x",
	  "f.conf:2: pid: x: is no list of process IDs (process IDs with commas between them, 64 at most)" },
	{ "[destination a]\nevents = growth:1",
	  "f.conf:2: events: growth:1: has an event with a period that makes no sense (cpu and growth, with commas between them)" },
	{ "[http]\nlisten = localhost",
	  "f.conf:2: listen: localhost: is no address and port (no names are looked up) (an address in digits and a port, as 127.0.0.1:6060 or [::1]:6060)" },
	{ "[http]\nlisten = 0.0.0.0:80",
	  "f.conf:1: listen: 0.0.0.0:80: is not loopback, and anyone could read profiles (127.0.0.1:PORT, a token-file, or allow = anyone)" },
	{ "[relay]\nurl = ftp://x",
	  "f.conf:2: url: ftp://x: is no URL (http://HOST[:PORT][/PATH] or https://)" },
	{ "[relay]\nurl = http:///x",
	  "f.conf:2: url: http:///x: names no host (http://HOST[:PORT][/PATH] or https://)" },
};

static void test_wrong(void **state)
{
	struct ember_daemon_config c;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(parse(&c, wrong[i].text), 2);
		assert_string_equal(said, wrong[i].says);
		assert_int_equal(lines, 1);
		assert_int_equal(c.nr_text, 0);
	}
}

static void test_bounds(void **state)
{
	static char text[EMBER_CONFIG_LINE + 64];
	struct ember_daemon_config c;

	(void)state;
	memset(text, ' ', EMBER_CONFIG_LINE);
	memcpy(text, "rate = 9", 8);
	assert_int_equal(parse(&c, text), 0);
	ember_config_free(&c);
	text[EMBER_CONFIG_LINE] = ' ';
	assert_int_equal(parse(&c, text), 2);
	assert_string_equal(
		said, "f.conf:1: line: its length: is more than a line has (1024 bytes)");
	assert_int_equal(ember_config_parse(&c, "f.conf", "a\0b", 3), 2);
	assert_string_equal(said, "f.conf:1: line: NUL: is no text (text)");
	*text = 0;
	for (unsigned int i = 0; i < 9; i++)
		sprintf(text + strlen(text), "[destination d%u]\naddress = /\n", i);
	assert_int_equal(parse(&c, text), 2);
	assert_string_equal(said, "f.conf:17: destination: d8: is one too many (8 of them)");
}

static unsigned int key_of(const char *option)
{
	unsigned int i;

	for (i = 0; i < ember_nr_keys; i++)
		if (ember_keys[i].option && !strcmp(ember_keys[i].option, option))
			return i;
	fail();
	return 0;
}

/* What the command line says goes before the file; a file that cannot be read is said. */
static void test_options(void **state)
{
	struct ember_config_option o[] = {
		{ key_of("rate"), "7" },
		{ key_of("link"), "udp://192.0.2.9:1" },
		{ key_of("http"), "127.0.0.1:1" },
	};
	struct ember_config_source source = { "test_config.conf", o, 3 };
	struct ember_daemon_config c;
	int fd = open(source.file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	static const char text[] =
		"rate = 99\n[link]\naddress = udp://192.0.2.1:1\nrate = 5000\n";

	(void)state;
	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(ember_config_load(&c, &source), 0);
	assert_int_equal(c.request.hz, 7);
	assert_int_equal(c.nr_destinations, 1);
	assert_string_equal(c.destination[0].address, "udp://192.0.2.9:1");
	assert_int_equal(c.destination[0].rate, 5000);
	assert_string_equal(c.http.listen, "127.0.0.1:1");
	ember_config_free(&c);
	o[0].value = "none";
	assert_int_equal(ember_config_load(&c, &source), 2);
	assert_string_equal(said,
			    "--rate: none: is no rate (1 up to the module's max_hz, or max)");
	o[0].value = "7";
	o[2].value = "0.0.0.0:1";
	assert_int_equal(ember_config_load(&c, &source), 2);
	assert_string_equal(
		said,
		"--http: 0.0.0.0:1: is not loopback, and anyone could read profiles (127.0.0.1:PORT, a token-file, or allow = anyone)");
	unlink(source.file);
	assert_int_equal(ember_config_load(&c, &source), 2);
	assert_string_equal(said,
			    "test_config.conf: No such file or directory (emberprof.conf(5))");
	source = (struct ember_config_source){ NULL, o, 2 };
	assert_int_equal(ember_config_load(&c, &source), 0);
	assert_string_equal(c.destination[0].address, "udp://192.0.2.9:1");
	ember_config_free(&c);
}

/* Only what the module has to know asks for another session. */
static void test_session(void **state)
{
	struct ember_daemon_config a, b;

	(void)state;
	assert_int_equal(parse(&a, "rate = 9"), 0);
	assert_int_equal(parse(&b, "rate = 9\nbudget = 1%\nkeep = 2M\nboard = x"), 0);
	assert_true(ember_config_same_session(&a, &b));
	ember_config_free(&b);
	assert_int_equal(parse(&b, "rate = 10"), 0);
	assert_false(ember_config_same_session(&a, &b));
	ember_config_free(&b);
	assert_int_equal(parse(&b, "rate = 9\ncpus = 0"), 0);
	assert_false(ember_config_same_session(&a, &b));
	ember_config_free(&b);
	assert_int_equal(parse(&b, "rate = 9\nevents = cpu,growth"), 0);
	assert_false(ember_config_same_session(&a, &b));
	ember_config_free(&b);
	ember_config_free(&a);
}

static void test_loopback(void **state)
{
	(void)state;
	assert_true(ember_listen_is_loopback("127.0.0.1:1") &&
		    ember_listen_is_loopback("127.9.9.9:1") &&
		    ember_listen_is_loopback("[::1]:1"));
	assert_false(ember_listen_is_loopback("0.0.0.0:1") ||
		     ember_listen_is_loopback("192.0.2.1:1") ||
		     ember_listen_is_loopback("[::]:1") ||
		     ember_listen_is_loopback("[::ffff:127.0.0.1]:1") ||
		     ember_listen_is_loopback("x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bounds),	cmocka_unit_test(test_options),
		cmocka_unit_test(test_session), cmocka_unit_test(test_loopback),
	};

	ember_message_set(EMBER_LEVEL_NOTE, hear, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
