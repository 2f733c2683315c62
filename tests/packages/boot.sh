#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's first process, in place of the lab's: the disk becomes its root.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in virtio_pci virtio_blk crc32c_generic ext4; do
	modprobe $module
done
mkdir /disk
mount -t ext4 /dev/vda /disk || poweroff -f
umount /proc /sys /dev
exec switch_root /disk /sbin/init
