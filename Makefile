# SPDX-License-Identifier: GPL-2.0-or-later
# make help lists the targets and the variables.
#
# O, on the command line, would reach the kernel's own make through MAKEFLAGS and
# mean something else there: it's taken out of what we pass on. Builds into several O
# may run at once.

O ?= build
# Yocto's module.bbclass calls any module's make with the kernel's build folder in O, and
# its sources in KERNEL_SRC: our own output is in OUT then.
ifneq ($(and $(KERNEL_SRC),$(wildcard $(O)/include/generated/autoconf.h)),)
kernel_out := $(abspath $(O))
override O := $(or $(OUT),build)
endif
KDIR ?= $(if $(KERNEL_SRC),$(KERNEL_SRC),/lib/modules/$(KVER)/build)
# The kernel that is built for: KDIR's, where one is named, else the one that runs.
ifeq ($(origin KDIR)$(KERNEL_SRC),file)
KVER ?= $(shell uname -r)
else
KVER ?= $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(or $(kernel_out),$(KDIR))/include/generated/utsrelease.h' 2>/dev/null)
endif
PREFIX ?= /usr/local
MODDIR ?= /lib/modules/$(KVER)/extra
DKMSDIR ?= /usr/src

out := $(abspath $(O))
top := $(CURDIR)
kbuild_args = $(foreach v,ARCH CROSS_COMPILE CC LLVM W C KCFLAGS,$(if $(filter command% environment%,$(origin $(v))),$(v)='$($(v))')) \
	$(foreach v,LD AR OBJCOPY KBUILD_EXTRA_SYMBOLS,$(if $(filter command%,$(origin $(v))),$(v)='$($(v))')) $(kernel_out:%=O='%')

