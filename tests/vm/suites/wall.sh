# SPDX-License-Identifier: GPL-2.0-or-later
# All time of each thread (record --wall): CPU time, waits and what it lost to others are as long
# as it lived, and waits are named by what they are for.
# turns: yes
# icount: yes
# timeout: 180
# programs: wall
. /lab/ktap.sh

load
# As long as the waits of a thread, and as many, that its sums have no error of the draw: all
# waits and bursts take several periods.
whole() { # the threads' own account in /tmp/own: TID NS KIND
	good=true
	while read -r tid ns kind; do
		/lab/emberprof report --event wall --tid "$tid" --format folded -o /tmp/thread /tmp/wall.ember ||
			return 1
		awk -v ns="$ns" -v kind="$kind" '
			{ n = $NF; sum += n; state = $0; sub(/^[^;]*;/, "", state); sub(/[]].*/, "]", state); by[state] += n }
			END {
				waits = sum - by["[running]"] - by["[preempted]"]
				printf "# %s: %.1f ms of %.1f: running %.1f, preempted %.1f, %s %.1f of %.1f\n", kind, sum / 1e6,
					ns / 1e6, by["[running]"] / 1e6, by["[preempted]"] / 1e6, kind, by["[" kind "]"] / 1e6,
					waits / 1e6
				exit !(sum > 0.98 * ns && sum < 1.02 * ns && by["[" kind "]"] > 0.98 * waits &&
					waits > 0.2 * sum && by["[running]"] > 0.1 * sum)
			}' /tmp/thread || good=false
	done </tmp/own
	[ "$(wc -l </tmp/own)" = 4 ] && $good
}
only() { # KIND: --only wait=KIND keeps the waits of that kind, all of them and no others
	/lab/emberprof report --event block --format folded -o /tmp/all /tmp/wall.ember
	/lab/emberprof report --event block --only "wait=$1" --format folded -o /tmp/some /tmp/wall.ember
	/lab/emberprof report --event wall --format folded -o /tmp/states /tmp/wall.ember
	awk -v state=";[$1];" '
		FILENAME ~ /some/ { some += $NF }
		FILENAME ~ /all/ { all += $NF }
		FILENAME ~ /states/ && index($0, state) { want += $NF }
		END { printf "# %.1f ms of %.1f, %.1f wanted\n", some / 1e6, all / 1e6, want / 1e6; exit !(some > 0 && some < all && some == want) }' \
		/tmp/all /tmp/some /tmp/states
}
if /lab/emberprof record --wall -F 1000 -o /tmp/wall.ember -- /lab/wall 4 >/tmp/own 2>/tmp/said; then
	show /tmp/said
	check "CPU time and waits are all time, within 2 %" whole
	check "only wait=futex" only futex
	check "only wait=pipe" only pipe
	/lab/emberprof report --event wall /tmp/wall.ember >/tmp/table
	show /tmp/table 12
	check "a table of all time" grep -E '^[0-9.]+ s wall \(nanoseconds\)' /tmp/table
	/lab/emberprof record --wall -o /tmp/wall.json -- /lab/wall 1 >/tmp/own 2>/tmp/said
	check "a profile of all time" grep -q '"name":"wall","unit":"nanoseconds"' /tmp/wall.json
	check "with labels of waits" grep -q '"wait":"futex"' /tmp/wall.json
else
	show /tmp/said
	check "record names what it needs" grep -E 'block: .*(tracepoint|high)' /tmp/said
fi
unload
check "the kernel has nothing to say" quiet
finish
