# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make module KDIR=<kernel build dir> [ARCH= CROSS_COMPILE= CC=] [O=dir]
#   make unit [O=dir]          the host's tests, under ASan and UBSan
#   make check                 every test there is
#   make install [DESTDIR= KVER=]
#
# O, on the command line, would reach the kernel's own make through MAKEFLAGS and
# mean something else there: it's taken out of what we pass on.

O ?= build
KVER ?= $(shell uname -r)
KDIR ?= $(if $(KERNEL_SRC),$(KERNEL_SRC),/lib/modules/$(KVER)/build)
MODDIR ?= /lib/modules/$(KVER)/extra

out := $(abspath $(O))
top := $(CURDIR)
kbuild_args = $(foreach v,ARCH CROSS_COMPILE CC,$(if $(filter command% environment%,$(origin $(v))),$(v)='$($(v))'))

.PHONY: all module unit check install uninstall clean
all: module

# Before 6.13 the kernel's make builds in the folder that M names, so that is a copy.
module:
	@test -e '$(KDIR)/Makefile' || { \
		echo "emberprof: no kernel headers in $(KDIR): install linux-headers-$(KVER), or say KDIR=" >&2; \
		exit 1; }
	@mkdir -p '$(out)/module/include'
	@cp -ruT kmod '$(out)/module/kmod'
	@cp -ruT include/uapi '$(out)/module/include/uapi'
	env -u O MAKEFLAGS= $(MAKE) -C '$(KDIR)' M='$(out)/module/kmod' $(kbuild_args) modules
	@cp '$(out)/module/kmod/emberprof.ko' '$(out)/emberprof.ko'

install:
	install -D -m 644 '$(out)/emberprof.ko' '$(DESTDIR)$(MODDIR)/emberprof.ko'

uninstall:
	rm -f '$(DESTDIR)$(MODDIR)/emberprof.ko'

include tests/tests.mk

check:
	sh scripts/check

clean:
	rm -rf '$(out)'
