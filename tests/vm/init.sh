#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest, as root: the module in, a session, the module out, 5 times.
set -eu
for turn in 1 2 3 4 5; do
	insmod /lab/emberprof.ko
	[ "$turn" != 1 ] || /lab/session
	rmmod emberprof
done
echo "ok - module in and out 5 times"
if dmesg | grep -E 'BUG|WARNING|Oops|Call Trace'; then
	echo "not ok - the kernel complained"
	exit 1
fi
echo "ok - the kernel has no complaint"
