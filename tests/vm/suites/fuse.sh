# SPDX-License-Identifier: GPL-2.0-or-later
# A program on a file server that is stopped: nothing of ours waits for it.
# cpus: 2
# programs: fuse
# needs: fuse
# turns: yes
. /lab/ktap.sh

prompt() { # COMMAND...: however busy the host
	timeout 20 "$@"
}

modprobe fuse
load
mkdir /tmp/server
rc=0
/lab/fuse /tmp/server >/tmp/fuse.out || rc=$?
grep '^#' /tmp/fuse.out
check "stop and close are prompt" [ "$rc" = 0 ]
check "the module unloads while the server is stopped" prompt rmmod emberprof
# shellcheck disable=SC2046 # two numbers
kill -9 $(sed -n 's/^pids //p' /tmp/fuse.out)
umount /tmp/server
finish
