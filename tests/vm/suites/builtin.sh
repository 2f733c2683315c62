# SPDX-License-Identifier: GPL-2.0-or-later
# The module built into the kernel: a boot session by the kernel's command line, from before init
# on, within a budget, and the tool beside it. It runs on that kernel alone:
#   sh tests/vm/run -k builtin x86_64 builtin
# cpus: 2
# kernels: builtin
# programs: boot shares
# files: tests/vm/boot-builtin
# append: rdinit=/lab/boot-builtin emberprof.boot=1 emberprof.boot_hz=499 emberprof.boot_budget_ppm=500000 emberprof.boot_max_frames=40 emberprof.boot_events=growth:64K emberprof.max_walk_us=100000 emberprof.max_sessions=3
dmesg >/tmp/kernel
. /lab/ktap.sh

tool() {
	/lab/emberprof "$@" 2>/tmp/said || { show /tmp/said; return 1; }
}

parameter() { # NAME VALUE
	[ "$(cat "/sys/module/emberprof/parameters/$1")" = "$2" ]
}

has() { # TEXT: of the boot session
	/lab/emberprof status --json >/tmp/status && grep -q "$1" /tmp/status || { show /tmp/status; return 1; }
}

grep emberprof: /tmp/kernel | sed 's/^/# /'
check "one line in the kernel's log, before init" grep -q 'emberprof: boot session 1: 2 CPUs at 499 Hz, rings of 256 KiB' /tmp/kernel
check "it is no module" sh -c '! grep -q emberprof /proc/modules'
check "the command line's values are its parameters" parameter boot_hz 499
check "the others, too" parameter max_sessions 3
check "the device is there" [ -c /dev/emberprof ]
finds() { tool check >/tmp/checked && grep -q "^ok  *module  *loaded" /tmp/checked; }
check "emberprof check finds it" finds
check "the session waits" has '"boot": "waiting", "state": "running"'
check "within its budget" has '"budget": {"ppm": 500000,'
check "a recorder adopts it" tool record --adopt -o /tmp/boot.json -o /tmp/boot.folded --duration 1
show /tmp/said 3
early() {
	awk '{ all += $NF } /^boot;.*;burn_early;burn/ { early += $NF }
		END { printf "# %d samples, %d of burn_early\n", all, early; exit !(early > 10) }' /tmp/boot.folded
}
check "it has named samples of the time before init" early
note "of the kernel's own start: $(awk '/kernel_init|unpack_to_rootfs|do_one_initcall/ { n += $NF } END { print n + 0 }' /tmp/boot.folded) samples"
check "growth of that time" grep -q growth /tmp/boot.json

# Later sessions, as with a module.
check "record" tool record -F 499 -o /tmp/shares.folded -- sh -c '/lab/shares 20; true'
check "has the command" grep -q '^shares;' /tmp/shares.folded
check "one that is out of range is refused" sh -c \
	'! /lab/emberprof record -F 20000 -o /tmp/x.folded true 2>/tmp/said && [ "$(grep -c . /tmp/said)" = 1 ]'
show /tmp/said 2
finish
