# SPDX-License-Identifier: GPL-2.0-or-later
# read() of /dev/zero: user frames, then named kernel frames down to the copying routine,
# and no frame of the interrupt that samples.
# icount: yes
# timeout: 240
# programs: zero
. /lab/ktap.sh

load
check "recorded" /lab/emberprof record -F 4999 -o /tmp/zero.folded -- /lab/zero 500

# With all of the kernel's own checks on, most of the time is theirs.
copying=0.8 short=0.02
[ ! -e /proc/lockdep_stats ] || copying=0.1 short=0.05

frames() { # LEAVES: a stack from main through read to the file's own, down to one of them
	awk -v leaves="$1" -v least="$copying" -v most="$short" '
		/^zero;/ && /_\[k\]/ {
			all += $NF
			line = $0
			sub(/ [0-9]+$/, "", line)
			if (line ~ /\[kernel\+|\[unknown|\[[a-z]+\+0x/) nowhere += $NF
			if (line !~ /;main;/) short += $NF
			n = split(line, frame, ";")
			if (line ~ /;main;.*;vfs_read_\[k\];.*read_(iter_)?zero_\[k\];/ &&
			    frame[n] ~ "^(" leaves ")") {
				copying += $NF
				if (!shown++) print "# " $0
			} else if (others++ < 4) print "# also: " $0
		}
		END {
			printf "# %d in the kernel, %d copying, %d without main, %d nowhere\n",
				all, copying, short, nowhere
			exit !(all > 100 && copying >= least * all && short <= most * all &&
			       nowhere <= 0.005 * all)
		}' /tmp/zero.folded
}

check "user frames, kernel frames, the copying routine" frames \
	'(__arch_)?clear_user|__clear_user|rep_stos|iov_iter_zero|memset|__memzero|arm_clear_user'
interrupts='hrtimer_interrupt|ember_|_timer_interrupt|sysvec|asm_common_interrupt|__irq_(svc|usr)|el[01][th]*_(64_|32_)?(irq|interrupt)|gic_handle_irq|generic_handle|arch_timer_handler'
# A task that an interrupt preempted goes on in what switched it away.
grep -E ";($interrupts)" /tmp/zero.folded | grep -v ';preempt_schedule_irq_\[k\];' >/tmp/zero.timer
check "no frame of the timer's interrupt" [ ! -s /tmp/zero.timer ]
head -n 3 /tmp/zero.timer | sed 's/^/# /'

# A fault within the copying is on top of the system call that copies, with the caller of
# what copies, which has no frame.
faulting() {
	awk '
		/^zero;/ && /handle_mm_fault_\[k\]/ {
			all += $NF
			if (/;main;.*;vfs_read_\[k\];read_(iter_)?zero_\[k\];.*handle_mm_fault_\[k\]/)
				kept += $NF
			else if (shown++ < 4) print "#   " $0
		}
		END { printf "# %d in a fault, %d of them below read_zero\n", all, kept
			exit !(all > 100 && kept >= 0.97 * all) }' /tmp/fresh.folded
}
# How arm64's entry code marks its registers on the stack changed: elsewhere nothing did.
if [ "$(uname -m)" = aarch64 ]; then
	/lab/emberprof record -F 4999 -o /tmp/fresh.folded -- /lab/zero 120 fresh
	check "a fault in a system call keeps the system call" faulting
fi
finish
