// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/relay.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "import/input.h"
#include "symbolize/symbols.h"

struct ember_relay_board *ember_relay_board(struct ember_relay *r, const char *name)
{
	struct ember_relay_board board = {};
	uint32_t i;

	for (i = 0; i < r->nr_board; i++)
		if (!strcmp(r->board[i].name, name))
			return &r->board[i];
	snprintf(board.name, sizeof(board.name), "%s", name);
	r->board =
		ember_array_reserve(r->board, r->nr_board, &r->board_size, sizeof(*r->board));
	r->board[r->nr_board] = board;
	return &r->board[r->nr_board++];
}

bool ember_relay_cut(struct ember_relay *r, struct ember_feed *f, const struct ember_cut *cut)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_profile *p;
	bool good;
	uint32_t i;

	ember_symbols_symfs(symbols, r->input->symfs);
	ember_symbols_vmlinux(symbols, r->input->vmlinux);
	for (i = 0; i < r->input->nr_debug_dirs; i++)
		ember_symbols_debug_dir(symbols, r->input->debug_dirs[i]);
	if (!r->input->no_inlines)
		ember_symbols_lines(symbols, true);
	p = ember_cut_take(f, cut, symbols);
	ember_symbols_free(symbols);
	good = ember_request_make(&r->maker, p,
				  &ember_relay_board(r, f->stream.hello.board)->last_ns);
	ember_profile_free(p);
	return good;
}
