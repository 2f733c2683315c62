# SPDX-License-Identifier: GPL-2.0-or-later
# 1,000 runs of a program from a fresh mount, while everything is sampled: each is
# unmounted at the first try, as it is without sampling.
# icount: yes
# programs: mounts children
# timeout: 400
# turns: yes
. /lab/ktap.sh

# The debug kernel's umount alone may take 10 ms: there it's the first try that counts.
freely() { # FILE RUNS
	[ "$(field "$1" runs)" = "$2" ] && [ "$(field "$1" failed)" = 0 ] &&
		[ "$(field "$1" busy)" = 0 ] &&
		{ [ -e /proc/lockdep_stats ] || [ "$(field "$1" late)" = 0 ]; }
}

runs() { # WHAT RUNS ARGUMENT...
	what=$1
	runs=$2
	shift 2
	/lab/mounts "$@" >/tmp/out
	show /tmp/out 1
	check "$what: each was unmounted at once" freely /tmp/out "$runs"
}

# The debug kernel takes many times as long for each.
many=500
[ ! -e /proc/lockdep_stats ] || many=100

load
runs "unsampled" 100 100 0 /lab/children
runs "tmpfs, programs that do next to nothing" $many -s $many 0 /lab/children
check "they were sampled" [ "$(field /tmp/out samples)" -gt $many ]
check "and their spaces found" [ "$(field /tmp/out spaces)" -gt $((many / 5)) ]
runs "tmpfs, programs of 1 ms" $many -s $many 1 /lab/children
check "their spaces were found" [ "$(field /tmp/out spaces)" -gt $((many * 4 / 5)) ]
check "no process was held for 5 ms" [ "$(field /tmp/out held_max_us)" -lt 5000 ]
finish
