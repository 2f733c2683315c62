# SPDX-License-Identifier: GPL-2.0-or-later
# The flight recorder: what ran before a panic or a reset, read after the reboot. Each boot but
# the last one ends so; the recorder counts them.
# turns: yes
# cpus: 2
# reboots: yes
# timeout: 240
# debug: long, two boots of that kernel take minutes
# needs x86_64: ramoops
# needs arm64: ramoops
# programs: shares
# append x86_64: memmap=2M$0x10000000
# append: mem=510M
# days: odd
. /lab/ktap.sh

address=0x5fe00000 taken=0x09000000
[ "$(uname -m)" != x86_64 ] || address=0x10000000 taken=0xfee00000
bytes=0x40000
rounds=2
[ -z "${EMBER_LONG-}" ] || rounds=20

refused() { # WHAT PATTERN PARAMETER...: the module isn't there, and one line says why
	what=$1
	pattern=$2
	shift 2
	dmesg -c >/dev/null
	if load flight_address=$address flight_bytes=$bytes "$@" 2>/dev/null; then
		unload
		result "not ok" "$what"
		return
	fi
	# busybox tries it by two system calls.
	dmesg | sed -n 's/.*emberprof:/emberprof:/p' | sort -u >/tmp/said
	show /tmp/said
	one_line() { [ "$(wc -l </tmp/said)" = 1 ] && grep -q -e "$pattern" /tmp/said; }
	check "$what" one_line
}

generation() { # of the boot that is left; 0: none is
	[ -e /dev/emberprof-last-boot ] || { echo 0; return; }
	dd if=/dev/emberprof-last-boot bs=4 skip=11 count=1 2>/dev/null | od -An -tu4 | tr -d ' '
}

# In each of the last five seconds each CPU was sampled, in what is known to have run there.
seconds() { # PATTERN
	/lab/emberprof report --last-boot >/tmp/timeline 2>/tmp/said || return 1
	show /tmp/timeline 10
	awk -v ran="$1" '
		/^ *-?[0-4] s / && $0 ~ ran { if ($4 >= 10) seen[$1 " " $3] = 1 }
		END { for (s in seen) n++; exit n < 10 }' /tmp/timeline
}

# So many new processes that definitions overwrite their oldest, again and again.
churn() {
	for i in $(seq 500); do /bin/busybox true; done
}

number() { # OFFSET BYTES: in /tmp/image
	od -An -tu"$2" -j "$1" -N "$2" /tmp/image | tr -d ' '
}

# Definitions began the other half of their segments, which are behind those of all CPUs.
halves() {
	segment=$(number 24 4) nr=$(number 40 4) most=0 i=0
	first=$((4096 + $(number 32 4) * $(number 36 4) * segment))
	while [ $i -lt "$nr" ]; do
		sequence=$(number $((first + i * segment + 16)) 8)
		[ "$sequence" -le $most ] || most=$sequence
		i=$((i + 1))
	done
	note "$most segments of definitions, in $nr"
	[ $most -gt $((nr / 2)) ]
}

# What pstore kept of the kernel's log: a line for each CPU.
digest() {
	mount -t pstore pstore /sys/fs/pstore
	cat /sys/fs/pstore/dmesg-ramoops-* >/tmp/kept
	grep 'emberprof: CPU' /tmp/kept >/tmp/said
	show /tmp/said
	[ "$(grep -cE 'CPU [01], [1-9][0-9]+ samples in its last 5 s: [0-9]+% shares: user mode' /tmp/said)" = 2 ]
}

known() { # FOLDED: shares within 5 points, under their callers
	awk '
		/^shares;.*main;middle;(fifty|thirty|twenty)( |;)/ { all += $NF }
		/;fifty/ { fifty += $NF }
		/;thirty/ { thirty += $NF }
		END {
			printf "# %d samples: %.1f, %.1f %%\n", all, 100 * fifty / (all + !all), 100 * thirty / (all + !all)
			exit !(all > 300 && fifty > 0.45 * all && fifty < 0.55 * all && thirty > 0.25 * all && thirty < 0.35 * all)
		}' "$1"
}

