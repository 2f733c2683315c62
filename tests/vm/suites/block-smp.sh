# SPDX-License-Identifier: GPL-2.0-or-later
# The event `block` on several CPUs, one of which goes off and on line.
# turns: yes
# cpus: 3
# timeout: 180
# programs: block
. /lab/ktap.sh

load
results "block hotplug" /lab/block hotplug
check "the kernel has nothing to say" quiet
finish
