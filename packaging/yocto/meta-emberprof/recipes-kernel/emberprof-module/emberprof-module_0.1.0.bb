# SPDX-License-Identifier: GPL-2.0-or-later
SUMMARY = "Kernel module of the Emberprof sampling profiler"
DESCRIPTION = "Samples every CPU from a high resolution timer, and puts stacks into rings \
that the tool emberprof reads. Needs no PERF_EVENTS, BPF or PMU."
SECTION = "kernel"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://LICENSES/GPL-2.0.txt;md5=b234ee4d69f5fce4486a80fdaf4a4263"

inherit module externalsrc

EXTERNALSRC = "${EMBERPROF_SOURCE}"
EXTERNALSRC_BUILD = "${WORKDIR}/build"
EXTERNALSRC_SYMLINKS = ""

# The class has the kernel's build folder in O: the Makefile has its own output in OUT then.
EXTRA_OEMAKE += "-C ${S} OUT=${B} DESTDIR=${D} MODDIR=${nonarch_base_libdir}/modules/${KERNEL_VERSION}/extra"
MAKE_TARGETS = "module"
MODULES_INSTALL_TARGET = "install-module"
MODULES_MODULE_SYMVERS_LOCATION = "module/kmod"

COMPATIBLE_HOST = "(i.86|x86_64|arm|aarch64).*-linux"

RPROVIDES:${PN} += "kernel-module-emberprof"