kernel_named() { # FOLDED: functions of the kernel itself have names, and what was a module none
	awk '
		{ n = split($0, frame, ";")
		  for (i = 2; i <= n; i++) if (frame[i] ~ /_\[k\]( [0-9]+)?$/) frame[i] ~ /^\[/ ? bare++ : named++ }
		END { printf "# kernel frames: %d with names, %d without\n", named, bare; exit !(named > 20) }' "$1" &&
		! grep -q 'ember_' "$1"
}

part_of() { # FOLDED WHOLE: not more samples, and no name that a command hasn't in the whole
	awk '
		{ n = split($0, frame, ";"); sum[FILENAME] += $NF; sub(/ [0-9]+$/, "", frame[n]) }
		FNR == NR { for (i = 2; i <= n; i++) known[frame[1] ";" frame[i]] = 1; next }
		{ for (i = 2; i <= n; i++)
			if (frame[i] !~ /^\[/ && !(frame[1] ";" frame[i] in known)) print "# not there: " frame[1] ";" frame[i] }
		END { if (sum[ARGV[2]] > sum[ARGV[1]]) print "# more samples" }' "$2" "$1" | head -n 5 >/tmp/said
	cat /tmp/said
	[ ! -s /tmp/said ]
}

# Whatever happened to the region: what is left of it, or one line that says why not.
scribbled() {
	i=0
	while [ $i -lt 12 ]; do
		i=$((i + 1))
		cp /tmp/image /tmp/scribbled
		n=0
		while [ $n -lt $((i * 4)) ]; do
			n=$((n + 1))
			at=$(($(od -An -N4 -tu4 /dev/urandom) % (bytes / 16)))
			dd if=/dev/urandom of=/tmp/scribbled bs=16 seek=$at count=$((1 + i * i)) conv=notrunc 2>/dev/null
		done
		truncate -s $((bytes)) /tmp/scribbled
		if /lab/emberprof report --last-boot=/tmp/scribbled -o /tmp/rest.folded 2>/tmp/said; then
			part_of /tmp/rest.folded /tmp/last.folded || return 1
		else
			[ "$(grep -c . /tmp/said)" -le 2 ] || { show /tmp/said; return 1; }
		fi
	done
}

refuses() { # PATTERN: the report of /tmp/wrong
	! /lab/emberprof report /tmp/wrong >/dev/null 2>/tmp/said && show /tmp/said && grep -q -e "$1" /tmp/said
}

modprobe ramoops 2>/dev/null mem_address=$((address + 0x80000)) mem_size=0x40000 record_size=0x20000
load flight_address=$address flight_bytes=$bytes || { dmesg | tail -n 3 >/tmp/said; show /tmp/said; }
round=$(generation)
dmesg | grep 'flight recorder' >/tmp/said
show /tmp/said

if [ "$round" = 0 ]; then
	check "nothing is left of a boot before" test ! -e /dev/emberprof-last-boot
	nothing() { ! /lab/emberprof report --last-boot 2>/tmp/said && grep -q 'nothing is left of it' /tmp/said; }
	check "report says so" nothing
	unload
	refused "a region that is too small" 'flight_bytes=4096: ' flight_bytes=4096
	refused "no whole pages" 'a multiple of 4096' flight_bytes=2097153
	refused "a region that is too large" 'flight_bytes=.* to 16777216' flight_bytes=33554432
	refused "an address within a page" 'flight_address=0x1001: ' flight_address=0x1001
	refused "memory that the kernel uses" 'the kernel uses that memory' \
		flight_address=$(printf 0x%x $((address - 0x4000000)))
	refused "memory of another driver" 'another driver' flight_address=$taken
	refused "no rate" 'flight_hz=0: 1 to' flight_hz=0
	refused "a rate above the module's" 'flight_hz=20000: 1 to 10000' flight_hz=20000
	refused "no frames" 'flight_max_frames=0: 1 to' flight_max_frames=0
	refused "more frames than stacks have" 'flight_max_frames=9999: 1 to' flight_max_frames=9999
	load flight_bytes=$bytes
	check "memory that a reboot clears" grep -q '^emberprof ' /proc/modules
	unload
	load flight_address=$address flight_bytes=$bytes
else
	# Loads are counted, of which the first boot has two in that region.
	round=$((round - 1))
	count=$((13 + 3 * (round - 1) + round / 2))
	if [ $((round % 2)) = 0 ]; then :; elif [ -d /sys/module/ramoops ]; then
		check "a digest of a panic, in pstore" digest
	else
		skip "a digest of a panic, in pstore" "Debian's kernel has no ramoops there"
	fi
	check "what is left is root's alone" sh -c "ls -l /dev/emberprof-last-boot | grep -q ^cr--------"
	# Beside new processes the known ones may have one CPU alone.
	ran='shares: (fifty|thirty|twenty)'
	[ $((round % 2)) = 1 ] || ran=.
	check "each CPU in each of the last seconds" seconds "$ran"
	/lab/emberprof report --last-boot -o /tmp/last.folded -o /tmp/last.perf 2>/tmp/said
	show /tmp/said
	check "the program's functions" known /tmp/last.folded
fi
if [ "$round" -lt $rounds ]; then
	/lab/shares 100000 &
	/lab/shares 100000 &
	if [ $((round % 2)) = 0 ]; then sleep 7; else churn; fi
	# A panic, or as a watchdog does it.
	if [ $((round % 2)) = 0 ]; then echo c; else echo b; fi >/proc/sysrq-trigger
fi

check "the kernel's functions" kernel_named /tmp/last.folded
cp /dev/emberprof-last-boot /tmp/image
check "definitions were repeated" halves
check "scribbled on: what is left, or a reason" scribbled
cp /tmp/image /tmp/wrong
dd if=/dev/zero of=/tmp/wrong bs=4096 count=1 conv=notrunc 2>/dev/null
/lab/emberprof report --last-boot=/tmp/wrong -o /tmp/rest.folded 2>/tmp/said
check "one head is enough" cmp /tmp/rest.folded /tmp/last.folded
printf 'x' | dd of=/tmp/wrong bs=1 seek=$((bytes - 4096 + 100)) conv=notrunc 2>/dev/null
check "both heads damaged" refuses 'both heads of the region are damaged'
head -c 131072 /tmp/image >/tmp/wrong
check "cut short" refuses "cut short"
cp /tmp/image /tmp/wrong
dd if=/dev/zero of=/tmp/wrong bs=4096 seek=1 count=$((bytes / 4096 - 2)) conv=notrunc 2>/dev/null
check "no samples" refuses 'no sample that is whole'
no_file() { ! /lab/emberprof report --last-boot=/nowhere 2>/tmp/said && grep -q '/nowhere: No such file' /tmp/said; }
check "no such copy" no_file
no_copy() { ! /lab/emberprof report --last-boot=/lab/ktap.sh 2>/tmp/said && grep -q 'ktap.sh: is no copy of /dev/emberprof-last-boot' /tmp/said; }
check "no copy" no_copy
finish
