# SPDX-License-Identifier: GPL-2.0-or-later
# A recording into a log: what comes out of it is what was sampled, also where the
# recorder dies, the log is cut off, or the disk is full for a while.
# cpus: 2
# programs: shares
# turns: yes
. /lab/ktap.sh

record() { # OUT OPTIONS...
	out=$1
	shift
	/lab/emberprof record -F 999 -o "$out" "$@" 2>/tmp/said
	rc=$?
	show /tmp/said 4
	return $rc
}

shares() { # runs to its end, whose status is 7
	rc=0
	record /tmp/shares.ember --unwind-cache /tmp/tables -- /lab/shares 12 || rc=$?
	[ "$rc" = 7 ]
}

report() { # LOG
	/lab/emberprof report --format folded -o /tmp/out.folded "$1" 2>/tmp/warnings
}

sum() { # PATTERN
	awk -v pattern="$1" '$0 ~ pattern { all += $NF } END { print all + 0 }' /tmp/out.folded
}

# As many as the recorder has counted, and nothing to be said.
whole() {
	report "$1" && [ ! -s /tmp/warnings ] || { show /tmp/warnings; return 1; }
	counted=$(sed -n 's/^emberprof: \([0-9]*\) samples, 0 lost.*/\1/p' /tmp/said)
	note "$counted samples counted, $(sum .) in the log of $(wc -c <"$1") bytes"
	[ "${counted:-0}" -gt 200 ] && [ "$(sum .)" = "$counted" ]
}

named() {
	note "$(sum ';main;middle;(fifty|thirty|twenty)( |;)') of $(sum '^shares;') under main;middle, $(sum '_[[]k[]]') with the kernel's names"
	[ "$(sum ';main;middle;(fifty|thirty|twenty)( |;)')" -gt $(($(sum '^shares;') / 2)) ] &&
		[ "$(sum '^dd;.*;vfs_[a-z]*_[[]k[]]')" -gt 100 ]
}

load
mkdir /tmp/tables
check "recorded into a log" shares
check "all that was counted is in it" whole /tmp/shares.ember

# The kernel's names, too: this is the boot that it was recorded in.
check "recorded while the kernel works" record /tmp/kernel.ember -a -- \
	sh -c '/lab/shares 2; timeout 3 dd if=/dev/zero of=/dev/null bs=1; :'
check "all of it, again" whole /tmp/kernel.ember
check "named as it would have been at once" named

# A CPU that comes and goes, once sampling has begun.
cat >/tmp/cpus <<'END'
(while :; do find /proc -maxdepth 2 >/dev/null 2>&1; done) &
sleep 1
echo 0 >/sys/devices/system/cpu/cpu1/online
sleep 2
echo 1 >/sys/devices/system/cpu/cpu1/online
sleep 1
kill $!
END
check "recorded while a CPU is off line" record /tmp/cpus.ember -a --flush 0.5 -- sh /tmp/cpus
report /tmp/cpus.ember
show /tmp/warnings
check "and it says so" grep -q ': CPUs came and went: from 1 to 2 were on line' /tmp/warnings

# Cut off in its last chunk, and before that.
head -c $(($(wc -c </tmp/kernel.ember) - 9)) /tmp/kernel.ember >/tmp/cut.ember
check "cut off: the rest is read" report /tmp/cut.ember
check "and it says so" grep -Eq '^emberprof: /tmp/cut.ember: ignoring [0-9]+ bytes at the end' /tmp/warnings

# Killed, once some was flushed: that is there.
/lab/emberprof record -F 999 -a --flush 1 -o /tmp/killed.ember 2>/dev/null &
recorder=$!
(while :; do :; done) &
busy=$!
enough() { # LOG SAMPLES
	[ -e "$1" ] && report "$1" && [ "$(sum .)" -ge "$2" ]
}
await enough /tmp/killed.ember 100
kill -KILL $recorder $busy
wait $recorder $busy
check "killed: what was flushed is there" enough /tmp/killed.ember 100
note "$(sum .) samples: $(tr '\n' ' ' </tmp/warnings)"

# Logs in a folder, of one life and the next.
logs() { # FOLDER: what all its logs have is what was counted
	counted=$(sed -n 's/^emberprof: \([0-9]*\) samples, 0 lost.*/\1/p' /tmp/said)
	report "$1" && [ ! -s /tmp/warnings ] || { show /tmp/warnings; return 1; }
	note "$((before + counted)) samples counted, $(sum .) in $(ls "$1" | wc -l) logs"
	[ "${counted:-0}" -gt 200 ] && [ "$(sum .)" = $((before + counted)) ] &&
		[ "$(ls "$1" | wc -l)" = "$2" ]
}
before=0
check "recorded into a folder" record /tmp/logs/ -a --duration 2 -- sh -c 'while :; do :; done'
check "all of it is there" logs /tmp/logs 1
before=$counted
check "and once more" record /tmp/logs -a --keep 1M --per-day 8M --duration 2 -- \
	sh -c 'while :; do :; done'
check "all of both is there" logs /tmp/logs/ 2
mount -t tmpfs -o ro none /tmp/logs
/lab/emberprof record -o /tmp/logs/ --duration 1 2>/tmp/said
check "a read-only folder: said once" [ "$(grep -c 'logs//*00000001.ember: Read-only' /tmp/said)" = 1 ]
umount /tmp/logs

# A disk that's full for a while.
mkdir /tmp/disk
mount -t tmpfs -o size=4m none /tmp/disk
/lab/emberprof record -F 999 -a --flush 0.5 -o /tmp/disk/full.ember 2>/tmp/said &
recorder=$!
/lab/shares 1
dd if=/dev/zero of=/tmp/disk/stuff bs=4k 2>/dev/null
# The rest of its last page is the log's still.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	find /proc /sys -maxdepth 4 >/dev/null 2>&1
	grep -q 'No space' /tmp/said && break
	sleep 0.5
done
check "full: said once" [ "$(grep -c 'full.ember: No space left' /tmp/said)" = 1 ]
rm /tmp/disk/stuff
/lab/shares 2
kill -INT $recorder
wait $recorder
show /tmp/said
check "full: goes on, and nothing is lost" whole /tmp/disk/full.ember
finish
