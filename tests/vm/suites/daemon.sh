# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon: its store, SIGHUP, a module that comes and goes, a full and a read-only disk,
# kill -9, a clock that is set late, a boot session, how much memory and CPU it takes.
# debug: long, it is about the tool
# cpus: 2
# memory: 512
# programs: shares
# timeout: 700
# turns: yes
. /lab/ktap.sh
trap 'show /tmp/daemon.said 40; dmesg | grep -E "segfault|traps:" | sed "s/^/# /"' EXIT

store=/tmp/store
conf=/tmp/emberprof.conf
mkdir -p $store

start() { # waits until it answers
	/lab/emberprof daemon -c $conf 2>>/tmp/daemon.said &
	daemon=$!
	await status
}

status() {
	/lab/emberprof status --json >/tmp/status 2>/tmp/status.said && grep -q '"daemon": {' /tmp/status
}

oneliner() {
	/lab/emberprof status 2>/dev/null | head -n 1
}

is() { # WHAT: the status has it
	status && grep -q "$1" /tmp/status
}

stop() {
	kill "$daemon"
	wait "$daemon"
}

# Samples of a pattern in the logs of the store, or another folder.
samples() { # PATTERN [DIR]
	/lab/emberprof report --format folded -o /tmp/out.folded "${2:-$store}" 2>/tmp/warnings || return 1
	awk -v pattern="$1" '$0 ~ pattern { all += $NF } END { print all + 0 }' /tmp/out.folded
}

more() { # N: a report of the store has more than N samples of shares
	n=$(samples '^shares;' "${2:-$store}")
	[ "${n:-0}" -gt "$1" ]
}

says() { # TEXT: the daemon has said it
	grep -qF "$1" /tmp/daemon.said
}

work() { # SECONDS
	end=$(($(cut -d. -f1 /proc/uptime) + $1))
	while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do /lab/shares 1 >/dev/null; done
}

cat >$conf <<END
rate = 499
store = $store
keep = 4M
flush = 1
interval = 1
fallback = /tmp/fallback
budget = 5%
END

# The clock of a board without one; it is set 2 s after sampling has begun.
now=$(date +%s)
date -s @1000 >/dev/null
begun=$(cut -d. -f1 /proc/uptime)

# Signals while its configuration is still read, as from a slow disk: here, a pipe.
slowly() { # SIGNAL: sent again and again meanwhile
	: >/tmp/early.said
	/lab/emberprof daemon -c /tmp/slow.conf 2>/tmp/early.said &
	daemon=$!
	sleep 1
	i=0
	while [ $i -lt 100 ]; do
		kill "-$1" "$daemon"
		i=$((i + 1))
	done
	timeout 10 sh -c "cat $conf >/tmp/slow.conf"
}
mkfifo /tmp/slow.conf
slowly HUP
sleep 0.5
timeout 10 sh -c "cat $conf >/tmp/slow.conf"
check "SIGHUP before it has begun: is heeded" await grep -q 'slow.conf: is applied' /tmp/early.said
check "and it goes on" await status
show /tmp/early.said 4
stop
check "SIGTERM behind it: ends well" [ $? = 0 ]
slowly TERM
wait "$daemon"
check "SIGTERM before it has begun: ends well" [ $? = 0 ]
check "and leaves no file" [ ! -e /run/emberprof/daemon.pid ]

start
check "without the module it waits" is '"state": "waiting"'
check "says so once" [ "$(grep -c 'waits for the module' /tmp/daemon.said)" = 1 ]
check "another one is refused" sh -c "! /lab/emberprof daemon -c $conf 2>/tmp/other && grep -q 'a daemon runs already: process $daemon' /tmp/other"
load
check "samples once it is there" await is '"state": "sampling"'
work 2
date -s @$((now + $(cut -d. -f1 /proc/uptime) - begun)) >/dev/null
work 2
check "a report of its store has the samples" await more 100
show /tmp/warnings 3
/lab/emberprof report --format json -o /tmp/out.json $store 2>/dev/null
check "at the time that the clock has shown since" \
	sh -c "/lab/emberprof report --time $(date -u -d @$((now - 5)) +%Y-%m-%dT%H:%M:%S), --format folded -o /tmp/out.folded $store 2>/dev/null &&
	[ \$(awk '/^shares;/ { n += \$NF } END { print n + 0 }' /tmp/out.folded) -gt 100 ]"
note "$(/lab/emberprof report --time "$(date -u -d @$((now - 5)) +%Y-%m-%dT%H:%M:%S)," $store 2>&1 | head -n 8 | tr '\n' '|'), now $(date -u)"
note "$(oneliner)"

