# SPDX-License-Identifier: GPL-2.0-or-later
# Where threads run the timers, a CPU that is woken now and then is idle all the same: the
# session's ticks stay away, without tracepoints too.
# kernels: *-rt
# cpus: 2
# timeout: 180
# programs: waker
# modules: span
. /lab/ktap.sh

own() { # MOST: ticks of a session in ten seconds
	taskset 1 /lab/emberprof record -F 99 -a -C 1 --duration 14 -o /tmp/idle.folded 2>/tmp/said &
	recorder=$!
	sleep 3
	taskset 2 /lab/waker 100 &
	waker=$!
	began=$(cat /sys/module/span/parameters/ticks)
	sleep 10
	ticks=$(($(cat /sys/module/span/parameters/ticks) - began))
	kill $waker
	wait $recorder || return 1
	note "$ticks ticks of a session in 10 s with a hundred wake-ups"
	[ "$ticks" -le "$1" ]
}

taskset -p 1 $$ >/dev/null
load tracepoints=0
check "our ticks can be counted" insmod /lab/span.ko
check "a CPU that is woken now and then sleeps on" own 40
rmmod span
finish
