# SPDX-License-Identifier: GPL-2.0-or-later
# The event `block` on several CPUs, one of which goes off and on line, and `mutex`.
# turns: yes
# cpus: 3
# timeout: 180
# programs: block mutex mutex@musl
. /lab/ktap.sh

load
results "block hotplug" /lab/block hotplug
results "mutex" /lab/mutex hammer
results "mutex musl" /lab/mutex-musl hammer
check "the kernel has nothing to say" quiet
finish
