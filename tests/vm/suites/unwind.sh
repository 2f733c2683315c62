# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's own programs as shipped, without frame pointers: their user stacks reach the
# start of the process, once the tables are there.
# cpus: 2
# packages: gzip sqlite3 openssl perl-base python3-minimal
# memory: 768
# timeout: 400
. /lab/ktap.sh

# Samples whose user stack ends early, of all.
whole() { # NAME PERCENT
	awk -v name="$1" -v least="$2" '
		/ samples, / { all = $2; for (i = 3; i < NF; i++) if ($(i + 1) == "walked") tables = $i }
		/ stacks end early in user code/ { early = $2 }
		END { printf "# %s: of %d stacks %d end early, %d walked by tables\n", name, all, early, tables
			exit !(all > 300 && tables > 300 && (all - early) * 100 >= least * all) }' /tmp/said
}

# While it runs: a recording that finds and keeps the tables, and one that has them.
of() { # NAME PERCENT COMMAND...
	name=$1
	percent=$2
	shift 2
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep 1
	/lab/emberprof record -F 999 -p $pid --duration 4 --unwind-cache /tmp/tables \
		-o /tmp/$name.folded 2>/dev/null
	/lab/emberprof record -v -F 999 -p $pid --duration 8 --unwind-cache /tmp/tables \
		-o /tmp/$name.folded 2>/tmp/said
	kill $pid 2>/dev/null
	wait $pid
	sed 's/^/# /' /tmp/said
	check "$name: $percent % reach the start" whole "$name" "$percent"
	# What most of the others are.
	awk '!/;_start|;__libc_start_main/ { n = $NF; sub(/ [0-9]*$/, ""); print n, $0 }' \
		/tmp/$name.folded | sort -rn | head -n 3 | sed 's/^/#   /'
}

# Debian's armhf programs carry nothing to be unwound by: their code is all there is.
enough=98
[ "$(uname -m)" = armv7l ] && enough=90
# With every check that a kernel has the tables come late.
[ -e /proc/lockdep_stats ] && enough=90
load
mkdir /tmp/tables
of gzip $enough sh -c 'exec /bin/gzip -c </dev/urandom'
of sqlite3 $enough sqlite3 :memory: 'create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c where x<4000000) insert into t select x, hex(randomblob(16)) from c; create index i on t(b); select count(*) from t a join t b on a.b=b.b;'
of openssl $enough openssl speed -seconds 20 -bytes 1024 sha256
of perl $enough perl -e 'my %h; for (;;) { for my $i (1..4000000) { $h{$i % 1000} = chr(65 + $i % 26) . substr($h{$i % 1000} // "", 0, 9); } }'
of python3 $enough python3 -c 'import re
while True:
    d = {}
    for i in range(200000): d[str(i)] = re.sub("1", "2", str(i)) + "x" * (i % 7)
    sorted(d.values())'
# Static, and without anything to be unwound by: its code is read, or on arm64 its frame
# pointers are followed.
of busybox 90 sh -c 'exec gzip -c </dev/urandom'
finish
