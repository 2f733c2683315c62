# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite link: a collector, and what it got compared with what the
# board kept itself.
# usage: sh tests/vm/host/link.sh begin ARCH DIR   prints words for the kernel's command
#          line, options for scripts/lab, and what runs here now, each in a line
#        sh tests/vm/host/link.sh end ARCH DIR     prints results
# $EMBER_TOOL is the tool as built for this host.
set -eu
verb=$1 arch=$2 dir=$3
tool=$EMBER_TOOL

result() { # ok|"not ok" WHAT
	echo "$1 - $2"
}

free_port() {
	python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

case $verb in
begin)
	rm -rf "$dir"
	mkdir -p "$dir/kept"
	udp=$(free_port) tcp=$(free_port) sealed=$(free_port)
	key=$(od -A n -t x1 -N 32 /dev/urandom | tr -d ' \n')
	echo "$key sealed" >"$dir/keys"
	"$tool" collect -o "$dir/sealed" --keys "$dir/keys" "udp://127.0.0.1:$sealed" \
		>"$dir/sealed.out" 2>"$dir/sealed.log" &
	second=$!
	set -- "udp://127.0.0.1:$udp" "tcp://127.0.0.1:$tcp"
	lines='' pids=''
	if [ "$arch" != x86_64 ]; then
		python3 tests/vm/host/line.py "$dir/line" "$dir/tty" 115200 >"$dir/line.log" 2>&1 &
		pids=$!
		until [ -S "$dir/line" ]; do sleep 0.1; done
		set -- "$@" "serial:$dir/tty,115200"
		lines="-s $dir/line"
	fi
	"$tool" collect -o "$dir/logs" "$@" >"$dir/collect.out" 2>"$dir/collect.log" &
	echo "$! $second" >"$dir/collectors"
	echo "ember.udp=$udp ember.tcp=$tcp ember.sealed=$sealed ember.key=$key"
	echo "-n $lines -o $dir/kept"
	echo "$! $second $pids" | tee "$dir/pids"
	;;
end)
	for collector in $(cat "$dir/collectors"); do
		kill -INT "$collector" 2>/dev/null || continue
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			kill -0 "$collector" 2>/dev/null || break
			sleep 1
		done
	done
	# shellcheck disable=SC2046 # numbers
	kill $(cat "$dir/pids") 2>/dev/null || :
	sed 's/^/#   /' "$dir/collect.log" "$dir/sealed.log"
	[ ! -d "$dir/sealed/sealed" ] || mv "$dir/sealed/sealed" "$dir/logs/sealed"
	for log in "$dir"/kept/*.ember; do
		[ -e "$log" ] || continue
		name=$(basename "$log" .ember)
		verdict="not ok"
		if "$tool" report --format folded -o "$dir/board.folded" "$log" 2>"$dir/board.said" &&
			"$tool" report --format folded -o "$dir/host.folded" "$dir/logs/$name" \
				2>"$dir/host.said" &&
			[ ! -s "$dir/host.said" ] && [ -s "$dir/host.folded" ] &&
			cmp -s "$dir/board.folded" "$dir/host.folded"; then
			verdict=ok
		fi
		sed 's/^/#   /' "$dir/host.said"
		result "$verdict" "$name: the collector has what the board kept, stack by stack ($(wc -c <"$log") bytes there)"
	done
	verdict="not ok"
	! grep -q "weren't sealed" "$dir/sealed.log" || [ -d "$dir/sealed/clear" ] || verdict=ok
	result "$verdict" "what isn't sealed is refused where there are keys"
	;;
esac
