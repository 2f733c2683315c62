# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite line: a collector at slow lines.
# usage: as tests/vm/host/link.sh
# shellcheck disable=SC1091
. tests/vm/host/lines.sh

case $verb in
begin)
	bridge fast 19200
	bridge slow 4800
	"$EMBER_TOOL" collect -o "$dir/logs" "serial:$dir/fast.tty,19200" "serial:$dir/slow.tty,4800" \
		>"$dir/collect.out" 2>"$dir/collect.log" &
	echo
	echo "-s $dir/fast.line -s $dir/slow.line -o $dir/kept"
	echo "$! $pids" | tee "$dir/pids"
	;;
end)
	end
	result "19200 baud: all that the board kept came, stack by stack" same fast
	python3 tests/vm/host/steady.py "$dir/kept/fast.ember" >"$dir/steady" || :
	sed 's/^/# /' "$dir/steady"
	# After 40 s some stacks still are new: 3.9 to 4.3 bytes were seen.
	most=4.5
	[ -z "${EMBER_LONG:-}" ] || most=4
	result "19200 baud: $most bytes a sample at most, once most stacks are defined" \
		awk -v most="$most" 'NR == 1 && $2 == "bytes" { good = $1 + 0 <= most } END { exit !good }' "$dir/steady"
	result "4800 baud: what came and what is known to be lost is what was sent" accounts slow
	;;
esac
