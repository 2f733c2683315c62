# SPDX-License-Identifier: GPL-2.0-or-later
# The filter by cgroup, and cgroups and units as labels of samples.
# turns: yes
# cpus: 2
# timeout: 180
# programs: cgroups
. /lab/ktap.sh

tree=/sys/fs/cgroup

in_group() { # GROUP NAME: a busy process of that name
	sh -c "echo \$\$ >$tree$1/cgroup.procs; exec /lab/cgroups $2" &
}

record() { # SECONDS OPTIONS...: what was sampled is in /tmp/out.json, /tmp/out.pb, and /tmp/comms
	rm -f /tmp/out.json /tmp/out.pb
	: >/tmp/comms
	seconds=$1
	shift
	/lab/emberprof record -F 499 --duration "$seconds" --unwind-wait 0 -o /tmp/out.json -o /tmp/out.pb \
		"$@" >/tmp/said 2>&1 || { show /tmp/said; return 1; }
	comms </tmp/out.json
}

comms() { # JSON: the names, in a line
	sed -n 's/^{"comm":"\([^"]*\)".*/\1/p' | sort -u | tr '\n' ' ' >/tmp/comms
}

only() { # NAMES: just those were sampled
	[ "$(cat /tmp/comms)" = "$1 " ] || { note "sampled: $(cat /tmp/comms)"; return 1; }
}

# Names that the kernel's own work beside them has: what is asked for, and not the others.
has() { # NAMES NAMES
	for name in $1; do grep -qw "$name" /tmp/comms || return 1; done
	for name in $2; do ! grep -qw "$name" /tmp/comms || return 1; done
}

labelled() { # NAME CGROUP [UNIT]: all of its samples have these
	sed -n "s/^{\"comm\":\"$1\".*\"labels\":{\([^}]*\)}.*/\1/p" "${file:-/tmp/out.json}" | sort -u >/tmp/labels
	[ "$(cat /tmp/labels)" = "\"cgroup\":\"$2\"${3:+,\"unit\":\"$3\"}" ] || { show /tmp/labels; return 1; }
}

refused() { # TEXT OPTIONS...: one line that has the text, and status 1 or 2
	text=$1
	shift
	rc=0
	/lab/emberprof record -q --duration 1 -o /tmp/none.json "$@" >/tmp/said 2>&1 || rc=$?
	if [ $rc = 0 ] || [ "$(wc -l </tmp/said)" != 1 ] || ! grep -qF -- "$text" /tmp/said || [ -e /tmp/none.json ]; then
		show /tmp/said
		return 1
	fi
}

running() {
	/lab/emberprof status 2>/dev/null | grep -q ' running '
}

load
results "CONFIG" /lab/cgroups config
if [ ! -d $tree ]; then
	check "without cgroups: a line that names the option" refused CONFIG_CGROUPS --only cgroup=/a
	/lab/cgroups alone &
	check "a recording has no labels" record 1
	check "what is there is sampled" has alone ''
	check "none of it has labels" sh -c '! grep -q labels /tmp/out.json'
	kill $!
	finish
fi

grep -q ' cgroup2 ' /proc/mounts || check "without cgroup2" refused "no cgroup2 is mounted" --only cgroup=/
grep -q ' cgroup2 ' /proc/mounts || mount -t cgroup2 none $tree
mkdir -p $tree/system.slice/one.service $tree/two/inner $tree/aside
in_group /system.slice/one.service one
one=$!
in_group /two two
two=$!
in_group /two/inner inner
in_group / other
other=$!
sleep 0.3

check "a cgroup and what is below it" record 0.7 --only cgroup=/two
check "just its processes" only "inner two"
check "labels: the path" labelled inner /two/inner
check "labels of the group itself" labelled two /two
check "a nested one" record 0.5 --only cgroup=/two/inner
check "just what is in it" only inner
check "a unit" record 0.5 --only unit=one.service
check "just its process" only one
check "labels: path and unit" labelled one /system.slice/one.service one.service
/lab/emberprof report -o /tmp/again.json /tmp/out.pb
file=/tmp/again.json
check "they come back from pprof" labelled one /system.slice/one.service one.service
file=
check "several, one by a prefix" record 0.5 --only cgroup=/two/inner --only 'unit=one.*'
check "just those" only "inner one"
check "by a slice" record 0.5 --only unit=system.slice
check "what is below the slice" only one
check "the root has all" record 0.5 --only cgroup=/
check "all are sampled" has "inner one other two" ''

# A log of everything, and what reports make of it.
/lab/emberprof record -q -F 499 --duration 1 --unwind-wait 0 -o /tmp/all.ember
report() { # OPTIONS...
	/lab/emberprof report -o /tmp/out.json "$@" /tmp/all.ember 2>/tmp/said || { show /tmp/said; return 1; }
	comms </tmp/out.json
}
report -v
check "a log of everything" has "inner one other two" ''
check "report --only cgroup" report --only cgroup=/two
check "only those are reported" only "inner two"
check "report --only unit" report --only unit=one.service
check "only that is reported" only one
check "report --only, several" report --only comm=other --only comm=inner --only cgroup=/
check "each key fulfilled" only "inner other"
check "a process in the root has no unit" labelled other /

