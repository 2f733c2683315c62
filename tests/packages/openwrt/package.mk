# SPDX-License-Identifier: GPL-2.0-or-later
# What OpenWrt makes of a package: sources copied, commands run.
define BuildPackage
all:
	$$(call Build/Prepare)
	$$(call Build/Compile)
	$$(call Package/$(1)/install,$(WORK)/target/$(1))
endef
