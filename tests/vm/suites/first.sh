# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks are whole from the first sample on: tables are compiled before sampling begins.
# icount: yes
# timeout: 600
# memory: 768
# programs: throws@dynamic
# packages: gzip libstdc++6
# debug: no, suite unwind walks by tables there
. /lab/ktap.sh

# Of the stacks with user frames: those that begin where their program or its threads do, that
# is, at frames where a twentieth of its stacks begin, and those that tables helped to walk.
whole() { # NAME PERCENT SAMPLES
	awk -v name="$1" -v least="$2" -v wanted="$3" '
		FNR == NR { for (i = 3; / samples, / && i < NF; i++) if ($(i + 1) == "walked") tables = $i
			next }
		{ count = $NF; sub(/ [0-9]+$/, ""); n = split($0, f, /;/)
			for (i = 2; i <= n; i++) if (f[i] !~ /_\[k\]$/) {
				all += count; of[f[1]] += count; begin[f[1] ";" f[i]] += count; break } }
		END { for (b in begin) { split(b, f, /;/); if (begin[b] * 20 >= of[f[1]]) whole += begin[b] }
			printf "# %s: of %d stacks %d are whole, %d walked by tables\n", name, all, whole, tables
			exit !(all >= wanted && 100 * whole >= least * all && 100 * tables >= least * all) }' \
		/tmp/said /tmp/first.folded
}

record() { # OPTIONS...
	/lab/emberprof record -v -F 999 -o /tmp/first.folded "$@" 2>/tmp/said </dev/urandom >/dev/null
}

load
# Half of busybox has no unwind information, and riscv64's code isn't analysed.
programs="gzip throws busybox"
[ "$(uname -m)" != riscv64 ] || programs="gzip throws"
# A command of a second: dynamic programs as Debian has them, on armhf Thumb code; C++ with
# threads, ARM code there; static, and followed by its code alone.
for name in $programs; do
	case $name in
	gzip) set -- /bin/gzip -c ;;
	throws) set -- /lab/throws-dynamic ;;
	busybox) set -- sh -c 'while :; do for i in 1 2 3 4 5 6 7 8; do x=${x%????????}$((i * 17 % 13))$x; done; x=${#x}; done' ;;
	esac
	check "$name: a second of it is recorded" record --duration 1 -- "$@"
	check "$name: 95 % of its stacks are whole" whole "$name" 95 900
	show /tmp/said 4
done
# All that runs: five seconds of these.
/bin/gzip -c </dev/urandom >/dev/null &
/lab/throws-dynamic &
[ "$programs" = "gzip throws" ] || sh -c 'while :; do x=$((x + 1)); done' &
sleep 1
check "system-wide: five seconds are recorded" record --duration 5
kill $(jobs -p)
check "system-wide: 90 % of the stacks are whole" whole all 90 4000
show /tmp/said 4
finish
