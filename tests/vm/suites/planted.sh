# SPDX-License-Identifier: GPL-2.0-or-later
# Faults that are there on purpose: what every suite's end looks for, it finds.
# kernels: debug
# append: kmemleak=on
# modules: planted
. /lab/ktap.sh

lost() {
	plant leak
	! nothing_lost >/dev/null
}

# A fault ends no guest before the others had their turn.
echo 0 >/proc/sys/kernel/panic_on_warn
load
insmod /lab/planted.ko
plant none
check "no fault: the kernel has no complaint" quiet
check "no fault: lock checking is on" lockdep
check "a lock inversion is found" found inversion
check "lock checking is off after it" sh -c '! grep -Eq "debug_locks: *1" /proc/lockdep_stats'
check "a sleep in an interrupt is found" found sleep
check "a use after free in an interrupt is found" found use-after-free
check "a shift beyond its type is found" found shift
check "no memory was lost" nothing_lost
check "memory that was lost is found" lost
sleep 1000 9<>/dev/emberprof &
held=$!
await sh -c "ls -l /proc/$held/fd | grep -q emberprof"
check "a session that is left over keeps the module from unloading" sh -c '! rmmod emberprof 2>/dev/null'
kill $held
check "it unloads without" await unload
echo "1..$count"
exit $((failed > 0))
