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
	dmesg | grep -E "$complaints" >/tmp/.complaints || return 0
	dmesg | grep -E -A 25 "$complaints" | head -n 60 | sed 's/^/#   /'
	return 1
}

lockdep() { # lock checking wasn't switched off by something that it found
	grep -Eq 'debug_locks: *1' /proc/lockdep_stats
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
