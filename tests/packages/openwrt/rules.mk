# SPDX-License-Identifier: GPL-2.0-or-later
# What OpenWrt's rules.mk has, as far as packaging/openwrt needs it: commands and flags.
INCLUDE_DIR := $(TOPDIR)
PKG_BUILD_DIR = $(WORK)/$(PKG_NAME)
CP = cp -fpR
INSTALL_DIR = install -d -m0755
INSTALL_BIN = install -m0755
INSTALL_CONF = install -m0600
TARGET_CFLAGS = -Os
TARGET_CPPFLAGS = -I/nonexistent
TARGET_LDFLAGS = -Wl,-z,now
MAKE_FLAGS = CC="gcc" STRIP=strip CROSS="" ARCH="x86_64"
PKG_JOBS = -j2