# V=1 shows the commands, else each file that is made has a short line.
ifeq ($(filter 1,$(V))$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
say = @printf '  %-7s %s\n' '$(1)' "$(patsubst $(top)/%,%,$(2))";
quiet := @
endif

.PHONY: all help module tool unit check bench demo style manual install install-tool install-daemon install-service install-module install-dkms install-headers uninstall deb clean FORCE
all: module tool

define help
targets:
  all          module and tool, for the running kernel (what plain make does)
  module       O/emberprof.ko
  tool         O/emberprof
  unit         the host's tests, under ASan and UBSan; UNIT="ring tool_plt": these alone
  check        scripts/check: all tests
  fuzz         each fuzzer for FUZZ_SECONDS (10); FUZZ="elf pprof": these alone
  style        scripts/style: layout, sparse, the manual
  manual       synopses and completions of the manual, from the tool's options
  bench        a table of what sampling costs, beside perf: instructions, bytes, wake-ups,
               memory, sizes; for ARCH, PARTS="samples waits" alone: sh tests/bench/run -h
  demo         scripts/demo: a recording in a guest
  install      what of module and tool is built, and the collector's service with a tool
               built WITH_WORKSTATION=1; uninstall removes them
  install-dkms     the module's source below DKMSDIR, for dkms
  install-headers  the contract with the module, for programs that read it
  deb          Debian's packages, in O/debian
  clean        remove O
variables:
  O=build      where everything is built
  V=1          show commands
  KDIR=        the kernel's build folder (/lib/modules/KVER/build)
  KVER=        the kernel to install for (that of KDIR, else the running one)
  ARCH= CC= CROSS_COMPILE= LLVM=   as the kernel's make has them
  SYSROOT=     libraries of another machine, for the tool
  STATIC=1     link the tool statically (0 WITH_WORKSTATION=1 or WITH_RELAY=1)
  WITH_DEMANGLE=1      C++ and Rust names as people write them (libiberty-dev)
  WITH_CRYPTO=1        keys for links (libsodium-dev)
  WITH_DAEMON=0        no daemon, for the smallest boards
  WITH_THREADS=0       no emberprof threads and kinds of waits, likewise
  WITH_TOP=1           emberprof top (1 WITH_HTTP=1 or WITH_WORKSTATION=1)
  WITH_HTTP=1          profiles over HTTP, as Go's net/http/pprof (libevent-dev)
  WITH_RELAY=1         logs to Pyroscope, or as OTLP profiles (libcurl4-openssl-dev)
  WITH_WORKSTATION=1   collector, files of boards, source lines, pages (libsqlite3-dev,
                       libdw-dev, libdebuginfod-dev, liblzma-dev, libzstd-dev)
  PREFIX=/usr/local DESTDIR= MODDIR=/lib/modules/KVER/extra   where install puts things
  DKMSDIR=/usr/src     where install-dkms does
endef
export help
help:
	@echo "$$help"

# Before 6.13 the kernel's make builds in the folder that M names, so that is a copy.
module:
	@test -e '$(KDIR)/Makefile' || { \
		echo "emberprof: no kernel headers in $(KDIR): install linux-headers-$(KVER), or say KDIR=" >&2; \
		exit 1; }
	@mkdir -p '$(out)/module/include'
	@cp -ruT kmod '$(out)/module/kmod'
	@cp -ruT include/uapi '$(out)/module/include/uapi'
	$(call say,KBUILD,$(out)/emberprof.ko)
	$(quiet)env -u O MAKEFLAGS= $(MAKE) -C '$(KDIR)' M='$(out)/module/kmod' $(kbuild_args) modules
	@cp '$(out)/module/kmod/emberprof.ko' '$(out)/emberprof.ko'
	$(call say,BUILT,$(out)/emberprof.ko)

STATIC ?= $(if $(filter 1,$(WITH_WORKSTATION) $(WITH_RELAY)),0,1)
STRIP ?= $(CROSS_COMPILE)strip
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
PKG_CONFIG ?= $(CROSS_COMPILE)pkg-config

# WITH_NAME=1 defines WITH_NAME, and adds files and libraries. DEMANGLE: C++ and Rust
# names as people write them, by libiberty (Debian's libiberty-dev). WORKSTATION: the
# collector, a board's files and source lines, by SQLite (libsqlite3-dev) and libdw
# (libdw-dev), linked with shared libraries. CRYPTO: keys for links, by libsodium
# (libsodium-dev). DAEMON and THREADS, which are 1: commands of these names, and with THREADS
# what waits are for. TOP: emberprof top, which the smallest tools have no room for. HTTP:
# profiles over HTTP, by libevent (libevent-dev). RELAY: logs to
# Pyroscope, by libcurl (libcurl4-openssl-dev), linked with shared libraries.
options := DEMANGLE WORKSTATION CRYPTO DAEMON THREADS TOP HTTP RELAY
sources_WORKSTATION := $(wildcard user/workstation/*/*.c)
# What a build without it has in its place.
instead_WORKSTATION := user/board/commands.c user/board/page.c user/board/symbols.c
# status asks a daemon by control.
sources_DAEMON := $(filter-out user/daemon/control.c,$(wildcard user/daemon/*.c)) user/cmd/daemon.c
instead_DAEMON := user/board/daemon.c
sources_THREADS := $(wildcard user/threads/*.c) user/cmd/threads.c user/base/wait_kind.c user/model/wall.c \
	user/symbolize/naming_wait.c
instead_THREADS := user/board/threads.c user/board/waits.c
sources_TOP := $(wildcard user/top/*.c) user/cmd/top.c
instead_TOP := user/board/top.c
sources_HTTP := $(wildcard user/http/*.c) user/daemon/served.c user/workstation/collect/front_backend.c
instead_HTTP := user/board/http.c
sources_RELAY := $(wildcard user/relay/*.c)
instead_RELAY := user/board/relay.c
libs_DEMANGLE := -liberty
libs_WORKSTATION := -lsqlite3 -ldw -ldebuginfod -llzma -lzstd -lm
libs_CRYPTO := -lsodium
libs_HTTP := -levent_extra -levent_core
libs_RELAY := -lcurl
# What people look at has names that they'd write.
WITH_DEMANGLE ?= $(WITH_WORKSTATION)
WITH_DAEMON ?= 1
WITH_THREADS ?= 1
WITH_TOP ?= $(if $(filter 1,$(WITH_WORKSTATION) $(WITH_HTTP)),1)
with := $(foreach o,$(options),$(if $(filter 1,$(WITH_$(o))),$(o)))
without := $(foreach o,$(filter-out $(with),$(options)),$(sources_$(o))) $(foreach o,$(with),$(instead_$(o)))
said := $(strip $(patsubst %,WITH_%=1,$(filter-out DAEMON THREADS,$(with))) $(foreach o,$(filter-out $(with),DAEMON THREADS),WITH_$(o)=0))
# In place of the C library's: a shared one is linked with what others of its libraries need.
without += $(if $(filter 1,$(STATIC)),,user/http/libc.c)

include user/workstation/page/page.mk

tool_flags := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Os -g -Wall -Wextra -Werror \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Iuser -Iinclude/uapi $(with:%=-DWITH_%) $(if $(filter WORKSTATION,$(with)),$(page_flags))
# At -Os GCC still moves invariants out of loops, for 0.5 % more code.
moves := $(shell $(CC) -Werror -fno-move-loop-invariants -E -x c /dev/null >/dev/null 2>&1 && \
	echo move-loop-invariants)
tool_flags += $(moves:%=-fno-%)
# What reads all code of a file: 20 KB more of it, for a sixth fewer instructions.
fast := $(addprefix unwind/,compile gaps function_flow isa_a64 isa_arm isa_thumb run scan_rows starts table_builder \
	thumb_runs x86 x86_runs)
fastest := unwind/thumb_runs
# Where each page counts, that of the innermost loops alone.
ifeq ($(filter DAEMON THREADS,$(with)),)
fast := $(addprefix unwind/,isa_a64 isa_arm isa_thumb run scan_rows x86)
fastest :=
endif
# Padding between its segments is of no use on flash.
static_link := -static -Wl,-z,noseparate-code
# Nothing here throws, and no thread is cancelled: the unwinder that C libraries ask for then
# stays out, 24 KB. On ARM it brings these names along with others.
unwinder := _Unwind_Resume __gcc_personality_v0
ifeq ($(WITH_WORKSTATION)$(findstring arm,$(shell $(CC) -dumpmachine 2>/dev/null)),)
static_link += $(unwinder:%=-Wl,--defsym=%=abort)
endif
# So are its libraries' unwind tables, 54 KB.
ifeq ($(WITH_WORKSTATION),)
static_link += -Wl,-T,'$(top)/user/static.ld'
endif
tool_link := -Wl,--gc-sections $(if $(filter 1,$(STATIC)),$(static_link))
tool_libs := -lelf -lz
# Libraries of another machine, unpacked somewhere: SYSROOT=dir, as scripts/lab has them.
ifdef SYSROOT
tool_flags += -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/$(shell $(CC) -dumpmachine)
tool_link += -L$(SYSROOT)/usr/lib/$(shell $(CC) -dumpmachine)
else
tool_flags += $(shell $(PKG_CONFIG) --cflags libelf zlib 2>/dev/null)
tool_libs := $(or $(shell $(PKG_CONFIG) --libs $(if $(filter 1,$(STATIC)),--static) \
	libelf zlib 2>/dev/null),$(tool_libs))
endif
tool_libs := $(foreach o,$(with),$(libs_$(o))) $(tool_libs)
tool_sources := $(filter-out $(without),$(wildcard user/main.c user/*/*.c user/workstation/*/*.c))
tool_objects := $(patsubst user/%.c,$(out)/tool/%.o,$(tool_sources))
compile = $(CC) $(tool_flags) $(CPPFLAGS) $(CFLAGS)
link = $(CC) $(CFLAGS) $(tool_link) -o $(1) $(tool_objects) $(LDFLAGS) $(tool_libs)

tool: $(out)/emberprof

$(out)/emberprof: $(tool_objects) $(if $(filter 1,$(STATIC)),user/static.ld)
	$(call say,LD,$@)$(call link,$@.debug)
	@cp $@.debug $@.new
	$(quiet)$(STRIP) $@.new
	@mv $@.new $@
	$(call say,BUILT,$@: $$(stat -c %s $@) bytes$(if $(said), ($(said))))

$(fast:%=$(out)/tool/%.o): private tool_flags += -O2 $(moves:%=-f%)
$(fastest:%=$(out)/tool/%.o): private tool_flags += -O3

# What --version says; main.o alone knows the commit, so that another one compiles little.
commit := $(shell git -C '$(top)' describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null)
$(out)/tool/main.o: private tool_flags += -DEMBER_COMMIT='"$(if $(commit), (commit $(commit)))"' \
	-DEMBER_OPTIONS='"$(or $(strip $(with:%=WITH_%=1)),no options)"'
$(out)/tool/main.o: $(out)/tool/commit
$(out)/tool/commit: FORCE
	@mkdir -p '$(@D)'
	@echo '$(commit)' | cmp -s - $@ || echo '$(commit)' >$@

$(out)/tool/%.o: user/%.c $(out)/tool/command
	@mkdir -p '$(@D)'
	$(call say,CC,$@)$(compile) -MMD -MP -c -o $@ $<

# Another compiler or other flags make other objects. What they lack is said once, by
# the name of its package.
command := $(compile) $(call link,)
$(out)/tool/command: FORCE
	@mkdir -p '$(@D)'
	@echo '$(command)' | cmp -s - $@ || { \
		command -v $(firstword $(CC)) >/dev/null || { \
			echo "emberprof: no compiler $(firstword $(CC)): install gcc$(if $(CROSS_COMPILE),-$(CROSS_COMPILE:-=))" >&2; \
			exit 1; }; \
		for need in gelf.h:elf:libelf-dev zlib.h:z:zlib1g-dev \
			$(if $(filter WORKSTATION,$(with)),sqlite3.h:sqlite3:libsqlite3-dev \
				elfutils/libdw.h:dw:libdw-dev \
				elfutils/debuginfod.h:debuginfod:libdebuginfod-dev \
				lzma.h:lzma:liblzma-dev zstd.h:zstd:libzstd-dev) \
			$(if $(filter DEMANGLE,$(with)),libiberty/demangle.h:iberty:libiberty-dev) \
			$(if $(filter CRYPTO,$(with)),sodium.h:sodium:libsodium-dev) \
			$(if $(filter HTTP,$(with)),event2/http.h:event_extra:libevent-dev) \
			$(if $(filter RELAY,$(with)),curl/curl.h:curl:libcurl4-openssl-dev); do \
			library=$${need#*:}; \
			printf '#include <%s>\nint main(void) { return 0; }\n' "$${need%%:*}" | \
				$(compile) -o $@.probe -x c - $(tool_link) $(LDFLAGS) \
				"-l$${library%:*}" >/dev/null 2>&1 || { \
				echo "emberprof: $(firstword $(CC)) has no $${need%%:*} or library:" \
					"install $${need##*:}$(if $(CROSS_COMPILE), of that architecture or say SYSROOT=)" >&2; \
				exit 1; }; \
		done; \
		rm -f $@.probe; \
		echo '$(command)' >$@; }

-include $(tool_objects:.o=.d)

man_pages := $(wildcard doc/man/*.1)
man_dir := $(PREFIX)/share/man/man1
conf_page := doc/man/emberprof.conf.5
conf_page_dir := $(PREFIX)/share/man/man5
bash_dir := $(PREFIX)/share/bash-completion/completions
zsh_dir := $(PREFIX)/share/zsh/site-functions
service := emberprof-collect.service
daemon_service := emberprof-daemon.service
relay_service := emberprof-relay.service
service_dir := $(PREFIX)/lib/systemd/system
# Examples of drop-ins for the service.
drop_ins := $(wildcard packaging/systemd/*.conf)
doc_dir := $(PREFIX)/share/doc/emberprof

install: $(if $(wildcard $(out)/emberprof.ko),install-module) $(if $(wildcard $(out)/emberprof),install-tool)
	@test -e '$(out)/emberprof' || test -e '$(out)/emberprof.ko' || { \
		echo "emberprof: nothing is built in $(out): make first" >&2; exit 1; }

install-tool:
	install -D -m 755 '$(out)/emberprof' '$(DESTDIR)$(PREFIX)/bin/emberprof'
	install -d '$(DESTDIR)$(man_dir)'
	install -m 644 -t '$(DESTDIR)$(man_dir)' $(man_pages)
	install -D -m 644 -t '$(DESTDIR)$(conf_page_dir)' $(conf_page)
	install -D -m 644 packaging/completions/emberprof.bash '$(DESTDIR)$(bash_dir)/emberprof'
	install -D -m 644 packaging/completions/_emberprof '$(DESTDIR)$(zsh_dir)/_emberprof'
	@! grep -qse -DWITH_WORKSTATION '$(out)/tool/command' || \
		$(MAKE) --no-print-directory install-service DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'
	@! grep -qse -DWITH_RELAY '$(out)/tool/command' || \
		sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/systemd/$(relay_service) | \
			install -D -m 644 /dev/stdin '$(DESTDIR)$(service_dir)/$(relay_service)'

# The daemon as a service that is off, with its configuration and an init script for systems
# without systemd. SYSCONFDIR's file is kept if there is one.
SYSCONFDIR ?= /etc
install-daemon:
	install -d '$(DESTDIR)$(service_dir)' '$(DESTDIR)$(SYSCONFDIR)/init.d'
	sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/systemd/$(daemon_service) | \
		install -m 644 /dev/stdin '$(DESTDIR)$(service_dir)/$(daemon_service)'
	sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/init/emberprof-daemon | \
		install -m 755 /dev/stdin '$(DESTDIR)$(SYSCONFDIR)/init.d/emberprof-daemon'
	test -e '$(DESTDIR)$(SYSCONFDIR)/emberprof.conf' || \
		install -m 644 packaging/emberprof.conf '$(DESTDIR)$(SYSCONFDIR)/emberprof.conf'

# The collector as a service of systemd.
install-service:
	install -d '$(DESTDIR)$(service_dir)' '$(DESTDIR)$(doc_dir)'
	sed 's|@BINDIR@|$(PREFIX)/bin|' packaging/systemd/$(service) | \
		install -m 644 /dev/stdin '$(DESTDIR)$(service_dir)/$(service)'
	install -m 644 -t '$(DESTDIR)$(doc_dir)' $(drop_ins)

install-module:
	install -D -m 644 '$(out)/emberprof.ko' '$(DESTDIR)$(MODDIR)/emberprof.ko'
	$(if $(DESTDIR),,-depmod -a '$(KVER)')

# What dkms builds the module of: its own files and the two folders that kmod/ needs.
version = $(shell sed -n 's/^.define EMBER_VERSION[\t ]*"\(.*\)"$$/\1/p' user/cmd/cmd.h)
dkms_tree = $(DESTDIR)$(DKMSDIR)/emberprof-$(version)
install-dkms:
	install -d '$(dkms_tree)/include'
	cp -r --no-preserve=mode,ownership kmod '$(dkms_tree)/'
	cp -r --no-preserve=mode,ownership include/uapi '$(dkms_tree)/include/'
	rm -f '$(dkms_tree)/kmod/.clang-format'
	install -m 644 packaging/dkms/Kbuild '$(dkms_tree)/Kbuild'
	sed 's/#MODULE_VERSION#/$(version)/' packaging/dkms/dkms.conf | \
		install -m 644 /dev/stdin '$(dkms_tree)/dkms.conf'

install-headers:
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/include' include/uapi/*.h

deb:
	sh packaging/debian/build -o '$(out)/debian'

uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/emberprof' $(patsubst doc/man/%,'$(DESTDIR)$(man_dir)/%',$(man_pages)) \
		'$(DESTDIR)$(bash_dir)/emberprof' '$(DESTDIR)$(zsh_dir)/_emberprof' \
		'$(DESTDIR)$(service_dir)/$(service)' '$(DESTDIR)$(service_dir)/$(daemon_service)' '$(DESTDIR)$(service_dir)/$(relay_service)' \
		'$(DESTDIR)$(conf_page_dir)/$(notdir $(conf_page))' '$(DESTDIR)$(SYSCONFDIR)/init.d/emberprof-daemon' \
		'$(DESTDIR)$(MODDIR)/emberprof.ko' \
		$(patsubst packaging/systemd/%,'$(DESTDIR)$(doc_dir)/%',$(drop_ins))
	$(if $(DESTDIR),,-depmod -a '$(KVER)')

include tests/tests.mk
include tests/fuzz/fuzz.mk

check demo style:
	sh scripts/$@

# The tool of this machine, with all commands, lists its options.
manual:
	@$(MAKE) --no-print-directory tool WITH_WORKSTATION=1 WITH_CRYPTO=1 WITH_RELAY=1 \
		O='$(out)/manual' CROSS_COMPILE= SYSROOT=
	scripts/manual -w '$(out)/manual/emberprof'

bench:
	sh tests/bench/run $(if $(PARTS),-p '$(PARTS)') $(if $(ARCH),'$(ARCH)',x86_64) '$(O)'

clean:
	rm -rf '$(out)'
