# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs off and on line while a session runs.
# debug: daily
# cpus: 3
# timeout: 180
# programs: hotplug counters
. /lab/ktap.sh

load
check "the tick follows the CPUs" /lab/hotplug

# CPU 1 goes, comes and is busy then. Only few of its samples may be without cycles, but each one
# while perf has all counters of that CPU, until it goes.
cycles() { # LEAST LOW HIGH COMMAND: samples whose period was counted; and was not
	/lab/emberprof record -a -F 199 -e cpu,cycles -o /tmp/cycles.ember -- sh -c "$4
		taskset 2 sh -c 'i=0; while [ \$i -lt 100000 ]; do i=\$((i + 1)); done'" >/tmp/said 2>&1
	show /tmp/said
	awk -v least="$1" -v low="$2" -v high="$3" '/cycles: [0-9]+ in/ {
		print "# " $5 " samples with cycles, " $9 " without"
		good = $5 >= least && $9 >= low && $9 <= high } END { exit !good }' /tmp/said
}
online=/sys/devices/system/cpu/cpu1/online
if /lab/emberprof record -e cpu,cycles -o /tmp/cycles.ember -- /bin/true >/tmp/said 2>&1; then
	check "counters follow the CPUs" cycles 20 0 3 "echo 0 >$online; echo 1 >$online"
	/lab/counters take 1 >/tmp/taken &
	taken=$!
	await grep -q taken /tmp/taken
	check "periods of a CPU without a free counter are counted" cycles 0 20 100000 :
	kill $taken
else
	skip "counters follow the CPUs" "$(grep -o 'cycles: .*' /tmp/said)"
fi
unload
load tracepoints=0
check "without tracepoints too" /lab/hotplug
finish
