# SPDX-License-Identifier: GPL-2.0-or-later
# The host's tests: one program a file. They include the module's pure parts; those
# called test_tool_* are linked with the tool's instead.
unit_cflags := -std=gnu11 -g -O1 -Wall -Wextra -Werror -Itests/shim \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# UNIT: the names of some, such as ring or tool_plt.
unit_tests := $(patsubst tests/unit/%.c,$(out)/unit/%,$(foreach u,$(or $(UNIT),*),$(wildcard tests/unit/test_$(u).c)))

unit: $(unit_tests)
	@test -n '$^' || { echo "emberprof: no such test: $(UNIT)" >&2; exit 1; }
	@failed=0; for test in $^; do $$test || failed=1; done; exit $$failed

$(out)/unit/%: tests/unit/%.c $(wildcard kmod/*/*.h kmod/*/*/*.h kmod/task/elfnote.c \
		include/uapi/*.h tests/shim/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(unit_cflags) -o $@ $< -lcmocka

unit_tool_cflags := $(unit_cflags) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DWITH_WORKSTATION -DWITH_CRYPTO -Iuser -Iinclude/uapi $(page_flags)
unit_tool_objects := $(patsubst user/%.c,$(out)/unit/user/%.o,$(filter-out user/board/% user/http/libc.c,$(wildcard user/*/*.c user/workstation/*/*.c)))

$(out)/unit/user/%.o: user/%.c $(wildcard user/*/*.h user/workstation/*/*.h include/uapi/*.h kmod/unwind/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(unit_tool_cflags) -c -o $@ $<

$(out)/unit/tool.a: $(unit_tool_objects)
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(out)/unit/test_tool_%: tests/unit/test_tool_%.c $(wildcard tests/unit/*.h kmod/unwind/*.h) $(out)/unit/tool.a
	$(call say,CC,$@)$(CC) $(unit_tool_cflags) -o $@ $< $(out)/unit/tool.a -lcmocka -ldw -ldebuginfod -llzma -lzstd -lm -lelf -lz -lsqlite3 -lsodium -levent_extra -levent_core -lcurl

# The demangler isn't in the archive, where WITH_DEMANGLE isn't defined.
$(out)/unit/test_demangle: tests/unit/test_demangle.c user/symbolize/demangle.c \
		$(wildcard tests/unit/*.h) $(out)/unit/tool.a
	$(call say,CC,$@)$(CC) $(unit_tool_cflags) -DWITH_DEMANGLE -o $@ $< user/symbolize/demangle.c \
		$(out)/unit/tool.a -lcmocka -ldw -ldebuginfod -llzma -lzstd -lm -lelf -lz -lsqlite3 -lsodium -levent_extra -levent_core -lcurl -liberty

# Boards that aren't there: tests/boards/run, tests/bench/collector.
$(out)/boards $(out)/load: $(out)/%: tests/boards/%.c tests/boards/sampled.h $(tool_objects)
	$(call say,CC,$@)$(compile) -o $@ $< $(filter-out %/main.o,$(tool_objects)) $(LDFLAGS) $(tool_libs)

# A board's log with times of its own: tests/relay/run.
$(out)/logs: tests/relay/logs.c tests/boards/sampled.h $(tool_objects)
	$(call say,CC,$@)$(compile) -o $@ $< $(filter-out %/main.o,$(tool_objects)) $(LDFLAGS) $(tool_libs)
