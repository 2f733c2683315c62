# SPDX-License-Identifier: GPL-2.0-or-later
# Where each instruction takes the same time: a boot session costs less than 50 ms of CPU, and
# none of its points is missing where a file adopts it.
# turns: yes
# icount: yes
# timeout: 400
# programs: boot
# debug: no, its checks take most of the time that is measured
. /lab/ktap.sh

dmesg -c >/dev/null
check "module and boot session: less than 50 ms of CPU" \
	/lab/boot insert /lab/emberprof.ko boot=1 boot_hz=997 max_walk_us=100000
dmesg | grep emberprof: | sed 's/^/# /'
check "one line in the kernel's log" [ "$(dmesg | grep -c 'emberprof: boot session 1: .*started in [0-9]* us')" = 1 ]
/lab/boot early
check "none is lost at the seam" /lab/boot exact
finish
