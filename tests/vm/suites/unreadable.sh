# SPDX-License-Identifier: GPL-2.0-or-later
# Frame records that can't be read, in part or at all, or that lie outside user memory:
# what was found before them is kept, the cause is counted, the kernel is unharmed.
# icount: yes
# programs: unreadable
# programs x86_64: unreadable@i386
# programs arm64: unreadable@armhf
. /lab/ktap.sh

record() { # PROGRAM HOW
	/lab/emberprof record -F 4999 --call-graph fp -o /tmp/unread.folded -- "/lab/$1" "$2" 400000000 2>/tmp/said
	rc=$?
	sed "s/^/# $2: /" /tmp/said
	[ "$rc" = 0 ]
}

# User mode's samples in the loop, with so many frames below, and how they ended.
ended() { # PROGRAM-NAME FRAMES unreadable|senseless
	cut=$(sed -n 's/^emberprof: \([0-9]*\) stacks end early in user code.*/\1/p' /tmp/said)
	unread=$(sed -n 's/.* stacks end early .*(\([0-9]*\) unreadable).*/\1/p' /tmp/said)
	awk -v comm="$1" -v frames="$2" -v kind="$3" -v cut="${cut:-0}" -v unread="${unread:-0}" '
		index($0, comm ";") == 1 && /;spin / {
			all += $NF
			if (split($0, frame, ";") == frames + 1) right += $NF
			else if (shown++ < 5) print "# " $0
		}
		END {
			print "# of", all + 0, right + 0, "have", frames, "frames;", cut,
				"end early,", unread, "unreadable"
			if (kind != "unreadable") unread = cut - unread
			exit !(all > 500 && right > 0.99 * all && unread >= 0.99 * all)
		}' /tmp/unread.folded
}

load
for program in unreadable unreadable-i386 unreadable-armhf; do
	[ -e "/lab/$program" ] || continue
	comm=$(echo "$program" | cut -c 1-15)
	for how in none:1:unreadable border:1:unreadable chain:2:unreadable beyond:1:senseless; do
		kind=${how##*:}
		frames=${how#*:}
		frames=${frames%:*}
		how=${how%%:*}
		# To x86-64 a 32-bit stack isn't at the end of user memory.
		[ "$program $how" != "unreadable-i386 beyond" ] || continue
		check "$program: $how: recorded" record "$program" "$how"
		check "$program: $how: $frames frames, then $kind" ended "$comm" "$frames" "$kind"
	done
done
finish
