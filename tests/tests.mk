# SPDX-License-Identifier: GPL-2.0-or-later
# The host's tests: one program a file. They include the module's pure parts.
unit_cflags := -std=gnu11 -g -O1 -Wall -Wextra -Werror -Itests/shim \
	-fsanitize=address,undefined -fno-sanitize-recover=all
unit_tests := $(patsubst tests/unit/%.c,$(out)/unit/%,$(wildcard tests/unit/test_*.c))

unit: $(unit_tests)
	@failed=0; for test in $^; do $$test || failed=1; done; exit $$failed

$(out)/unit/%: tests/unit/%.c $(wildcard kmod/*.h kmod/elfnote.c kmod/unwind/frame.h \
		include/uapi/*.h tests/shim/*.h)
	@mkdir -p $(@D)
	$(CC) $(unit_cflags) -o $@ $< -lcmocka
