# SPDX-License-Identifier: GPL-2.0-or-later
# One session by hand on two CPUs, every record read; then the module in and out.
# debug: daily
# cpus: 2
# programs: session ends
. /lab/ktap.sh

check "the module loads" load
results "a session by hand" /lab/session
results "causes of short stacks" /lab/ends
check "the module unloads" unload
for turn in 2 3 4 5; do
	load && unload || break
done
check "in and out 5 times" [ "$turn" = 5 ]
finish
