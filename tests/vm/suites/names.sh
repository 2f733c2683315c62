# SPDX-License-Identifier: GPL-2.0-or-later
# Names that no file has: the vDSO's, a just-in-time compiler's, the kernel's; of a program
# without a build-id that was just built, that was deleted, or runs from a memfd; while the
# clock is set. The same straight and through a log.
# turns: yes
# cpus: 2
# programs: names fleeting
# programs x86_64: names@i386
# programs arm64: names@armhf
# timeout: 240
# debug: long, it's about the tool
# days: even
. /lab/ktap.sh

share() { # PATTERN COMM: per cent of COMM's samples whose stack has it
	awk -v pattern="$1" -v comm="$2" '
		index($0, comm ";") == 1 { all += $NF; if ($0 ~ pattern) part += $NF }
		END { print all < 20 ? -1 : int(100 * part / all) }' /tmp/names.folded
}

most() { # WHAT PATTERN COMM LEAST
	s=$(share "$2" "$3")
	note "$1: $s %"
	[ "$s" -ge "$4" ] || {
		sort -k 2 /tmp/names.folded >/tmp/sorted
		show /tmp/sorted 8
		return 1
	}
}

record() { # COMMAND...
	/lab/emberprof record -F 499 -q -o /tmp/names.folded -- "$@"
}

load
record /lab/names vdso 3000
if grep -q '\[vdso\]' /proc/self/maps; then
	check "the vDSO has names" most vdso \
		';(__vdso_|__kernel_)clock_gettime(64)?[; ]' names 5
else
	skip "the vDSO has names" "this kernel maps none"
fi

# A 32-bit task's is another image, which is read from its memory while it runs.
for compat in /lab/names-*; do
	[ -e "$compat" ] || continue
	$compat vdso 60000 &
	pid=$!
	await grep -q names- /proc/$pid/comm
	/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.folded
	if grep -q '\[vdso\]' /proc/$pid/maps; then
		check "the 32-bit vDSO has names" most "32-bit vDSO" \
			';(__vdso_|__kernel_)clock_gettime(64)?[; ]' "${compat#/lab/}" 5
	else
		skip "the 32-bit vDSO has names" "this kernel maps none"
	fi
	kill $pid
done

record /lab/names jit 3000
check "code made at run time has the last name in the map" \
	most "made code" ';main;.*made_hot ' names 25
check "a name that the map replaced isn't used" [ "$(share 'first_guess' names)" = 0 ]
check "and counts nevertheless" most "code without a name" ';main;(runs;)?[[][^;]*[+]0x[0-9a-f]*[]] ' names 25

# Whatever backs it; the same through a log.
echo 4 >/proc/sys/vm/nr_hugepages || :
[ -d /dev/shm ] || mkdir /dev/shm
mount -t tmpfs tmpfs /dev/shm
for how in jit-memfd jit-shm jit-huge; do
	/lab/names $how 60000 &
	pid=$!
	if ! await grep -q made_hot /tmp/perf-$pid.map; then
		skip "$how: the name in the map" "this kernel has no such memory"
		continue
	fi
	/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.ember
	/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.folded
	check "$how: the name in the map" most "$how" ';main;.*made_hot ' names 25
	/lab/emberprof report --format folded -o /tmp/names.folded /tmp/names.ember
	check "$how: through a log" most "$how" ';main;.*made_hot ' names 25
	kill $pid
	# The log outlives the process; one of another's number isn't asked, one that ended is.
	await test ! -e /proc/$pid
	/lab/emberprof report --format folded -o /tmp/names.folded /tmp/names.ember
	check "$how: by root's map, when it has ended" most "$how" ';main;.*made_hot ' names 25
done

# Not the owner's: nothing of it is believed.
cat >/tmp/stranger <<'END'
/lab/names jit 5000 &
until [ -s /tmp/perf-$!.map ] || ! kill -0 $!; do sleep 0.1; done
chown 1234 /tmp/perf-$!.map
wait
END
record sh /tmp/stranger
check "another user's map isn't believed" [ "$(share 'made_hot' names)" = 0 ]

