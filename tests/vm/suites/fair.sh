# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that map and unmap files all the time beside one that loads a library each
# second: what is known of that one is whole, what the others lose is their own, and
# snapshots take 1 % of the CPU.
# icount: yes
# programs: where churn loads@dynamic libalpha.so
# packages: libc6
# timeout: 300
# debug: no, its checks make each snapshot many times as dear
# turns: yes
# days: odd
. /lab/ktap.sh

workers() { # microseconds that the kernel's workers have run
	for stat in /proc/[0-9]*/stat; do
		read -r _ comm _ <"$stat" 2>/dev/null || continue
		case $comm in
		\(kworker/*) cat "${stat%stat}schedstat" 2>/dev/null ;;
		esac
	done | awk '{ n += $1 } END { printf "%d\n", n / 1000 }'
}

libraries=
for i in 1 2 3 4 5 6; do
	cp /lab/libalpha.so /tmp/lib$i.so
	libraries="$libraries /tmp/lib$i.so"
done
cat >/tmp/both <<END
/lab/churn 4 1500 8 &
/lab/loads-dynamic -k 100 $libraries
wait
END

# In each of its turns samples are in the library that was loaded, and of the process's
# own none is unknown.
named() {
	awk '
		$1 == "turn" { n++; path[n] = $2; begin[n] = $3; end[n] = $4 }
		$1 == "at" { samples++; time[samples] = $2; space[samples] = $4; where[samples] = $5 }
		END {
			for (i = 1; i <= samples; i++) {
				if (where[i] ~ /\/tmp\/lib[1-6].so/) own = space[i]
			}
			for (i = 1; i <= samples; i++) {
				if (space[i] != own) continue
				all++
				unknown += where[i] == "-"
				for (k = 1; k <= n; k++)
					if (time[i] >= begin[k] && time[i] <= end[k] && where[i] == path[k])
						seen[k]++
			}
			for (k = 1; k <= n; k++) turns += seen[k] > 5
			printf "# %d samples of the quiet process, %d unknown, %d of %d libraries seen\n",
				all, unknown, turns, n
			exit !(n == 6 && turns == 6 && unknown * 50 <= all)
		}' /tmp/out
}

# Of whom: the quiet process's space has none.
losses() {
	awk '
		$1 == "at" && $5 ~ /\/tmp\/lib[1-6].so/ { own = $4 }
		$1 == "late" { late[$2] += $3; dropped[$2] += $4; all += $3 + $4 }
		END {
			printf "# lost by their own doing: %d, the quiet one %d\n", all,
				late[own] + dropped[own]
			exit !(all > 10 && !(late[own] + dropped[own]))
		}' /tmp/out
}

load
before=$(workers)
/lab/where -v -F 499 sh /tmp/both >/tmp/out
rc=$?
after=$(workers)
show /tmp/out 3
check "they ran" [ $rc = 0 ]
check "the quiet process is named from each library's first turn on" named
check "no definition was lost that wasn't the churners' own" [ "$(field /tmp/out definitions_lost)" = 0 ]
check "what they lost is counted as theirs" losses
check "and counted" [ "$(field /tmp/out snapshots_late)" -gt 10 ]
note "workers ran for $((after - before)) us"
# Of 8 s; and what nobody took before.
check "snapshots took 1 % of the CPU at most" [ "$(field /tmp/out snapshot_us)" -le 100000 ]
check "so did all workers, the kernel's own included" [ $((after - before)) -le 140000 ]
/lab/emberprof record -v -o /tmp/churn.pb.gz -- /lab/churn 4 1500 2 2>/tmp/said
show /tmp/said
check "the tool says that changes were seen late" grep -q 'changes of mappings' /tmp/said
finish
