# SPDX-License-Identifier: GPL-2.0-or-later
# A flight recorder by a node of the device tree, among nodes that are wrong.
# arch: arm64 armhf
# turns: yes
# cpus: 2
# programs: shares
# overlays: tests/vm/flight-nodes.dtso dts/emberprof-virt-flight.dtso
. /lab/ktap.sh

log() {
	dmesg | sed -n 's/^\[[^]]*\] //; /emberprof: \//p' >/tmp/said
	dmesg -c >/dev/null
}

said() { # TEXT: of the module, exactly once
	[ "$(grep -cF "emberprof: $1" /tmp/said)" = 1 ]
}

load
log
sed 's/^/# /' /tmp/said
for line in '/nowhere: memory-region: no phandle of a node below reserved-memory with a reg' \
	'/mapped: memory-region=0x57000000: the kernel uses that memory: reserve it (reserved-memory with no-map, memmap= or mem=)' \
	'/little: memory-region=8192: 40960 to 16777216, a multiple of 4096' \
	'/still: emberprof,sample-rate-hz: 8 bytes: one cell of 4'; do
	check "one line: $line" said "$line"
done
one() { [ "$(grep -c ': flight recorder: 256 KiB at 0x5[58]000000, 99 Hz' /tmp/said)" = 1 ]; }
check "one good node is probed" one
second() { [ "$(grep -c ': no flight recorder: there is one already' /tmp/said)" = 1 ]; }
check "the other is refused" second
check "and nothing else is said" [ "$(wc -l </tmp/said)" = 6 ]
check "nothing was left of another boot" [ ! -e /dev/emberprof-last-boot ]
/lab/shares 20
sleep 1
check "a module with it goes" unload
load
log
check "it finds what the one before has left" test -e /dev/emberprof-last-boot
/lab/emberprof report --last-boot -o /tmp/last.folded 2>/tmp/why
show /tmp/why
known() { awk '/^shares;.*main;middle;/ { n += $NF } END { print "# " n " samples"; exit !(n > 10) }' /tmp/last.folded; }
check "with names" known
finish