cp /lab/names /tmp/gone
/tmp/gone wait 60000 &
pid=$!
await grep -q gone /proc/$pid/comm
rm /tmp/gone
cp /bin/busybox /tmp/gone
/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.folded
check "a deleted program has names while it runs" most "deleted program" ';lingers ' gone 80
/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.ember
/lab/emberprof report --format folded -o /tmp/names.folded /tmp/names.ember
check "and through a log" most "deleted program" ';lingers ' gone 80
kill $pid
await test ! -e /proc/$pid
/lab/emberprof report --format folded -o /tmp/names.folded /tmp/names.ember
check "and none when it has ended" [ "$(share lingers gone)" = 0 ]

# Run from a memfd whose name is odd.
/lab/fleeting /lab/names wait 60000 &
pid=$!
await grep -q memfd /proc/$pid/maps
/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.folded
named_all() { # WHAT LEAST: per cent of the samples, whatever the command is called
	awk -v least="$2" -v what="$1" '
		/;lingers / { part += $NF }
		{ all += $NF }
		END { printf "# %s: %d of %d\n", what, part, all; exit !(all >= 20 && part * 100 >= least * all) }
	' /tmp/names.folded
}
check "a program in a memfd has names while it runs" named_all "memfd" 80
/lab/emberprof record -F 499 -q -p $pid --duration 2 -o /tmp/names.ember
/lab/emberprof report --format folded -o /tmp/names.folded /tmp/names.ember
check "and through a log" named_all "memfd" 80
kill $pid

record /lab/fleeting /lab/names wait 3000
check "and when it has ended, straight" named_all "memfd" 60

# Built in the second in which the recording begins; and while it runs.
mkdir "/tmp/a b:c"
cp /lab/names "/tmp/a b:c/names"
record "/tmp/a b:c/names" wait 2000
check "a program that was just built has names" most "just built" ';lingers ' names 60
cat >/tmp/builds <<'END'
cp /lab/names /tmp/built
/tmp/built wait 2000
END
record sh /tmp/builds
check "and one that was built meanwhile" most "built meanwhile" ';lingers ' built 60
cat >/tmp/rebuilds <<'END'
cp /lab/names /tmp/rebuilt
/tmp/rebuilt wait 1000
cat /lab/names >/tmp/rebuilt
END
record sh /tmp/rebuilds
check "but not one that was written since" [ "$(share lingers rebuilt)" = 0 ]

# A board that boots in 1970 and learns the date later.
now=$(date +%s)
date -s @1000 >/dev/null
cat >/tmp/dated <<'END'
cp /lab/names /tmp/dates
touch -d '2021-01-01 00:00:00' /tmp/dates
/tmp/dates jit 2500 &
pid=$!
until [ -s /tmp/perf-$pid.map ] || ! kill -0 $pid; do sleep 0.1; done
date -s @$1 >/dev/null
wait
END
record sh /tmp/dated "$now"
check "a clock that is set leaves names" most "program" ';main;' dates 60
check "and the map's" most "made code" ';made_hot ' dates 25
date -s @$now >/dev/null

# The kernel's symbols, and without them.
record dd if=/dev/zero of=/dev/null bs=1M count=2000
check "the kernel has names" most "kernel" ';vfs_read_[[]k[]];' dd 50
grep -F '[kernel+' /tmp/names.folded >/tmp/unnamed
show /tmp/unnamed 5
# ARM's unwinder has return addresses now and then that are none.
check "nearly all of it" [ "$(share '[[]kernel[+]' dd)" -le 1 ]
echo 2 >/proc/sys/kernel/kptr_restrict
/lab/emberprof record -F 499 -o /tmp/names.folded -- dd if=/dev/zero of=/dev/null bs=1M \
	count=2000 2>/tmp/said
check "hidden symbols are no names" [ "$(share 'vfs_read' dd)" = 0 ]
check "and that is said" grep -q kptr_restrict /tmp/said
echo 0 >/proc/sys/kernel/kptr_restrict
finish
