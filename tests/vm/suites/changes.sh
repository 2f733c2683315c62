# SPDX-License-Identifier: GPL-2.0-or-later
# Pairs of runs of a program with 200 functions, of which one does two points more in some,
# for the host to compare (tests/vm/host/changes.sh).
# arch: x86_64
# debug: no, its tick takes too long for that rate
# programs: many
# icount: yes
# timeout: 300
# host: changes
. /lab/ktap.sh

record() { # NAME POINTS
	/lab/emberprof record -F 8000 --call-graph fp -m 1M -o "/out/$1.ember" -- /lab/many 2.6 "$2" 2>/tmp/said
	rc=$?
	show /tmp/said 1
	return $rc
}

load
mkdir -p /out
pairs=1
[ -z "$EMBER_LONG" ] || pairs=20
pair=0
while [ $((pair += 1)) -le $pairs ]; do
	check "pair $pair: before" record "$pair.before" 0
	check "pair $pair: the same again" record "$pair.same" 0
	check "pair $pair: and with more of f077" record "$pair.more" 2
done
finish
