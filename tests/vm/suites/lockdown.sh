# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel that is locked down after the module came: as perf's, sessions are refused
# where the kernel is to keep its secrets, not where it is to keep its integrity.
# turns: yes
. /lab/ktap.sh

opens() {
	sh -c 'exec 3<>/dev/emberprof' 2>/tmp/why
}

refused() {
	! opens && grep -q 'not permitted' /tmp/why
}

load
check "not locked down: opens" opens
mount -t securityfs security /sys/kernel/security 2>/dev/null
lockdown=/sys/kernel/security/lockdown
if [ -e $lockdown ]; then
	exec 9<>/dev/emberprof
	echo integrity >$lockdown
	check "integrity: opens" opens
	echo confidentiality >$lockdown
	check "confidentiality: EPERM" refused
	rc=0
	/lab/emberprof record --duration 1 -o /tmp/none.folded 2>/tmp/said || rc=$?
	check "the tool says so in a line" grep -q 'emberprof: .*locked down' /tmp/said
	check "and fails" [ "$rc" = 1 ]
	check "and leaves nothing" [ ! -e /tmp/none.folded ]
	exec 9>&-
else
	skip "locked down" "this kernel has no lockdown"
fi
finish
