# SPDX-License-Identifier: GPL-2.0-or-later
# What the sampled make the module keep: how much of it, and for how long.
# cpus: 2
# programs: herd
# timeout: 300
. /lab/ktap.sh

# All of them end at once, on a CPU that has nothing to do from then on.
dead() { # WHAT
	/lab/herd 300 10 0 >/tmp/out
	check "$1: the processes ran" [ $? = 0 ]
	show /tmp/out 2
	check "$1: most were seen" [ "$(field /tmp/out spaces)" -gt 200 ]
	# A slab is counted whole while a CPU takes from it.
	check "$1: no more than a few are kept for 0.7 s" \
		[ "$(field /tmp/out after)" -le $(($(field /tmp/out before) + 150)) ]
}

for irq in /proc/irq/[0-9]*; do
	echo 1 2>/dev/null >$irq/smp_affinity
done
taskset -p 1 $$ >/dev/null
load
dead "processes that end"
unload

# Each with more than a session's share of 8 MiB has room for, all in all.
load max_bytes=8388608
/lab/herd 150 20 500 >/tmp/out
check "processes of 500 executable mappings ran" [ $? = 0 ]
show /tmp/out 2
check "all were seen" [ "$(field /tmp/out spaces)" -ge 150 ]
check "the module kept no more than it may" \
	[ "$(field /tmp/out kept_kb)" -le $(($(field /tmp/out memory_kb) + 256)) ]
# A MiB of it is set aside for them.
check "and what it says" [ "$(field /tmp/out kept_kb)" -ge \
	$(($(field /tmp/out memory_kb) - 1024 + $(field /tmp/out taken_kb) - 256)) ]
check "the processes asked for more" [ "$(field /tmp/out refused)" -gt 50 ]
finish
