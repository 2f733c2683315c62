# SPDX-License-Identifier: GPL-2.0-or-later
# Filters sample just what they say, in a small pid space that goes round.
# turns: yes
# cpus: 2
# timeout: 180
# programs: filters
. /lab/ktap.sh

load
check "a small pid space" sh -c 'echo 400 >/proc/sys/kernel/pid_max'
results "filters" /lab/filters
finish
