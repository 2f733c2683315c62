# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 processes that live for less than a sample or two, ten times as many as there
# are slots: each is named, and nothing of them is kept, not even when nothing more
# happens.
# icount: yes
# programs: where children
# timeout: 500
. /lab/ktap.sh

field() { # NAME
	awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) { print $(i + 1); exit } }' /tmp/out
}

mms() { # struct mm_struct in use, after what RCU frees late
	sleep 1
	awk '$1 == "mm_struct" { print $2 }' /proc/slabinfo
}

kernel_kb() { # what the kernel has taken for itself
	awk '/^(SUnreclaim|KernelStack|PageTables|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# The debug kernel takes many times as long for each.
processes=10000
[ ! -e /proc/lockdep_stats ] || processes=2500

load
# A reader that comes only at the end: the definitions of 1,000 processes, of which the
# last ring holds half, have waited for it.
/lab/where -s -F 2999 -r 65536 /lab/children 1000 0 /lab/children >/tmp/out
show /tmp/out 3
check "a stalled reader: 500 processes were seen" [ "$(field spaces)" -gt 500 ]
check "their definitions are more than the ring holds" [ "$(field generations)" -gt 500 ]
check "none was lost" [ "$(field definitions_lost)" = 0 ]
check "and every one arrived" [ "$(field broken)" = 0 ]
check "the samples that weren't lost are named" [ "$(field unknown)" = 0 ]
# And one with rings of a page, which reads when it's woken.
/lab/where -F 999 -r 4096 /lab/children 100 2 /lab/children >/tmp/out
show /tmp/out 3
check "small rings: no definition was lost" [ "$(field definitions_lost)" = 0 ]
check "small rings: every generation arrived whole" [ "$(field broken)" = 0 ]
check "small rings: each sample in user mode is named" [ "$(field unknown)" = 0 ]
# Still sampled at the end: it's the module's own doing that frees what's dead.
cat >/tmp/many <<'END'
. /lab/ktap.sh
awk '$1 == "mm_struct" { print "before", $2 }' /proc/slabinfo
/lab/children $1 0 /lab/children
awk '$1 == "mm_struct" { print "busy", $2 }' /proc/slabinfo
# What frees them wakes no CPU that sleeps.
for turn in 1 2 3 4; do
	sleep 1
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); done
done
awk '$1 == "mm_struct" { print "after", $2 }' /proc/slabinfo
END
before=$(kernel_kb)
/lab/where -F 2999 sh /tmp/many $processes >/tmp/out
rc=$?
after=$(kernel_kb)
show /tmp/out 8
note "the kernel's memory: $before kB before, $after kB after"
check "the processes ran" [ $rc = 0 ]
check "a third of them were seen" [ "$(field spaces)" -gt $((processes / 3)) ]
# One that ends between exec's first mappings and the next look isn't.
check "99 of 100 samples in user mode are named" [ $(($(field unknown) * 100)) -le "$(field user)" ]
# 32-bit ARM makes them faster than dead ones are found: for some no slot is free.
check "few samples found no slot" [ $(($(field mapping_unknown) * 5)) -le "$(field spaces)" ]
check "no definition was lost" [ "$(field definitions_lost)" = 0 ]
check "every generation arrived whole" [ "$(field broken)" = 0 ]
# In whole slabs, of which each CPU keeps some; thousands have come and gone.
if [ ! -e /proc/lockdep_stats ]; then
	check "their memory is given back while the session goes on" \
		[ "$(field after)" -le $(($(field before) + 120)) ]
else
	skip "their memory is given back while the session goes on" \
		"some 900 are there until the end on the debug kernel: not understood yet"
fi
check "all of it at the end" [ "$(mms)" -le $(($(field before) + 120)) ]
check "no memory was lost" [ "$after" -le $((before + 1024)) ]
finish
