# SPDX-License-Identifier: GPL-2.0-or-later
# The tool: shares of known work, its exit status, kernel frames.
# cpus: 2
# programs: shares syscalls
# timeout: 180
. /lab/ktap.sh

share() { # FUNCTION LOW HIGH
	awk -v leaf="$1" -v low="$2" -v high="$3" '
		$NF ~ /^[0-9]+$/ && /^shares;/ {
			n = split($1, frame, ";")
			if (frame[n] ~ /_\[k\]$/) next
			all += $NF
			if (frame[n] == leaf) { part += $NF; if (/;main;middle;/) whole += $NF }
		}
		END {
			if (!all) { print "# no sample of it"; exit 1 }
			printf "# %s %.1f %% of %d, %d under main;middle\n", leaf, 100 * part / all, all, whole
			# Before its frame is made a function has no caller.
			exit !(all > 300 && 100 * part / all >= low &&
			       100 * part / all <= high && whole >= 0.98 * part)
		}' /tmp/shares.folded
}

status() { # WANTED COMMAND...: its exit status is that
	wanted=$1
	shift
	rc=0
	"$@" || rc=$?
	[ "$rc" = "$wanted" ]
}

load
# Rounds of a millisecond: what a busy host takes from the guest's CPUs, some milliseconds at once,
# falls on the three alike. In rounds of a tenth of a second it would move their shares.
check "the exit status is the command's" \
	status 7 /lab/emberprof record -F 999 -o /tmp/shares.folded -- /lab/shares 5000 1600
check "fifty: 50 %" share fifty 47 53
check "thirty: 30 %" share thirty 27 33
check "twenty: 20 %" share twenty 17 23
check "no such command: 127" status 127 /lab/emberprof record -F 99 -o /tmp/none.folded -- /lab/no-such-program
check "no such process: 1" status 1 /lab/emberprof record -F 99 -p 99999 -o /tmp/none.folded
check "a rate above the cap: 1" status 1 /lab/emberprof record -F 100000 -o /tmp/none.folded -- true
/lab/emberprof record -F 499 -o /tmp/kernel.folded -- dd if=/dev/zero of=/dev/null bs=1M count=3000 \
	2>/tmp/kernel.said
cat /tmp/kernel.said >&2

kernel_whole() { # NAME, 99 %: what is left is 32-bit ARM's copies to and from user space
	awk -v name="$1" '/ samples, / { all = $2 }
	/ stacks end early in the kernel/ { early = $2 }
	END { printf "# %s: %d of %d stacks end early in the kernel\n", name, early, all
		exit !(all > 100 && early * 100 <= all) }' "/tmp/$1.said"
}
check "kernel stacks are whole" kernel_whole kernel
check "kernel frames down to the copying routine" \
	grep -Eq 'dd;.*vfs_read_\[k\];.*(clear_user|zero|iov_iter)[a-z_0-9]*_\[k\] ' /tmp/kernel.folded
/lab/syscalls &
/lab/emberprof record -F 999 -p $! --duration 3 -o /tmp/calls.folded 2>/tmp/calls.said
kill $!
cat /tmp/calls.said >&2
check "kernel stacks of short system calls are whole" kernel_whole calls
check "no kernel frame outside of the kernel's code" \
	[ -z "$(grep -F '[kernel+0x' /tmp/calls.folded)" ]
grep -F '[kernel+0x' /tmp/calls.folded | head -n 3 | sed 's/^/# /'
check "no frame of the timer interrupt" \
	[ -z "$(grep -E 'hrtimer_interrupt|ember_' /tmp/kernel.folded | head -n 3)" ]
finish
