# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite link: a collector, and what it got compared with what the
# board kept itself.
# usage: sh tests/vm/host/link.sh begin ARCH DIR   prints words for the kernel's command
#          line, options for scripts/lab, and what runs here now, each in a line
#        sh tests/vm/host/link.sh end ARCH DIR     prints results
# $EMBER_TOOL is the tool as built for this host.
# shellcheck disable=SC1091
. tests/vm/host/lines.sh

# All that the board kept, and nothing to be said but that its files aren't here.
whole() { # NAME
	same "$1" && ! grep -qv ' samples lack names in ' "$dir/host.said"
}

refused() {
	grep -q "not sealed" "$dir/sealed.log" && [ ! -d "$dir/sealed/boards/clear" ]
}

case $verb in
begin)
	port="python3 tests/vm/host/free_port.py"
	udp=$($port) tcp=$($port) sealed=$($port)
	key=$(od -A n -t x1 -N 32 /dev/urandom | tr -d ' \n')
	echo "$key sealed" >"$dir/keys"
	"$EMBER_TOOL" collect -o "$dir/sealed" --keys "$dir/keys" "udp://127.0.0.1:$sealed" \
		>"$dir/sealed.out" 2>"$dir/sealed.log" &
	second=$!
	set -- "udp://127.0.0.1:$udp" "tcp://127.0.0.1:$tcp"
	lines=
	if [ "$arch" != x86_64 ]; then
		bridge serial 115200
		set -- "$@" "serial:$dir/serial.tty,115200"
		lines="-s $dir/serial.line"
	fi
	"$EMBER_TOOL" collect -o "$dir/logs" "$@" >"$dir/collect.out" 2>"$dir/collect.log" &
	echo "$second" >"$dir/second"
	echo "ember.udp=$udp ember.tcp=$tcp ember.sealed=$sealed ember.key=$key"
	echo "-n $lines -o $dir/kept"
	echo "$! $second $pids" | tee "$dir/pids"
	;;
end)
	stop "$(cat "$dir/second")"
	end
	sed 's/^/#   /' "$dir/sealed.log"
	[ ! -d "$dir/sealed/boards/sealed" ] || mv "$dir/sealed/boards/sealed" "$dir/logs/boards/sealed"
	for log in "$dir"/kept/*.ember; do
		[ -e "$log" ] || continue
		name=$(basename "$log" .ember)
		result "$name: the collector has what the board kept, stack by stack ($(wc -c <"$log") bytes there)" \
			whole "$name"
		sed 's/^/#   /' "$dir/host.said"
	done
	result "what isn't sealed is refused where there are keys" refused
	;;
esac
