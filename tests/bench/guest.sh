# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In the guest, as root: measures and prints `= FIGURE VALUE`, once per run; what
# can't be had is `- FIGURE WHY`. bench_part says which half: cost (icount, one
# CPU) or second (two CPUs, real time); or one of the functions below.
set -u
export PYTHONHASHSEED=0
echo 0 >/proc/sys/kernel/randomize_va_space # the same addresses, the same work
mount -t tracefs trace /sys/kernel/tracing 2>/dev/null
mount -t debugfs debug /sys/kernel/debug 2>/dev/null

runs=${bench_runs:-3}
deep_ms=${bench_deep_ms:-20500}
rounds=${bench_rounds:-12000}
ring=
graph=fp	# how `tool` finds callers in user code

figure() { # NAME AWK-EXPRESSION
	printf '= %s %s\n' "$1" "$(awk "BEGIN { printf \"%.4f\", $2 }")"
}

lacking() { # FIGURE WHY...
	echo "- $*"
}

load() { /lab/load "$@" >/tmp/load; }
# What `load` printed: elapsed, busy (elapsed - idle), switches.
elapsed() { cut -d' ' -f1 /tmp/load; }
busy() { awk '{ print $1 - $2 }' /tmp/load; }
switches() { cut -d' ' -f3 /tmp/load; }

reader() { # HZ LOAD-ARGUMENTS...
	hz=$1
	shift
	/lab/reader -F "$hz" -- /lab/load "$@" >/tmp/load 2>/tmp/reader
}
said() { awk -v name="$1" '$1 == name { print $2 }' /tmp/reader; }

recorded() { # HZ COMMAND...
	hz=$1
	shift
	/lab/emberprof record -a ${ring:+-m $ring} -F "$hz" --call-graph "$graph" -o /tmp/bench.folded -- "$@" \
		>/tmp/load 2>/tmp/tool
}

tool() { # HZ LOAD-ARGUMENTS...
	hz=$1
	shift
	recorded "$hz" /lab/load "$@"
}

ticks() { cat /sys/module/baretick/parameters/ticks; }

# ---- price per sample ----

price() { # FIGURE SAMPLES: against $alone
	figure "$1" "($(elapsed) - $alone) / $2"
}

# One sample in each period: as many as the time holds.
price_timed() { # FIGURE
	price "$1" "($(elapsed) * 1e-6)"
}

samples() {
	load deep "$deep_ms"
	alone=$(elapsed)
	figure alone_ms "$alone * 1e-6"

	insmod /lab/baretick.ko hz=1000
	before=$(ticks)
	load deep "$deep_ms"
	price bare "($(ticks) - $before)"
	rmmod baretick

	insmod /lab/emberprof.ko
	reader 1000 deep "$deep_ms"
	price ember_idle "$(said sampled)"
	figure ember_lost "$(said lost) + $(said skipped)"
	figure ember_account "$(said handler_ns) / $(said sampled)"
	figure ember_samples "$(said sampled)"
	figure bytes_known "$(said sample_bytes) / $(said sampled)"
	figure bytes_stack "$(said stack_bytes) / $(said stacks)"
	figure bytes_thread "$(said thread_bytes) / $(said threads)"
	figure stack_frames "$(said stack_frames) / $(said stacks)"
	if tool 1000 deep "$deep_ms"; then
		price_timed ember_busy
	else
		lacking ember_busy "$(tail -n 1 /tmp/tool)"
	fi
	rmmod emberprof
	perf_samples
	bpftrace_samples
}

# What a page fault costs more that growth doesn't sample, and a sample of it; what the kernel
# reports at once is an occurrence.
grows() {
	pages=262144
	load touch $pages
	load touch $pages
	alone=$(elapsed)
	figure touch_fault "$alone / $pages"
	insmod /lab/emberprof.ko
	/lab/reader -F 0 -g 4294967295 -- /lab/load touch $pages >/tmp/load 2>/tmp/reader
	price growth_fault $pages
	price growth_occurrence "$(said event_occurred)"
	unsampled=$(elapsed)
	/lab/reader -F 0 -g 65536 -- /lab/load touch $pages >/tmp/load 2>/tmp/reader
	figure growth_sample "($(elapsed) - $unsampled) / ($(said event_sampled) + $(said event_lost))"
	rmmod emberprof
}

