# SPDX-License-Identifier: GPL-2.0-or-later
# Names that no file has: the vDSO's, a just-in-time compiler's, the kernel's; of a
# program that was deleted; of one without symbols, by its debug file.
# cpus: 2
# programs: names
# programs x86_64: names@i386
# programs arm64: names@armhf
# timeout: 240
# debug: long, it's about the tool
. /lab/ktap.sh

share() { # PATTERN COMM: per cent of COMM's samples whose stack has it
	awk -v pattern="$1" -v comm="$2" '
		index($0, comm ";") == 1 { all += $NF; if ($0 ~ pattern) part += $NF }
		END { print all < 50 ? -1 : int(100 * part / all) }' /tmp/names.folded
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
check "code made at run time has the name that was told last" \
	most "made code" ';main;.*made_hot ' names 25
check "code that nobody told of has none" [ "$(share 'first_guess' names)" = 0 ]
check "and counts nevertheless" most "code without a name" ';main;(runs;)?[[][^;]*[+]0x[0-9a-f]*[]] ' names 25

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
kill $pid
check "a deleted program has names while it runs" most "deleted program" ';lingers ' gone 80

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
