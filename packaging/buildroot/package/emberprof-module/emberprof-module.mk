################################################################################
#
# emberprof-module
#
################################################################################

EMBERPROF_MODULE_VERSION = 0.1.0
# The tree that this external tree is a part of.
EMBERPROF_MODULE_SITE = $(BR2_EXTERNAL_EMBERPROF_PATH)/../..
EMBERPROF_MODULE_SITE_METHOD = local
EMBERPROF_MODULE_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
EMBERPROF_MODULE_LICENSE = GPL-2.0
EMBERPROF_MODULE_LICENSE_FILES = LICENSES/GPL-2.0.txt
EMBERPROF_MODULE_MODULE_SUBDIRS = kmod

# Tracepoints by the smallest set of options, which bring IRQ_WORK along.
define EMBERPROF_MODULE_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_HIGH_RES_TIMERS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_KALLSYMS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_FTRACE)
	$(call KCONFIG_ENABLE_OPT,CONFIG_ENABLE_DEFAULT_TRACERS)
endef

$(eval $(kernel-module))
$(eval $(generic-package))
