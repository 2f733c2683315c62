# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions come and go in every way that a reader can think of; so does the module.
# debug: daily
# cpus: 2
# timeout: 240
# programs: sessions holders
. /lab/ktap.sh

in_and_out() {
	for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		load && unload || return 1
	done
}

load
for group in two poll deep; do
	check "sessions: $group" /lab/sessions "$group"
done
for group in close kill fork pass race; do
	check "sessions: $group" /lab/holders "$group"
done
exec 9<>/dev/emberprof
check "the module stays while a session is open" sh -c '! rmmod emberprof 2>/tmp/why'
check "busy, says the kernel" grep -q -i 'unavailable\|busy\|in use' /tmp/why
exec 9>&-
check "it goes afterwards" unload
load tracepoints=0
check "sessions, without tracepoints: two" /lab/sessions two
check "sessions, without tracepoints: close" /lab/holders close
unload
load max_sessions=8 max_hz=50000
check "sessions: storm" /lab/sessions storm
unload
check "in and out 20 times" in_and_out
finish