# A process moves: it is sampled from then on, and no more once it has left.
/lab/emberprof record -q -F 499 --unwind-wait 0 --only cgroup=/two -o /tmp/moves.ember &
recorder=$!
await running
sleep 0.8
echo $two >$tree/aside/cgroup.procs
echo $one >$tree/two/cgroup.procs
sleep 1.2
kill -INT $recorder
wait $recorder
/lab/emberprof report -o /tmp/moves.perf /tmp/moves.ember
span() { # NAME: of its first and its last sample
	awk -v name="$1" '$1 == name { for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) { t = $i + 0; break }
		if (!first) first = t; if (t > last) last = t; n++ } END { printf "%d %.3f %.3f", n, first, last }' /tmp/moves.perf
}
moves() {
	note "left: $(span two); came: $(span one); stayed: $(span inner)"
	# shellcheck disable=SC2046 # lists
	set -- $(span two) $(span one) $(span inner)
	[ "$1" -gt 20 ] && [ "$4" -gt 20 ] && [ "$7" -gt 20 ] || return 1
	# What left isn't sampled behind what came; what stayed is all the time.
	awk -v left="$3" -v came="$5" -v from="$8" -v to="$9" \
		'BEGIN { exit !(left <= came + 0.05 && from < came && to > came + 0.5) }'
}
check "a process that leaves, and one that comes" moves
/lab/emberprof report -o /tmp/out.json /tmp/moves.ember
check "it has the labels of where it is" labelled one /two

# A cgroup goes away while it is asked for; one of the same name is another one.
in_group /two/inner gone
gone=$!
sleep 0.2
mkdir $tree/brief
echo $gone >$tree/brief/cgroup.procs
/lab/emberprof record -F 499 --duration 3 --unwind-wait 0 --only cgroup=/brief -o /tmp/out.json >/tmp/said 2>&1 &
recorder=$!
await running
sleep 0.6
kill -9 $gone
wait $gone 2>/dev/null
check "a cgroup that is asked for can be removed" await rmdir $tree/brief
mkdir $tree/brief
in_group /brief later
later=$!
wait $recorder
comms </tmp/out.json
check "what is in one that was made later isn't sampled" only gone
check "and record says so" grep -q '^emberprof: --only cgroup=/brief: has another cgroup since sampling began' /tmp/said
check "else it does not" sh -c "! /lab/emberprof record -F 499 --duration 0.2 --only cgroup=/two -o /tmp/out.json 2>&1 | grep 'another cgroup'"
kill $later

# A destination of the daemon by unit: the unit is started again, and so in another cgroup.
mkdir -p $tree/system.slice/again.service /tmp/daemon
cat >/tmp/daemon.conf <<'CONF'
rate = 499
budget = off
store = /tmp/daemon/all
[destination unit]
address = /tmp/daemon/unit
only = unit=again.service
interval = 500ms
CONF
/lab/emberprof daemon -c /tmp/daemon.conf 2>/tmp/said &
daemon=$!
await running
for name in first second; do
	in_group /system.slice/again.service $name
	sleep 3
	kill -9 $!
	wait $! 2>/dev/null
	await rmdir $tree/system.slice/again.service
	mkdir $tree/system.slice/again.service
done
kill $daemon
wait $daemon
/lab/emberprof report -o /tmp/out.json /tmp/daemon/unit 2>/tmp/said || show /tmp/said
comms </tmp/out.json
check "a unit that is started again stays in its destination" has "first second" "inner one other two"
/lab/emberprof report -o /tmp/out.json /tmp/daemon/all 2>/tmp/said || show /tmp/said
comms </tmp/out.json
check "and the store has all" has "first second inner one other two" ''

# v1 beside it: the label is of the hierarchy that a process is in.
mkdir -p /tmp/v1
if mount -t cgroup -o none,name=systemd none /tmp/v1; then
	mkdir -p /tmp/v1/old.slice/old.service
	echo $other >/tmp/v1/old.slice/old.service/cgroup.procs
	check "v1" record 0.5 -p $other
	check "labels by systemd's hierarchy" labelled other /old.slice/old.service old.service
else
	skip "v1" "no such hierarchy can be mounted"
fi

check "no such cgroup" refused "cgroup=/none: no such cgroup below $tree" --only cgroup=/none
check "no such unit" refused "unit=none.service: no unit of that name" --only unit=none.service
check "no cgroup, but a file" refused "no such cgroup" --only cgroup=/two/cgroup.procs
check "out of the tree" refused "no such cgroup" --only cgroup=/../../../tmp
check "not by a name" refused "cgroup=PATH or unit=NAME" --only comm=one
check "no path" refused "begins with /" --only cgroup=two
check "beside -p" refused "--only excludes -p" --only cgroup=/two -p $other
check "beside a command" refused "--only excludes a command" --only cgroup=/two true
i=0
mkdir $tree/many
while [ $i -le 256 ]; do
	mkdir $tree/many/g$i
	i=$((i + 1))
done
check "more than 256" refused "more than 256 cgroups" --only 'cgroup=/many/g*'
rmdir $tree/many/g256
check "256" record 0.2 --only 'cgroup=/many/g*'
for pid in $(cat $tree/two/cgroup.procs $tree/two/inner/cgroup.procs $tree/aside/cgroup.procs) $other; do
	kill "$pid" 2>/dev/null
done
finish
