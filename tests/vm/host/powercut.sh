# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite powercut: the disk as it was at 50 moments, each as it would be
# found when the power had gone then.
# usage: as tests/vm/host/link.sh
set -eu
verb=$1 dir=$3

case $verb in
begin)
	rm -rf "$dir"
	mkdir -p "$dir"
	truncate -s 32M "$dir/disk"
	/sbin/mkfs.ext4 -q -F "$dir/disk"
	cp "$dir/disk" "$dir/before"
	echo
	echo "-d $dir/disk"
	echo
	;;
end)
	python3 tests/vm/host/powercut.py "$EMBER_TOOL" "$dir"
	rm -f "$dir"/disk* "$dir/before" "$dir/cut"
	;;
esac
