################################################################################
#
# emberprof
#
################################################################################

EMBERPROF_VERSION = 0.1.0
# The tree that this external tree is a part of.
EMBERPROF_SITE = $(BR2_EXTERNAL_EMBERPROF_PATH)/../..
EMBERPROF_SITE_METHOD = local
EMBERPROF_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
EMBERPROF_LICENSE = GPL-2.0+ (tool), GPL-2.0 with Linux-syscall-note (UAPI header)
EMBERPROF_LICENSE_FILES = LICENSES/GPL-2.0.txt LICENSES/Linux-syscall-note.txt
EMBERPROF_DEPENDENCIES = host-pkgconf elfutils zlib

# A newer compiler's warnings end no build.
EMBERPROF_MAKE_OPTS = \
	$(TARGET_CONFIGURE_OPTS) \
	CFLAGS="$(TARGET_CFLAGS) -Wno-error" \
	O=$(@D)/build \
	STATIC=0

ifeq ($(BR2_PACKAGE_LIBSODIUM),y)
EMBERPROF_DEPENDENCIES += libsodium
EMBERPROF_MAKE_OPTS += WITH_CRYPTO=1
endif

ifeq ($(BR2_PACKAGE_EMBERPROF_HTTP),y)
EMBERPROF_DEPENDENCIES += libevent
EMBERPROF_MAKE_OPTS += WITH_HTTP=1
endif

ifeq ($(BR2_PACKAGE_EMBERPROF_RELAY),y)
EMBERPROF_DEPENDENCIES += libcurl
EMBERPROF_MAKE_OPTS += WITH_RELAY=1
endif

define EMBERPROF_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(EMBERPROF_MAKE_OPTS) tool
endef

define EMBERPROF_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/emberprof \
		$(TARGET_DIR)/usr/bin/emberprof
	$(INSTALL) -D -m 0644 $(@D)/packaging/emberprof.conf \
		$(TARGET_DIR)/etc/emberprof.conf
endef

# Off until they are enabled: systemd's unit by its presets, the script by
# a name that begins with S.
define EMBERPROF_INSTALL_INIT_SYSTEMD
	$(INSTALL) -d $(TARGET_DIR)/usr/lib/systemd/system
	sed 's|@BINDIR@|/usr/bin|' \
		$(@D)/packaging/systemd/emberprof-daemon.service \
		>$(TARGET_DIR)/usr/lib/systemd/system/emberprof-daemon.service
endef

define EMBERPROF_INSTALL_INIT_SYSV
	$(INSTALL) -d $(TARGET_DIR)/etc/init.d
	sed 's|@BINDIR@|/usr/bin|' $(@D)/packaging/init/emberprof-daemon \
		>$(TARGET_DIR)/etc/init.d/emberprof-daemon
	chmod 0755 $(TARGET_DIR)/etc/init.d/emberprof-daemon
endef

$(eval $(generic-package))
