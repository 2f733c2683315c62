# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest, read by each suite: checks, as KTAP on stdout; all that goes to stderr
# lands on the console, which is shown when something fails. The module isn't there at
# first: `load` inserts it.
exec 2>/dev/console
count=0
failed=0
complaints='BUG|WARNING|Oops|Call Trace|Unable to handle|general protection|KASAN|UBSAN'
complaints="$complaints|ODEBUG|sleeping function|suspicious RCU|possible recursive locking"
complaints="$complaints|possible circular locking|inconsistent lock state|Invalid wait context"
complaints="$complaints|lock held when|bad unlock balance|irq lock inversion|self-detected stall"

# Of data races the kernel has some of its own, each of which would end the guest.
case $(uname -r) in
*kcsan) echo 0 >/proc/sys/kernel/panic_on_warn ;;
esac
# What came before is the kernel's own, from its boot.
dmesg -c >/dev/null

result() { # ok|"not ok" WHAT
	count=$((count + 1))
	echo "$1 $count $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

check() { # WHAT COMMAND...: ok if the command succeeds
	what=$1
	shift
	if "$@"; then result ok "$what"; else result "not ok" "$what"; fi
}

skip() { # WHAT WHY
	result ok "$1 # SKIP $2"
}

# For what comes about in its own time, which a busy host stretches.
await() { # COMMAND...: until it succeeds, half a minute at most
	tries=300
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

field() { # FILE NAME: the word behind the name, where it's first
	awk -v name="$2" '{ for (i = 1; i < NF; i++) if ($i == name) { print $(i + 1); exit } }' "$1"
}

counter() { # NAME: in what `status --json` left in /tmp/status, 0 while there is no session
	awk -v name="\"$1\":" 'index($0, name) { split(substr($0, index($0, name)), word, /[ ,}]/); n = word[2] }
		END { print n + 0 }' /tmp/status
}

note() { # TEXT
	echo "# $*"
}

show() { # FILE [LINES]: as notes
	tail -n "${2:-20}" "$1" | sed 's/^/#   /'
}

# A program that says "ok 1 - this" and "not ok 2 - that" itself: its results are taken
# over. It fails too by saying none, or by dying without a failed one.
results() { # WHAT COMMAND...
	what=$1
	shift
	rc=0
	"$@" >/tmp/.results || rc=$?
	before=$count
	bad=$failed
	while IFS= read -r line; do
		case $line in
		"ok "*) result ok "${line#ok }" ;;
		"not ok "*) result "not ok" "${line#not ok }" ;;
		[0-9]*..[0-9]* | KTAP* | TAP*) ;;
		"# "*) echo "$line" ;;
		*) note "$line" ;;
		esac
	done <<END
$(sed 's/^\(not ok\|ok\) [0-9]* *-* */\1 /' /tmp/.results)
END
	if [ "$count" = "$before" ]; then
		result "not ok" "$what: said nothing, exit status $rc"
	elif [ "$rc" != 0 ] && [ "$failed" = "$bad" ]; then
		result "not ok" "$what: exit status $rc"
	fi
}

line() { # SLOT: the serial line that scripts/lab's -s has put there
	for tty in /sys/class/tty/ttyS*; do
		case $(readlink -f "$tty/device") in
		*/0000:00:1$1.0 | */0000:00:1$1.0/*) echo "/dev/${tty##*/}" ;;
		esac
	done
}

# Without icount a guest's CPU is a thread of a busy host: what that takes from a walk is no
# reason to cut it.
load() { # [PARAMETER=VALUE]...
	insmod /lab/emberprof.ko max_walk_us=100000 "$@"
}

unload() {
	rmmod emberprof
}

quiet() { # the kernel has said nothing that it says when something is wrong
	dmesg | awk '!/BUG: KCSAN/ || /ember_/' >/tmp/.said
	grep -qE "$complaints" /tmp/.said || return 0
	grep -E -A 25 "$complaints" /tmp/.said | head -n 60 | sed 's/^/#   /'
	return 1
}

plant() { # FAULT: of modules/planted.c
	dmesg -c >/dev/null
	echo "$1" >/sys/module/planted/parameters/fault
}

found() { # FAULT: quiet says so
	plant "$1"
	! quiet >/dev/null
}

lockdep() { # lock checking wasn't switched off by something that it found
	grep -Eq 'debug_locks: *1' /proc/lockdep_stats
}

# The kernel's own files for its checks, where it has some.
debugfs() {
	grep -q ' debugfs ' /proc/mounts || mount -t debugfs debug /sys/kernel/debug 2>/dev/null
}

# Since 6.12 a server runs other tasks below real-time ones, and up to 6.17 one that is at work
# makes the kernel warn when its CPU goes off line.
unlimit_real_time() {
	echo -1 >/proc/sys/kernel/sched_rt_runtime_us || return 1
	debugfs || return 0
	for server in /sys/kernel/debug/sched/fair_server/*/runtime; do
		[ ! -e "$server" ] || echo 0 >"$server" || return 1
	done
}

# What processes allocate and copy that ask for it (/proc/PID/make-it-fail) fails now and
# then from here on, where the kernel can: one in a hundred of each so many. It shows who
# could have no memory, which is no complaint.
may_fail() {
	debugfs || return 0
	for kind in failslab:5 fail_page_alloc:100 fail_usercopy:10; do
		of=/sys/kernel/debug/${kind%:*}
		[ -d $of ] || continue
		complaints=$(echo "$complaints" | sed 's/|Call Trace//')
		echo ${kind#*:} >$of/interval
		echo Y >$of/task-filter
		[ ! -e $of/ignore-gfp-wait ] || echo N >$of/ignore-gfp-wait
		[ ! -e $of/min-order ] || echo 0 >$of/min-order
		echo 0 >$of/verbose
		echo -1 >$of/times
		echo 1 >$of/probability
	done
}

# No memory is allocated that nothing leads to. It has to be found twice, unchanged: what
# just changes hands isn't lost.
nothing_lost() {
	lost=/sys/kernel/debug/kmemleak
	debugfs && [ -e $lost ] || return 0
	# Younger ones than that aren't counted.
	sleep 6
	echo scan >$lost
	echo scan >$lost
	cat $lost >/tmp/.lost
	[ -s /tmp/.lost ] || return 0
	head -n 60 /tmp/.lost | sed 's/^/#   /'
	return 1
}

# What of the module was run, where that is counted: for the host (tests/vm/run).
keep_coverage() {
	debugfs && [ -d /sys/kernel/debug/gcov ] || return 0
	(cd /sys/kernel/debug/gcov && find . -name '*.gcda') | while read -r file; do
		cat "/sys/kernel/debug/gcov/$file" >"/out/${file##*/}"
	done
}

# The module out, the kernel's log looked through: the suite's end.
finish() {
	if grep -q '^emberprof ' /proc/modules; then
		check "the module unloads" unload
	fi
	# What is freed by RCU or by a worker has its time to be found out.
	sleep 1
	check "the kernel has no complaint" quiet
	[ ! -e /proc/lockdep_stats ] || check "lock checking is still on" lockdep
	echo "1..$count"
	exit $((failed > 0))
}
