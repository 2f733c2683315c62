# SPDX-License-Identifier: GPL-2.0-or-later
# A real-time task that never gives its CPU up stops nobody who controls a session.
# cpus: 2
# programs: fifo
. /lab/ktap.sh

load
check "real-time tasks may take all of a CPU" unlimit_real_time
results "fifo" /lab/fifo
finish
