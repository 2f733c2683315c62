# SPDX-License-Identifier: GPL-2.0-or-later
# Logs on a disk whose writes are noted, for the host to see what is there after the power
# went at any moment (tests/vm/host/powercut.sh). And what is written in an hour.
# arch: x86_64
# cpus: 2
# debug: no, it has no disk
# needs: virtio_pci virtio_blk ext4 crc32c_generic
# programs: shares
# host: powercut
. /lab/ktap.sh

written() { # bytes that the disk was sent so far
	awk '{ print $7 * 512 }' /sys/block/vda/stat
}

record() { # SECONDS OPTIONS...
	seconds=$1
	shift
	/lab/emberprof record -a -o /mnt/logs/ "$@" 2>/tmp/said &
	recorder=$!
	/lab/shares "$seconds" &
	shares=$!
	end=$(($(date +%s) + seconds))
	while [ "$(date +%s)" -lt $end ]; do
		gzip -c /lab/emberprof >/dev/null
		find /proc -maxdepth 2 >/dev/null 2>&1
	done
	wait $shares
	kill -INT $recorder
	rc=0
	wait $recorder || rc=$?
	show /tmp/said 3
	return $rc
}

load
modprobe virtio_pci
modprobe virtio_blk
modprobe crc32c_generic
modprobe ext4
mkdir -p /mnt
check "a disk" mount -t ext4 /dev/vda /mnt
check "recorded onto it" record 20 -F 499 --flush 1
sync
if [ -n "$EMBER_LONG" ]; then
	before=$(written)
	check "for ten minutes at 99 Hz" record 600
	sync
	note "$((($(written) - before) * 6)) bytes written in an hour at 99 Hz on each of two CPUs"
fi
check "unmounted" umount /mnt
finish
