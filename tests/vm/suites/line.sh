# SPDX-License-Identifier: GPL-2.0-or-later
# Four CPUs' profile, and two CPUs', over slow serial lines.
# arch: arm64 armhf
# cpus: 2
# cpus arm64: 4
# debug: no, it has no more serial lines
# programs: shares
# timeout: 150
# host: line
# turns: yes
. /lab/ktap.sh

# Programs and the kernel, processes that come and go: always the same ones.
work() {
	while :; do
		/lab/shares 3
		gzip -c /lab/emberprof >/dev/null
		find /proc -maxdepth 2 >/dev/null 2>&1
	done
}

stream() { # NAME SECONDS ADDRESS OPTIONS...
	name=$1 seconds=$2 address=$3
	shift 3
	/lab/emberprof record -a --board "$name" -o "$address" -o "/out/$name.ember" \
		--duration "$seconds" "$@" 2>"/tmp/$name.said" &
	recorder=$!
	rc=0
	wait $recorder || rc=$?
	show "/tmp/$name.said" 4
	return $rc
}

load
mkdir -p /out
seconds=60
[ -z "$EMBER_LONG" ] || seconds=300
for _ in $(seq "$(grep -c ^processor /proc/cpuinfo)"); do work & done
# Both at once. The second line can't carry it, not by far, however few samples a busy host
# leaves: fewer samples are sent, and how many fewer.
stream fast $seconds "serial:$(line 3),19200" -m 64K --call-graph fp >/tmp/fast.notes &
fast=$!
check "4800 baud" stream slow $((seconds / 2)) "serial:$(line 4),4800" -F 999 --resend 16K
check "4800 baud: too much for the line, and it says so" \
	grep -q 'samples were more than it carries, and left out' /tmp/slow.said
check "19200 baud" wait $fast
cat /tmp/fast.notes
finish
