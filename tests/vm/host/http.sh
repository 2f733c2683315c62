# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite http: what asks the guest's daemon for profiles.
# usage: as link.sh's
# shellcheck disable=SC1091
. tests/vm/host/lines.sh

case $verb in
begin)
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	over=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	python3 tests/vm/host/asks.py "$port" "$over" "$dir" >"$dir/results" 2>"$dir/asks.log" &
	echo
	echo "-f $port:6060 -f $over:7000"
	echo "$!" | tee "$dir/pids"
	;;
end)
	kill "$(cat "$dir/pids")" 2>/dev/null || :
	cat "$dir/results"
	sed 's/^/# /' "$dir/asks.log"
	;;
esac
