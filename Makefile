# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make module KDIR=<kernel build dir> [ARCH= CROSS_COMPILE= CC=] [O=dir]
#   make tool [CROSS_COMPILE=] [SYSROOT=dir] [STATIC=0] [O=dir]
#   make unit [O=dir]          the host's tests, under ASan and UBSan
#   make check                 every test there is
#   make install [DESTDIR= KVER=]
#
# O, on the command line, would reach the kernel's own make through MAKEFLAGS and
# mean something else there: it's taken out of what we pass on.

O ?= build
KVER ?= $(shell uname -r)
KDIR ?= $(if $(KERNEL_SRC),$(KERNEL_SRC),/lib/modules/$(KVER)/build)
PREFIX ?= /usr/local
MODDIR ?= /lib/modules/$(KVER)/extra

out := $(abspath $(O))
top := $(CURDIR)
kbuild_args = $(foreach v,ARCH CROSS_COMPILE CC W C KCFLAGS,$(if $(filter command% environment%,$(origin $(v))),$(v)='$($(v))'))

.PHONY: all module tool unit check install uninstall clean
all: module tool

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

STATIC ?= 1
STRIP ?= $(CROSS_COMPILE)strip
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
tool_flags := -std=gnu11 -D_GNU_SOURCE -Os -g -Wall -Wextra -Werror \
	-ffunction-sections -fdata-sections -Wl,--gc-sections -Iuser -Iinclude/uapi
# Libraries of another machine, unpacked somewhere: SYSROOT=dir, as scripts/lab has them.
ifdef SYSROOT
tool_flags += -isystem $(SYSROOT)/usr/include -L$(SYSROOT)/usr/lib/$(shell $(CC) -dumpmachine)
endif
tool_sources := $(wildcard user/*.c user/*/*.c)

tool: $(out)/emberprof

$(out)/emberprof: $(tool_sources) $(wildcard user/*.h user/*/*.h include/uapi/*.h)
	@mkdir -p '$(out)'
	$(CC) $(tool_flags) $(CPPFLAGS) $(CFLAGS) $(if $(filter 1,$(STATIC)),-static) \
		-o $@ $(tool_sources) $(LDFLAGS) -lelf -lz
	cp $@ $@.debug
	$(STRIP) $@

install:
	install -D -m 755 '$(out)/emberprof' '$(DESTDIR)$(PREFIX)/bin/emberprof'
	install -D -m 644 '$(out)/emberprof.ko' '$(DESTDIR)$(MODDIR)/emberprof.ko'

uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/emberprof' '$(DESTDIR)$(MODDIR)/emberprof.ko'

include tests/tests.mk

check:
	sh scripts/check

clean:
	rm -rf '$(out)'
