# SPDX-License-Identifier: GPL-2.0-or-later
# Logs over UDP, TCP and a serial line to a collector on the host, and into a file on the
# board at the same time; the host compares the two (tests/vm/host/link.sh).
# cpus: 2
# debug: no, it has neither network nor more serial lines
# needs: virtio_pci virtio_net
# programs: shares
# tool: crypto
# host: link
# turns: yes
. /lab/ktap.sh

port() { # NAME: what the host passed on the kernel's command line
	sed -n "s/.*ember.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

work() { # SECONDS: programs and the kernel, processes that come and go
	/lab/shares "$1" &
	shares=$!
	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		gzip -c /lab/emberprof >/dev/null
		find /proc -maxdepth 2 >/dev/null 2>&1
	done
	wait $shares
}

# As many as the recorder counted are in the log that it left here.
stream() { # NAME ADDRESS OPTIONS...
	name=$1 address=$2
	shift 2
	/lab/emberprof record -a -F 499 --board "$name" -o "$address" -o "/out/$name.ember" "$@" \
		2>"/tmp/$name.said" &
	recorder=$!
	work 9
	grep VmHWM /proc/$recorder/status >"/tmp/$name.memory"
	note "$(tr -s '\t ' ' ' <"/tmp/$name.memory")"
	kill -INT $recorder
	rc=0
	wait $recorder || rc=$?
	show "/tmp/$name.said" 4
	return $rc
}

counted() { # NAME
	counted=$(sed -n 's/^emberprof: \([0-9]*\) samples, 0 lost.*/\1/p' "/tmp/$1.said")
	/lab/emberprof report --format folded -o /tmp/out.folded "/out/$1.ember" &&
		[ "${counted:-0}" -gt 1000 ] &&
		[ "$(awk '{ all += $NF } END { print all }' /tmp/out.folded)" = "$counted" ]
}

load
modprobe virtio_pci
modprobe virtio_net
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
mkdir -p /out
check "over UDP" stream udp "udp://10.0.2.2:$(port udp)" -m 64K --call-graph fp
check "UDP: all that was counted is in the board's own log" counted udp
check "no more than 2 MiB of memory, with rings of 64 KiB" \
	[ "$(field /tmp/udp.memory VmHWM:)" -le 2048 ]
check "over TCP" stream tcp "tcp://10.0.2.2:$(port tcp)"
check "TCP: all that was counted is in the board's own log" counted tcp
port key >/tmp/key
check "over UDP, sealed by a key" stream sealed "udp://10.0.2.2:$(port sealed)" --key /tmp/key
check "sealed: all that was counted is in the board's own log" counted sealed
/lab/emberprof record -o "udp://10.0.2.2:$(port sealed)" --board clear --duration 0.2 2>/tmp/said
if [ -n "$(line 3)" ]; then
	check "over a serial line" stream serial "serial:$(line 3),115200"
	check "serial: all that was counted is in the board's own log" counted serial
else
	skip "over a serial line" "a PC has no more of them here"
fi
finish
