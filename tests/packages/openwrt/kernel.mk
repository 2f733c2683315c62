# SPDX-License-Identifier: GPL-2.0-or-later
# What OpenWrt makes of a package of the kernel: sources copied, commands run, KDIR=
KERNEL_MAKE = $(MAKE) -C $(KDIR) ARCH=x86
AutoProbe = modprobe $(1)

define KernelPackage
$(eval $(call KernelPackage/$(1)))
all:
	$$(call Build/Prepare)
	$$(call Build/Compile)
	install -D -m 644 $(FILES) $(WORK)/target/kmod-$(1)/$(notdir $(FILES))
	echo '$(AUTOLOAD)' >$(WORK)/target/kmod-$(1)/autoload
endef
