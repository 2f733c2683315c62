# SPDX-License-Identifier: GPL-2.0-or-later
# Runs of a program from an ext2 image on a loop device, whose pages and inodes are new
# each time: each is unmounted at the first try while everything is sampled.
# turns: yes
# icount: yes
# programs: mounts children
# needs: loop ext4 crc32c_generic
# debug: no, its kernel has no ext4
# timeout: 240
. /lab/ktap.sh

# The debug kernel's umount alone may take 10 ms: there it's the first try that counts.
freely() { # FILE RUNS
	[ "$(field "$1" runs)" = "$2" ] && [ "$(field "$1" failed)" = 0 ] &&
		[ "$(field "$1" busy)" = 0 ] &&
		{ [ -e /proc/lockdep_stats ] || [ "$(field "$1" late)" = 0 ]; }
}

runs() { # WHAT RUNS ARGUMENT...
	what=$1
	runs=$2
	shift 2
	/lab/mounts "$@" >/tmp/out
	show /tmp/out 1
	check "$what: each was unmounted at once" freely /tmp/out "$runs"
}

load
# An image of 4 MB with the program in it.
image() {
	dd if=/dev/zero of=/tmp/image bs=1M count=4
	mke2fs -F /tmp/image >/dev/null
	losetup /dev/loop0 /tmp/image
	mkdir /tmp/fill
	mount -t ext4 /dev/loop0 /tmp/fill && cp /lab/children /tmp/fill/ && umount /tmp/fill
}

modprobe loop
modprobe crc32c_generic
modprobe ext4
check "an image is made" image
runs "unsampled" 20 20 1 /tmp/fill/children ext4 /dev/loop0
runs "sampled" 100 -s 100 1 /tmp/fill/children ext4 /dev/loop0
check "their spaces were found" [ "$(field /tmp/out spaces)" -gt 80 ]
losetup -d /dev/loop0
finish
