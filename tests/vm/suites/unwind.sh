# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's own programs as shipped, without frame pointers: their user stacks reach the
# start of the process, once the tables are there.
# cpus: 2
# programs: busy@musl throws@dynamic
# packages: gzip sqlite3 openssl perl-base python3-minimal libstdc++6
# memory: 768
# timeout: 900
# debug: long, suite scale walks by as many tables
# turns: yes
. /lab/ktap.sh

# Of the session that is there: samples so far, those that tables helped to walk, and those
# whose user stack ends early.
look() {
	/lab/emberprof status --json >/tmp/status
	sampled=$(counter points_sampled)
	tables=$(counter samples_table)
	early=$(($(counter truncated_user_read) + $(counter truncated_user_frame)))
}

# Until a counter that `look` finds has reached that, however long the host takes for it.
reach() { # RECORDER COUNTER LEAST
	while look && [ "$(($2))" -lt "$3" ]; do
		kill -0 "$1" 2>/dev/null || return 1
		sleep 0.1
	done
}

# A recording that goes on until there are so many samples behind the first that were walked
# by tables: what those before them were walked by depends on how busy the host is.
whole() { # NAME PERCENT SAMPLES RECORDER
	reach "$4" tables 50 || return 1
	begun=$sampled walked=$tables lost=$early
	reach "$4" sampled $((begun + $3)) || return 1
	sampled=$((sampled - begun)) tables=$((tables - walked)) early=$((early - lost))
	note "$1: of $sampled stacks $early end early, $tables walked by tables; $begun came before"
	[ $((tables * 2)) -gt "$sampled" ] && [ $(((sampled - early) * 100)) -ge $(($2 * sampled)) ]
}

# Of a process: recordings that find and keep the tables until there are no more, each begun
# when all that is mapped was compiled, and one that has them.
during() { # NAME PERCENT PID SAMPLES
	for _ in 1 2 3 4; do
		kept=$(ls /tmp/tables | wc -l)
		/lab/emberprof record -F 999 -p $3 --unwind-wait 200 --duration 1 \
			--unwind-cache /tmp/tables -o /tmp/$1.folded 2>/dev/null
		[ "$(ls /tmp/tables | wc -l)" != "$kept" ] || break
	done
	/lab/emberprof record -v -F 999 -p $3 --unwind-wait 200 --unwind-cache /tmp/tables \
		-o /tmp/$1.folded 2>/tmp/said &
	recorder=$!
	check "$1: $2 % reach the start" whole "$1" "$2" "$4" $recorder
	kill -INT $recorder
	wait $recorder
	sed 's/^/# /' /tmp/said
	# Those that don't begin where most do.
	awk '{ n = $NF; sub(/ [0-9]*$/, ""); split($0, f, ";"); stack[NR] = $0; of[NR] = n
		begin[NR] = f[2]; count[f[2]] += n }
		END { for (b in count) if (count[b] > most) { most = count[b]; start = b }
			for (i = 1; i <= NR; i++) if (begin[i] != start) print of[i], stack[i] }' \
		/tmp/$1.folded | sort -rn | head -n 5 | cut -c 1-400 | sed 's/^/#   /'
}

# A tenth of a second at work: its libraries are there.
at_work() { # PID
	[ "$(awk '{ sub(/.*[)] /, ""); print $12 }' "/proc/$1/stat")" -ge 10 ]
}

of() { # NAME PERCENT COMMAND...
	name=$1
	percent=$2
	shift 2
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	await at_work $pid
	[ "$name" != python3 ] || await [ -e /tmp/imported ]
	during "$name" "$percent" $pid $most
	kill $pid 2>/dev/null
	wait $pid
}

# Debian's armhf programs carry nothing to be unwound by: their code is all there is.
enough=98
[ "$(uname -m)" = armv7l ] && enough=90
few=90
most=1500
# With every check that a kernel has the tables come late.
[ -e /proc/lockdep_stats ] && enough=90 few=80
[ -z "$EMBER_LONG" ] || most=4000
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
open("/tmp/imported", "w")
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
await at_work $before
cp /lab/throws-dynamic /tmp/next
mv /tmp/next /tmp/same
/tmp/same &
after=$!
await at_work $after
check "replaced: the path is the second one's" cmp -s /tmp/same /lab/throws-dynamic
during both $few $before,$after $most
kill $before $after
# The guest's init waits for whatever has lost its parent.
(while :; do (true &) done) &
orphans=$!
# It has little to do: some thirty samples a second.
during init $few 1 100
kill $orphans
finish
