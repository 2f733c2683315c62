# SPDX-License-Identifier: GPL-2.0-or-later
# 200 children of 10 ms that each exec another binary: all of their time is sampled, and
# every sample taken in user mode lies in a mapping that arrived.
# icount: yes
# programs: where children
# timeout: 200
. /lab/ktap.sh

least() { # NUMBER LEAST
	awk -v n="$1" -v least="$2" 'BEGIN { exit !(n != "" && n + 0 >= least + 0) }'
}

load
# The same build-id ten times: what counts is which file it was.
for i in 1 2 3 4 5 6 7 8 9 10; do
	cp /lab/children /tmp/child$i
done
/lab/where -F 999 /lab/children 200 10 /tmp/child1 /tmp/child2 /tmp/child3 /tmp/child4 /tmp/child5 \
	/tmp/child6 /tmp/child7 /tmp/child8 /tmp/child9 /tmp/child10 >/tmp/out
rc=$?
show /tmp/out 20
check "the children ran" [ $rc = 0 ]
check "95 % of their time was sampled" \
	least "$(field /tmp/out sampled_ms)" "$(awk '/cpu_ms/ && /samples/ { for (i = 1; i < NF; i++) if ($i == "cpu_ms") print $(i + 1) * 0.95 }' /tmp/out)"
# With the debug kernel's checks an exec takes most of a child's 10 ms.
enough=1500
[ ! -e /proc/lockdep_stats ] || enough=400
check "$enough samples at least were taken in user mode" least "$(field /tmp/out user)" $enough
check "each of them lies in a mapping that arrived" [ "$(field /tmp/out unknown)" = 0 ]
check "each of the ten binaries was seen" [ "$(grep -c '^file [1-9].* [0-9a-f]\{40\} /tmp/child' /tmp/out)" = 10 ]
check "no definition was lost" [ "$(field /tmp/out definitions_lost)" = 0 ]
check "every generation arrived whole" [ "$(field /tmp/out broken)" = 0 ]

# By the tool, after they are gone: user mode's leaves by name, none by place.
rc=0
/lab/emberprof record -F 999 -o /tmp/out.folded -- /lab/children 50 10 /tmp/child1 /tmp/child2 >/dev/null || rc=$?
check "the tool recorded them" [ $rc = 0 ]
grep '^child[12];.* [0-9]*$' /tmp/out.folded | grep -v '_.k. [0-9]*$' >/tmp/user
sort -t ' ' -k 2 -n /tmp/user >/tmp/out
show /tmp/out 3
check "under the function that works" awk -v least=$((enough / 5)) '{ all += $NF } /;child_work [0-9]+$/ { n += $NF }
	END { print "#   " n + 0 " of " all + 0; exit !(all >= least && n >= all * 0.9) }' /tmp/user
grep -E '(\[[^];]*\+0x[0-9a-f]*\]|\[unknown\]|0x[0-9a-f]+) [0-9]+$' /tmp/user >/tmp/nameless
show /tmp/nameless 3
check "none of the leaves is without a name" [ ! -s /tmp/nameless ]
finish
