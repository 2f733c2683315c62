# SPDX-License-Identifier: GPL-2.0-or-later
# Known shares of three functions under known callers, on every ABI that the kernel runs.
# icount: yes
# timeout: 400
# programs: shares
# programs x86_64: shares@i386
# programs arm64: shares@gcc-arm shares@clang-arm shares@clang-thumb shares@gcc-thumb
# programs armhf: shares@gcc-arm shares@clang-arm shares@clang-thumb shares@gcc-thumb
# turns: yes
. /lab/ktap.sh

record() { # PROGRAM: its exit status is 7
	rc=0
	/lab/emberprof record -F 4999 --call-graph $graph --unwind-cache /tmp/tables -o /tmp/shares.folded -- "/lab/$1" 10 2>/tmp/said || rc=$?
	sed "s/^/# $1: /" /tmp/said
	[ "$rc" = 7 ]
}

share() { # PROGRAM FUNCTION PERCENT: within 2 points; by its leaf, in user mode
	awk -v comm="$1" -v leaf="$2" -v want="$3" '
		index($0, comm ";") == 1 {
			n = split($0, frame, ";")
			sub(/ [0-9]+$/, "", frame[n])
			if (frame[n] ~ /_\[k\]$/) next
			all += $NF
			if (frame[n] == leaf) part += $NF
		}
		END {
			if (!all) { print "# no sample of it"; exit 1 }
			printf "# %s %.2f %% of %d\n", leaf, 100 * part / all, all
			off = 100 * part / all - want
			exit !(all > 5000 && off >= -2 && off <= 2)
		}' /tmp/shares.folded
}

# Under main;middle, but for what was sampled in the instructions that make or undo a
# frame: there one caller is out of sight.
callers() { # PROGRAM
	awk -v comm="$1" '
		index($0, comm ";") == 1 && /;(fifty|thirty|twenty)( |;)/ {
			all += $NF
			if (/;main;/) main += $NF
			if (/unknown/) unknown += $NF
			if (/;main;middle;(fifty|thirty|twenty)( |;)/) whole += $NF
			else if (shown++ < 5) print "# " $0
		}
		END {
			printf "# of %d: %d reach main, %d through middle, %d with a frame nowhere\n",
				all, main, whole, unknown
			exit !(all && main >= least * all && whole >= least * all * 0.999 && !unknown)
		}' least="$least" /tmp/shares.folded
}

# The tool's line about stacks that end early is there, or isn't.
early() { # COUNT: at least so many of them, 0 for none
	cut=$(sed -n 's/^emberprof: \([0-9]*\) stacks end early.*/\1/p' /tmp/said)
	note "${cut:-0} stacks end early"
	[ "$1" = 0 ] && [ "${cut:-0}" -lt 20 ] || { [ "$1" != 0 ] && [ "${cut:-0}" -ge "$1" ]; }
}

# One frame a stack, its right name, and no frame that isn't one.
single() { # PROGRAM
	awk -v comm="$1" '
		index($0, comm ";") == 1 && /;(fifty|thirty|twenty)( |;)/ {
			all += $NF
			if (/^[^;]*;(fifty|thirty|twenty)( |;[^ ]*_\[k\] )/) one += $NF
			else if (shown++ < 5) print "# " $0
		}
		END { printf "# of %d: %d are one user frame\n", all, one; exit !(all && one == all) }
	' /tmp/shares.folded
}

load
mkdir /tmp/tables
graph=fp
least=1
for program in shares shares-i386 shares-gcc-arm shares-clang-arm shares-clang-thumb; do
	[ -e "/lab/$program" ] || continue
	comm=$(echo "$program" | cut -c 1-15)
	check "$program: the exit status is the command's" record "$program"
	check "$program: fifty" share "$comm" fifty 50
	check "$program: thirty" share "$comm" thirty 30
	check "$program: twenty" share "$comm" twenty 20
	check "$program: every stack reaches main, under its callers" callers "$comm"
	check "$program: stacks are whole" early 0
done
# GCC's Thumb code has a frame pointer that leads nowhere.
if [ -e /lab/shares-gcc-thumb ]; then
	check "shares-gcc-thumb: the exit status is the command's" record shares-gcc-thumb
	for part in fifty:50 thirty:30 twenty:20; do
		check "shares-gcc-thumb: ${part%:*}" \
			share shares-gcc-thum "${part%:*}" "${part#*:}"
	done
	check "shares-gcc-thumb: no wrong frame" single shares-gcc-thum
	check "shares-gcc-thumb: stacks that end early are counted" early 5000
fi
# By tables, compiled from the programs' unwind sections or from their code. The first run
# caches them, so that the second has each as soon as the module has defined the file.
graph=tables
least=0.98
for program in shares shares-i386 shares-gcc-arm shares-clang-thumb shares-gcc-thumb; do
	[ -e "/lab/$program" ] || continue
	comm=$(echo "$program" | cut -c 1-15)
	check "$program: by tables" record "$program"
	check "$program: by tables that were kept" record "$program"
	check "$program: by tables every stack reaches main, under its callers" callers "$comm"
	check "$program: by tables, says the tool" grep -Eq ' [0-9]{4,5} walked by tables' /tmp/said
done
finish
