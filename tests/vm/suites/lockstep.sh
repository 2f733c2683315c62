# SPDX-License-Identifier: GPL-2.0-or-later
# Work in step with the sampler: seen for what it is with jitter, and not without.
# icount: yes
# timeout: 240
# programs: lockstep
. /lab/ktap.sh

load
check "with jitter within 3 points" /lab/lockstep 10 499
check "without jitter off by 20 or more" /lab/lockstep 10 499 no-jitter
finish
