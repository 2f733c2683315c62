# SPDX-License-Identifier: GPL-2.0-or-later
# A CPU that has nothing to do isn't woken by the tick: the timer's interrupts of 10 s,
# with a session and without, the reader on another CPU.
# cpus: 2
# timeout: 420
. /lab/ktap.sh

timers() { # those of CPU 1 so far
	awk '/LOC:|arch_timer|arch_sys_timer/ { n += $3 } END { print n + 0 }' /proc/interrupts
}

ten() { # timer interrupts of ten seconds
	began=$(timers)
	sleep 10
	echo $(($(timers) - began))
}

# By a session of 99 Hz. What else the kernel does differs from one ten seconds to the next
# by more than that: the fewest of six count.
added() { # MOST
	bare=999999 with=999999
	for _ in 1 2 3 4 5 6; do
		now=$(ten)
		[ "$now" -ge "$bare" ] || bare=$now
		taskset 1 /lab/emberprof record -F 99 -a -C 1 --duration 14 -o /tmp/idle.folded 2>/tmp/said &
		recorder=$!
		sleep 3
		now=$(ten)
		[ "$now" -ge "$with" ] || with=$now
		wait $recorder || return 1
		[ $((with - bare)) -gt "$1" ] || break
	done
	note "$bare timer interrupts in 10 s, $with with a session"
	[ $((with - bare)) -le "$1" ]
}

for irq in /proc/irq/[0-9]*; do
	echo 1 2>/dev/null >$irq/smp_affinity
done
# What else of the kernel and of this script runs goes elsewhere.
taskset -p 1 $$ >/dev/null
most=5
# The kernel's own tick is on, or its threads take the softirqs: its noise is larger.
grep -q PREEMPT_RT /proc/version && most=30
load
check "an idle CPU sleeps" added $most
unload
load tracepoints=0
check "an idle CPU sleeps, without tracepoints" added $((most + 25))
finish