# SIGHUP.
cp $conf /tmp/good.conf
sed -i 's,^store = .*,store = /tmp/rates,; s/^rate = 499/rate = 199/' $conf
kill -HUP "$daemon"
check "SIGHUP: another rate" await is '"hz": 199'
check "SIGHUP: another store" await sh -c "ls /tmp/rates/*.ember >/dev/null 2>&1"
echo 'rte = 9' >>$conf
kill -HUP "$daemon"
check "SIGHUP: a bad one is said" await says "$conf:8: rte: unknown key: the section has none such (did you mean rate?)"
check "SIGHUP: and keeps the old" sh -c "grep -q 'is not applied: the daemon goes on as before' /tmp/daemon.said"
check "SIGHUP: it samples on" is '"state": "sampling"'
cp /tmp/good.conf $conf
kill -HUP "$daemon"
check "SIGHUP: and back" await is '"hz": 499'
check "--test: accepts the good one" /lab/emberprof daemon -c $conf --test

# The system sleeps: CLOCK_MONOTONIC stands still, and the times of samples go on with the date.
# `core` is all of a suspend but its last step, in place of which the kernel waits for 5 s.
in_time() { # FROM TO: samples of shares
	/lab/emberprof report --time "$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%S),$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%S)" \
		--format folded -o /tmp/out.folded $store 2>/tmp/warnings || return 1
	awk '/^shares;/ { all += $NF } END { print all + 0 }' /tmp/out.folded
}
if grep -qw core /sys/power/pm_test 2>/dev/null && grep -qw mem /sys/power/state; then
	work 3
	echo core >/sys/power/pm_test
	asleep=$(date +%s)
	echo mem >/sys/power/state
	awake=$(date +%s)
	work 4
	check "a suspend: it samples on" is '"state": "sampling"'
	check "with what was sampled before it" [ "$(in_time $((asleep - 4)) $((asleep + 1)))" -gt 10 ]
	between=$(in_time $((asleep + 2)) $((awake - 2)))
	show /tmp/warnings 2
	check "with nothing in it" [ "${between:-0}" = 0 ]
	check "and right times behind it" [ "$(in_time $awake $((awake + 5)))" -gt 10 ]
	note "slept for $((awake - asleep)) s; $(in_time $((asleep - 4)) $((asleep + 1))) samples before, $(in_time $awake $((awake + 5))) behind"
else
	skip "a suspend" "this kernel has no pm_test"
fi

# The module is replaced.
check "rmmod: in use" sh -c '! rmmod emberprof 2>/dev/null'
check "--pause" sh -c '/lab/emberprof daemon --pause >/tmp/line && grep -q ": paused" /tmp/line'
check "rmmod: no longer in use" rmmod emberprof
sleep 2
check "it waits" is '"state": "paused"'
load
check "goes on with the new one by itself" await is '"state": "sampling"'
check "in a new stream" is '"sessions": 4'
before=$(samples '^shares;')
work 3
check "with its samples" await more "$before"
/lab/emberprof daemon --pause >/dev/null
/lab/emberprof daemon --resume >/dev/null
check "--resume" await is '"state": "sampling"'
check "its line has its memory and the store's size" \
	sh -c "/lab/emberprof status | head -n 1 | grep -E '; [0-9.]+ [KM]iB in $store; [0-9.]+ MiB resident'"

# SIGHUP as fast as can be, with a session of its own each time, and pauses between.
sed 's,^store = .*,store = /tmp/rates,; s/^rate = 499/rate = 997/' /tmp/good.conf >/tmp/other.conf
i=0
while [ $i -lt 60 ]; do
	cp /tmp/other.conf $conf
	kill -HUP "$daemon"
	kill -HUP "$daemon"
	[ $((i % 10)) != 3 ] || /lab/emberprof daemon --pause >/dev/null
	cp /tmp/good.conf $conf
	kill -HUP "$daemon"
	[ $((i % 10)) != 7 ] || /lab/emberprof daemon --resume >/dev/null
	i=$((i + 1))
done
kill -HUP "$daemon"
/lab/emberprof daemon --resume >/dev/null
check "SIGHUP in a row: it samples on" await is '"state": "sampling"'
check "by what it read last" await is '"hz": 499'
i=0
while [ $i -lt 100 ]; do
	kill -HUP "$daemon" 2>/dev/null
	kill "$daemon" 2>/dev/null
	i=$((i + 1))
