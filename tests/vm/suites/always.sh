# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon for half an hour, 36 s in a short run: its CPU and the module's, its memory, the bytes
# of its store, its answers by HTTP, and its samples when it is killed again and again. One
# instruction is one nanosecond, and a busy host takes none of them.
# turns: yes
# icount: yes
# memory: 384
# timeout: 700
# debug: no, its checks take most of the time that is measured
# programs: budget shares
# tool: http
. /lab/ktap.sh

turns=1 rest=11 seconds=40 between=10 asking=15 looking=2 kills=3
[ -z "${EMBER_LONG-}" ] || turns=10 rest=160 seconds=1800 between=180 asking=120 looking=10 kills=50

is() { # WHAT: the status has it
	/lab/emberprof status --json >/tmp/status 2>/dev/null && grep -q "$1" /tmp/status
}

ask() { # PATH
	wget -q -O /tmp/answer "http://127.0.0.1:6060$1" 2>/dev/null && [ -s /tmp/answer ]
}

load
mkdir -p /tmp/store
cat >/tmp/daemon.conf <<'CONF'
events = cpu,growth
store = /tmp/store
keep = 4M
bytes-a-day = 512K
[http]
listen = 127.0.0.1:6060
CONF
/lab/emberprof daemon -c /tmp/daemon.conf 2>/tmp/said &
daemon=$!
check "the daemon samples" await is '"state": "sampling"'
check "and serves" await ask /healthz

# 200 processes, each of which runs a program now and then.
many='' i=0
while [ $i -lt 200 ]; do
	(sleep $((i * between / 200)); while :; do /lab/shares 0; sleep $between; done) >/dev/null &
	many="$many $!"
	i=$((i + 1))
done
# A load that comes and goes.
(
	for turn in $(seq $turns); do
		sleep $rest
		# Long enough for a whole window, or short.
		if [ $((turn % 5)) = 1 ]; then /lab/budget work 12; else /lab/budget work 2; fi
		for i in $(seq 40); do
			(for k in $(seq 10); do
				/lab/budget work 0.002
				sleep 1
			done) &
		done
		wait
	done
) &
loads=$!
# What asks for profiles, and looks at the memory.
: >/tmp/asked
: >/tmp/resident
(while sleep $asking; do
	for path in "/debug/pprof/profile?seconds=2" "/debug/pprof/growth?seconds=2" /metrics; do
		if ask "$path"; then echo ok; else echo "no answer: $path"; fi >>/tmp/asked
	done
done) &
asks=$!
(while sleep $looking; do
	sed -n 's/^VmRSS:[ \t]*\([0-9]*\) kB/\1/p' /proc/$daemon/status >>/tmp/resident
done) &
looks=$!
check "module and daemon within 0.5 % in each 10 s" /lab/budget daemon $seconds 5000 $daemon
wait $loads
note "$(/lab/emberprof status | head -n 1)"
# shellcheck disable=SC2086 # a list
kill $looks $asks $many
wait $looks $asks 2>/dev/null
check "each request was answered" [ "$(sort -u /tmp/asked)" = ok ]
note "$(grep -c ok /tmp/asked) answers"
resident() {
	awk '{ all[++n] = $1; if ($1 > most) most = $1 }
		END { for (i = 1; i <= n; i++) { third = int((i - 1) * 3 / n); if (all[i] > of[third]) of[third] = all[i] }
			printf "# resident, KiB: %d at most; %d, %d, %d in each third\n", most, of[0], of[1], of[2]
			exit !(n > 10 && most <= 4096 && (n < 100 || of[2] <= of[1] + 128)) }' /tmp/resident
}
check "resident are 4 MiB at most, and no more in the end" resident
sleep 25
recovered() { is '"one_in": 1,' || { show /tmp/status; return 1; }; }
check "the rate has recovered" recovered
kill $daemon
wait $daemon
bytes=$(cat /tmp/store/*.ember | wc -c)
note "$bytes bytes in the store; $(grep -o '"dropped": [0-9]*' /tmp/status)"
check "no more was written than a day's bytes" [ "$bytes" -le 524288 ]
check "the store has what was sampled" sh -c "/lab/emberprof report -o /tmp/out.folded /tmp/store 2>/dev/null && grep -q descend_for /tmp/out.folded"

# kill -9: what was flushed is there, each time, and the next daemon goes on.
sed -i 's,^store = .*,store = /tmp/killed,; s/^bytes-a-day.*/flush = 1/' /tmp/daemon.conf
counted=0 round=0 gone=0
while [ $round -lt $kills ]; do
	round=$((round + 1))
	/lab/emberprof daemon -c /tmp/daemon.conf 2>>/tmp/said &
	daemon=$!
	await is '"state": "sampling"' || break
	/lab/budget work 0.2
	sleep 3
	is '"state": "sampling"' || break
	counted=$((counted + $(counter samples)))
	sleep 2
	[ -z "${EMBER_LONG-}" ] || sleep 6
	kill -9 $daemon
	wait $daemon 2>/dev/null
	gone=$((gone + 1))
done
check "killed $kills times, it samples each time" [ $gone = $kills ]
/lab/emberprof report --format folded -o /tmp/out.folded /tmp/killed 2>/tmp/warnings
got=$(awk '{ all += $NF } END { print all + 0 }' /tmp/out.folded)
note "$counted samples before each flush, $got in the store's $(ls /tmp/killed | wc -l) logs"
show /tmp/warnings 4
check "none that was flushed is lost" [ "$got" -ge "$counted" ]
check "and none is there twice" [ "$got" -le $((counted + kills * 20)) ]
finish
