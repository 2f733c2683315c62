# SPDX-License-Identifier: GPL-2.0-or-later
# Stacks that aren't a row of calls, without frame pointers: whole, or ended with a cause
# that is counted; never a frame that isn't one, never a walk without end.
# icount: yes
# programs: odd
# programs x86_64: odd@i386
# programs arm64: odd@gcc-thumb
# programs armhf: odd@gcc-thumb
# debug: long, what it checks of stacks is the same there
# timeout: 240
# turns: yes
. /lab/ktap.sh

record() { # PROGRAM HOW [OPTION...]
	program=$1
	how=$2
	shift 2
	/lab/emberprof record -v -F 999 "$@" --unwind-cache /tmp/tables -o /tmp/odd.folded -- \
		"/lab/$program" "$how" 1.4 2>/tmp/said
	rc=$?
	[ "$rc" = 0 ]
}

# Samples in spin() came the way they did, but for those that were taken before the tables
# were there, of which a busy host makes more: each is marked as one that may have gaps, or
# ended early. One in fifty may be of a frame that is being made.
came() { # PATTERN
	awk -v pattern="$1" '
		/ stacks may have gaps/ { said += $2 }
		/ stacks end early in user code/ { said += $2 }
		/;spin( |;)/ && FILENAME != "/tmp/said" {
			all += $NF; if ($0 ~ pattern) right += $NF; else if (shown++ < 3) print "# " $0 }
		END { printf "# %d of %d came by %s, %d may have gaps or end early\n", right, all, pattern, said
			exit !(right > 50 && all - right <= said + all / 50) }' /tmp/said /tmp/odd.folded
}

early() { # at-least|at-most PERCENT: of stacks
	awk -v how="$1" -v percent="$2" '
		/ samples, / { all = $2 }
		/ stacks end early in user code/ { early = $2 }
		END { printf "# of %d stacks %d end early\n", all, early
			exit !(all > 50 && (how == "at-most" ? early * 100 <= percent * all :
				early * 100 >= percent * all)) }' /tmp/said
}

load
mkdir /tmp/tables
for program in odd odd-i386 odd-gcc-thumb; do
	[ -e "/lab/$program" ] || continue
	# The tables are made by then: sooner or later.
	for _ in 1 2 3 4 5; do
		record "$program" alloca
		! early at-most 2 >/dev/null || break
	done
	for way in 'signal:;main;(.*;)?signalled;.*;handler;spin( |;)' \
		'altstack:;main;(.*;)?elsewhere;.*;action;handler;spin( |;)' \
		'alloca:;main;variable;spin( |;)' 'longjmp:;main;jumped;spin( |;)' \
		'context:;routine;spin( |;)' 'vfork:;main;forked;(.*;)?spin( |;)' \
		'thread:;worker;spin( |;)' 'jit:;main;generated;[^;]*;spin( |;)'; do
		how=${way%%:*}
		# The debug kernel has no times of 32 bits, which i386's threads wait by.
		if ! "/lab/$program" "$how" 0.1 2>/tmp/why; then
			skip "$program: $how" "it doesn't run here: $(tail -n 1 /tmp/why)"
			continue
		fi
		check "$program: $how: recorded" record "$program" "$how"
		check "$program: $how: under its callers" came "${way#*:}"
		[ "$how" = context ] || check "$program: $how: whole" early at-most 35
	done
	echo 0 >/proc/sys/kernel/randomize_va_space
	check "$program: a stack at the end of user memory: recorded" record "$program" alloca
	check "$program: a stack at the end of user memory: whole" early at-most 35
	echo 2 >/proc/sys/kernel/randomize_va_space
	check "$program: no stack: recorded" record "$program" nowhere --call-graph fp
	# In GCC's Thumb code r7 is no frame pointer: 0 in it isn't the end of a stack either.
	[ "$program" = odd-gcc-thumb ] || check "$program: no stack: whole" early at-most 35
	for how in smashed circle; do
		check "$program: $how: recorded" record "$program" "$how"
		check "$program: $how: counted" early at-least 80
	done
done
finish
