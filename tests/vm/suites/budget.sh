# SPDX-License-Identifier: GPL-2.0-or-later
# A session's budget: never exceeded, seen from inside and outside; the rate recovers; samples
# that count for several points have the right weights.
# icount: yes
# memory: 256
# timeout: 400
# programs: budget
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
check "a sample for each page" /lab/budget growth 64 2000
check "the kernel has nothing to say" quiet
finish
