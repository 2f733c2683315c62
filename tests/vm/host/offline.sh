# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite offline: the guest's log, named by its files as they are here.
# usage: as tests/vm/host/link.sh
set -eu
verb=$1 arch=$2 dir=$3
vm=$(dirname "$dir")

result() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then echo "ok - $what"; else echo "not ok - $what"; fi
}

report() { # NAME OPTIONS...
	name=$1
	shift
	"$EMBER_TOOL" report -v --no-inlines -o "$dir/$name.pb" "$@" \
		"$dir/out/board.ember" 2>"$dir/$name.said"
}

# Without the kernel's file its frames have none, and it's said what they lack.
without() {
	report without --symfs "$vm/offline.root" || return 1
	sed 's/^/# /' "$dir/without.said"
	grep -q 'samples lack names in \[kernel.kallsyms], build-id [0-9a-f]*: needs its vmlinux' "$dir/without.said" &&
		grep -q 'samples lack names in \[burn], build-id [0-9a-f]*: needs that module' "$dir/without.said"
}

another() {
	printf '.globl _stext\n.type _stext,@function\n_stext: nop\n.size _stext,1\n' |
		gcc -x assembler -shared -nostdlib -Wl,--build-id -o "$dir/another" -
	report another --vmlinux "$dir/another" || return 1
	grep -q "another: isn't the kernel that was sampled (its build-id is another): left out" "$dir/another.said" &&
		grep -q 'samples lack names in \[kernel.kallsyms]' "$dir/another.said"
}

# Relocatable files have debug information without addresses.
module_lines() {
	"$EMBER_TOOL" report --symfs "$dir/board" --list '^burn_tasklet$' --source-dir tests/vm/modules \
		"$dir/out/board.ember" >"$dir/list" 2>/dev/null || return 1
	grep -E '^ +[0-9]+ +[0-9]+ +[0-9]+ ' "$dir/list" | sed 's/^/# /'
	grep -Eq '^ +[0-9]+ +[0-9]{2,} +[0-9]+[[:space:]]+burn\(\);$' "$dir/list"
}

# ---- others' readers of what it becomes ----

# The function with a name that most samples end in.
leader() {
	awk '{ n = $NF; sub(/ [0-9]+$/, ""); sub(/.*;/, ""); sub(/_\[k]$/, ""); all[$0] += n
		if ($0 !~ /^\[/ && all[$0] > most) { most = all[$0]; top = $0 } } END { print top }' "$dir/host.folded"
}

pprof_texts() {
	go tool pprof -sample_index=samples -top "$dir/host.pb" >"$dir/top" 2>&1 || return 1
	grep -Fq " $(leader)" "$dir/top" &&
		go tool pprof -sample_index=samples -tags "$dir/host.pb" >"$dir/tags" 2>/dev/null &&
		grep -q '^ *cpu: Total' "$dir/tags" && grep -q '^ *board: Total' "$dir/tags" &&
		go tool pprof -sample_index=samples -list '^burn_tasklet$' "$dir/host.pb" 2>/dev/null |
		grep -Eq '^ +[.0-9]+ +[0-9]{2,} +[0-9]+:[[:space:]]+burn\(\);$'
}

# A page of what it serves.
pprof_pages() {
	port=$(python3 tests/vm/host/free_port.py)
	go tool pprof -sample_index=samples -no_browser -http "127.0.0.1:$port" "$dir/host.pb" >"$dir/http.log" 2>&1 &
	server=$!
	got=1
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		sleep 0.5
		python3 -c 'import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=60).read().decode())' \
			"http://127.0.0.1:$port/ui/flamegraph" >"$dir/http.html" 2>/dev/null && got=0 && break
	done
	kill $server
	[ $got = 0 ] && grep -Fq "$(leader)" "$dir/http.html"
}

# It shows one thread of several, by the time between samples: functions of the recording.
speedscope() {
	"$EMBER_TOOL" report --no-inlines -o "$dir/host.perf" --symfs "$dir/board" --symfs "$vm/offline.root" \
		--vmlinux "$dir/System.map" "$dir/out/board.ember" 2>/dev/null || return 1
	rc=0
	sh tests/interop/speedscope "$dir/host.perf" "$vm/../speedscope" >"$dir/speedscope" || rc=$?
	[ $rc != 3 ] || return 3
	tr '|' '\n' <"$dir/speedscope" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' |
		awk 'NR > 2 && NR % 3 == 1 && !/^\?\?\?/' >"$dir/shown"
	sed 's/ [0-9]*$//' "$dir/host.folded" | tr ';' '\n' | sed 's/_\[k]$//' | sort -u >"$dir/frames"
	echo "# speedscope shows $(wc -l <"$dir/shown") functions, first $(head -n 1 "$dir/shown")"
	[ "$(wc -l <"$dir/shown")" -ge 3 ] && ! grep -Fxvf "$dir/frames" "$dir/shown"
}

others() {
	"$EMBER_TOOL" report --format folded -o "$dir/host.folded" "$dir/host.pb"
	if ! command -v go >/dev/null; then
		echo "ok - go tool pprof # SKIP no go here"
	else
		result "go tool pprof reads it" pprof_texts
		result "go tool pprof serves a page of it" pprof_pages
	fi
	rc=0
	speedscope || rc=$?
	case $rc in
	0) echo "ok - speedscope imports its text" ;;
	3) echo "ok - speedscope # SKIP no chromium, no npm, or it can't be fetched" ;;
	*) echo "not ok - speedscope imports its text" ;;
	esac
}

case $verb in
begin)
	rm -rf "$dir"
	mkdir -p "$dir/out"
	echo
	echo "-o $dir/out"
	echo
	;;
end)
	# As the linker has placed the kernel, not as it was loaded.
	python3 tests/vm/host/system_map.py "$dir/out/kallsyms" >"$dir/System.map"
	cache=${EMBER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/emberprof}
	mkdir -p "$dir/board"
	cp "$cache/bookworm-$arch/bin/busybox" "$vm/emberprof" "$vm/emberprof.ko" "$vm/lab/burn.ko" "$dir/board/"
	if report host --symfs "$dir/board" --symfs "$vm/offline.root" --vmlinux "$dir/System.map"; then
		sed 's/^/# /' "$dir/host.said"
	fi
	result "the same samples, named as on the board" \
		python3 tests/vm/host/same_names.py "$dir/out/board.pb" "$dir/host.pb"
	result "lines of a module" module_lines
	others
	result "without the kernel's file" without
	result "another kernel's file" another
	;;
esac