done
wait "$daemon"
check "SIGTERM among them: ends well" [ $? = 0 ]
check "the socket is gone" [ ! -e /run/emberprof/daemon.sock ]
check "--pause: no daemon" sh -c '! /lab/emberprof daemon --pause 2>/tmp/said && grep -q "no daemon runs" /tmp/said'

# kill -9: the next one goes on in the same folder.
kills=3
[ -z "$EMBER_LONG" ] || kills=50
while [ $kills -gt 0 ]; do
	kills=$((kills - 1))
	start
	work 2
	kill -9 "$daemon"
	wait "$daemon" 2>/dev/null
done
n=$(samples '^shares;')
note "$before samples before, ${n:-none} behind"
show /tmp/warnings 5
check "killed again and again: what was flushed is there" [ "${n:-0}" -gt "$before" ]
check "each in a log of its own" [ "$(ls $store/*.ember | wc -l)" -ge 6 ]

# A disk that is full for a while, and one that becomes read-only.
mkdir -p /tmp/small /tmp/fallback
mount -t tmpfs -o size=1536k tmpfs /tmp/small
sed "s,^store = .*,store = /tmp/small/store," /tmp/good.conf >$conf
start
await is '"state": "sampling"'
work 2
dd if=/dev/zero of=/tmp/small/filler bs=4k 2>/dev/null
check "a full disk: goes on in the fallback" await sh -c "/lab/shares 1; /lab/emberprof status --json | grep -q '\"fallback\": true'"
check "and says so" says "/tmp/small/store: takes nothing: logs go to /tmp/fallback meanwhile"
work 3
check "which has samples" await more 50 /tmp/fallback
rm /tmp/small/filler
check "comes back" await sh -c "/lab/shares 1; /lab/emberprof status --json | grep -q '\"fallback\": false'"
check "and says so" says "/tmp/small/store: takes logs again"
work 2
stop
n=$(samples '^shares;' /tmp/small/store)
check "the store has samples" [ "${n:-0}" -gt 50 ]
mount -o remount,ro /tmp/small
start
check "a read-only one: the fallback at once" await is '"path": "/tmp/fallback", "fallback": true'
check "with the reason" says "/tmp/small/store: Read-only file system: logs go to /tmp/fallback meanwhile (store = DIR)"
mount -o remount,rw /tmp/small
check "and back" await is '"path": "/tmp/small/store", "fallback": false'
stop
umount /tmp/small

# Destinations of their own, beside the store.
mkdir -p /tmp/only
{ cat /tmp/good.conf; printf '[destination only]\naddress = /tmp/only\ncomm = shares\n'; } >$conf
start
await is '"state": "sampling"'
(while :; do :; done) &
busy=$!
work 3
kill $busy
stop
check "a destination has the threads of its filter" more 50 /tmp/only
# Interrupts that came while they ran have roots of their own.
check "and no others" [ "$(grep -vcE '^(shares;|[[])' /tmp/out.folded)" = 0 ]
rmmod emberprof

# A boot session is adopted, with what it sampled before.
load boot=1 boot_hz=299
work 3
cp /tmp/good.conf $conf
sed -i 's,^store = .*,store = /tmp/boot,' $conf
start
check "the boot session is adopted" is '"adopted": true'
check "at its rate" is '"hz": 299'
stop
# It ran before only, and an emulated board skips many points.
check "from before the daemon on" more 20 /tmp/boot

# 200 processes, and the figures of a window.
sed -i 's/^rate = .*/rate = 99/; s,^budget = .*,budget = 0.5%,; s,^store = .*,store = /tmp/many,; s,^flush = .*,flush = 60,' $conf
start
await is '"state": "sampling"'
i=0 busy=
while [ $i -lt 200 ]; do
	(while :; do /lab/shares 0; sleep 1; done) &
	busy="$busy $!"
	i=$((i + 1))
done
seconds=25
[ -z "$EMBER_LONG" ] || seconds=1800
sleep $seconds
await status
resident() {
	note "$(($(counter resident_bytes) / 1024)) KiB resident; VmRSS $(field /proc/"$daemon"/status VmRSS:) KiB"
	[ "$(counter resident_bytes)" -gt 0 ] && [ "$(counter resident_bytes)" -le $((4 << 20)) ]
}
check "200 processes: at most 4 MiB resident" resident
note "$(oneliner)"
note "$(grep -o '"budget_percent.*"window_s": [0-9]*' /tmp/status)"
check "a window's figures are there" sh -c "! grep -q '\"module_percent\": 0.0000' /tmp/status"
stop
# shellcheck disable=SC2086 # a list
kill $busy
finish
