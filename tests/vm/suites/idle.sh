# SPDX-License-Identifier: GPL-2.0-or-later
# A CPU that has nothing to do isn't woken by the tick: the timer's interrupts of 10 s,
# with a session and without, the reader on another CPU.
# cpus: 2
# timeout: 420
# modules: span
. /lab/ktap.sh

timers() { # those of CPU 1 so far
	awk '/LOC:|arch_timer|arch_sys_timer/ { n += $3 } END { print n + 0 }' /proc/interrupts
}

ten() { # timer interrupts of ten seconds
	began=$(timers)
	sleep 10
	echo $(($(timers) - began))
}

ticks() { # of sessions so far
	cat /sys/module/span/parameters/ticks
}

running() {
	/lab/emberprof status | grep -q ' running '
}

# By a session of 99 Hz. Of its own timer each tick counts that isn't a sample of something that
# ran: 990 in ten seconds, if the timer went on. All timer interrupts say whether something else
# wakes the CPU on the session's behalf, once more each time that it goes idle. What the kernel
# does differs from one ten seconds to the next by more than half: the fewest of six count.
added() { # MOST: so many, or "each", one for each time that the CPU is woken anyway
	bare=999999 with=999999
	for _ in 1 2 3 4 5 6; do
		now=$(ten)
		[ "$now" -ge "$bare" ] || bare=$now
		before=$(ticks)
		taskset 1 /lab/emberprof record -F 99 -a -C 1 -o /tmp/idle.folded 2>/tmp/said &
		recorder=$!
		await running || return 1
		sleep 1
		now=$(ten)
		[ "$now" -ge "$with" ] || with=$now
		kill -INT $recorder
		wait $recorder || return 1
		own=$(($(ticks) - before - $(awk '/ samples, / { n = $2 } END { print n + 0 }' /tmp/said)))
		room=$((bare * 3 / 2 + 20)) most=$1
		[ "$1" != each ] || most=$room
		[ "$own" -le "$most" ] && [ "$with" -gt $room ] || break
	done
	note "$bare timer interrupts in 10 s, $with with a session, whose timer found the CPU idle $own times"
	[ "$own" -le "$most" ] && [ "$with" -le $room ]
}

for irq in /proc/irq/[0-9]*; do
	echo 1 2>/dev/null >$irq/smp_affinity
done
# What else of the kernel and of this script runs goes elsewhere.
taskset -p 1 $$ >/dev/null
few=5
# Threads take the softirqs: the CPU is idle a little later than it seems.
grep -q PREEMPT_RT /proc/version && few=30
load
check "the session's ticks can be counted" insmod /lab/span.ko
check "an idle CPU sleeps" added $few
unload
load tracepoints=0
check "an idle CPU sleeps, without tracepoints" added each
rmmod span
finish