# What a switch costs more whose wait isn't sampled, and a sample of one, along frame pointers. The
# clock's own listening is in neither: it doesn't run.
waits() {
	load pingpong 100000
	alone=$(elapsed)
	insmod /lab/emberprof.ko
	/lab/reader -F 0 -w 4294967295 -r 16777216 -- /lab/load pingpong 100000 >/tmp/load 2>/tmp/reader
	figure block_switch "($(elapsed) - $alone) / $(switches)"
	figure block_pingpong "100 * ($(elapsed) - $alone) / $alone"
	unsampled=$(elapsed)
	/lab/reader -F 0 -w 10000000 -r 16777216 -- /lab/load pingpong 100000 >/tmp/load 2>/tmp/reader
	figure block_pingpong_10ms "100 * ($(elapsed) - $alone) / $alone"
	/lab/reader -F 0 -w 1 -r 16777216 -- /lab/load pingpong 100000 >/tmp/load 2>/tmp/reader
	figure block_sample "($(elapsed) - $unsampled) / ($(said event_sampled) + $(said event_lost))"
	figure block_lost "$(said event_lost)"
	# A switch that is no futex wait; one that is, with its release.
	/lab/reader -F 0 -x 4294967295 -- /lab/load pingpong 100000 >/tmp/load 2>/tmp/reader
	figure mutex_switch "($(elapsed) - $alone) / $(switches)"
	load contend 20000
	alone=$(elapsed)
	/lab/reader -F 0 -x 4294967295 -- /lab/load contend 20000 >/tmp/load 2>/tmp/reader
	price mutex_wait "$(said event_occurred)"
	unsampled=$(elapsed)
	/lab/reader -F 0 -x 1 -r 16777216 -- /lab/load contend 20000 >/tmp/load 2>/tmp/reader
	figure mutex_sample "($(elapsed) - $unsampled) / ($(said event_sampled) + $(said event_lost))"
	rmmod emberprof
}

# A program as it's shipped: without frame pointers, 20 frames deep.
real() {
	command -v python3 >/dev/null || {
		lacking real_bare "no python3 in this guest"
		return
	}
	set -- run 1 python3 /lab/work.py "$rounds"
	load "$@"
	load "$@"
	alone=$(elapsed)
	figure real_ms "$alone * 1e-6"

	insmod /lab/baretick.ko hz=1000
	before=$(ticks)
	load "$@"
	price real_bare "($(ticks) - $before)"
	rmmod baretick

	ring=16M
	for what in cold tables fp; do
		graph=$what
		module=emberprof
		[ "$what" != cold ] || graph=tables module=emberprof-cold
		insmod /lab/$module.ko
		# A short run before the one that is timed, and by then the tables are there;
		# the reader is stopped meanwhile.
		if recorded 1000 sh -c "python3 /lab/work.py 300; sleep 8; kill -STOP \$PPID
			/lab/load $*; kill -CONT \$PPID"; then
			price_timed "real_$what"
		else
			lacking "real_$what" "$(tail -n 1 /tmp/tool)"
		fi
		[ "$what" != tables ] || real_stacks
		rmmod emberprof
	done
	ring= graph=fp
	if command -v perf >/dev/null; then
		perf_of real_perf_g -m 16M -g -- "$@"
		perf_of real_perf_dwarf -m 16M --call-graph dwarf -- "$@"
	else
		lacking real_perf_dwarf "not in this guest"
	fi
}

# What a file's table takes, and how long it takes to be made.
compile() { # NAME FILE
	[ -e "$2" ] || {
		lacking "compile_$1" "no $2 in this guest"
		return
	}
	load run 1 sh -c "/lab/emberprof check --unwind --json $2 >/tmp/coverage"
	figure "table_$1" "$(sed 's/.*"code_bytes": \([0-9]*\).*"table_bytes": \([0-9]*\).*/\2 * 1024 \/ \1/' /tmp/coverage)"
	figure "compile_$1" "$(busy) * 1e-6"
}

# A command's first second: how many of its stacks are whole, and what its tables take before.
first() {
	command -v python3 >/dev/null || {
		lacking first_whole "no python3 in this guest"
		return
	}
	# What is read once is read before.
	load run 1 python3 /lab/work.py 600
	insmod /lab/emberprof.ko
	for graph in fp fp tables; do
		load run 1 sh -c "/lab/emberprof record -F 999 --call-graph $graph -o /tmp/bench.folded -- \
			python3 /lab/work.py 600 2>/tmp/tool"
		[ "$graph" = tables ] || alone=$(busy)
	done
	graph=fp
	rmmod emberprof
	figure first_tables "($(busy) - $alone) * 1e-6"
	awk '{ for (i = 3; / samples, / && i < NF; i++) if ($(i + 1) == "walked") tables = $i }
		/ samples, / { all = $2 }
		/ stacks end early in user code/ { early = $2 }
		END { if (all) printf "= first_whole %.2f\n= first_samples %d\n", 100 * (tables - early) / all, all
			else print "- first_whole no samples" }' /tmp/tool
}

library() { # FILE: where it is
	for found in /lib/*-linux-gnu*/"$1" /usr/lib/*-linux-gnu*/"$1"; do
		[ ! -e "$found" ] || break
	done
	echo "$found"
}

