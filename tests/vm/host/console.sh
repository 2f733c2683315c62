# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite console: a collector, and somebody at the shell.
# usage: as tests/vm/host/link.sh
# shellcheck disable=SC1091
. tests/vm/host/lines.sh

case $verb in
begin)
	bridge console 115200
	"$EMBER_TOOL" collect --pty -o "$dir/logs" "serial:$dir/console.tty,115200,console" \
		>"$dir/collect.out" 2>"$dir/collect.log" &
	pids="$! $pids"
	until grep -q 'its console is' "$dir/collect.log" || ! kill -0 "${pids%% *}"; do
		sleep 0.1
	done
	python3 tests/vm/host/person.py "$(sed -n 's/.*its console is //p' "$dir/collect.log")" \
		>"$dir/person.log" 2>&1 &
	echo
	echo "-s $dir/console.line -o $dir/kept"
	echo "$pids $!" | tee "$dir/pids"
	;;
end)
	end
	tail -n 1 "$dir/person.log" | sed 's/^/# /'
	# All but one of ten, the one being where a frame and a line of text met.
	result "a shell answers at the line that the profile shares" \
		awk '/^answers:/ { got = $2; of = $4 } END { exit !(got >= 5 && got * 10 >= of * 9 - 5) }' \
		"$dir/person.log"
	result "the shared line: what came and what is known to be lost is what was sent" accounts console
	;;
esac
