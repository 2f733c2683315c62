# SPDX-License-Identifier: GPL-2.0-or-later
# Hardware counters with the clock's samples. arm64's PMU counts instructions under icount;
# on the others the emulated CPU has none, which record and check say.
# icount: yes
# turns: yes
# memory: 256
# timeout: 240
# programs: counters
. /lab/ktap.sh

load
results "counters" /lab/counters
check "the kernel has nothing to say" quiet

# Values of functions in a profile, beside what the program executed.
values() { # FOLDED PERCENT
	awk -v percent="$2" '
		NR == FNR { if ($1) want[$2] = $1; next }
		{ for (name in want) if (index($0, ";" name)) got[name] += $NF }
		END {
			for (name in want) {
				off = 100 * got[name] / want[name] - 100
				printf "# %s: %d of %d, %+.2f %%\n", name, got[name], want[name], off
				if (off < -percent || off > percent) bad = 1
				some = 1
			}
			exit bad || !some
		}' /tmp/own "$1"
}
/lab/emberprof check >/tmp/check 2>&1
if /lab/emberprof record -F 499 -e cpu,cycles,instructions -o /tmp/one.ember -- /lab/counters alone >/tmp/own 2>/tmp/said; then
	show /tmp/said
	check "record says what it took" grep -E 'instructions: [0-9]+ in [0-9]+ samples, 0 in 0 lost' /tmp/said
	/lab/emberprof report --event instructions -o /tmp/one.folded /tmp/one.ember
	check "report --event instructions: within 1 % of what the program executed" values /tmp/one.folded 1
	/lab/emberprof report --event cycles -o /tmp/two.folded /tmp/one.ember
	check "report --event cycles: one an instruction under icount" values /tmp/two.folded 1
	/lab/emberprof report -o /tmp/cpu.folded /tmp/one.ember
	cpu() { awk '{ n += $NF } END { print "# " n " samples"; exit !(n > 750 && n < 1250) }' /tmp/cpu.folded; }
	check "the clock's samples alone count as CPU time" cpu
	/lab/emberprof report --event instructions /tmp/one.ember >/tmp/table
	show /tmp/table 8
	check "a table of instructions" grep -E 'instructions \(count\)' /tmp/table
	/lab/emberprof record -F 4999 --budget 0.2% -e cpu,instructions -o /tmp/three.ember -- /lab/counters alone >/tmp/own 2>/tmp/said
	show /tmp/said
	/lab/emberprof report --event instructions -o /tmp/three.folded /tmp/three.ember
	check "throttled samples have what was counted in all of their time" values /tmp/three.folded 2
	check "they were throttled" grep throttled /tmp/said
	check "check says what there is" grep -qE '^ok +hardware counters +cycles, instructions' /tmp/check
else
	show /tmp/said
	check "record names the counter that isn't there" grep -E '^emberprof: cycles: this kernel has no such hardware counter' /tmp/said
	check "check says what brings it" grep -A1 -E '^missing +hardware counters +none' /tmp/check
fi
show /tmp/check 40
if /lab/emberprof record -e cpu,cache-misses -o /tmp/x.folded -- /bin/true >/dev/null 2>/tmp/said; then
	result "not ok" "an emulated CPU has no cache"
else
	check "a counter that the PMU doesn't have" grep -E '^emberprof: cache-misses: this kernel has no such hardware counter' /tmp/said
fi
unload
load tracepoints=0
if /lab/emberprof record -F 499 -e cpu,instructions -o /tmp/four.ember -- /lab/counters alone >/tmp/own 2>/tmp/said; then
	/lab/emberprof report --event instructions -o /tmp/four.folded /tmp/four.ember
	check "without tracepoints" values /tmp/four.folded 1
else
	check "without tracepoints: refused" grep -E '^emberprof: instructions: this kernel has no' /tmp/said
fi
unload
check "and nothing after unloading" quiet
finish
