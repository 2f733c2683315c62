# SPDX-License-Identifier: GPL-2.0-or-later
# turns: yes
# icount: yes
# timeout: 500
# programs: interrupts
# modules: burn
# debug: long, its checks take much of the time that is measured
# What 30 % of a CPU burnt in a tasklet, a hard hrtimer's callback and a requested
# interrupt's handler looks like: its share within 3 points, the handler named.
# days: odd
. /lab/ktap.sh

load
for what in tasklet:burn_tasklet:softirq hrtimer:burn_hrtimer:hrtimer \
	irq:burn_handler:hardirq; do
	kind=${what%%:*}
	symbol=${what#*:}
	check "$kind: burns" insmod /lab/burn.ko kind="$kind"
	for beside in '' busy; do
		check "$kind on ${beside:-an idle} CPU: 30 %, named" \
			/lab/interrupts "${symbol%:*}" "${symbol#*:}" 30 3 $beside
	done
	note "ran $(cat /sys/module/burn/parameters/handled) times"
	rmmod burn
	check "$kind: nothing without it" [ ! -e /sys/module/burn ]
done
gone() { # KIND CONTEXT WHAT
	check "$2: burns again" insmod /lab/burn.ko kind="$1"
	rm -f /tmp/listening
	/lab/interrupts quiet 40 /tmp/listening "$2" &
	pid=$!
	while kill -0 $pid 2>/dev/null && [ ! -e /tmp/listening ]; do sleep 1; done
	rmmod burn
	check "$3 that take nothing aren't listened to for long" wait $pid
}

gone hrtimer hrtimer callbacks
# Elsewhere the clock's interrupt passes no handler's tracepoints: they stay attached.
case $(uname -m) in
x86_64) ;;
*)
	gone irq hardirq handlers
	# 100 of them a second, a thousandth of the time.
	check "handlers take little time" insmod /lab/burn.ko kind=irq burn_us=10
	check "they are listened to once" /lab/interrupts brief 80
	rmmod burn
	;;
esac
finish
