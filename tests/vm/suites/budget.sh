# SPDX-License-Identifier: GPL-2.0-or-later
# A session's budget: never exceeded, seen from inside and outside; the rate recovers; samples
# that count for several points have the right weights.
# debug: long, its checks take most of the time that is measured
# icount: yes
# memory: 256
# timeout: 400
# programs: budget
# turns: yes
. /lab/ktap.sh

long=1
[ -z "${EMBER_LONG-}" ] || long=3
load
check "what is refused" /lab/budget errors
check "a load that comes and goes" /lab/budget load $((12 * long))
check "time lost to a session of 1 %" /lab/budget lost $((2 * long)) 10000
check "time lost to a session of 0.2 %" /lab/budget lost $((2 * long)) 2000
check "shares and sums at 1 %" /lab/budget shares $((8 * long)) 10000
check "shares and sums at 0.3 %" /lab/budget shares $((8 * long)) 3000
check "thousands of idle moments a second" /lab/budget idle $((3 * long)) 5000
check "a sample for each page" /lab/budget growth 64 2000

# The tool: in a profile and in a log, samples count for the time that they are of.
whole() { # FOLDED
	awk '/descend_for/ { n += $NF } END { print "# " n " of 30000"; exit !(n > 29400 && n < 30600) }' "$1"
}
status() {
	/lab/emberprof status >/tmp/status
	/lab/emberprof status --json | grep -E '"budget": \{"ppm": 3000, "one_in": [0-9]+, "charged_ns": [0-9]+, "overdrawn": [0-9]+\}' >/dev/null &&
		grep -E 'budget 0.3000 % of each CPU: 0.[0-9]+ % of one charged; 1 point in [0-9]+ is sampled now' /tmp/status
}
/lab/emberprof record -F max --call-graph fp --budget 0.3% -o /tmp/direct.folded -- /lab/budget work 3 2>/tmp/said &
sleep 2
check "status has the budget" status
wait
check "record says that it was throttled" grep 'throttled to keep the budget: for [0-9.]* s of CPU time' /tmp/said
check "a profile has all of the time" whole /tmp/direct.folded
/lab/emberprof record -q -F max --call-graph fp --budget 0.3% -o /tmp/log.ember -- /lab/budget work 3
/lab/emberprof report -o /tmp/log.folded /tmp/log.ember 2>/tmp/said
check "report says that it was throttled" grep 'throttled to keep the budget: for [0-9.]* s of CPU time' /tmp/said
check "a log has all of the time" whole /tmp/log.folded
/lab/emberprof record -q -F 99 --call-graph fp --budget 50% -o /tmp/quiet.ember -- /lab/budget work 1
/lab/emberprof report -o /tmp/quiet.folded /tmp/quiet.ember 2>/tmp/said
check "below the budget nothing is said of it" [ "$(grep -c throttled /tmp/said)" = 0 ]

check "the kernel has nothing to say" quiet
finish
