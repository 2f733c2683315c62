# SPDX-License-Identifier: GPL-2.0-or-later
# A 32-bit reader on a 64-bit kernel: the same layouts, the same answers.
# arch: arm64
# cpus: 2
# programs: abi@armhf ringmap@armhf limits@armhf sessions@armhf holders@armhf
. /lab/ktap.sh

load
for group in query config status listed order; do
	check "$group" /lab/abi-armhf "$group"
done
for group in mmap mapped; do
	check "$group" /lab/ringmap-armhf "$group"
done
for group in caps capability; do
	check "$group" /lab/limits-armhf "$group"
done
for group in two poll; do
	check "sessions: $group" /lab/sessions-armhf "$group"
done
for group in fork pass; do
	check "sessions: $group" /lab/holders-armhf "$group"
done
finish
