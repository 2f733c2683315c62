# SPDX-License-Identifier: GPL-2.0-or-later
# The tool: shares of known work, its exit status, kernel frames.
# cpus: 2
# programs: shares syscalls terminal
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
# The live table: one program's shares, by function and by process; waits; its end; a terminal.
/lab/shares 1000000 1600 &
shares=$!
live() { # OPTIONS...
	/lab/emberprof top -b "$@" >/tmp/top.txt 2>/tmp/top.said && [ ! -s /tmp/top.said ]
}
table() { # CONDITION: on the last table's rows, by name
	awk -v shares=$shares '
		/^top [0-9:]*Z, / { n = 0; tables++; head = $0 }
		/^ *[0-9.]+ %/ { self[$NF] = $1; comm[$NF] = $5; if (!n++) first = $NF }
		END { printf "# %d tables, first %s; %s\n", tables, first, head
			all = self["fifty"] + self["thirty"] + self["twenty"]
			exit !('"$1"') }' /tmp/top.txt
}
check "top: two tables of everything" live -n 2 -d 3 -F 999
check "top: both, with shares' functions in front" table 'tables == 2 && comm[first] == "shares"'
check "top: shares as they are" table 'all > 60 && self["fifty"] > 0.45 * all && self["fifty"] < 0.55 * all'
check "top: by process, of one" live -n 1 -d 1 -F 199 -p $shares --by process
check "top: that process, all of it" table 'first == shares && self[shares] == 100'
(while :; do sleep 0.1; done) &
sleeps=$!
check "top: waits" live -n 1 -d 2 -e block,cpu -p $sleeps
show /tmp/top.txt 6
check "top: waits have a unit" grep -Eq '^[0-9.]+ m?s delay \(nanoseconds\) in ' /tmp/top.txt
kill $sleeps
(sleep 2; kill $shares) &
check "top: ends with the last process" live -d 60 -p $shares
restored() {
	# shellcheck disable=SC2016 # is for the inner shell
	timeout 60 /lab/terminal 2 ' module ' /bin/sh -c 'trap : INT; before=$(stty -g); /lab/emberprof top -d 0.5
		echo "status $?"; [ "$before" = "$(stty -g)" ] && echo same' >/tmp/top.screen
	tr '\033\r' '@\n' </tmp/top.screen >/tmp/top.plain
	grep -q '@\[?1049h@\[?25l' /tmp/top.plain && grep -q '@\[?25h@\[?1049l' /tmp/top.plain &&
		grep -q 'status 0' /tmp/top.plain && grep -q '^same' /tmp/top.plain
}
check "top: Ctrl-C gives the terminal back as it was" restored
wrong() { # LINE STATUS OPTIONS...
	line=$1 wanted=$2 rc=0
	shift 2
	/lab/emberprof top "$@" >/tmp/wrong 2>&1 </dev/null || rc=$?
	[ "$rc" = "$wanted" ] && [ "$(cat /tmp/wrong)" = "emberprof: $line" ] || { cat /tmp/wrong; return 1; }
}
check "top: no terminal" wrong 'top: stdin or stdout is no terminal: add -b for plain text' 1
check "top: -d 0" wrong '-d 0: seconds, 0.1 to 3600' 2 -b -d 0
check "top: -n 0" wrong '-n 0: a number, 1 at least' 2 -b -n 0
check "top: -r x" wrong '-r x: a number, 1 at least' 2 -b -r x
check "top: --by x" wrong '--by x: function, thread, process or cgroup' 2 -b --by x
check "top: --sort x" wrong '--sort x: self or total' 2 -b --sort x
check "top: an operand" wrong 'top takes no x: see emberprof help top' 2 -b x
check "top: -F without cpu" wrong '-F: no cpu event has a rate: add -e cpu' 2 -b -F 9 -e block
check "top: no such process" wrong 'no such process: 99999' 1 -b -p 99999
finish
