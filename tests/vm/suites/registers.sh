# SPDX-License-Identifier: GPL-2.0-or-later
# A walk reads memory alone: no register of a device that a process has mapped.
# programs: registers
# modules: registers
. /lab/ktap.sh

# A timer on the PC, the transports of virtio on ARM's virtual machines: nothing changes by
# being read, but what is read makes no unreadable record.
phys=0x0a000000
[ "$(uname -m)" != x86_64 ] || phys=0xfed00000
load
check "registers can be mapped" insmod /lab/registers.ko phys=$phys
results "registers" /lab/registers
rmmod registers
finish
