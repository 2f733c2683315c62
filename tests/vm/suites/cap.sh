# SPDX-License-Identifier: GPL-2.0-or-later
# Stack walks of one interrupt end in time, whatever they meet: four sessions, each stack
# another one of 128 frames.
# turns: yes
# icount: yes
# timeout: 900
# programs: deep
# modules: span
# debug: no, its checks take most of the time that is measured
# days: even
. /lab/ktap.sh

seconds=3
[ -z "$EMBER_LONG" ] || seconds=600
parameters=/sys/module/span/parameters

# What the ticks of one interrupt took at most, and how many stacks were cut for it.
deep() { # SECONDS [PARAMETER=VALUE]
	duration=$1
	shift
	insmod /lab/emberprof.ko "$@" && insmod /lab/span.ko || return 1
	/lab/deep "$duration" >/tmp/deep || { show /tmp/deep; return 1; }
	longest=$(cat $parameters/longest_ns)
	cut=$(field /tmp/deep time)
	note "${*:-as loaded}: $longest ns at most, $(cat $parameters/together) ticks in one interrupt"
	show /tmp/deep
	rmmod span && unload
}

within() { # US
	[ "$longest" -le $(($1 * 1000)) ] && [ "$cut" -gt 0 ]
}

beyond() { # US
	[ "$longest" -gt $(($1 * 1000)) ] && [ "$cut" = 0 ]
}

check "four sessions of deep stacks" deep "$seconds"
check "no interrupt is longer than 50 us and 5, and what was cut is counted" within 55
check "the same with a limit of 20 us" deep 3 max_walk_us=20
check "no interrupt is longer than 20 us and 5, and what was cut is counted" within 25
check "the same without a limit" deep 1 max_walk_us=0
check "interrupts are longer, and nothing is cut" beyond 55
finish
