# SPDX-License-Identifier: GPL-2.0-or-later
# The boot session by the module's parameters: what it samples before there is a recorder, how a
# file adopts it, and what is refused.
# cpus: 2
# timeout: 300
# programs: boot
# files: tests/vm/boot-first
# append: rdinit=/lab/boot-first
. /lab/ktap.sh

tool() {
	/lab/emberprof "$@" 2>/tmp/said || { show /tmp/said; return 1; }
}

# Of what ran before /init: by name, and before the recorder.
named() { # FOLDED
	awk '
		{ n = $NF; all += n }
		/^boot;.*group_early;burn_early;burn/ { early += n }
		/^insmod;/ { insmod += n }
		/^init;|^sh;/ { init += n }
		END {
			printf "# %d samples: %d of burn_early, %d of insmod, %d of init\n", all, early, insmod, init
			exit !(early > 10)
		}' "$1"
}

boot() { # [PARAMETER=VALUE]...
	load boot=1 "$@"
}

# One line with the range, and no module.
outside() { # RANGE PARAMETER=VALUE...
	range=$1
	shift
	dmesg -c >/dev/null
	if boot "$@" 2>/dev/null; then
		unload
		return 1
	fi
	# insmod tries twice, in two ways.
	dmesg | sed -n 's/^\[[^]]*\] //; /emberprof: /p' | sort -u >/tmp/said
	for parameter; do :; done
	[ "$(grep -c . /tmp/said)" = 1 ] &&
		grep -qF "emberprof: $parameter: $range" /tmp/said && [ ! -e /sys/module/emberprof ] && return
	show /tmp/said
	return 1
}

state() { # waiting|adopted running|stopped: the one session there is
	/lab/emberprof status --json >/tmp/status && grep -q "\"boot\": \"$1\", \"state\": \"$2\"" /tmp/status
}

within() { # PPM
	/lab/emberprof status --json >/tmp/status && grep -q "\"budget\": {\"ppm\": $1," /tmp/status
}

throttled() {
	note "$(grep -o '"points_throttled": [0-9]*' /tmp/status | head -n 1)"
	[ "$(counter points_throttled)" -gt 0 ]
}

check "the module came first" [ -e /sys/module/emberprof ]
tool status >/tmp/table
show /tmp/table
check "status shows the boot session" grep -q '(boot session) *running' /tmp/table
check "a recorder adopts it: record --adopt" tool record --adopt -o /tmp/boot.folded -o /tmp/boot.pb.gz --duration 1
show /tmp/said
check "samples of the time before init are named" named /tmp/boot.folded
show /tmp/boot.folded 5
check "it ends with the recorder" tool status
check "no boot session: one line" sh -c '! /lab/emberprof record --adopt -o /tmp/x.folded 2>/tmp/said &&
	[ "$(grep -c . /tmp/said)" = 1 ] && grep -q "no boot session to adopt" /tmp/said'
check "with -F it is an error" sh -c '/lab/emberprof record --adopt -F 99 2>/tmp/said
	[ $? = 2 ] && [ "$(grep -c . /tmp/said)" = 1 ] && grep -q "adopt excludes -F" /tmp/said'
check "ADOPT without a boot session" /lab/boot none
check "the module goes" unload

dmesg -c >/dev/null
check "boot=1" boot boot_hz=499 boot_max_frames=20 boot_events=growth:64K
check "one line in the kernel's log" [ "$(dmesg | grep -c 'emberprof: boot session 1: 2 CPUs at 499 Hz, rings of 256 KiB')" = 1 ]
dmesg | grep emberprof: | sed 's/^/# /'
check "each wrong ADOPT is refused" /lab/boot refused
check "the module goes" unload
check "boot=1" boot boot_hz=499
check "a module with a boot session that nobody adopted goes" unload
boot boot_hz=499
/lab/boot early
check "none is lost at the seam" /lab/boot seam
unload

# Within a budget from the first sample on: of a CPU that is busy, a part of the points counts.
check "boot_budget_ppm=50000" boot boot_hz=9999 boot_budget_ppm=50000
/lab/boot early
check "a budget: status has it" within 50000
check "and it throttles" throttled
check "a recorder adopts it, with all of the time" tool record --adopt -o /tmp/bounded.folded --duration 1
check "samples of the time before" grep -q ';burn_early;burn' /tmp/bounded.folded
unload

