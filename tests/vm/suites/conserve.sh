# SPDX-License-Identifier: GPL-2.0-or-later
# Each point of the grid ends in one counter: 10 kHz for 10 s, the reader stalled for one
# of them, with tracepoints and without. And what a recorder has sampled that is killed is
# in its log, but for what --flush says. One CPU, under icount; conserve-smp has two.
# icount: yes
# timeout: 400
# programs: conserve sessions
. /lab/ktap.sh

load
results "10 kHz for 10 s" /lab/conserve 10000 10
check "sessions: apart" /lab/sessions apart
check "the module unloads" unload
check "the module loads, tracepoints left alone" load tracepoints=0
results "10 kHz for 2 s without tracepoints" /lab/conserve 10000 2

start() { # NAME
	/lab/emberprof record -F 999 -a --unwind-wait 0 --flush 1 -o "/tmp/$1.ember" 2>/dev/null &
	echo $! >"/tmp/$1.pid"
}

end() { # NAME: killed, once the module has said how many samples it took
	read -r pid <"/tmp/$1.pid"
	/lab/emberprof status | awk -v pid="$pid" '$2 == pid { print $9 }' >"/tmp/$1.taken"
	kill -KILL "$pid"
}

left() { # NAME: of those that were taken, and more than 1.5 s of them, no more are missing
	read -r taken <"/tmp/$1.taken"
	/lab/emberprof report --format folded -o /tmp/out.folded "/tmp/$1.ember" 2>/dev/null
	logged=$(awk '{ all += $NF } END { print all + 0 }' /tmp/out.folded)
	note "$logged of $taken samples are in the log"
	[ "${taken:-0}" -gt 1700 ] && [ "$logged" -gt 0 ] && [ $((taken - logged)) -le 1500 ]
}

start early
start middle
start late
(while :; do :; done) &
busy=$!
for name in early middle late; do
	sleep 1.4
	[ $name != early ] || sleep 0.6
	end $name
done
kill -KILL $busy
wait
for name in early middle late; do
	check "killed with --flush 1, $name: at most 1.5 s are missing" left $name
done
finish
