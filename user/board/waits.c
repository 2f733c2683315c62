// SPDX-License-Identifier: GPL-2.0-or-later
/* What a build WITH_THREADS=0 has in place of kinds of waits and the time as a whole. */
#include "model/wall.h"
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

bool ember_wall_show(struct ember_profile *p)
{
	(void)p;
	return false;
}

bool ember_wall_shown(const struct ember_profile *p)
{
	(void)p;
	return false;
}
