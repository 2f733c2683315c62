// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/naming_wait.h"

#include "base/wait_kind.h"

const char *ember_naming_wait(const struct ember_profile *p, uint32_t state,
			      const uint32_t *frame, uint32_t nr)
{
	const char *kind = ember_wait_kind(state);
	uint32_t i, k;

	for (i = 0; i < nr && state != EMBER_WAIT_PREEMPTED; i++) {
		const struct ember_location *l = &p->location[frame[i]];

		for (k = 0; k < l->nr_lines; k++)
			kind = ember_wait_kind_frame(
				kind,
				ember_text(p, p->function[p->line[l->first_line + k].function]
						      .name));
	}
	return kind;
}
