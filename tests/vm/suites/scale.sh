# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 processes that live for less than a sample or two, ten times as many as there
# are slots: each is named, and nothing of them is kept, not even when nothing more
# happens.
# icount: yes
# programs: where children
# timeout: 500
# turns: yes
# days: even
. /lab/ktap.sh

# struct mm_struct in use, after what RCU frees late. A shrunk cache doesn't count those
# that each CPU keeps at hand, nor the freed ones that KASAN keeps in quarantine: some 700
# after as many processes that nobody sampled.
cat >/tmp/mms <<'END'
mms() {
	sleep 1
	echo 1 >/sys/kernel/slab/mm_struct/shrink || return 1
	awk '$1 == "mm_struct" { print $2 }' /proc/slabinfo
}
END
. /tmp/mms

# A process that ends between exec's first mappings and the next look has none. The debug
# kernel is hardly ever in user mode, and a stalled reader has but the first few samples.
named() { # N: of N samples in user mode no more than one isn't
	[ $(($(field /tmp/out unknown) * $1)) -le "$(field /tmp/out user)" ]
}

kernel_kb() { # what the kernel has taken for itself
	awk '/^(SUnreclaim|KernelStack|PageTables|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# The debug kernel takes many times as long for each.
processes=10000
[ ! -e /proc/lockdep_stats ] || processes=2500

load
# A reader that comes only when the definitions of so many processes have found no room
# in their ring as is a quarter of what it holds.
/lab/where -s -F 2999 -r 65536 /lab/children 100 0 /lab/children >/tmp/out
show /tmp/out 3
check "a stalled reader: definitions wait for it" [ "$(field /tmp/out waiting)" -gt 16384 ]
check "they are more than the ring holds" [ "$(field /tmp/out definition_bytes)" -gt $((65536 + 16384)) ]
check "none was lost" [ "$(field /tmp/out definitions_lost)" = 0 ]
check "and every one arrived" [ "$(field /tmp/out broken)" = 0 ]
check "each generation that was written is among them" \
	[ "$(field /tmp/out arrived)" = "$(field /tmp/out generations)" ]
check "the samples that weren't lost are named" named 20
# And one with rings of a page, which reads when it's woken.
/lab/where -F 999 -r 4096 /lab/children 100 2 /lab/children >/tmp/out
show /tmp/out 3
check "small rings: no definition was lost" [ "$(field /tmp/out definitions_lost)" = 0 ]
check "small rings: every generation arrived whole" [ "$(field /tmp/out broken)" = 0 ]
if [ -e /proc/lockdep_stats ]; then
	skip "small rings: the samples in user mode are named" \
		"there are hardly any, and 1 % of that CPU doesn't reach all of so many processes"
else
	check "small rings: the samples in user mode are named" named 20
fi
# Still sampled at the end: it's the module's own doing that frees what's dead.
cat >/tmp/many <<'END'
. /tmp/mms
echo before "$(mms)"
/lab/children $1 0 /lab/children || exit 1
# What frees them wakes no CPU that sleeps.
for turn in 1 2 3 4; do
	sleep 1
	i=0
	while [ $i -lt 20000 ]; do i=$((i + 1)); done
done
echo after "$(mms)"
END
before=$(kernel_kb)
/lab/where -F 2999 sh /tmp/many $processes >/tmp/out
rc=$?
after=$(kernel_kb)
show /tmp/out 8
note "the kernel's memory: $before kB before, $after kB after"
check "the processes ran" [ $rc = 0 ]
check "a third of them were seen" [ "$(field /tmp/out spaces)" -gt $((processes / 3)) ]
check "samples were taken in user mode" [ "$(field /tmp/out user)" -gt $((processes / 10)) ]
# Snapshots take so much longer there that 1 % of a CPU has no time for each process's.
if [ -e /proc/lockdep_stats ]; then
	check "9 of 10 of them are named" named 10
else
	check "99 of 100 of them are named" named 100
fi
check "each found a slot" [ "$(field /tmp/out mapping_unknown)" = 0 ]
check "no definition was lost" [ "$(field /tmp/out definitions_lost)" = 0 ]
check "every generation arrived whole" [ "$(field /tmp/out broken)" = 0 ]
# Thousands have come and gone; a slab is counted whole while a CPU takes from it.
check "their memory is given back while the session goes on" \
	[ "$(field /tmp/out after)" -le $(($(field /tmp/out before) + 64)) ]
check "all of it at the end" [ "$(mms)" -le $(($(field /tmp/out before) + 64)) ]
check "no memory was lost" [ "$after" -le $((before + 1024)) ]
finish
