# SPDX-License-Identifier: GPL-2.0-or-later
SUMMARY = "Tool of the Emberprof sampling profiler"
DESCRIPTION = "Records profiles with the kernel module emberprof, and writes them as pprof, \
folded stacks, flame graph or log to files, or sends them over UDP, TCP or a serial line."
SECTION = "devel"
LICENSE = "GPL-2.0-or-later"
LIC_FILES_CHKSUM = "file://LICENSES/GPL-2.0.txt;md5=b234ee4d69f5fce4486a80fdaf4a4263"

DEPENDS = "elfutils zlib"

inherit pkgconfig bash-completion externalsrc

EXTERNALSRC = "${EMBERPROF_SOURCE}"
EXTERNALSRC_BUILD = "${WORKDIR}/build"
EXTERNALSRC_SYMLINKS = ""

# Keys for links (libsodium is in meta-oe), profiles over HTTP, the relay.
PACKAGECONFIG ??= ""
PACKAGECONFIG[keys] = "WITH_CRYPTO=1,,libsodium"
PACKAGECONFIG[http] = "WITH_HTTP=1,,libevent"
PACKAGECONFIG[relay] = "WITH_RELAY=1,,curl"

# Packaging strips. A newer compiler's warnings end no build.
EXTRA_OEMAKE = "-C ${S} O=${B} STATIC=0 STRIP=true PREFIX=${prefix} DESTDIR=${D} \
                'CC=${CC}' 'CFLAGS=${CFLAGS} -Wno-error' 'LDFLAGS=${LDFLAGS}' ${PACKAGECONFIG_CONFARGS}"

do_compile() {
	oe_runmake tool
}

do_install() {
	oe_runmake install-tool
	oe_runmake install-daemon SYSCONFDIR=${sysconfdir}
}

FILES:${PN} += "${datadir}/zsh ${prefix}/lib/systemd/system"
CONFFILES:${PN} = "${sysconfdir}/emberprof.conf"
RRECOMMENDS:${PN} = "kernel-module-emberprof"
