# SPDX-License-Identifier: GPL-2.0-or-later
# A process in a chroot on an overlay that is mounted in its mount namespace alone; and
# files without a name: deleted ones, a memfd.
# cpus: 2
# programs: where loads@dynamic libalpha.so nameless
# packages: libc6
# needs: overlay
# timeout: 240
# turns: yes
. /lab/ktap.sh

count() { # PATH: samples in files whose path ends so
	awk -v path="$1" '$1 == "file" && index($0, path) == length($0) - length(path) + 1 { n += $2 }
		END { print n + 0 }' /tmp/out
}

# The module looks at a space's mappings again after 400 times what a look took, 4 s at most: long,
# where the kernel has checks that slow it down. What is loaded has to last for longer.
ms=1200
[ ! -e /proc/lockdep_stats ] || ms=5000
load
modprobe overlay
mkdir /tmp/fs
mount -t tmpfs fs /tmp/fs
mkdir -p /tmp/fs/lower/lab /tmp/fs/upper /tmp/fs/work /tmp/fs/root
cp -a /lib /tmp/fs/lower/
[ ! -e /lib64 ] || cp -a /lib64 /tmp/fs/lower/
[ ! -e /usr/lib ] || { mkdir -p /tmp/fs/lower/usr && cp -a /usr/lib /tmp/fs/lower/usr/; }
cp /lab/loads-dynamic /lab/libalpha.so /tmp/fs/lower/lab/
# Names that are nowhere else: a path taken for one outside would lead nowhere.
mv /tmp/fs/lower/lab/loads-dynamic /tmp/fs/lower/lab/jailed
cat >/tmp/jail <<END
mount -t overlay -o lowerdir=/tmp/fs/lower,upperdir=/tmp/fs/upper,workdir=/tmp/fs/work jail /tmp/fs/root &&
exec chroot /tmp/fs/root /lab/jailed $ms /lab/libalpha.so
END
/lab/where -F 499 unshare -m sh /tmp/jail >/tmp/out
rc=$?
show /tmp/out 14
check "the jail ran" [ $rc = 0 ]
check "its program has samples" [ "$(count /lab/jailed)" -gt 5 ]
check "its library has samples" [ "$(count /lab/libalpha.so)" -gt 5 ]
check "with their build-ids" [ -z "$(grep -E '^file .* - .*/(jailed|libalpha.so)$' /tmp/out)" ]
check "none is unknown" [ "$(field /tmp/out unknown)" = 0 ]
check "from outside the overlay can't be seen" [ ! -e /tmp/fs/root/lab ]

# As /proc/PID/maps has them: the tool compares, before it opens what's mapped.
mount -t overlay -o lowerdir=/tmp/fs/lower,upperdir=/tmp/fs/upper,workdir=/tmp/fs/work jail /tmp/fs/root
cat >/tmp/maps <<'END'
chroot /tmp/fs/root /lab/jailed 2000 &
until grep -q 'r-xp .*jailed' /proc/$!/maps || ! kill -0 $!; do sleep 0.1; done
awk '/r-xp .*jailed/ { split($4, d, ":"); print "maps", d[1], d[2], $5 }' /proc/$!/maps
wait
END
/lab/where -F 499 sh /tmp/maps >/tmp/out
set -- $(grep '^maps ' /tmp/out)
check "device and inode are those in /proc/PID/maps" \
	grep -q "^file [1-9].* $((0x0$2)):$((0x0$3)):$4 .*/lab/jailed$" /tmp/out
check "nothing keeps the overlay mounted" umount /tmp/fs/root

# By the tool, which finds the file by the process that has it mapped.
sed -i "s/ $ms .*/ 60000/" /tmp/jail
unshare -m sh /tmp/jail &
jailed=$!
await grep -q jailed /proc/$jailed/comm
/lab/emberprof record -F 499 -p $jailed --duration 2 -o /tmp/jail.folded
kill $jailed
wait
grep -v '_.k. ' /tmp/jail.folded >/tmp/out
show /tmp/out 3
check "the tool names what runs in there" grep -Eq '^jailed;.*main;(work;)?own_work [0-9]' /tmp/out

/lab/where -F 499 /lab/nameless $((ms + 300)) /lab/nameless >/tmp/out
rc=$?
show /tmp/out 8
check "a program without a name ran" [ $rc = 0 ]
check "a memfd is reported as deleted" [ "$(count '/memfd:nameless (deleted)')" -gt 5 ]
check "an unlinked file is reported as deleted" [ "$(count '/tmp/unlinked (deleted)')" -gt 5 ]
check "none is unknown" [ "$(field /tmp/out unknown)" = 0 ]
umount /tmp/fs
finish
