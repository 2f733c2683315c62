# SPDX-License-Identifier: GPL-2.0-or-later
# Each point of the grid ends in one counter: 10 kHz for 10 s, the reader stalled for one
# of them, with tracepoints and without. One CPU, under icount; conserve-smp has two.
# icount: yes
# timeout: 400
# programs: conserve
. /lab/ktap.sh

load
results "10 kHz for 10 s" /lab/conserve 10000 10
check "the module unloads" unload
check "the module loads, tracepoints left alone" load tracepoints=0
results "10 kHz for 2 s without tracepoints" /lab/conserve 10000 2
finish
