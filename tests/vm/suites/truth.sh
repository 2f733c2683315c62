# SPDX-License-Identifier: GPL-2.0-or-later
# Where a process was sampled it's stopped by a signal, and gdb unwinds what stands there,
# by debug files: the stacks are to be equal, frame by frame. One instruction is a
# nanosecond here, so that samples fall between any two.
# icount: yes
# modules: halt
# files: tests/vm/truth/stops.py tests/vm/truth/compare.py tests/wire.py tests/bench/work.py
# packages: gdb python3-minimal libc6-dbg python3.11-dbg
# memory: 1536
# timeout: 900
# debug: no, what is compared is the same there
# turns: yes
. /lab/ktap.sh

recording() {
	! /lab/emberprof status | grep -q 'no sessions'
}

stops() { # OPTION...: of the recording
	rm -f /tmp/ready /tmp/go
	python3 /lab/work.py 1000000 >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep 2
	/lab/emberprof record -F 999 -p $pid --duration 3 "$@" -o /tmp/before.pb.gz 2>/dev/null
	OUT=/tmp/stops STOPS=$points READY=/tmp/ready GO=/tmp/go gdb -nx -q -batch -p $pid \
		-x /lab/stops.py >/tmp/gdb.log 2>&1 &
	gdb=$!
	until [ -e /tmp/ready ]; do
		sleep 0.2
		kill -0 $gdb || return 1
	done
	/lab/emberprof record -v -F 999 -p $pid "$@" -o /tmp/truth.pb.gz 2>/tmp/said &
	recorder=$!
	await recording || {
		kill -KILL $gdb $pid
		show /tmp/said
		return 1
	}
	: >/tmp/go
	wait $gdb
	rc=$?
	wait $recorder
	return $rc
}

points=160 functions=30 edges=8
[ -z "$EMBER_LONG" ] || points=1200 functions=200 edges=100
load
mkdir /tmp/tables
insmod /lab/halt.ko
check "gdb at $points stops" stops --unwind-cache /tmp/tables
show /tmp/gdb.log 5
show /tmp/said
check "the stacks are equal" python3 /lab/compare.py /tmp/truth.pb.gz /tmp/stops 99 \
	$((points - 1)) $functions $edges
rmmod halt
finish
