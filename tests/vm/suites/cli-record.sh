# SPDX-License-Identifier: GPL-2.0-or-later
# How recordings begin and end: commands, signals, processes that end, time. In each case
# the file is there and whole, nothing of the session is left, and the status is right.
# arch: x86_64
# cpus: 2
# debug: no, what it does to the module lifecycle and sessions do, too
# timeout: 300
# programs: terminal
# days: even
. /lab/ktap.sh

out=/tmp/out.folded

ended() { # the session has gone, and the file is whole
	[ "$(/lab/emberprof status)" = "no sessions" ] && [ -e "$out" ] &&
		! grep -qv ' [0-9][0-9]*$' "$out" && [ "$(ls /tmp | grep -c 'out\.folded')" = 1 ]
}

# One line of figures. What is here has no frame pointers: a line that says so may follow.
figures() {
	[ "$(wc -l </tmp/stderr)" = 1 ] || [ "$(sed 1d /tmp/stderr | grep -cv 'stacks end early')" = 0 ]
}

fresh() {
	rm -f "$out" /tmp/stderr /tmp/stdout
}

run() { # STATUS COMMAND...: that is the exit status; one line on stderr
	wanted=$1
	shift
	rc=0
	timeout 60 "$@" >/tmp/stdout 2>/tmp/stderr </dev/null || rc=$?
	[ "$rc" = "$wanted" ] && figures && return 0
	note "exit status $rc, $wanted wanted, and one line of:"
	show /tmp/stderr
	return 1
}

record() { # STATUS OPTIONS...
	fresh
	wanted=$1
	shift
	run "$wanted" /lab/emberprof record -F 499 -o "$out" "$@" && ended
}

is_running() {
	/lab/emberprof status 2>/dev/null | grep -q ' running '
}

running() { # waits until a session runs
	await is_running
}

busy='dd if=/dev/zero of=/dev/null bs=64k count=4000 2>/dev/null'

load

# Commands.
check "a command that ends well" record 0 -- sh -c "$busy"
check "a line with all figures" grep -Eq \
	'^emberprof: [0-9]+ samples, 0 lost,( [0-9]+ walked by tables,)? [0-9]+ threads, [0-9]+ stacks, handlers [0-9.]+ % of a CPU: /tmp/out.folded$' /tmp/stderr
check "its own status" record 3 -- sh -c "$busy; exit 3"
check "killed by SIGKILL" record 137 -- sh -c "$busy; kill -KILL \$\$"
check "killed by SIGTERM" record 143 -- sh -c "$busy; kill -TERM \$\$"
check "everything, while a command runs" record 0 -a -- sh -c "$busy"
check "quiet" sh -c "/lab/emberprof record -q -o $out -- true 2>/tmp/stderr; [ ! -s /tmp/stderr ]"
check "what a command leaves behind isn't waited for" \
	record 0 -- sh -c "sleep 600 & $busy"
killall sleep

check "stderr closed: the file is as good" \
	sh -c "rm -f $out; /lab/emberprof record -F 499 -o $out -- sh -c '$busy' 2>&- && grep -q '^dd;' $out"
check "stdin closed" sh -c "rm -f $out; /lab/emberprof record -q -F 499 -o $out -- sh -c '$busy' <&- && grep -q '^dd;' $out"
check "stdout closed: a failure" sh -c '/lab/emberprof record -q --duration 1 --format table -o - >&- 2>/dev/null; [ $? = 1 ]'

# Threads are counted as threads, not as often as CPUs and names define them.
fresh
/lab/emberprof record -F 999 -o $out -- sh -c 'exec sh -c "i=0; while [ \$i -lt 300000 ]; do i=\$((i+1)); done"' 2>/tmp/stderr
check "one process that execs is one thread" grep -q ' 1 threads' /tmp/stderr
show /tmp/stderr

