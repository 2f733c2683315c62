# SPDX-License-Identifier: GPL-2.0-or-later
# What the sampled make the module keep: how much of it, and for how long.
# turns: yes
# cpus: 2
# programs: herd
# timeout: 300
# days: odd
. /lab/ktap.sh

# All of them end at once, on a CPU that has nothing to do from then on.
dead() { # WHAT
	/lab/herd 300 10 0 >/tmp/out
	check "$1: the processes ran" [ $? = 0 ]
	show /tmp/out 2
	check "$1: most were seen" [ "$(field /tmp/out spaces)" -gt 200 ]
	check "$1: no more than a few are kept for 0.7 s" \
		[ "$(field /tmp/out after)" -le $(($(field /tmp/out before) + 40)) ]
}

for irq in /proc/irq/[0-9]*; do
	echo 1 2>/dev/null >$irq/smp_affinity
done
taskset -p 1 $$ >/dev/null
load
dead "processes that end"
unload

# A share of 160 KiB has room for what is mapped in ten of them.
processes=150
# To map and unmap takes so much longer there.
[ ! -e /proc/lockdep_stats ] || processes=40
load max_bytes=1310720
/lab/herd $processes 20 500 >/tmp/out
check "processes of 500 executable mappings ran" [ $? = 0 ]
show /tmp/out 2
check "all were seen" [ "$(field /tmp/out spaces)" -ge $processes ]
check "the module kept no more than it may" \
	[ "$(field /tmp/out kept_kb)" -le $(($(field /tmp/out memory_kb) + 128)) ]
check "and what it says" \
	[ "$(field /tmp/out kept_kb)" -ge $(($(field /tmp/out memory_kb) - 160 - 128)) ]
check "the processes took some, no more than their share" \
	[ $((($(field /tmp/out taken_kb) - 1) / 160)) = 0 ]
check "and asked for more" [ "$(field /tmp/out refused)" -gt 5 ]
finish
