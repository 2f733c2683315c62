#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest, as root: sessions by hand and by the tool, where there is one; the
# module in and out, 5 times in all. TAP, without numbers where it's from here.
set -eu
failed=0
check() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then echo "ok - $what"; else echo "not ok - $what"; failed=1; fi
}

share() { # FUNCTION LOW HIGH
	awk -v leaf="$1" -v low="$2" -v high="$3" '
		$NF ~ /^[0-9]+$/ && /^shares;/ {
			n = split($1, frame, ";")
			if (frame[n] ~ /_\[k\]$/) next
			all += $NF
			if (frame[n] == leaf) { part += $NF; if (/;main;middle;/) whole += $NF }
		}
		END {
			printf "# %s %.1f %% of %d, %d under main;middle\n", leaf, 100 * part / all, all, whole
			exit !(all > 300 && 100 * part / all >= low &&
			       100 * part / all <= high && whole == part)
		}' /tmp/shares.folded
}

insmod /lab/emberprof.ko
check "a session by hand" /lab/session
if [ -e /lab/emberprof ]; then
	rc=0
	/lab/emberprof record -F 999 -o /tmp/shares.folded -- /lab/shares || rc=$?
	check "the exit status is the command's" [ "$rc" = 7 ]
	check "fifty: 50 %" share fifty 47 53
	check "thirty: 30 %" share thirty 27 33
	check "twenty: 20 %" share twenty 17 23
	rc=0
	/lab/emberprof record -F 99 -o - -- /lab/no-such-program || rc=$?
	check "no such command: 127" [ "$rc" = 127 ]
	rc=0
	/lab/emberprof record -F 99 -p 99999 -o - || rc=$?
	check "no such process: 1" [ "$rc" = 1 ]
	rc=0
	/lab/emberprof record -F 100000 -o - || rc=$?
	check "a rate above the cap: 1" [ "$rc" = 1 ]
	/lab/emberprof record -F 499 -o /tmp/kernel.folded -- \
		dd if=/dev/zero of=/dev/null bs=1M count=3000 2>/dev/null
	check "kernel frames down to the copying routine" \
		grep -Eq 'dd;.*vfs_read_\[k\];.*(clear_user|zero|iov_iter)[a-z_]*_\[k\] ' /tmp/kernel.folded
	check "no frame of the timer interrupt" \
		[ -z "$(grep -E 'hrtimer_interrupt|ember_' /tmp/kernel.folded | head -n 3)" ]
else
	echo "# no tool for this architecture in the lab yet: its tests are left out"
fi
check "unloads" rmmod emberprof
for turn in 2 3 4 5; do
	insmod /lab/emberprof.ko
	rmmod emberprof
done
echo "ok - module in and out 5 times"
check "the kernel has no complaint" \
	[ -z "$(dmesg | grep -E 'BUG|WARNING|Oops|Call Trace' | head -n 5)" ]
exit $failed
