# SPDX-License-Identifier: GPL-2.0-or-later
# What the tool refuses: one line on stderr that says why, the right exit status, nothing
# on stdout, no session and no file left. Each differs in one thing from what works.
# arch: x86_64 armhf
# cpus: 2
# timeout: 180
# programs: drop
# modules: otherabi
# debug: long, it's about the tool
# turns: yes
. /lab/ktap.sh

good=/tmp/good.folded

sessions_none() {
	[ ! -e /sys/module/emberprof ] || [ ! -e /dev/emberprof ] ||
		[ "$(/lab/emberprof status 2>/dev/null)" = "no sessions" ]
}

refused() { # STATUS PATTERN COMMAND...
	wanted=$1
	pattern=$2
	shift 2
	rc=0
	timeout 60 "$@" >/tmp/stdout 2>/tmp/stderr </dev/null || rc=$?
	if [ "$rc" = "$wanted" ] && [ "$(wc -l </tmp/stderr)" = 1 ] && [ ! -s /tmp/stdout ] &&
		grep -q "^emberprof: .*$pattern" /tmp/stderr && sessions_none &&
		[ ! -e "$good" ] && [ -z "$(ls /tmp | grep 'good\.folded')" ]; then
		return 0
	fi
	note "exit status $rc, $wanted wanted; /$pattern/ wanted of:"
	show /tmp/stderr
	sessions_none || note "a session is left"
	return 1
}

works() { # COMMAND...
	rc=0
	timeout 60 "$@" >/tmp/stdout 2>/tmp/stderr </dev/null || rc=$?
	[ "$rc" = 0 ] && return 0
	note "exit status $rc"
	show /tmp/stderr
	return 1
}

helps() { # COMMAND...: on stdout, not on stderr
	works "$@" && [ -s /tmp/stdout ] && [ ! -s /tmp/stderr ]
}

record() { # PATTERN STATUS OPTIONS...: a recording that differs from the one that works
	pattern=$1
	wanted=$2
	shift 2
	refused "$wanted" "$pattern" /lab/emberprof record -F 99 --duration 1 -o "$good" "$@"
}

# Without the module.
check "not loaded: record" record "isn't loaded: modprobe emberprof" 1
check "not loaded: an option is checked first" record "no such process: 99999" 1 -p 99999
check "not loaded: a key too" record "/tmp/no-key: No such file" 1 --key /tmp/no-key
check "not loaded: status" refused 1 "isn't loaded" /lab/emberprof status
rc=0
/lab/emberprof check >/tmp/check 2>/tmp/stderr || rc=$?
check "not loaded: check ends with 1" [ "$rc" = 1 ]
check "not loaded: check says so, with a remedy" grep -q '^missing *module .*(needed)' /tmp/check
check "not loaded: check reports the other things" \
	sh -c 'grep -q "^ok *capability" /tmp/check && grep -q "^ok *memory" /tmp/check'
check "not loaded: check says nothing on stderr" [ ! -s /tmp/stderr ]

for option in -h --help; do
	for command in "" record report check status; do
		# shellcheck disable=SC2086 # none, or a word
		check "help: $command $option" helps /lab/emberprof $command $option
	done
done
for command in record report check status; do
	check "help $command" helps /lab/emberprof help $command
done
check "version" helps /lab/emberprof --version
check "version: what it was built with" grep -q '^built with ' /tmp/stdout
rc=0
/lab/emberprof >/tmp/stdout 2>/tmp/stderr || rc=$?
check "no command: usage" sh -c "[ $rc = 2 ] && grep -q '^usage: emberprof COMMAND' /tmp/stderr"
check "unknown command" refused 2 "unknown command recrod (did you mean record?)" /lab/emberprof recrod
check "unknown option of the tool" refused 2 "unknown option --vresion" /lab/emberprof --vresion
check "unknown option of check" refused 2 "unknown option --jsn (did you mean --json?)" /lab/emberprof check --jsn
check "unwind of no file" refused 2 "check --unwind: FILE missing" /lab/emberprof check --unwind
check "unwind of a file that isn't there" refused 1 "/lab/none: No such file" \
	/lab/emberprof check --unwind --json /lab/none