# Orphans become the tool's children: reaped while it records.
fresh
/lab/emberprof record -q -o $out -- sh -c '(sh -c "sleep 0.2 & echo \$! >/tmp/orphan" &); exec sleep 600' &
tool=$!
await [ -s /tmp/orphan ]
reaped() {
	[ ! -e "/proc/$(cat /tmp/orphan)" ] && kill -0 $tool
}
check "orphans are reaped" await reaped
killall sleep
wait $tool

# Time.
check "a duration" record 0 --duration 1.5
check "a duration with a command: it is ended too" record 0 --duration 1.5 -- sh -c "while :; do :; done"
check "and gone" [ -z "$(pidof sleep)" ]
check "a duration above a command's time" record 5 --duration 600 -- sh -c "$busy; exit 5"
fresh
rc=0
/lab/emberprof record -q --duration 1 -o $out -- sh -c 'trap "" TERM; echo $$ >/tmp/stubborn; while :; do sleep 1; done' 2>/tmp/stderr || rc=$?
check "a command that won't end is left, with a word" \
	sh -c "[ $rc = 0 ] && grep -q 'still runs' /tmp/stderr"
check "it does run" kill -KILL "$(cat /tmp/stubborn)"
check "its file is there" ended

# Signals, with nothing to run: the file is finished, status 0.
for signal in INT TERM HUP; do
	fresh
	/lab/emberprof record -F 499 -o $out 2>/tmp/stderr &
	tool=$!
	running
	sleep 0.5
	kill -$signal $tool
	rc=0
	wait $tool || rc=$?
	check "SIG$signal finishes the file" sh -c "[ $rc = 0 ] && grep -q '[0-9] samples' /tmp/stderr"
	check "SIG$signal: nothing is left" ended
done
fresh
trap '' HUP
/lab/emberprof record -q -o $out &
tool=$!
trap - HUP
running
kill -HUP $tool
sleep 1
check "SIGHUP is ignored under nohup" kill -0 $tool
kill -INT $tool
wait $tool

# Signals, with a command: sent to the tool alone, the command is ended by SIGTERM.
for signal in INT TERM; do
	fresh
	/lab/emberprof record -q -F 499 -o $out -- sh -c 'while :; do :; done' &
	tool=$!
	running
	sleep 0.5
	kill -$signal $tool
	rc=0
	wait $tool || rc=$?
	check "SIG$signal to the tool: status of its command" [ "$rc" = 143 ]
	check "SIG$signal to the tool: nothing is left" ended
done

# A second signal may come at any time: the samples are written.
twice=0
for gap in 0 0.02 0.05 0.1 0.2 0.4; do
	fresh
	/lab/emberprof record -F 499 -o $out -a -- sh -c "$busy" 2>/tmp/stderr &
	tool=$!
	running
	sleep 0.5
	kill -INT $tool
	sleep $gap
	kill -INT $tool 2>/dev/null
	wait $tool
	ended && [ -s $out ] && twice=$((twice + 1)) || note "not after $gap s"
	grep -q 'second signal' /tmp/stderr && note "names were left out after $gap s"
done
check "a second signal loses no samples" [ $twice = 6 ]

# Ctrl-C on a terminal goes to both.
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
fresh
rc=0
# Once progress was shown twice: on a busy host it takes its time.
/lab/terminal 2 ' lost' /lab/emberprof record -F 499 -o $out -- /bin/sh -c 'while :; do :; done' >/tmp/screen || rc=$?
check "Ctrl-C: the command's status" [ "$rc" = 130 ]
check "Ctrl-C: nothing is left" ended
check "progress on a terminal" grep -q '[0-9] s: [0-9]* samples, [0-9]* lost' /tmp/screen
tr '\r' '\n' </tmp/screen | sed -n 's/^\([0-9]*\) s: .*/\1/p' >/tmp/shown
check "at most once a second" [ -z "$(uniq -d /tmp/shown)" ]
fresh
rc=0
/lab/terminal 1 ' lost' /lab/emberprof record -F 499 -o $out -- /bin/sh -c \
	"trap 'sleep 1; exit 9' INT; while :; do :; done" >/tmp/screen || rc=$?
