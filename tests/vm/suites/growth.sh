# SPDX-License-Identifier: GPL-2.0-or-later
# The event `growth`: bytes that become resident, by who touches them.
# icount: yes
# memory: 512
# timeout: 240
# programs: growth
. /lab/ktap.sh

load
results "growth" /lab/growth
check "the kernel has nothing to say" quiet

# 64 MiB by three functions, in a profile of the tool's.
bytes() { # FOLDED
	awk '
		{ n = $NF; all += n }
		/;touch_half/ { half += n }
		/;touch_third/ { third += n }
		/;touch_fifth/ { fifth += n }
		END {
			sum = half + third + fifth
			printf "# %d KiB of %d: %.2f %.2f %.2f %%\n", sum / 1024, all / 1024, half * 100 / (sum + !sum),
				third * 100 / (sum + !sum), fifth * 100 / (sum + !sum)
			exit !(sum > 0.95 * 64 * 1048576 && sum < 1.05 * 64 * 1048576 &&
			       half > 0.48 * sum && half < 0.52 * sum && third > 0.28 * sum && third < 0.32 * sum)
		}' "$1"
}
if /lab/emberprof record -e growth -o /tmp/growth.folded -- /lab/growth alone 64 2>/tmp/said; then
	check "record -e growth" bytes /tmp/growth.folded
	check "record says what it took" grep growth /tmp/said
	show /tmp/said
	/lab/emberprof record -F 999 -e cpu,growth -o /tmp/both.ember -- /lab/growth alone 64 2>/tmp/said
	show /tmp/said
	/lab/emberprof report --event growth -o /tmp/growth.folded /tmp/both.ember
	check "record -e cpu,growth: bytes" bytes /tmp/growth.folded
	/lab/emberprof report -o /tmp/cpu.folded /tmp/both.ember
	cpu() { awk '{ n += $NF } END { print "# " n; exit !(n > 10 && n < 100000) }' /tmp/cpu.folded; }
	check "samples of the clock beside them" cpu
	/lab/emberprof report --event growth /tmp/both.ember >/tmp/table
	show /tmp/table 12
else
	show /tmp/said
	check "record names what it needs" grep -E 'growth: .*(tracepoint|high)' /tmp/said
fi
finish