check "unwind of what is no ELF file" refused 1 "not an ELF file" \
	/lab/emberprof check --unwind --rows /lab/ktap.sh
check "unknown option of status" refused 2 "unknown option -x" /lab/emberprof status -x
check "a word for status" refused 2 "takes no now" /lab/emberprof status now

# Other versions in its place.
insmod /lab/otherabi.ko
check "another version: record" record "module speaks version 99, this tool" 1
check "another version: status" refused 1 "version 99" /lab/emberprof status
rc=0
/lab/emberprof check >/tmp/check 2>&1 || rc=$?
check "another version: check" sh -c "[ $rc = 1 ] && grep -q 'missing.*/dev/emberprof.*version 99' /tmp/check"
rmmod otherabi
insmod /lab/otherabi.ko mute=1
check "something else there" record "isn't the module's device" 1
rmmod otherabi

load
check "what works" works /lab/emberprof record -F 99 --duration 1 -o "$good"
check "says one line, or a second of what was sampled before its table was there" \
	[ "$(sed 1d /tmp/stderr | grep -cv 'stacks end early')" = 0 ]
show /tmp/stderr
check "and writes" [ -e "$good" ]
rm -f "$good"

check "unknown option" record "unknown option -x" 2 -x
check "unknown long option" record "unknown option --al-cpus" 2 --al-cpus
check "no value" refused 2 "no value for -F" /lab/emberprof record -o "$good" -F
check "rate 0" record "rate 0: " 2 -F 0
check "rate -1" record "rate -1: " 2 -F -1
check "rate of letters" record "rate fast: " 2 -F fast
check "rate above the cap" record "rate 10001: at most 10000 Hz" 1 -F 10001
check "an event that there isn't" record "disk: no such event" 2 -e disk
check "an event's period 0" record "growth:0: a size of 1 byte" 2 -e growth:0
check "a time of 0" record "block:0: a time of 1ns to 4s" 2 -e block:0
check "a time of 5 s" record "rate 5s: a time of 1ns to 4s" 2 -e block --block-rate 5s
check "a rate without waits" record "rate: no event that waits have: add -e block" 2 --block-rate 10ms
check "a counter's period" record "cycles:1000: counters are read at the rate of cpu, -F HZ" 2 -e cpu,cycles:1000
check "a counter without the clock" record "cycles: add cpu: counters are read with its samples" 2 -e cycles
check "a mutex rate of 5 s" record "mutex-rate 5s: a time of 1ns to 4s" 2 -e mutex --mutex-rate 5s
check "a mutex rate without mutexes" record "mutex-rate: no event mutex: add -e mutex" 2 -e block --mutex-rate 10ms
check "an event twice" record "the event is named twice" 2 -e growth -e growth
check "a rate without the clock" record "-F" 2 -F 99 -e growth
check "-c" record "-F HZ" 2 -c 1000
check "duration 0" record "duration 0: " 2 --duration 0
check "ring of letters" record "ring size big: " 2 -m big
check "ring above the cap" record "max_ring_bytes" 1 -m 1G
check "no such CPU" record "no CPU 77: this machine has 0 to 1" 1 -C 77
check "CPUs of letters" record "-C a: " 2 -C a
check "user and kernel only" record "exclude each other" 2 --all-user --all-kernel
check "-p with a command" record "-p excludes a command" 2 -p 1 -- true
check "-p with -a" record "-p excludes -a" 2 -p 1 -a
check "-p with -t" record "-p and -t exclude" 2 -p 1 -t 1
check "-p of letters" record "-p init: " 2 -p init
check "no such process" record "no such process: 99999" 1 -p 99999
check "no such process among others" record "no such process: 99999" 1 -p 1,99999
check "process 0" record "no such process: 0" 1 -p 0
check "no such thread" record "no such thread: 99999" 1 -t 99999
check "unknown format" record "" 2 --format jpeg

check "no such command" record "no-such: command not found" 127 -- /lab/no-such
check "no such command in PATH" record "no-such: command not found" 127 -- no-such
echo "not to be run" >/tmp/plain
chmod 644 /tmp/plain
check "a file that may not be run" record "/tmp/plain: Permission denied" 126 -- /tmp/plain
check "a folder" record "/tmp: " 126 -- /tmp

