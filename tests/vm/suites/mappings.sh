# SPDX-License-Identifier: GPL-2.0-or-later
# What the tool makes of mappings: libraries that come and go have names of their own, and
# one file at two addresses is one mapping.
# turns: yes
# icount: yes
# programs: loads@dynamic libalpha.so libdelta.so
# packages: libc6
# timeout: 240
. /lab/ktap.sh

# Samples of the program in user mode whose stack has PATTERN: at least PERCENT. (A
# function that calls none may have no frame of its own; its caller is out of sight then.)
share() { # FILE PATTERN PERCENT
	awk -v comm="loads-dynamic;" -v pattern="$2" -v least="$3" '
		index($0, comm) != 1 || /_\[k\] [0-9]+$/ { next }
		{ all += $NF }
		$0 ~ pattern { n += $NF }
		END { printf "# %s: %d of %d\n", pattern, n, all; exit !(all > 50 && 100 * n >= least * all) }
	' "$1" && return
	grep "^loads-dynamic;" "$1" | sort -t' ' -k2 -rn | head -n 8 | sed 's/^/#   /'
	return 1
}

none() { # FILE PATTERN
	! grep -E "$2" "$1" | sed 's/^/# /' | grep .
}

load
/lab/emberprof record -F 499 -o /tmp/one.pb.gz -- /lab/loads-dynamic 800 /lab/libalpha.so >/tmp/turns
check "recorded a program that loads a library" [ $? = 0 ]
/lab/emberprof report -o /tmp/one.folded /tmp/one.pb.gz
check "its own function is named, under main" share /tmp/one.folded ';main;(work;)?own_work ' 30
check "the library's is, under the program's" \
	share /tmp/one.folded ';main;(work;)?(library_work;)?alpha_work ' 30
check "nothing is unknown" none /tmp/one.folded '\[unknown'

/lab/emberprof record -F 499 -o /tmp/swap.folded -- /lab/loads-dynamic 1300 /lab/libalpha.so \
	/lab/libdelta.so /lab/libalpha.so /lab/libdelta.so >/tmp/turns
check "recorded libraries that take turns" [ $? = 0 ]
check "at one address" [ "$(awk '{ print $5 }' /tmp/turns | sort -u | wc -l)" = 1 ]
# Four tenths of it each, of which the first second may be taken for the other's.
check "alpha is named" share /tmp/swap.folded ';alpha_work ' 15
check "delta is named" share /tmp/swap.folded ';delta_work ' 15
check "nothing is unknown there" none /tmp/swap.folded '\[unknown'

cat >/tmp/two <<'END'
/lab/loads-dynamic 800 /lab/libalpha.so & /lab/loads-dynamic 800 /lab/libalpha.so
wait
END
/lab/emberprof record -F 499 -o /tmp/two.pb.gz -- sh /tmp/two >/tmp/turns
check "recorded two processes of one file" [ $? = 0 ]
/lab/emberprof report -o /tmp/two.json /tmp/two.pb.gz
/lab/emberprof report -o /tmp/two.folded /tmp/two.pb.gz
addresses=$(awk '{ print $5 }' /tmp/turns | sort -u | wc -l)
note "the library was at $addresses addresses"
for file in /lab/loads-dynamic /lab/libalpha.so; do
	check "one mapping of $file" [ "$(grep -c "^{\"file\":\"$file\"" /tmp/two.json)" = 1 ]
done
check "samples of two processes" [ "$(grep -o '"comm":"loads-dynamic","pid":[0-9]*' /tmp/two.json |
	sort -u | wc -l)" = 2 ]
check "both are named" share /tmp/two.folded ';main;(work;)?(own_work|(library_work;)?alpha_work) ' 80

finish
