# SPDX-License-Identifier: GPL-2.0-or-later
# As `conserve`, on two CPUs, by the host's clock: however late it comes, the sum holds.
# cpus: 2
# timeout: 240
# programs: conserve
. /lab/ktap.sh

load
results "10 kHz for 10 s" /lab/conserve 10000 10
check "the module unloads" unload
check "the module loads, tracepoints left alone" load tracepoints=0
results "10 kHz for 2 s without tracepoints" /lab/conserve 10000 2
finish