# Outputs.
check "a folder that isn't there" refused 1 "No such file" \
	/lab/emberprof record --duration 1 -o /tmp/none/a.folded
check "a folder as output" refused 1 "/tmp" /lab/emberprof record --duration 1 --format folded -o /tmp
mkdir -p /tmp/ro /tmp/full
mount -t tmpfs -o ro none /tmp/ro
check "a file system that is read-only" refused 1 "Read-only" \
	/lab/emberprof record --duration 1 -o /tmp/ro/a.folded
mount -t tmpfs -o size=64k none /tmp/full
dd if=/dev/zero of=/tmp/full/filler bs=4k count=99 2>/dev/null
check "a file system that is full" refused 1 "No space" \
	/lab/emberprof record -q -F 999 -a --duration 1 -o /tmp/full/a.folded -- \
	sh -c 'dd if=/dev/zero of=/dev/null bs=1k count=300000 2>/dev/null'
check "nothing half-written on it" [ "$(ls /tmp/full)" = filler ]
rc=0
/lab/emberprof record -q -F 999 --duration 1 --format folded -o - -- \
	dd if=/dev/zero of=/dev/null bs=1k count=300000 >/dev/full 2>/tmp/stderr || rc=$?
check "stdout that is full" sh -c "[ $rc = 1 ] && [ \$(grep -c ^emberprof: /tmp/stderr) = 1 ]"
show /tmp/stderr
check "help to a full place" sh -c '/lab/emberprof record -h >/dev/full 2>/tmp/stderr; [ $? = 1 ]'

# Who may.
chmod 777 /tmp
check "no capability" refused 1 "needs CAP_PERFMON or root" \
	/lab/drop /lab/emberprof record --duration 1 -o "$good"
check "no capability: status" refused 1 "needs CAP_PERFMON or root" \
	/lab/drop /lab/emberprof status
check "CAP_PERFMON alone is enough" \
	works /lab/drop -p /lab/emberprof record -F 99 --duration 1 -o "$good"
rm -f "$good"
check "status too" works /lab/drop -p /lab/emberprof status
if unshare -U -r true 2>/dev/null; then
	check "root of a user namespace" refused 1 "outside of a user namespace" \
		unshare -U -r /lab/emberprof status
else
	skip "root of a user namespace" "this kernel has none"
fi
rc=0
/lab/drop /lab/emberprof check >/tmp/check 2>&1 || rc=$?
check "no capability: check" sh -c "[ $rc = 1 ] && grep -q '^missing *capability .*(needed)' /tmp/check"
chmod 600 /dev/emberprof
check "a node that is closed" refused 1 "may not be opened" \
	/lab/drop /lab/emberprof record --duration 1 -o "$good"
minor=$(sed 's/.*://' /sys/class/misc/emberprof/dev)
rm /dev/emberprof
check "no node" record "mknod -m 666 /dev/emberprof c 10 $minor" 1
mknod -m 666 /dev/emberprof c 10 "$minor"
rc=0
/lab/emberprof check >/tmp/check 2>&1 || rc=$?
check "node made as the message says: check ends with 0" [ "$rc" = 0 ]
[ "$rc" = 0 ] || show /tmp/check 40
check "check: json" sh -c '/lab/emberprof check --json | grep -q "^{\"usable\": true"'

# As many sessions as may be.
unload
load max_sessions=1 max_bytes=1000000
check "rings of more than sessions may have" record "max_bytes" 1 -m 1M
/lab/emberprof record -q -o /tmp/a.folded &
first=$!
until /lab/emberprof status | grep -q running; do sleep 0.1; done
rc=0
/lab/emberprof record --duration 1 -o "$good" >/tmp/stdout 2>/tmp/stderr || rc=$?
check "too many sessions" sh -c "[ $rc = 1 ] && [ \$(wc -l </tmp/stderr) = 1 ] && grep -q 'max_sessions' /tmp/stderr"
check "status needs none" sh -c '/lab/emberprof status | grep -q running'
kill -INT $first
wait $first
check "no session is left" sessions_none
finish
