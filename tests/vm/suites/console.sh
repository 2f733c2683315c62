# SPDX-License-Identifier: GPL-2.0-or-later
# A profile over a serial line that a shell is at, too: one way, and the shell stays usable.
# arch: armhf
# cpus: 2
# debug: no, it has no more serial lines
# programs: shares
# timeout: 300
# host: console
. /lab/ktap.sh

console=$(line 3)
load
mkdir -p /out
stty -F "$console" 115200
setsid sh -c "exec sh -i <$console >$console 2>&1" &
(while :; do /lab/shares 2; done) &
busy=$!
/lab/emberprof record -a -F 499 --board console -o "serial:$console,115200,console" \
	-o /out/console.ember 2>/tmp/said &
recorder=$!
# Until somebody was answered ten times meanwhile, however long a busy host takes for it.
answered() { # TIMES
	[ -e /tmp/answers ] && [ "$(grep -c answer- /tmp/answers)" -ge "$1" ]
}
recording() {
	! /lab/emberprof status | grep -q 'no sessions'
}
await recording
rm -f /tmp/answers
for _ in 1 2 3 4 5 6; do
	await answered 10 && break
done
kill $busy
kill -INT $recorder
check "recorded over a shared line" wait $recorder
show /tmp/said 4
check "the line's settings are as they were" [ "$(stty -F "$console" -a | grep -c ' onlcr')" = 1 ]
finish
