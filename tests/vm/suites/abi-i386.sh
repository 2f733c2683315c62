# SPDX-License-Identifier: GPL-2.0-or-later
# A 32-bit reader on a 64-bit kernel: the same layouts, the same answers.
# arch: x86_64
# cpus: 2
# programs: abi@i386 ringmap@i386 limits@i386 sessions@i386 holders@i386
. /lab/ktap.sh

load
for group in query config status listed order; do
	check "$group" /lab/abi-i386 "$group"
done
for group in mmap mapped; do
	check "$group" /lab/ringmap-i386 "$group"
done
for group in caps capability; do
	check "$group" /lab/limits-i386 "$group"
done
for group in two poll; do
	check "sessions: $group" /lab/sessions-i386 "$group"
done
for group in fork pass; do
	check "sessions: $group" /lab/holders-i386 "$group"
done
finish