# Into a log, with another event where this kernel has it.
if boot boot_events=growth:4K 2>/dev/null; then
	/lab/boot early
	check "record --adopt into a log" tool record --adopt -o /tmp/boot.ember --duration 1
	check "its samples of before" sh -c '/lab/emberprof report -o /tmp/log.folded /tmp/boot.ember 2>/dev/null &&
		grep -q "^boot;.*;burn_early;burn" /tmp/log.folded'
	check "growth of before" sh -c '/lab/emberprof report --event growth -o /tmp/log.folded /tmp/boot.ember 2>/dev/null &&
		grep -q "^boot;" /tmp/log.folded'
	unload
else
	skip "record --adopt into a log, with growth" "$(dmesg | grep -o 'emberprof: no boot session.*' | tail -n 1)"
fi

# Small rings: full soon.
boot boot_hz=999 boot_ring_bytes=32768
sh -c 'while :; do :; done' &
check "full rings stop it" await state waiting stopped
kill $!
check "with nothing lost, and it goes on" /lab/boot full
unload
# Many short processes: their mappings fill the last ring before.
boot boot_hz=199 boot_ring_bytes=32768
many=0
until state waiting stopped || [ $many = 2000 ]; do
	for turn in 1 2 3 4 5 6 7 8 9 10; do /bin/busybox true; done
	many=$((many + 10))
done
check "$many short processes: it stops" state waiting stopped
check "each sample's thread and stack are known" /lab/boot full
unload
boot boot_hz=999 boot_ring_bytes=32768
sh -c 'while :; do :; done' &
await state waiting stopped
kill $!
check "a recorder goes on where it stopped" tool record --adopt -o /tmp/full.folded --duration 1
check "and says so" grep -q 'boot session: its rings were full after' /tmp/said
show /tmp/said
unload

boot
/lab/boot holder &
check "another adopts it" await [ -e /tmp/held ]
check "status says so" state adopted running
check "busy, then" sh -c '! rmmod emberprof 2>/dev/null'
kill -9 $!
wait $!
check "it ends with the one that had it" await unload

check "boot_hz=0" outside "1 to 10000" boot_hz=0
check "boot_hz=10001" outside "1 to 10000" boot_hz=10001
check "above max_hz" outside "1 to 500" max_hz=500 boot_hz=501
page=4096
check "boot_ring_bytes=$((page / 2))" outside "a power of two, $page to 16777216" boot_ring_bytes=$((page / 2))
check "boot_ring_bytes=$((page * 3))" outside "a power of two, $page to 16777216" boot_ring_bytes=$((page * 3))
check "boot_ring_bytes=33554432" outside "a power of two, $page to 16777216" boot_ring_bytes=33554432
check "boot_budget_ppm=99" outside "100 to 1000000" boot_budget_ppm=99
check "boot_budget_ppm=1000001" outside "100 to 1000000" boot_budget_ppm=1000001
check "boot_max_frames=0" outside "1 to 128" boot_max_frames=0
check "boot_max_frames=129" outside "1 to 128" boot_max_frames=129
each="each event once, as growth:64K, with a period of 1 to 4294967295"
check "boot_events=growth" outside "$each" boot_events=growth
check "boot_events=growth:0" outside "$each" boot_events=growth:0
check "boot_events=growth:4G" outside "$each" boot_events=growth:4G
check "boot_events=growth:64K:1" outside "$each" boot_events=growth:64K:1
check "boot_events=cpu:99" outside "$each" boot_events=cpu:99
check "boot_events=blocks:1" outside "$each" boot_events=blocks:1
dmesg -c >/dev/null
check "more than max_bytes" sh -c '! insmod /lab/emberprof.ko boot=1 max_bytes=1048576 2>/dev/null &&
	dmesg | grep -q "emberprof: no boot session: more than max_sessions or max_bytes allow (-16)"'
check "boot=2" sh -c '! insmod /lab/emberprof.ko boot=2 2>/dev/null && [ ! -e /sys/module/emberprof ]'
check "values without boot=1 are nobody's" load boot_hz=0
check "ADOPT without a boot session" /lab/boot none
finish
