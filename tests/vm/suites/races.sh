# SPDX-License-Identifier: GPL-2.0-or-later
# A data race that is there on purpose is found, where the kernel looks for them.
# kernels: kcsan
# modules: planted
. /lab/ktap.sh

load
insmod /lab/planted.ko
plant none
check "no fault: the kernel has no complaint" quiet
check "a data race with an interrupt is found" found race
check "the module unloads" unload
echo "1..$count"
exit $((failed > 0))