compiles() {
	compile libc "$(library libc.so.6)"
	compile libcrypto "$(library libcrypto.so.3)"
	compile python3 /usr/bin/python3.11
	[ -e /lab/scanned ] || return
	load run 1 sh -c "/lab/emberprof check --unwind --json /lab/scanned >/tmp/coverage"
	figure compile_scanned "$(busy) / ($(sed 's/.*"code_bytes": \([0-9]*\).*/\1/' /tmp/coverage) / 1024)"
}

# Of the interpreter's own: frames on average, and how many functions they are of.
real_stacks() {
	grep '^python3;' /tmp/bench.folded | awk '
		{ n = $NF; sub(/ [0-9]*$/, ""); frames = split($0, f, ";") - 1
		  all += n; deep += n * frames
		  for (i = 2; i <= frames; i++) if (!(f[i] in seen)) { seen[f[i]]; distinct++ }
		  if (/;_start;|__libc_start_main/) whole += n }
		END { printf "= real_frames %.1f\n= real_functions %d\n= real_whole %.2f\n",
			deep / all, distinct, 100 * whole / all }'
}

perf_of() { # FIGURE PERF-OPTIONS... -- LOAD-ARGUMENTS...
	what=$1
	shift
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # a list
	if perf record -e cpu-clock -F 1000 -a -o /tmp/perf.data $options -- /lab/load "$@" \
		>/tmp/load 2>/tmp/perf.log; then
		price_timed "$what"
		figure "${what}_bytes" "$(stat -c %s /tmp/perf.data) / ($(elapsed) * 1e-6)"
	else
		lacking "$what" "$(tail -n 1 /tmp/perf.log)"
	fi
	rm -f /tmp/perf.data
}

perf_run() { # FIGURE PERF-OPTIONS...
	perf_of "$@" -- deep "$deep_ms"
}

# With 16 MB of buffer it has no reason to wake up; with its default it writes.
perf_samples() {
	if ! command -v perf >/dev/null; then
		lacking perf "not in this guest"
		return
	fi
	perf_run perf_idle -m 16M
	perf_run perf_busy
	perf_run perf_g_idle -m 16M -g
	perf_run perf_g_busy -g
}

bpftrace_run() { # FIGURE PROGRAM
	if bpftrace -o /tmp/bpftrace.out -e "$2" -c "/lab/load deep $deep_ms" \
		>/tmp/bpftrace.log 2>&1; then
		grep -E '^[0-9]+ [0-9]+ [0-9]+$' /tmp/bpftrace.log /tmp/bpftrace.out |
			sed 's/.*://' >/tmp/load
		price_timed "$1"
	else
		lacking "$1" "$(tail -n 1 /tmp/bpftrace.log)"
	fi
	rm -f /tmp/bpftrace.out
}

# Its counts stay in the kernel till the end, or are printed every second.
bpftrace_samples() {
	if ! command -v bpftrace >/dev/null; then
		lacking bpftrace "not in this guest"
		return
	fi
	bpftrace_run bpftrace_idle 'profile:hz:1000 { @[kstack, ustack, comm] = count(); }'
	bpftrace_run bpftrace_busy 'profile:hz:1000 { @[kstack, ustack, comm] = count(); }
		interval:s:1 { print(@); clear(@); }'
}

# ---- what listening costs, at 99 Hz ----

pingpong() {
	load pingpong 100000
	alone=$(elapsed)
	reader 99 pingpong 100000
	figure switch "($(elapsed) - $alone) / $(switches)"
	figure pingpong_slower "100 * ($(elapsed) - $alone) / $alone"
}

sleeps() {
	load sleeps 20000 "$nap"
	alone=$(elapsed)
	alone_busy=$(busy)
	figure wakeups_rate "20000 * 1e9 / $alone"
	reader 99 sleeps 20000 "$nap"
	figure idle_pair "($(busy) - $alone_busy) / 20000"
	figure wakeups_slower "100 * ($(elapsed) - $alone) / $alone"
	figure wakeups_load "100 * ($(busy) - $alone_busy) / $alone"
}

# Sleeps so short that 5,000 of them take a second.
find_nap() {
	load sleeps 2000 100000
	nap=$(awk -v all="$(elapsed)" 'BEGIN { printf "%d", 200000 - (all / 2000 - 100000) }')
}

interrupts() { # CHAIN FIGURE
	insmod /lab/baretick.ko hz=5000 chain="$1"
	load idle 4000
	alone=$(busy)
	before=$(ticks)
	reader 99 idle 4000
	figure "$2" "($(busy) - $alone) / ($(ticks) - $before)"
	rmmod baretick
}

