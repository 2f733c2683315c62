# SPDX-License-Identifier: GPL-2.0-or-later
# The event `growth`: bytes that become resident, by who touches them.
# cpus: 2
# memory: 512
# timeout: 240
# programs: growth
. /lab/ktap.sh

load
results "growth" /lab/growth
check "the kernel has nothing to say" quiet
finish
