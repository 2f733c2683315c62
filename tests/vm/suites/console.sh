# SPDX-License-Identifier: GPL-2.0-or-later
# A profile over a serial line that a shell is at, too: one way, and the shell stays usable.
# arch: armhf
# cpus: 2
# debug: no, it has no more serial lines
# programs: shares
# host: console
. /lab/ktap.sh

console=$(line 3)
load
mkdir -p /out
stty -F "$console" 115200
setsid sh -c "exec sh -i <$console >$console 2>&1" &
/lab/shares 20 &
/lab/emberprof record -a -F 499 --board console -o "serial:$console,115200,console" \
	-o /out/console.ember --duration 20 2>/tmp/said
check "recorded over a shared line" [ $? = 0 ]
show /tmp/said 4
check "the line's settings are as they were" [ "$(stty -F "$console" -a | grep -c ' onlcr')" = 1 ]
finish
