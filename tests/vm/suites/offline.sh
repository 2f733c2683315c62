# SPDX-License-Identifier: GPL-2.0-or-later
# A board's log on another machine: what the host names there, by the board's files, is what
# the board itself names (tests/vm/host/offline.sh).
# cpus: 2
# modules: burn
# packages: python3-minimal gzip
# memory: 768
# timeout: 150
# host: offline
# debug: long, it's about the tool
# turns: yes
. /lab/ktap.sh

# Programs, the kernel and a module of its own, at work.
work() {
	/bin/gzip -c /lab/emberprof >/dev/null
	find /proc -maxdepth 2 >/dev/null 2>&1
	python3 -c 'd = {str(i): i for i in range(60000)}; sorted(d)'
	timeout 2 dd if=/dev/zero of=/dev/null bs=64
}

load
mkdir -p /out
check "a module at work" insmod /lab/burn.ko kind=tasklet
/lab/emberprof record -a -F 499 -o /out/board.ember 2>/tmp/said &
recorder=$!
sleep 2
work
work
kill -INT $recorder
check "recorded into a log" wait $recorder
show /tmp/said
check "named here" /lab/emberprof report -o /out/board.pb /out/board.ember
cp /proc/kallsyms /out/kallsyms
rmmod burn
finish
