# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon's profiles over HTTP, as the host's `go tool pprof` and others ask for them
# (tests/vm/host/http.sh), while programs run.
# turns: yes
# cpus: 2
# debug: no, it has no network
# needs: virtio_pci virtio_net
# programs: shares budget threads
# tool: http
# host: http
# timeout: 600
. /lab/ktap.sh

resident() {
	sed -n 's/^VmRSS:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"
}

answers() { # PATH WORD
	wget -q -O - "http://127.0.0.1:6060$1" 2>/dev/null | grep -q "$2"
}

load
modprobe virtio_pci
modprobe virtio_net
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip link set lo up
mkdir -p /tmp/store /run
cat >/tmp/emberprof.conf <<END
rate = 99
budget = 50%
events = cpu,growth,block:1s
store = /tmp/store
flush = 600
[http]
listen = 0.0.0.0:6060
allow = anyone
END
/lab/emberprof daemon -c /tmp/emberprof.conf 2>/tmp/said &
daemon=$!
/lab/shares 1000000 1600 &
shares=$!
/lab/threads crowd 60 &
crowd=$!
check "the daemon serves" await answers /healthz ok
check "its metrics have samples" await answers /metrics '^emberprof_samples_total [1-9]'
before=$(resident)
# Until the host asks for a spike, and then for all that it wants to.
lasts=4 patience=300
[ -z "${EMBER_LONG-}" ] || lasts=300 patience=900
check "the host wants a spike" timeout $patience nc -l -p 7000
/lab/budget work $lasts &
check "the host has asked" timeout $patience nc -l -p 7000
wget -q -O /tmp/metrics http://127.0.0.1:6060/metrics
note "$(grep -E '^emberprof_(samples|samples_lost|http_[a-z_]*)(_total)? ' /tmp/metrics | tr '\n' ' ')"
after=$(resident)
note "resident: $before KiB before, $after after; $(sed -n 's/^\(Rss[A-Z][a-z]*\):[ \t]*/\1 /p' "/proc/$daemon/status" | tr '\n' ' ')"
check "resident are 4 MiB at most" [ "$after" -le 4096 ]
check "nothing was written to the store for it" \
	[ "$(find /tmp/store -name '*.ember' -size +64k | wc -l)" = 0 ]
check "no process of a request is left" [ -z "$(cat "/proc/$daemon/task/$daemon/children")" ]
# SIGHUP with the same [http]: a request that waits for its profile gets it.
wget -q -O /tmp/during "http://127.0.0.1:6060/debug/pprof/profile?seconds=3" &
asks=$!
sleep 1
sed -i 's/^budget = .*/budget = 40%/' /tmp/emberprof.conf
kill -HUP $daemon
check "SIGHUP: is applied" await grep -q 'emberprof.conf: is applied' /tmp/said
check "SIGHUP: a request is not cut off" wait $asks
check "SIGHUP: it has its profile" [ -s /tmp/during ]
# 200 processes, 20 of which begin a program each second, at the default size of rings.
i=0 many=
while [ $i -lt 200 ]; do
	(while :; do /lab/shares 0; sleep 10; done) &
	many="$many $!"
	i=$((i + 1))
done
sleep 12
wget -q -O /dev/null "http://127.0.0.1:6060/debug/pprof/growth?seconds=5"
# shellcheck disable=SC2086 # a list
kill $many
after=$(resident)
note "200 processes: $after KiB resident; $(sed -n 's/^\(Rss[A-Z][a-z]*\):[ \t]*/\1 /p' "/proc/$daemon/status" | tr '\n' ' ')"
check "200 processes: 4 MiB at most" [ "$after" -le 4096 ]
kill $shares $crowd
wget -q -O /tmp/whole "http://127.0.0.1:6060/debug/pprof/profile?from=-1h&format=folded"
counted=$(awk '/^emberprof_samples_total/ { print $2 }' /tmp/metrics)
got=$(awk '{ all += $NF } END { print all + 0 }' /tmp/whole)
note "the daemon counted $counted samples, and served $got a moment later"
check "all that was sampled is served" [ "$got" -ge "$counted" ]
kill -TERM $daemon
rc=0
wait $daemon || rc=$?
show /tmp/said 4
check "the daemon ends" [ $rc = 0 ]
/lab/emberprof report --format folded -o /tmp/folded /tmp/store
check "the store has all that was served" \
	[ "$(awk '{ all += $NF } END { print all + 0 }' /tmp/folded)" -ge "$got" ]
finish
