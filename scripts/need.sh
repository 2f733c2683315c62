# SPDX-License-Identifier: GPL-2.0-or-later
# For the other scripts to source: Debian's packages that they need, installed where
# they are missing.

# What builds the module and the tool for this machine's architecture.
need_build="gcc make binutils libelf-dev zlib1g-dev"
# What builds the workstation's tool, and the relay.
need_workstation="libsqlite3-dev libdw-dev libdebuginfod-dev libiberty-dev liblzma-dev
	libzstd-dev libcurl4-openssl-dev"
# What boots a guest.
need_lab="qemu-system-x86 qemu-system-arm qemu-system-misc opensbi seabios cpio kmod xz-utils device-tree-compiler"
# What unpacks the sources of Debian's packages.
need_source="dpkg-dev"
# What builds Debian's packages, checks them, and makes a root to install them in.
need_packages="dpkg-dev debhelper dh-dkms lintian mmdebstrap e2fsprogs util-linux
	pkg-config libsodium-dev"
# What builds for the other architectures.
need_cross="gcc-aarch64-linux-gnu libc6-dev-arm64-cross linux-libc-dev-arm64-cross
	gcc-arm-linux-gnueabihf libc6-dev-armhf-cross linux-libc-dev-armhf-cross
	gcc-riscv64-linux-gnu libc6-dev-riscv64-cross linux-libc-dev-riscv64-cross"
# What builds the tool for machines that the module isn't built for, and runs it.
need_tools="gcc-arm-linux-gnueabi libc6-dev-armel-cross linux-libc-dev-armel-cross
	gcc-i686-linux-gnu libc6-dev-i386-cross linux-libc-dev-i386-cross musl-tools
	qemu-user-static"

need() { # PACKAGE...
	need_missing=
	for need_package; do
		dpkg-query -W -f '${Status}' "$need_package" 2>/dev/null |
			grep -q 'ok installed' || need_missing="$need_missing $need_package"
	done
	[ -n "$need_missing" ] || return 0
	echo "installing:$need_missing"
	apt-get update -qq
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends $need_missing >/dev/null
}
