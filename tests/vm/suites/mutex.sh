# SPDX-License-Identifier: GPL-2.0-or-later
# The event `mutex`: who holds what others wait for, by the C library's locks.
# icount: yes
# memory: 192
# turns: yes
# timeout: 240
# programs: mutex mutex@musl
# programs x86_64: mutex@i386
. /lab/ktap.sh

load
results "mutex" /lab/mutex
results "mutex musl" /lab/mutex-musl
if [ ! -e /lab/mutex-i386 ]; then
	:
elif /lab/mutex-i386 alone 0.01 >/dev/null 2>&1; then
	results "mutex i386" /lab/mutex-i386
else
	# The debug kernel has no times of 32 bits, which i386's threads wait by.
	skip "mutex i386" "this kernel runs no threads of 32 bits"
fi
check "the kernel has nothing to say" quiet

# The program's own account is on stdout; a function of a stripped program has its file's name.
holders() { # FOLDED
	show "$1" 8
	awk 'NR == FNR { want_a = $1; want_b = $2; at_a = sprintf("+0x%x", $3); at_b = sprintf("+0x%x", $5); next }
		{ n = $NF; sum += n; sub(/ [0-9]+$/, "") }
		/;hold_a(;|$)/ || index($0, at_a) { a += n }
		/;hold_b(;|$)/ || index($0, at_b) { b += n }
		END {
			want = 100 * want_a / (want_a + want_b); got = 100 * a / (a + b + !(a + b))
			printf "# hold_a %.2f %% (%.2f); %.1f %% of %d ms named, %d ms waited\n", got, want,
				100 * (a + b) / (sum + !sum), sum / 1e6, (want_a + want_b) / 1e6
			exit !(a + b > 0.95 * sum && got > want - 2 && got < want + 2 && got > 67 && got < 73 &&
				sum > 0.95 * (want_a + want_b))
		}' /tmp/own "$1"
}
if /lab/emberprof record -F 99 -e cpu,block,mutex --mutex-rate 100us -o /tmp/mutex.ember -- /lab/mutex alone 2 \
	>/tmp/own 2>/tmp/said; then
	show /tmp/said
	/lab/emberprof report --event mutex -o /tmp/mutex.folded /tmp/mutex.ember
	check "record -e cpu,block,mutex: the functions that hold them" holders /tmp/mutex.folded
	/lab/emberprof report --event mutex /tmp/mutex.ember >/tmp/table
	check "a table's time has a unit" grep -E '^[0-9.]+ s mutex \(nanoseconds\)' /tmp/table
	/lab/emberprof report -o /tmp/all.pb.gz /tmp/mutex.ember
	/lab/emberprof report --event mutex -o /tmp/again.folded /tmp/all.pb.gz
	check "a profile with block has mutex, too" holders /tmp/again.folded
	/lab/emberprof record -e mutex --mutex-rate 100us -o /tmp/musl.folded -- /lab/mutex-musl alone 2 \
		>/tmp/own 2>/tmp/said
	check "those of a program of musl's" holders /tmp/musl.folded
else
	show /tmp/said
	check "record names what it needs" grep -E 'mutex: .*(tracepoint|high)' /tmp/said
fi
unload
load tracepoints=0
results "without tracepoints" /lab/mutex
finish
