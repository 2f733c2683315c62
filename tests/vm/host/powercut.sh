# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite powercut: the disk as it was at 50 moments, each as it would be
# found when the power had gone then, looked at by a kernel that mounts it.
# usage: as tests/vm/host/link.sh
set -eu
verb=$1 arch=$2 dir=$3
cuts="python3 tests/vm/host/powercut.py"

case $verb in
begin)
	rm -rf "$dir"
	mkdir -p "$dir"
	$cuts make "$dir"
	echo
	echo "-d $dir/disk"
	echo
	;;
end)
	$cuts cut "$dir"
	# shellcheck disable=SC2046 # two numbers
	scripts/lab run "$arch" -c 2 -d "$dir/cuts" -o "$dir/found" -M "f2fs ext4 loop virtio_pci virtio_blk crc32c_generic crc32_generic" \
		-l "$dir/console" -e "sh /lab/powercut-look.sh $(cat "$dir/states")" \
		tests/vm/host/powercut-look.sh >"$dir/looked" 2>&1 || {
		sed 's/^/# /' "$dir/looked" | tail -n 20
		echo "not ok - each state is mounted"
	}
	$cuts judge "$dir" "$EMBER_TOOL"
	rm -f "$dir"/disk* "$dir"/cuts*
	;;
esac
