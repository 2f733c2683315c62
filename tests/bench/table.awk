# SPDX-License-Identifier: GPL-2.0-or-later
# `= FIGURE VALUE` and `- FIGURE WHY` lines to a table on stdout and JSON in `json`.

# over: 1, or the name of the figure that the tick alone has there
function row(name, label, unit, target, over) {
	nr_rows++
	row_name[nr_rows] = name
	row_label[nr_rows] = label
	row_unit[nr_rows] = unit
	row_target[nr_rows] = target
	row_over[nr_rows] = over
}

function sort_runs(name,   i, j, t) {
	for (i = 1; i <= runs[name]; i++)
		sorted[i] = value[name, i]
	for (i = 2; i <= runs[name]; i++)
		for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) {
			t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t
		}
}

function median(name,   n) {
	sort_runs(name)
	n = runs[name]
	return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function spread(name) {
	sort_runs(name)
	return sorted[runs[name]] - sorted[1]
}

function number(x) { return x == int(x) ? sprintf("%d", x) : sprintf(x < 20 && x > -20 ? "%.2f" : "%.1f", x) }

BEGIN {
	row("bare", "a bare tick", "instructions")
	# The bound is for x86-64.
	row("ember_idle", "emberprof, reader idle", "instructions", arch == "x86_64" ? 500 : "", 1)
	row("ember_busy", "emberprof record at work", "instructions", "", 1)
	row("perf_idle", "perf record, reader idle", "instructions", "", 1)
	row("perf_busy", "perf record at work", "instructions", "", 1)
	row("perf_g_idle", "perf record -g, reader idle", "instructions", "", 1)
	row("perf_g_busy", "perf record -g at work", "instructions", "", 1)
	row("bpftrace_idle", "bpftrace profile, reader idle", "instructions", "", 1)
	row("bpftrace_busy", "bpftrace profile at work", "instructions", "", 1)
	row("real_tables", "python3 as shipped, by tables", "instructions", arch == "x86_64" ? 2500 : "", "real_bare")
	row("real_cold", "the same, no rule in the cache", "instructions", arch == "x86_64" ? 4500 : "", "real_bare")
	row("real_fp", "the same by frame pointer, one frame", "instructions", "", "real_bare")
	row("real_perf_g", "the same by perf record -g", "instructions", "", "real_bare")
	row("real_perf_dwarf", "perf record --call-graph dwarf", "instructions", "", "real_bare")
	row("real_perf_dwarf_bytes", "a sample of that", "bytes")
	row("real_frames", "frames of a stack of it", "frames")
	row("real_functions", "functions in all", "functions")
	row("real_whole", "stacks that reach the start", "%")
	row("table_libc", "table of libc", "KiB/MiB of code")
	row("table_libcrypto", "table of libcrypto", "KiB/MiB of code")
	row("table_python3", "table of python3", "KiB/MiB of code")
	row("compile_libc", "libc's is made in", "million instructions")
	row("compile_libcrypto", "libcrypto's is made in", "million instructions")
	row("compile_python3", "python3's is made in", "million instructions")
	row("compile_scanned", "a table of code alone is made in", "instructions/KiB", 60000)
	row("first_whole", "stacks that are whole in a first second", "%")
	row("first_samples", "samples of it", "samples")
	row("first_tables", "its tables, made and loaded, take", "million instructions")
	row("compile_peak", "most memory for a library of 100 MB", "KiB")
	row("ember_account", "emberprof by its own account", "ns/sample")
	row("stack_frames", "frames of a stack", "frames")
	row("ember_samples", "samples a run", "samples")
	row("ember_lost", "lost or skipped in it", "samples", 0)
	row("bytes_known", "a known sample", "bytes", 16)
	row("bytes_stack", "a stack's first sample adds", "bytes")
	row("bytes_thread", "a thread's first sample adds", "bytes")
	row("perf_g_idle_bytes", "a sample of perf record -g", "bytes")
	row("growth_fault", "growth: a page fault that isn't sampled", "instructions", arch == "x86_64" ? 100 : "")
	row("growth_occurrence", "the same, for each that the kernel reports", "instructions")
	row("growth_sample", "growth: one that is, at 64 KiB", "instructions")
	row("block_switch", "block: a switch that isn't sampled", "instructions", arch == "x86_64" ? 150 : "")
	row("block_sample", "block: one that is", "instructions")
	row("block_lost", "lost of these", "samples")
	row("mutex_switch", "mutex: a switch that is no futex wait", "instructions")
	row("mutex_wait", "mutex: a wait and its release, not sampled", "instructions")
	row("mutex_sample", "mutex: a release that is sampled", "instructions")
	row("block_pingpong", "ping-pong slowed by block, no sample", "%")
	row("block_pingpong_10ms", "the same at 10 ms", "%")
	row("idle_pair", "idle, in and out", "instructions", 1200)
	row("switch", "a switch between busy tasks", "instructions", 50)
	row("interrupt_timer", "a timer interrupt on an idle CPU", "instructions", 150)
	row("interrupt_irq", "a requested interrupt, with its timer", "instructions")
	row("interrupt_softirq", "a softirq, with its timer", "instructions")
	row("pingpong_slower", "ping-pong slowed, 99 Hz", "%", 1)
	row("wakeups_rate", "wake-ups a second", "1/s")
	row("wakeups_slower", "wake-ups slowed, 99 Hz", "%", 1)
	row("wakeups_load", "CPU that they cost more", "%")
	row("idle_interrupts_0", "interrupts added in 10 s, reader there", "interrupts", 5)
	row("idle_interrupts_1", "interrupts added in 10 s, second CPU", "interrupts", 5)
	row("rss", "VmRSS recording", "kB", 2048)
	row("hwm", "VmHWM recording", "kB")
	row("worst_unlimited", "the longest interrupt, 4 stacks of 128", "ns")
	row("worst_50", "the same with max_walk_us=50", "ns", 55000)
	row("worst_20", "the same with max_walk_us=20", "ns", 25000)
	row("cyclic_alone_average", "cyclictest without, on average", "ns")
	row("cyclic_alone_most", "at most", "ns")
	row("cyclic_99_average", "cyclictest at 99 Hz, on average", "ns")
	row("cyclic_99_most", "at most", "ns")
	row("cyclic_999_average", "cyclictest at 999 Hz, on average", "ns")
	row("cyclic_999_most", "at most", "ns")
	row("cyclic_deep_average", "4 sessions of 10 kHz, 20 us, on average", "ns")
	row("cyclic_deep_most", "at most", "ns")
	row("size_log", "a sample in the log", "bytes on a disk")
	row("size_pprof", "pprof of that log", "bytes on a disk")
	row("size_perf", "perf.data of that time, -g", "bytes on a disk")
	row("size_perf_zstd", "the same by zstd", "bytes on a disk")
	row("size_perf_dwarf", "perf.data, --call-graph dwarf", "bytes on a disk")
	row("size_perf_dwarf_zstd", "the same by zstd", "bytes on a disk")
	row("size_samples", "samples in that log", "samples")
	row("report_samples", "samples of the reports", "samples")
	row("report_stacks", "their stacks", "stacks")
	row("report_time", "report, a table", "us/sample")
	row("report_perf_time", "perf report --stdio", "us/sample")
	row("report_text_time", "report -o .perf", "us/sample")
	row("report_script_time", "perf script", "us/sample")
	row("report_inlines_time", "report, with what is inlined", "us/sample")
	row("report_perf_inlines_time", "perf report --inline", "us/sample")
	row("report_memory", "report, a table", "bytes/sample")
	row("report_perf_memory", "perf report --stdio", "bytes/sample")
	row("report_text_memory", "report -o .perf", "bytes/sample")
	row("report_script_memory", "perf script", "bytes/sample")
	row("report_inlines_memory", "report, with what is inlined", "bytes/sample")
	row("report_perf_inlines_memory", "perf report --inline", "bytes/sample")
	row("many_time", "report of ten million samples", "us/sample")
	row("many_memory", "that", "MiB")
	row("page_seen", "a page of 100,000 samples is seen", "ms", 2000)
	row("page_range", "a range of it is", "ms")
	row("million_seen", "a page of a million is seen", "ms")
	row("million_range", "a range of it is", "ms")
	row("collector_held_disk", "boards held by one core, on a disk", "boards")
	row("collector_held_tmpfs", "the same on a tmpfs", "boards")
	row("collector_loss", "chunks lost of 2000 boards, on a disk", "%", 0)
	row("collector_cpu", "CPU of that", "%")
	row("collector_memory", "VmHWM of that", "kB")
	row("collector_written", "written in a second", "bytes")
	row("collector_ratio", "written for a byte of chunks", "bytes")
	row("collector_ack", "longest wait for an acknowledgement", "ms")
	row("module_bytes", "the module: text, data, bss", "bytes")
	row("tool_bytes", "the tool, static, stripped", "bytes", 1000000)
}

$1 == "=" && NF == 3 { value[$2, ++runs[$2]] = $3 + 0 }
$1 == "-" { why = $0; sub(/^- /, "", why); if (!(why in noted)) missing[++nr_missing] = why; noted[why] = 1 }
$1 == "#" && head == "" { head = $0; sub(/^# /, "", head) }

END {
	printf "%s, %s\n", arch, head
	printf "%-40s %12s %10s %10s %8s  %s\n", "figure", "median", "over bare", "spread", "target", "unit"
	printf "{\"arch\": \"%s\", \"kernel\": \"%s\", \"figures\": [", arch, head >json
	for (r = 1; r <= nr_rows; r++) {
		name = row_name[r]
		if (!(name in runs))
			continue
		over = ""
		base = row_over[r] == 1 ? "bare" : row_over[r]
		if (base != "" && base in runs)
			over = median(name) - median(base)
		judged = over == "" ? median(name) : over
		mark = row_target[r] == "" ? "" : judged <= row_target[r] ? "" : " MISSED"
		printf "%-40s %12s %10s %10s %8s  %s%s\n", row_label[r], number(median(name)),
			(over == "" ? "" : number(over)), (runs[name] > 1 ? number(spread(name)) : ""),
			row_target[r], row_unit[r], mark
		comma = printed++ ? "," : ""
		printf "%s\n  {\"name\": \"%s\", \"label\": \"%s\", \"unit\": \"%s\", \"median\": %.4f", \
			comma, name, row_label[r], row_unit[r], median(name) >json
		if (over != "")
			printf ", \"over_bare\": %.4f", over >json
		printf ", \"spread\": %.4f", spread(name) >json
		if (row_target[r] != "")
			printf ", \"target\": %s", row_target[r] >json
		printf ", \"runs\": [" >json
		for (i = 1; i <= runs[name]; i++)
			printf "%s%.4f", (i > 1 ? ", " : ""), value[name, i] >json
		printf "]}" >json
	}
	printf "\n], \"missing\": [" >json
	for (m = 1; m <= nr_missing; m++) {
		printf "not measured: %s\n", missing[m]
		gsub(/["\\]/, "", missing[m])
		printf "%s\"%s\"", (m > 1 ? ", " : ""), missing[m] >json
	}
	printf "]}\n" >json
}
