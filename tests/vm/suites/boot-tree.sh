# SPDX-License-Identifier: GPL-2.0-or-later
# The boot session by a node of the device tree, among nodes that are wrong.
# arch: arm64 armhf
# cpus: 2
# programs: boot
# overlays: tests/vm/boot-nodes.dtso dts/emberprof-virt.dtso
. /lab/ktap.sh

said() { # TEXT: in the kernel's log, of the module, exactly once
	[ "$(grep -cF "emberprof: $1" /tmp/said)" = 1 ]
}

log() {
	dmesg | sed -n 's/^\[[^]]*\] //; /emberprof: [^lm]/p' >/tmp/said
	dmesg -c >/dev/null
}

state() { # waiting|adopted running|stopped: the one session there is
	/lab/emberprof status --json >/tmp/status && grep -q "\"boot\": \"$1\", \"state\": \"$2\"" /tmp/status
}

bound() { # so many devices
	[ "$(find /sys/bus/platform/drivers/emberprof/ -type l ! -name module | wc -l)" = "$1" ]
}

check "the nodes are devices" [ -e /sys/bus/platform/devices/emberprof ]
load
log
sed 's/^/# /' /tmp/said
for line in '/slow: emberprof,sample-rate-hz=0: 1 to 10000' \
	'/fast: emberprof,sample-rate-hz=10001: 1 to 10000' \
	'/cells: emberprof,sample-rate-hz: 8 bytes: one cell of 4' \
	'/odd: emberprof,ring-bytes=100000: a power of two, 4096 to 16777216' \
	'/flat: emberprof,max-frames=0: 1 to 128' \
	'/deep: emberprof,max-frames=129: 1 to 128' \
	'/dear: emberprof,budget-ppm=1000001: 100 to 1000000' \
	'/unknown: emberprof,events=blocks:1000: each event once, as growth:64K, with a period of 1 to 4294967295' \
	'/number: emberprof,events: not a list of strings, as "growth:64K"'; do
	check "one line: $line" said "$line"
done
check "one good node is probed" sh -c 'grep -c "boot session [0-9]*: 2 CPUs at" /tmp/said | grep -qx 1'
check "the other is refused" sh -c 'grep -c ": no boot session: there is one already (-17)" /tmp/said | grep -qx 1'
check "and nothing else is said" [ "$(grep -c . /tmp/said)" = 11 ]
check "one device has the driver" bound 1
check "its session waits" state waiting running
check "a module with it goes" unload
load
check "probed once more" state waiting running
cp /tmp/status /tmp/bounded
/lab/boot early
check "none is lost at the seam" /lab/boot seam
unload
load
/lab/boot early
check "a recorder adopts it" /lab/emberprof record --adopt -q -o /tmp/boot.folded --duration 1
check "within its budget" grep -q '"budget": {"ppm": 200000,' /tmp/bounded
early() { awk '/;burn_early;burn/ { n += $NF } END { print "# " n " samples of burn_early"; exit !(n > 10) }' /tmp/boot.folded; }
check "samples of the time before it are named" early
unload
dmesg -c >/dev/null
check "parameters come first" load boot=1 boot_hz=499
log
check "their session runs" said 'boot session 1: 2 CPUs at 499 Hz'
check "both good nodes are refused" sh -c 'grep -c ": no boot session: there is one already (-17)" /tmp/said | grep -qx 2'
check "no device has the driver" bound 0
check "the session waits" state waiting running
finish
