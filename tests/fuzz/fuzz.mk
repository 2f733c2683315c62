# SPDX-License-Identifier: GPL-2.0-or-later
# make fuzz [FUZZ_SECONDS=n] [FUZZ_SEED=n] [FUZZ="elf pprof"]: each target for so long, by clang's
# libFuzzer, or by driver.c where that isn't installed (Debian: clang, libclang-rt-dev).
FUZZ_SECONDS ?= 10
FUZZ_SEED ?= 0
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# Asked once, and only when something is built.
fuzz_probe = int LLVMFuzzerTestOneInput(const char *d, long n) { return !d && n; }
fuzz_engine = $(eval fuzz_engine := $(shell echo '$(fuzz_probe)' | \
	clang -x c - -fsanitize=fuzzer,address -o /dev/null 2>/dev/null && echo clang || echo driver))$(fuzz_engine)
fuzz_sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_cc = $(if $(filter clang,$(fuzz_engine)),clang -fsanitize=fuzzer-no-link,$(CC)) $(fuzz_sanitize)
fuzz_link = $(if $(filter clang,$(fuzz_engine)),clang -fsanitize=fuzzer,$(CC)) $(fuzz_sanitize)
fuzz_main = $(if $(filter clang,$(fuzz_engine)),,tests/fuzz/driver.c)
fuzz_cflags := -std=gnu11 -D_GNU_SOURCE -DWITH_DEMANGLE -DWITH_WORKSTATION -DWITH_CRYPTO -g -O1 -Wall -Wextra \
	-Iuser -Iinclude/uapi -Itests/shim $(page_flags)
fuzz_objects := $(patsubst user/%.c,$(out)/fuzz/tool/%.o,$(filter-out user/board/% user/http/libc.c,$(wildcard user/*/*.c user/workstation/*/*.c)))
fuzz_programs := $(FUZZ:%=$(out)/fuzz/fuzz_%)

.PHONY: fuzz
fuzz: $(fuzz_programs) $(out)/fuzz/seeds
	sh tests/fuzz/run -o '$(out)/fuzz' -s '$(FUZZ_SECONDS)' -r '$(FUZZ_SEED)' -e $(fuzz_engine) $(FUZZ)

$(out)/fuzz/tool/%.o: user/%.c $(wildcard user/*/*.h user/workstation/*/*.h include/uapi/*.h kmod/unwind/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(fuzz_cc) $(fuzz_cflags) -c -o $@ $<

$(out)/fuzz/tool.a: $(fuzz_objects)
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(out)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h tests/fuzz/driver.c \
		$(wildcard kmod/task/elfnote.[ch]) $(out)/fuzz/tool.a
	$(call say,CC,$@)$(fuzz_link) $(fuzz_cflags) -o $@ $< $(fuzz_main) $(out)/fuzz/tool.a -ldw -ldebuginfod -llzma -lzstd -lm -lelf -lz -lsqlite3 -lsodium -levent_extra -levent_core -lcurl -liberty

$(out)/fuzz/seeds: tests/fuzz/seeds.c $(out)/fuzz/tool.a
	$(call say,CC,$@)$(fuzz_cc) $(fuzz_cflags) -o $@ $< $(out)/fuzz/tool.a -ldw -ldebuginfod -llzma -lzstd -lm -lelf -lz -lsqlite3 -lsodium -levent_extra -levent_core -lcurl -liberty