listening() {
	insmod /lab/emberprof.ko
	find_nap
	pingpong
	sleeps
	interrupts 0 interrupt_timer
	interrupts 1 interrupt_irq
	interrupts 2 interrupt_softirq
	rmmod emberprof
}

# ---- an idle CPU ----

interrupts_of() { # CPU: all lines of /proc/interrupts
	awk -v column=$(($1 + 2)) 'NR > 1 && $column ~ /^[0-9]+$/ { n += $column }
		END { print n + 0 }' /proc/interrupts
}

added() { # CPU: interrupts in ten seconds, into $count
	sleep 1
	begin=$(interrupts_of "$1")
	sleep 10
	count=$(($(interrupts_of "$1") - begin))
}

idle_pair_of() { # CPU FIGURE
	added "$1"
	without=$count
	figure "$2_without" "$without"
	/lab/emberprof record -a -F 99 -o /tmp/bench.folded -- /lab/load idle 13000 \
		>/tmp/load 2>/tmp/tool &
	sleep 1
	added "$1"
	wait
	figure "$2" "$count - $without"
}

memory() {
	/lab/emberprof record -a -F 1000 -o /tmp/bench.folded -- /lab/load deep 5000 \
		>/tmp/load 2>/tmp/tool &
	sleep 4
	# VmRSS lags behind by the kernel's per-thread counters; smaps_rollup walks the page tables.
	rss=$(awk '/^Rss:/ { print $2 }' "/proc/$!/smaps_rollup")
	peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$!/status")
	wait
	figure rss "$rss"
	# It lags too, and can't have been less.
	[ "$peak" -gt "$rss" ] || peak=$rss
	figure hwm "$peak"
}

# ---- what a million samples take on a disk ----

# Programs as shipped and the kernel, processes that come and go.
mixed() {
	while :; do
		/lab/load run 1 python3 /lab/work.py 1500
		gzip -c /lab/emberprof
		find /proc -maxdepth 2
	done >/dev/null 2>&1
}

million() { # FIGURE FILE SAMPLES
	figure "$1" "$(stat -c %s "$2") / $3"
}

perf_sizes() { # FIGURE SECONDS PERF-OPTIONS...
	what=$1 seconds=$2
	shift 2
	perf record -e cpu-clock -F 999 -a -m 16M -o /tmp/perf.data "$@" -- sleep "$seconds" >/tmp/perf.log 2>&1
	count=$(sed -n 's/.*(\([0-9]*\) samples).*/\1/p' /tmp/perf.log)
	if [ -n "$count" ]; then
		million "$what" /tmp/perf.data "$count"
		zstd -q -f /tmp/perf.data -o /tmp/perf.zst && million "${what}_zstd" /tmp/perf.zst "$count"
	else
		lacking "$what" "$(tail -n 1 /tmp/perf.log)"
	fi
	rm -f /tmp/perf.data /tmp/perf.zst
}

# The same run for both: beside each other.
sizes() {
	insmod /lab/emberprof.ko
	mixed &
	one=$!
	mixed &
	other=$!
	/lab/emberprof record -a -F 999 --duration 10 -o /tmp/warm.ember 2>/tmp/tool
	/lab/emberprof record -a -F 999 -o /tmp/sizes.ember 2>/tmp/tool &
	recorder=$!
	if command -v perf >/dev/null; then
		perf_sizes size_perf "${bench_sizes:-120}" -g
		# 5 KB each.
		perf_sizes size_perf_dwarf 15 --call-graph dwarf
	else
		lacking size_perf "not in this guest"
		sleep "${bench_sizes:-120}"
	fi
	kill -INT $recorder
	wait $recorder
	kill $one $other
	count=$(sed -n 's/^emberprof: \([0-9]*\) samples.*/\1/p' /tmp/tool)
	figure size_samples "$count"
	million size_log /tmp/sizes.ember "$count"
	/lab/emberprof report -o /tmp/sizes.pb.gz /tmp/sizes.ember
	million size_pprof /tmp/sizes.pb.gz "$count"
	rmmod emberprof
}

idle_cpu() {
	insmod /lab/emberprof.ko
	[ "$1" != 0 ] || memory
	idle_pair_of "$1" "idle_interrupts_$1"
	rmmod emberprof
}

[ ! -e /lab/latency.sh ] || . /lab/latency.sh
sysctl -q -w kernel.perf_cpu_time_max_percent=0 2>/dev/null
echo "# $(uname -r), clock $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
run=0
while [ $((run += 1)) -le "$runs" ]; do
	case $bench_part in
	cost)
		samples
		grows
		waits
		real
		compiles
		first
		listening
		idle_cpu 0
		;;
	second) idle_cpu 1 ;;
	*) for part in $bench_part; do $part; done ;;
	esac
done
echo "bench: done"
