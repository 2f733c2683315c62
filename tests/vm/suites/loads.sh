# SPDX-License-Identifier: GPL-2.0-or-later
# Libraries that come and go while a program is sampled, and one program at two addresses.
# icount: yes
# programs: where mappings loads@dynamic libalpha.so libdelta.so
# packages: libc6
# timeout: 240
. /lab/ktap.sh

count() { # PATH: samples in it
	awk -v path="$1" '$1 == "file" && $6 == path { n += $2 } END { print n + 0 }' /tmp/out
}

# Samples in a library during its own turns, and during another's: how long after its
# beginning at most. Exit status: none later than a second.
turns() {
	awk '
		$1 == "turn" { n++; path[n] = $2; begin[n] = $3; end[n] = $4; at[$5] = 1 }
		$1 == "at" { samples++; time[samples] = $2; where[samples] = $5 }
		END {
			for (i = 1; i <= samples; i++) {
				if (where[i] !~ /lib(alpha|delta)/) continue
				for (k = 1; k <= n; k++) {
					if (time[i] - begin[k] < 0 || time[i] - end[k] > 0) continue
					if (where[i] == path[k]) { right++; continue }
					wrong++
					if (time[i] - begin[k] > latest) latest = time[i] - begin[k]
				}
			}
			for (a in at) addresses++
			printf "# %d turns at %d addresses: %d samples right, %d wrong, the latest of them %.0f ms after a change\n",
				n, addresses, right, wrong, latest / 1e6
			exit !(n >= 4 && addresses == 1 && right > 100 && latest < 1e9)
		}' /tmp/out
}

load
/lab/where -F 499 /lab/loads-dynamic 600 /lab/libalpha.so >/tmp/out
rc=$?
show /tmp/out 12
check "a program that loads a library ran" [ $rc = 0 ]
check "samples in the program" [ "$(count /lab/loads-dynamic)" -gt 20 ]
check "samples in the library" [ "$(count /lab/libalpha.so)" -gt 20 ]
check "none of them is unknown" [ "$(field /tmp/out unknown)" = 0 ]

/lab/where -v -F 499 /lab/loads-dynamic 1300 /lab/libalpha.so /lab/libdelta.so /lab/libalpha.so \
	/lab/libdelta.so >/tmp/out
rc=$?
grep ^turn /tmp/out | sed 's/^/#   /'
check "a program that swaps libraries ran" [ $rc = 0 ]
check "each is named right within a second, at the other's address" turns

cat >/tmp/two <<'END'
/lab/loads-dynamic 700 & /lab/loads-dynamic 700
wait
END
/lab/where -F 499 sh /tmp/two >/tmp/out
show /tmp/out 12
check "two processes of one file: one file" \
	[ "$(grep -c '^file .* /lab/loads-dynamic$' /tmp/out)" = 1 ]
check "at two addresses" awk '/^file .* \/lab\/loads-dynamic$/ { n = $3 } END { exit n != 2 }' /tmp/out
check "none of their samples is unknown" [ "$(field /tmp/out unknown)" = 0 ]

# By the tool.
/lab/emberprof record -F 499 -o /tmp/two.pb -- sh /tmp/two
/lab/mappings /tmp/two.pb >/tmp/out
show /tmp/out 8
check "one Mapping in the profile" \
	[ "$(grep -c '^mapping .* [0-9a-f]\{40\} /lab/loads-dynamic$' /tmp/out)" = 1 ]
# Each for longer than a library may be taken for the one before it.
/lab/emberprof record -F 499 -o /tmp/out.folded -- \
	/lab/loads-dynamic 1300 /lab/libalpha.so /lab/libdelta.so
grep _work /tmp/out.folded >/tmp/out
show /tmp/out 8
for function in own alpha delta; do
	check "${function}_work is named" grep -q "^loads-dynamic;.*main;.*${function}_work [0-9]" /tmp/out
done
finish
