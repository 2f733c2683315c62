# SPDX-License-Identifier: GPL-2.0-or-later
# The events `block` and `preempt`: how long threads wait, by what they wait in.
# debug: long, its checks take most of the time that is measured
# icount: yes
# memory: 192
# timeout: 300
# programs: block
. /lab/ktap.sh

load
results "block" /lab/block
results "block crowd" /lab/block crowd
check "the kernel has nothing to say" quiet

# The program's own account is on stdout, a line for each function. How far off it may be comes of
# the draw: at the default of 10 ms sums of 5 s are off by 1.4 % and shares by 0.8 points (one
# standard deviation), at 1 ms by less than a tenth of that.
waits() { # FOLDED PERCENT POINTS
	awk -v percent="$2" -v points="$3" '
		NR == FNR { want[NR] = $1; all += $1; next }
		{ n = $NF; for (i = 1; i <= 3; i++) if (index($0, ";" name[i])) { got[i] += n; sum += n; if ($0 ~ kernel[i]) in_kernel += n } }
		BEGIN { name[1] = "wait_sleep"; name[2] = "wait_pipe"; name[3] = "wait_condition"
			kernel[1] = "nanosleep_.k."; kernel[2] = "pipe_read_.k."; kernel[3] = "futex[a-z_]*_.k." }
		END {
			good = sum > (1 - percent / 100) * all && sum < (1 + percent / 100) * all && in_kernel > 0.95 * sum
			for (i = 1; i <= 3; i++) {
				share = 100 * got[i] / (sum + !sum); wants = 100 * want[i] / all
				printf "# %s: %.2f %% (%.2f)\n", name[i], share, wants
				good = good && share > wants - points && share < wants + points
			}
			printf "# %d ms of %d, %d of it in the right kernel function\n", sum / 1e6, all / 1e6, in_kernel / 1e6
			exit !good
		}' /tmp/own "$1"
}
if /lab/emberprof record -e block -o /tmp/block.folded -- /lab/block alone 5 >/tmp/own 2>/tmp/said; then
	check "record -e block" waits /tmp/block.folded 7 4
	check "record says what it took" grep block /tmp/said
	show /tmp/said
	/lab/emberprof record -F 99 -e cpu,block,preempt --block-rate 1ms -o /tmp/both.ember -- /lab/block alone 4 \
		>/tmp/own 2>/tmp/said
	show /tmp/said
	/lab/emberprof report --event block -o /tmp/block.folded /tmp/both.ember
	check "record -e cpu,block,preempt --block-rate 1ms: time" waits /tmp/block.folded 2 1
	/lab/emberprof report --event contentions -o /tmp/count.folded /tmp/both.ember
	counts() {
		awk 'NR == FNR { want += $2; next } /;wait_(sleep|pipe|condition)/ { got += $NF }
			END { printf "# %d waits of %d\n", got, want; exit !(got > 0.95 * want && got < 1.05 * want) }' \
			/tmp/own /tmp/count.folded
	}
	check "contentions" counts
	/lab/emberprof report --event block /tmp/both.ember >/tmp/table
	check "a table's time has a unit" grep -E '^[0-9.]+ s delay \(nanoseconds\)' /tmp/table
	show /tmp/table 12
else
	show /tmp/said
	check "record names what it needs" grep -E 'block: .*(tracepoint|high)' /tmp/said
fi
unload
load tracepoints=0
results "without tracepoints" /lab/block
if /lab/emberprof record -e block -o /tmp/block.folded -- /bin/true >/dev/null 2>/tmp/said; then
	result "not ok" "block without tracepoints"
else
	check "record says that there is no tracepoint" grep -E '^emberprof: block: this kernel has no sched_switch' /tmp/said
fi
finish
