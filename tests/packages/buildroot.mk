# SPDX-License-Identifier: GPL-2.0-or-later
# What Buildroot's infrastructures do with the packages of packaging/buildroot, as far as
# these need it: sources copied, commands run. make -f buildroot.mk TOP= WORK= KERNEL=
BR2_EXTERNAL_EMBERPROF_PATH := $(TOP)/packaging/buildroot
TARGET_CONFIGURE_OPTS = CC="gcc" LD="ld" AR="ar" STRIP="strip" PKG_CONFIG="pkg-config"
TARGET_CFLAGS = -O2 -D_FILE_OFFSET_BITS=64
TARGET_DIR = $(WORK)/target
INSTALL = install
KCONFIG_ENABLE_OPT = echo $(1)=y >>$(WORK)/config
generic-package =
kernel-module =

include $(BR2_EXTERNAL_EMBERPROF_PATH)/external.mk

all: $(WORK)/emberprof/done $(WORK)/emberprof-module/done

define copy
	mkdir -p $(@D)
	cd $(1) && tar -c --exclude=./.git $(subst --exclude /,--exclude=./,$(2)) . | tar -x -C $(@D)
endef

$(WORK)/emberprof/done:
	$(call copy,$(EMBERPROF_SITE),$(EMBERPROF_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS))
	$(EMBERPROF_BUILD_CMDS)
	$(EMBERPROF_INSTALL_TARGET_CMDS)
	$(EMBERPROF_INSTALL_INIT_SYSTEMD)
	$(EMBERPROF_INSTALL_INIT_SYSV)

# The kernel's make takes seconds: what it begins with is enough.
$(WORK)/emberprof-module/done:
	$(call copy,$(EMBERPROF_MODULE_SITE),$(EMBERPROF_MODULE_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS))
	$(EMBERPROF_MODULE_LINUX_CONFIG_FIXUPS)
	test -e $(@D)/$(EMBERPROF_MODULE_MODULE_SUBDIRS)/Kbuild

needs:
	@echo $(EMBERPROF_DEPENDENCIES)
