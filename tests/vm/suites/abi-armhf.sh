# SPDX-License-Identifier: GPL-2.0-or-later
# A 32-bit reader on a 64-bit kernel: the same layouts, the same answers.
# arch: arm64
# cpus: 2
# programs: abi@armhf sessions@armhf
. /lab/ktap.sh

load
for group in query config status order mmap mapped caps capability; do
	check "$group" /lab/abi-armhf "$group"
done
for group in two fork pass poll; do
	check "sessions: $group" /lab/sessions-armhf "$group"
done
finish
