# SPDX-License-Identifier: GPL-2.0-or-later
# All threads at one moment: EMBER_IOC_THREADS, and emberprof threads.
# turns: yes
# cpus: 2
# memory: 512
# timeout: 180
# programs: threads
# modules: deaf
. /lab/ktap.sh

load
check "a module that keeps interrupts off" insmod /lab/deaf.ko
check "a small pid space, and room for threads" sh -c 'echo 8000 >/proc/sys/kernel/pid_max && echo 20000 >/proc/sys/kernel/threads-max'
results "threads" /lab/threads
/lab/threads crowd 60 &
crowd=$!
sleep 1
check "emberprof threads -p" /lab/emberprof threads -p $crowd -o /tmp/groups.txt
show /tmp/groups.txt 30
check "its head" grep -qx 'threads profile: total 61' /tmp/groups.txt
# Each of the 20 places has 3 threads.
places() { # FILE
	awk '/^[0-9]+ @/ { n = $1 } /\tplace_[0-9]+\t/ { at[$3] += n; sum += n }
		END { for (p in at) { places++; if (at[p] != 3) exit 1 } exit !(places == 20 && sum == 60) }' "$1"
}
check "groups of equal stacks" places /tmp/groups.txt
check "what they wait in" grep -Eq '^# \[sleep in (futex|do_nanosleep|hrtimer_nanosleep|.*poll|pipe_|anon_pipe)[a-z_]*, .*\] threads [0-9]+ and others' /tmp/groups.txt
check "each thread" /lab/emberprof threads -p $crowd --format full -o /tmp/full.txt
each() {
	awk '/^thread [0-9]+ \[/ { print $2 }' /tmp/full.txt | sort -n >/tmp/listed
	ls /proc/$crowd/task | sort -n >/tmp/tasks
	cmp /tmp/listed /tmp/tasks
}
check "each thread once" each
show /tmp/full.txt 12
check "folded" /lab/emberprof threads -q -p $crowd -o /tmp/threads.folded
check "a folded stack's count" awk '/;place_7;/ { n += $NF } END { exit n != 3 }' /tmp/threads.folded
check "pprof" /lab/emberprof threads -q -p $crowd -o /tmp/threads.pb.gz
check "pprof, read again" sh -c "/lab/emberprof report --event threads /tmp/threads.pb.gz | grep -q '^61 threads (count)'"
check "everything" /lab/emberprof threads -o /tmp/all.txt
show /tmp/all.txt 8
kill $crowd
wrong() { # WHAT PATTERN OPTIONS...
	what=$1 pattern=$2
	shift 2
	/lab/emberprof threads "$@" >/tmp/said 2>&1
	check "$what" grep -qxE "emberprof: $pattern" /tmp/said
}
wrong "no such process" '.*no process 7999.*|.*7999.*' -p 7999
wrong "-p of no number" '-p x: numbers, with commas between them' -p x
wrong "-p and -t" '-p and -t exclude each other' -p 1 -t 1
wrong "a form that needs times" 'perf: threads are one moment, not samples with times \(--format pprof\)' --format perf
wrong "a form that nobody knows" 'no format nonsense: .*' --format nonsense
wrong "an operand" 'threads takes no 12: see emberprof help threads' 12
check "record leaves it to threads" sh -c "/lab/emberprof record -e threads 2>&1 | grep -q 'threads are listed by emberprof threads'"
check "rights are needed" sh -c "/lab/threads nobody /lab/emberprof threads 2>&1 | grep -q '^emberprof: .*CAP_PERFMON'"
rmmod deaf
finish
