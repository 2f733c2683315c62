// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void ember_tally_timestamp(struct ember_tally *t, const struct ember_timestamp *moment)
{
	t->moment = ember_array_reserve(t->moment, t->nr_moment, &t->moment_size,
					sizeof(*t->moment));
	t->moment[t->nr_moment++] = *moment;
}

void ember_tally_free(struct ember_tally *t)
{
	ember_dictionary_free(&t->dict);
	ember_sample_set_free(&t->counts);
	ember_event_set_free(&t->events);
	free(t->moment);
	memset(t, 0, sizeof(*t));
}
