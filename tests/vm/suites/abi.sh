# SPDX-License-Identifier: GPL-2.0-or-later
# Every call with one thing wrong, caps, capabilities, the module's parameters.
# cpus: 2
# programs: abi ringmap limits
. /lab/ktap.sh

outside() { # PARAMETER=VALUE: the module says so and doesn't load
	dmesg -c >/dev/null
	! load "$1" 2>/dev/null && dmesg | grep -q "emberprof: ${1%%=*}=${1#*=}: "
}

load
for group in query config status listed order; do
	check "$group" /lab/abi "$group"
done
for group in mmap mapped; do
	check "$group" /lab/ringmap "$group"
done
for group in caps capability; do
	check "$group" /lab/limits "$group"
done
unload

for parameter in max_hz=0 max_hz=50001 max_sessions=0 max_sessions=9 max_bytes=0 \
	max_bytes=4096 max_ring_bytes=0 max_ring_bytes=2048 max_ring_bytes=1073741825 \
	max_walk_us=4 max_walk_us=100001; do
	check "$parameter is refused" outside "$parameter"
done
check "their limits are accepted" load max_hz=50000 max_sessions=8 max_ring_bytes=1073741824 max_walk_us=5
check "and bind" /lab/limits caps
unload
load max_bytes=4294967295 max_ring_bytes=1073741824
check "no more than the machine has" /lab/limits memory
unload
# A size that is no power of two stands for the next smaller one; the default ring fits.
load max_hz=500 max_sessions=1 max_bytes=1048576 max_ring_bytes=20000
check "small ones bind too" /lab/limits small
finish
