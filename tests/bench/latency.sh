# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# Part of guest.sh: how late other work gets, on a real-time kernel.

# What the ticks of one interrupt take at most: four sessions of 10 kHz, 128 frames, no rule
# in the cache.
worst() { # FIGURE MAX_WALK_US
	insmod /lab/emberprof.ko max_walk_us="$2" && insmod /lab/span.ko &&
		/lab/deep 2 >/tmp/deep && figure "$1" "$(cat /sys/module/span/parameters/longest_ns)" ||
		lacking "$1" "$(tail -n 1 /tmp/deep)"
	rmmod span emberprof
}

# A task of high priority that wakes up each millisecond: how late, at most and on average.
cyclic() { # FIGURE
	if cyclictest -q -N -m -p 90 -i 1000 -l 5000 >/tmp/cyclic 2>/tmp/cyclic.log; then
		sed -n "s/.*Avg: *\([0-9]*\) Max: *\([0-9]*\).*/= $1_average \1\n= $1_most \2/p" /tmp/cyclic
	else
		lacking "$1_most" "$(tail -n 1 /tmp/cyclic.log)"
	fi
}

# Beside work of 12 frames, and beside that of worst().
latency() {
	worst worst_unlimited 0
	worst worst_50 50
	worst worst_20 20
	command -v cyclictest >/dev/null || {
		lacking cyclic_most "no cyclictest in this guest"
		return
	}
	/lab/load deep 600000 >/dev/null &
	beside=$!
	cyclic cyclic_alone
	insmod /lab/emberprof.ko max_walk_us=20
	for hz in 99 999; do
		/lab/emberprof record -a -F $hz -o /tmp/bench.folded 2>/tmp/tool &
		recorder=$!
		sleep 1
		cyclic cyclic_$hz
		kill -INT $recorder
		wait $recorder
	done
	kill $beside
	/lab/deep 20 >/tmp/deep &
	beside=$!
	sleep 1
	cyclic cyclic_deep
	kill $beside
	wait
	rmmod emberprof
}
