// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build WITH_THREADS=0 has in place of kinds of waits. */
#include "symbolize/naming_wait.h"

const char *ember_naming_wait(const struct ember_profile *p, uint32_t state,
			      const uint32_t *frame, uint32_t nr)
{
	(void)p;
	(void)state;
	(void)frame;
	(void)nr;
	return NULL;
}
