# SPDX-License-Identifier: GPL-2.0-or-later
# Logs on disks whose writes are noted, for the host to see what is there after the power
# went at any moment (tests/vm/host/powercut.sh). And what is written in an hour.
# arch: x86_64
# cpus: 2
# debug: no, it has no disk
# needs: virtio_pci virtio_blk ext4 f2fs crc32c_generic crc32_generic
# programs: shares
# host: powercut
. /lab/ktap.sh

written() { # bytes that a partition was sent so far
	awk '{ print $7 * 512 }' "/sys/block/vda/$1/stat"
}

work() { # SECONDS
	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		/lab/shares 2
		gzip -c /lab/emberprof >/dev/null
		find /proc -maxdepth 2 >/dev/null 2>&1
	done
}

record() { # FOLDER SECONDS OPTIONS...: onto both
	folder=$1
	seconds=$2
	shift 2
	/lab/emberprof record -a -o "/mnt/ext4/$folder/" "$@" 2>/tmp/said.ext4 &
	recorder=$!
	/lab/emberprof record -a -o "/mnt/f2fs/$folder/" "$@" 2>/tmp/said.f2fs &
	other=$!
	work "$seconds" &
	work "$seconds"
	wait $!
	kill -INT $recorder $other
	rc=0
	wait $recorder || rc=$?
	wait $other || rc=$?
	show /tmp/said.ext4 3
	show /tmp/said.f2fs 3
	return $rc
}

load
for module in virtio_pci virtio_blk crc32c_generic crc32_generic ext4 f2fs; do
	modprobe $module
done
mkdir -p /mnt/ext4 /mnt/f2fs
check "a disk with ext4" mount -t ext4 /dev/vda1 /mnt/ext4
check "and f2fs" mount -t f2fs /dev/vda2 /mnt/f2fs
check "recorded onto both" record logs 15 -F 499 --flush 1
sync
if [ -n "$EMBER_LONG" ]; then
	ext4=$(written vda1) f2fs=$(written vda2)
	check "for ten minutes at 99 Hz" record hour 600
	sync
	note "$((($(written vda1) - ext4) * 6)) bytes written to ext4 in an hour, $((($(written vda2) - f2fs) * 6)) to f2fs: 99 Hz on each of two CPUs"
fi
check "unmounted" umount /mnt/ext4 /mnt/f2fs
finish
