# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's own programs as shipped, without frame pointers: their user stacks reach the
# start of the process, once the tables are there.
# cpus: 2
# programs: busy@musl throws@dynamic
# packages: gzip sqlite3 openssl perl-base python3-minimal libstdc++6
# memory: 768
# timeout: 500
# debug: long, suite scale walks by as many tables
. /lab/ktap.sh

# Samples whose user stack ends early, of all.
whole() { # NAME PERCENT SAMPLES
	awk -v name="$1" -v least="$2" -v wanted="$3" '
		/ samples, / { all = $2; for (i = 3; i < NF; i++) if ($(i + 1) == "walked") tables = $i }
		/ stacks end early in user code/ { early = $2 }
		END { printf "# %s: of %d stacks %d end early, %d walked by tables\n", name, all, early, tables
			exit !(all >= wanted && tables * 2 > all && (all - early) * 100 >= least * all) }' /tmp/said
}

# Of a process: recordings that find and keep the tables until there are no more, which takes
# longer on a busy host, and one that has them.
during() { # NAME PERCENT PID SAMPLES
	for _ in 1 2 3 4; do
		kept=$(ls /tmp/tables | wc -l)
		/lab/emberprof record -F 999 -p $3 --duration $first --unwind-cache /tmp/tables \
			-o /tmp/$1.folded 2>/dev/null
		[ "$(ls /tmp/tables | wc -l)" != "$kept" ] || break
	done
	/lab/emberprof record -v -F 999 -p $3 --duration $second --unwind-cache /tmp/tables \
		-o /tmp/$1.folded 2>/tmp/said
	sed 's/^/# /' /tmp/said
	check "$1: $2 % reach the start" whole "$1" "$2" "$4"
	# Those that don't begin where most do.
	awk '{ n = $NF; sub(/ [0-9]*$/, ""); split($0, f, ";"); stack[NR] = $0; of[NR] = n
		begin[NR] = f[2]; count[f[2]] += n }
		END { for (b in count) if (count[b] > most) { most = count[b]; start = b }
			for (i = 1; i <= NR; i++) if (begin[i] != start) print of[i], stack[i] }' \
		/tmp/$1.folded | sort -rn | head -n 5 | cut -c 1-400 | sed 's/^/#   /'
}

of() { # NAME PERCENT COMMAND...
	name=$1
	percent=$2
	shift 2
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep 1
	during "$name" "$percent" $pid 300
	kill $pid 2>/dev/null
	wait $pid
}

# Debian's armhf programs carry nothing to be unwound by: their code is all there is.
enough=98
[ "$(uname -m)" = armv7l ] && enough=90
few=90
first=2 second=4
# A busy host has some tables late, and the less there is of a recording the more that is.
[ -n "$EMBER_LONG" ] || [ "$enough" = 98 ] || enough=85
# With every check that a kernel has the tables come late.
[ -e /proc/lockdep_stats ] && enough=90 few=80 first=3
[ -z "$EMBER_LONG" ] || first=3 second=5
# Programs that are walked as those before them are.
more() {
	[ -z "$EMBER_LONG" ] || of "$@"
}
load
mkdir /tmp/tables
of gzip $enough sh -c 'exec /bin/gzip -c </dev/urandom'
more sqlite3 $enough sqlite3 :memory: 'create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c where x<4000000) insert into t select x, hex(randomblob(16)) from c; create index i on t(b); select count(*) from t a join t b on a.b=b.b;'
more openssl $enough openssl speed -seconds 20 -bytes 1024 sha256
more perl $enough perl -e 'my %h; for (;;) { for my $i (1..4000000) { $h{$i % 1000} = chr(65 + $i % 26) . substr($h{$i % 1000} // "", 0, 9); } }'
of python3 $enough python3 -c 'import re
while True:
    d = {}
    for i in range(200000): d[str(i)] = re.sub("1", "2", str(i)) + "x" * (i % 7)
    sorted(d.values())'
# Static, and without anything to be unwound by: its code is read, or on arm64 its frame
# pointers are followed.
of busybox $few sh -c 'exec gzip -c </dev/urandom'
more shell $enough sh -c 'while :; do for i in 1 2 3 4 5 6 7 8; do x=${x%????????}$((i * 17 % 13))$x; done; x=${#x}; done'
of musl $few /lab/busy-musl
# Threads that throw: the unwinder of the language at work.
of throws $enough /lab/throws-dynamic
# Two programs of one path: the first still runs when the second takes its place, and each
# is walked by its own table.
cp /lab/busy-musl /tmp/same
/tmp/same &
before=$!
sleep 1
cp /lab/throws-dynamic /tmp/next
mv /tmp/next /tmp/same
/tmp/same &
after=$!
sleep 1
check "replaced: the path is the second one's" cmp -s /tmp/same /lab/throws-dynamic
during both $few $before,$after 600
kill $before $after
# The guest's init waits for whatever has lost its parent.
(while :; do (true &) done) &
orphans=$!
# It has little to do: some thirty samples a second.
second=6
during init $few 1 30
kill $orphans
finish
