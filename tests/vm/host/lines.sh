# SPDX-License-Identifier: GPL-2.0-or-later
# What the hosts of links have in common, and how each begins: see link.sh for the usage.
# shellcheck disable=SC2034 # they use these
set -eu
verb=$1 arch=$2 dir=$3
pids=
if [ "$verb" = begin ]; then
	rm -rf "$dir"
	mkdir -p "$dir/kept"
fi

result() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then echo "ok - $what"; else echo "not ok - $what"; fi
}

# A terminal whose other end is a guest's line.
bridge() { # NAME BAUD
	python3 tests/vm/host/line.py "$dir/$1.line" "$dir/$1.tty" "$2" >"$dir/$1.log" 2>&1 &
	pids="$pids $!"
	until [ -S "$dir/$1.line" ] || ! kill -0 $!; do sleep 0.1; done
}

report() { # LOG OUT
	"$EMBER_TOOL" report --format folded -o "$dir/$2.folded" "$1" 2>"$dir/$2.said"
}

# The board's own log and the collector's are the same to a report.
same() { # NAME
	report "$dir/kept/$1.ember" board && report "$dir/logs/boards/$1" host &&
		[ -s "$dir/host.folded" ] && cmp -s "$dir/board.folded" "$dir/host.folded" &&
		! grep -q missing "$dir/host.said"
}

# What came, and what is known to be lost, is what was sent up to the last chunk.
accounts() { # NAME
	report "$dir/logs/boards/$1" "$1" || :
	sed 's/^/# /' "$dir/$1.said"
	python3 tests/vm/host/steady.py "$dir/kept/$1.ember" "$dir/logs/boards/$1" "$dir/$1.folded" \
		"$dir/$1.said"
}

# A collector has written all that came, or ten seconds have passed.
stop() { # NUMBER
	kill -INT "$1" 2>/dev/null || return 0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$1" 2>/dev/null || break
		sleep 1
	done
}

# The collector first, then the others, whose numbers are in a file.
end() {
	read -r collector rest <"$dir/pids"
	stop "$collector"
	# shellcheck disable=SC2086 # numbers
	kill $rest 2>/dev/null || :
	sed 's/^/#   /' "$dir/collect.log"
}
