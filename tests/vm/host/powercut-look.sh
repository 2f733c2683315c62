# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest, behind suite powercut: what a kernel finds on a disk whose power went, in
# each state of it, one behind the other on /dev/vda.
# usage: powercut-look.sh STATES BYTES-OF-EACH
for module in virtio_pci virtio_blk crc32c_generic crc32_generic ext4 f2fs loop; do
	modprobe $module
done
mkdir -p /mnt
state=0
while [ $state -lt "$1" ]; do
	at=$((state * $2 + 1048576))
	for fs in ext4 f2fs; do
		losetup -o $at /dev/loop0 /dev/vda
		mount -t $fs /dev/loop0 /mnt || { echo "state $state: $fs isn't mounted"; exit 1; }
		mkdir -p "/out/$state/$fs"
		# Before the folder there is none.
		[ ! -d /mnt/logs ] || cp /mnt/logs/* "/out/$state/$fs/" 2>/dev/null
		umount /mnt
		losetup -d /dev/loop0
		at=$((at + 67108864))
	done
	state=$((state + 1))
done
