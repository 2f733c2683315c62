# SPDX-License-Identifier: GPL-2.0-or-later
# A process in a chroot on an overlay that is mounted in its mount namespace alone; and
# files without a name: deleted ones, a memfd.
# cpus: 2
# programs: where loads@dynamic libalpha.so nameless
# packages: libc6
# needs: overlay
# timeout: 240
. /lab/ktap.sh

field() { # NAME
	awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) { print $(i + 1); exit } }' /tmp/out
}

count() { # PATH: samples in files whose path ends so
	awk -v path="$1" '$1 == "file" && index($0, path) == length($0) - length(path) + 1 { n += $2 }
		END { print n + 0 }' /tmp/out
}

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
cat >/tmp/jail <<'END'
mount -t overlay -o lowerdir=/tmp/fs/lower,upperdir=/tmp/fs/upper,workdir=/tmp/fs/work jail /tmp/fs/root &&
exec chroot /tmp/fs/root /lab/jailed 1200 /lab/libalpha.so
END
/lab/where -F 499 unshare -m sh /tmp/jail >/tmp/out
rc=$?
show /tmp/out 14
check "the jail ran" [ $rc = 0 ]
check "its program has samples" [ "$(count /lab/jailed)" -gt 20 ]
check "its library has samples" [ "$(count /lab/libalpha.so)" -gt 20 ]
check "with their build-ids" [ -z "$(grep -E '^file .* - .*/(jailed|libalpha.so)$' /tmp/out)" ]
check "none is unknown" [ "$(field unknown)" = 0 ]
check "from outside the overlay can't be seen" [ ! -e /tmp/fs/root/lab ]

# As stat() has it where the overlay can be seen.
mount -t overlay -o lowerdir=/tmp/fs/lower,upperdir=/tmp/fs/upper,workdir=/tmp/fs/work jail /tmp/fs/root
/lab/where -F 499 chroot /tmp/fs/root /lab/jailed 300 >/tmp/out
inode=$(stat -c %i /tmp/fs/root/lab/jailed)
minor=$(awk '$5 == "/tmp/fs/root" { split($3, d, ":"); print d[2]; exit }' /proc/self/mountinfo)
check "device and inode are the overlay's" grep -q "^file .* 0:$minor:$inode .*/lab/jailed$" /tmp/out
umount /tmp/fs/root
check "nothing keeps the overlay mounted" [ $? = 0 ]

/lab/where -F 499 /lab/nameless 600 /lab/nameless >/tmp/out
rc=$?
show /tmp/out 8
check "a program without a name ran" [ $rc = 0 ]
check "a memfd is told as deleted" [ "$(count '/memfd:nameless (deleted)')" -gt 20 ]
check "an unlinked file is told as deleted" [ "$(count '/tmp/unlinked (deleted)')" -gt 20 ]
check "none is unknown" [ "$(field unknown)" = 0 ]
umount /tmp/fs
finish
