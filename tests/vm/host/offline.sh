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
	"$EMBER_TOOL" report --no-inlines -o "$dir/$name.pb" "$@" \
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
	result "without the kernel's file" without
	result "another kernel's file" another
	;;
esac
