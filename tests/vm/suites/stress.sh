# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions, what they sample and the machine itself, all at random and all at once. A note
# names the seed: /lab/stress SECONDS SEED repeats what each process tries.
# debug: daily
# cpus: 4
# programs: stress
# timeout: 600
# append: kmemleak=on
# coverage: yes
. /lab/ktap.sh

seconds=15 operations=
[ ! -e /proc/lockdep_stats ] || seconds=60
[ -z "${EMBER_LONG-}" ] || seconds=1800 operations=1000000
load max_sessions=8 boot=1 boot_ring_bytes=65536
check "real-time tasks may take all of a CPU" unlimit_real_time
# All of a suspend but what would need an alarm to end: that may come before its sleep.
level=core
grep -qs '\[deep\]' /sys/power/mem_sleep || level=platform
if echo $level 2>/dev/null >/sys/power/pm_test; then
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	: >/tmp/suspends
fi
may_fail
results "stress" /lab/stress $seconds 0 $operations
[ ! -e /proc/lockdep_stats ] || check "no memory was lost" nothing_lost
keep_coverage
finish
