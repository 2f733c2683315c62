# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs off and on line while a session runs.
# debug: daily
# cpus: 3
# timeout: 180
# programs: hotplug
. /lab/ktap.sh

load
check "the tick follows the CPUs" /lab/hotplug
unload
load tracepoints=0
check "without tracepoints too" /lab/hotplug
finish
