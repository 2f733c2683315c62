# SPDX-License-Identifier: GPL-2.0-or-later
# Tasks that run after the kernel released them, among trees that are sampled: nothing
# that their structs still point to is looked at. What was freed is poisoned.
# arch: x86_64
# cpus: 2
# append: preempt=full slub_debug=FP,task_struct
# programs: released
# modules: linger
# debug: no, that kernel has no kprobes
. /lab/ktap.sh

load
check "threads can be kept" insmod /lab/linger.ko
results "released" /lab/released
rmmod linger
finish
