# SPDX-License-Identifier: GPL-2.0-or-later
# Return addresses that are signed, in the kernel and in the program, by a CPU that uses
# fewer bits of an address than the kernel is made for. Each process has keys of its own:
# what is left of a signature makes each one's stacks different.
# arch: arm64
# kernels: trixie* sid*
# cpu: max,lpa2=off,pauth-impdef=on
# timeout: 300
# programs: shares shares@pac zero distinct
. /lab/ktap.sh

several() { # COMMAND...: twelve processes of it, one after the other
	turn=0
	while [ $turn -lt 12 ]; do
		"$@"
		turn=$((turn + 1))
	done
}

profile() { # NAME SCRIPT: as text, and by address
	cat >/tmp/script <<END
$(sed -n '/^several() {/,/^}/p' /lab/signed.sh)
$2
END
	/lab/emberprof record -F 1999 -o "/tmp/$1.folded" -o "/tmp/$1.pb" -- sh /tmp/script \
		2>"/tmp/$1.said" || show "/tmp/$1.said"
}

whole() { # NAME COMM PATTERN: of its stacks at least 98 % have that, and a name for each frame
	awk -v comm="$2" -v pattern="$3" '
		index($0, comm ";") == 1 {
			all += $NF
			if ($0 ~ pattern && !/\[unknown|\[kernel[+\]]|\[?0x/) good += $NF
			else if (shown++ < 4) print "#   " $0
		}
		END { printf "# %s: %d of %d stacks whole and named\n", comm, good, all
			exit !(all > 100 && good >= 0.98 * all) }' "/tmp/$1.folded"
}

few() { # NAME OTHER PERCENT: so many different stacks at most, of another's
	these=$(/lab/distinct "/tmp/$1.pb")
	those=$(/lab/distinct "/tmp/$2.pb")
	note "$1: $these different stacks, $2: $those"
	[ "$these" -gt 0 ] && [ $((these * 100)) -le $((those * $3)) ]
}

load
if ! grep -q ' paca' /proc/cpuinfo; then
	note "this processor signs nothing"
fi
profile plain "several /lab/shares 4"
profile signed "several /lab/shares-pac 4"
check "a program that signs: stacks are whole and named" whole signed shares-pac ';(main|_start|el0|ret_to_user)'
check "it has at most a fifth more different stacks than one that doesn't" few signed plain 120
# In the kernel each frame has a name, under the program's main.
named() {
	awk '/^zero;/ && /vfs_read/ {
			all += $NF
			if (/;main;.*;vfs_read/ && !/\[unknown|\[kernel|0x/) good += $NF
			else if (shown++ < 4) print "#   " $0
		}
		END { printf "# in read: %d of %d stacks whole and named\n", good, all
			exit !(all > 100 && good >= 0.98 * all) }' /tmp/many.folded
}
profile many "several /lab/zero 200"
check "in the kernel: stacks are whole and named" named
finish
