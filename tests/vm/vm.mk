# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make -f tests/vm/vm.mk VM=arm64 O=dir KDIR=... [ARCH= CROSS_COMPILE=] \
#	PROGRAMS='a b@clang-thumb' MODULES='m' [MUSL=DIR]
#
# Programs of the guest tests, from tests/vm/programs/NAME.c or .cc, into $(O)/NAME or, with a
# build named, NAME-BUILD; modules from tests/vm/modules/NAME.c into $(O)/NAME.ko.
# A library is NAME.so (from NAME.c), a program linked to shared libraries NAME@dynamic, one
# linked to the C library of Debian's musl-dev, unpacked in MUSL, NAME@musl.
#
# What one program needs beside the usual flags, for all its builds:
#   flags_NAME := -O0		after the compiler's usual flags, so it wins
#   libs_NAME := -ldl
flags_shares := -O0
# It is known by its inode alone.
flags_names := -Wl,--build-id=none
flags_odd := -O2 -fomit-frame-pointer -fno-stack-protector \
	-Wno-array-bounds -Wno-infinite-recursion

flags_busy := -O2 -fomit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables
libs_growth := -pthread
libs_block := -pthread
libs_wall := -pthread
libs_mutex := -pthread
libs_threads := -pthread
flags_throws := -O2 -fomit-frame-pointer -std=gnu++17 -pthread

comma := ,
top := $(CURDIR)
out := $(abspath $(O))
PROGRAMS ?=
MODULES ?=

flags := -D_GNU_SOURCE -O1 -g0 -fno-omit-frame-pointer -fno-optimize-sibling-calls \
	-Wall -Wextra -Werror -Itests/vm/programs -Iinclude/uapi
link := -Wl,--build-id=sha1

x86_64_cc := gcc -mno-omit-leaf-frame-pointer
arm64_cc := aarch64-linux-gnu-gcc -mno-omit-leaf-frame-pointer
armhf_cc := arm-linux-gnueabihf-gcc -marm
riscv64_cc := riscv64-linux-gnu-gcc
clang_arm := clang --target=arm-linux-gnueabihf -mno-omit-leaf-frame-pointer -march=armv7-a -mfpu=vfpv3-d16 \
	-isystem /usr/arm-linux-gnueabihf/include
pac_cc := $(arm64_cc) -mbranch-protection=standard
i386_cc := i686-linux-gnu-gcc -mno-omit-leaf-frame-pointer
gcc-arm_cc := $(armhf_cc)
gcc-thumb_cc := arm-linux-gnueabihf-gcc -mthumb
clang-arm_cc := $(clang_arm) -marm
clang-thumb_cc := $(clang_arm) -mthumb
dynamic_cc := $($(VM)_cc)
# The compiler is glibc's: all else is said. The kernel's headers come last.
x86_64_headers := /usr/include /usr/include/x86_64-linux-gnu
arm64_headers := /usr/aarch64-linux-gnu/include
armhf_headers := /usr/arm-linux-gnueabihf/include
riscv64_headers := /usr/riscv64-linux-gnu/include
musl_lib := $(wildcard $(MUSL)/usr/lib/*-linux-musl*)
musl_cc := $(filter-out -marm,$($(VM)_cc)) -nostdinc -isystem $(MUSL)/usr/include/$(notdir $(musl_lib)) -nostdlib -no-pie \
	$(addprefix -idirafter ,$($(VM)_headers)) \
	$(addprefix $(musl_lib)/,crt1.o crti.o crtn.o)
link_musl := -s -Wl,--start-group $(musl_lib)/libc.a -lgcc -lgcc_eh -Wl,--end-group

name = $(firstword $(subst @, ,$(1)))
build = $(or $(word 2,$(subst @, ,$(1))),$(VM))
static = $(if $(filter dynamic,$(build)),,-static)
source = $(wildcard tests/vm/programs/$(name).c tests/vm/programs/$(name).cc)
# C++ by the compiler's other name.
compiler = $(if $(filter %.cc,$(source)),$(patsubst %gcc,%g++,$($(build)_cc)),$($(build)_cc))

.PHONY: all
all: $(patsubst %,$(out)/%,$(subst @,-,$(PROGRAMS))) $(patsubst %,$(out)/%.ko,$(MODULES))

define program
$(out)/$(subst @,-,$(1)): $(source) $(wildcard tests/vm/programs/*.h) \
		include/uapi/emberprof.h tests/vm/vm.mk
	@mkdir -p $(out)
	$$(or $(compiler),$$(error no such build: $(1))) $(flags) $(call static,$(1)) \
		$(link) $$(flags_$(call name,$(1))) -o $$@ $$< $$(libs_$(call name,$(1))) $$(link_$(build))
endef

define library
$(out)/$(1): tests/vm/programs/$(1:.so=.c) $(wildcard tests/vm/programs/*.h) tests/vm/vm.mk
	@mkdir -p $(out)
	$($(VM)_cc) $(flags) -shared -fPIC $(link) $$(flags_$(1:.so=)) -o $$@ $$< $$(libs_$(1:.so=))
endef

$(foreach p,$(filter-out %.so,$(PROGRAMS)),$(eval $(call program,$(p))))
$(foreach p,$(filter %.so,$(PROGRAMS)),$(eval $(call library,$(p))))

# Each module in a folder of its own, with the kernel's make as the module itself.
kbuild_args = $(foreach v,ARCH CROSS_COMPILE CC LLVM,$(if $(filter command%,$(origin $(v))),$(v)='$($(v))'))

$(out)/%.ko: tests/vm/modules/%.c $(wildcard tests/vm/modules/*.h) tests/vm/vm.mk
	@mkdir -p '$(out)/modules/$*'
	@cp $(filter %.c %.h,$^) '$(out)/modules/$*/'
	@echo 'obj-m := $*.o' >'$(out)/modules/$*/Kbuild'
	env -u O MAKEFLAGS= $(MAKE) -C '$(KDIR)' M='$(out)/modules/$*' $(kbuild_args) modules
	@cp '$(out)/modules/$*/$*.ko' $@