check "Ctrl-C that the command takes its time over" [ "$rc" = 9 ]
check "and its file" ended
check "pprof to a terminal is refused" \
	sh -c '/lab/terminal 0 - /lab/emberprof record --duration 1 -o - >/tmp/screen; [ $? -gt 0 ] && [ $(wc -l </tmp/screen) = 1 ]'
show /tmp/screen
fresh
(
	rc=0
	/lab/emberprof record -q -F 999 --format folded -o - -- sh -c "$busy" 2>/tmp/stderr || rc=$?
	echo $rc >/tmp/rc
) | true
# What a pager does isn't worth a word.
check "a reader that went away: status 1, one line at most" \
	sh -c '[ "$(cat /tmp/rc)" = 1 ] && [ "$(wc -l </tmp/stderr)" -le 1 ]'
show /tmp/stderr

# Processes that others started.
work() { # SECONDS
	exec timeout "$1" sh -c 'while :; do :; done'
}
ends_with() { # OPTION PID...: the recording ends after them, not before
	option=$1
	shift
	record 0 "$option" "$(echo "$*" | tr ' ' ,)" || return 1
	for pid; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}
work 6 &
check "a process (-p): the recording ends with it" ends_with -p $!
sleep 4 &
first=$!
work 7 &
check "several (-p): it ends with the last one" ends_with -p $first $!
wrong=0
work 30 &
worker=$!
for gap in 0.01 0.03 0.06 0.1 0.15 0.2; do
	sleep $gap &
	rc=0
	timeout 60 /lab/emberprof record -q --duration 0.3 -o $out -p $!,$worker 2>/tmp/stderr || rc=$?
	[ "$rc" = 0 ] || grep -q "no such process: $!" /tmp/stderr || wrong=$((wrong + 1))
done
kill $worker
check "one of several (-p) that ends at once doesn't matter" [ $wrong = 0 ]
sleep 0.1 &
rc=0
timeout 60 /lab/emberprof record -o $out -p $! 2>/tmp/stderr || rc=$?
check "a process (-p) that ends at once: one line, 0 or 1" \
	sh -c "[ $rc -le 1 ] && [ \$(wc -l </tmp/stderr) = 1 ]"
work 6 &
check "a thread (-t): the recording ends with it" ends_with -t $!

# What it costs to be there.
fresh
/lab/emberprof record -q -o $out &
tool=$!
running
sleep 3
# VmRSS lags behind by the kernel's per-thread counters; smaps_rollup walks the page tables.
rss=$(awk '/^Rss:/ { print $2 }' /proc/$tool/smaps_rollup)
before=$(awk '/^voluntary/ { print $2 }' /proc/$tool/status)
sleep 5
after=$(awk '/^voluntary/ { print $2 }' /proc/$tool/status)
note "Rss $rss kB, $((after - before)) wake-ups of the reader in 5 s"
check "resident memory is at most 2 MiB" [ "$rss" -le 2048 ]
# Each of the three rings may just then have waited for its 10 s.
check "the reader sleeps on an idle system" [ $((after - before)) -le 3 ]
check "status: a row for it" sh -c "/lab/emberprof status | grep -q '$tool emberprof .*running *99 all'"
/lab/emberprof status --cpus >/tmp/stdout
show /tmp/stdout
check "status --cpus: a row for each" [ "$(grep -c '^  cpu [01] .*points' /tmp/stdout)" = 2 ]
check "status --json" sh -c "/lab/emberprof status --json --cpus | grep -q '\"owner\": $tool, .*\"points_sampled\": [0-9]'"
/lab/emberprof record -q -F max -m 128K -o /tmp/second.folded &
second=$!
both_run() {
	[ "$(/lab/emberprof status | grep -c ' running ')" = 2 ]
}
await both_run
check "two sessions, two rates" sh -c '/lab/emberprof status | grep -q "10000 all.* 128K"'
kill -INT $second $tool
wait $second
wait $tool
check "both are gone" ended
finish
