// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/memory.h"

#include <malloc.h>

#include "base/clock.h"
#include "base/message.h"
#include "daemon/status.h"

#define EMBER_SHRINK_NS	  60000000000ull /* between two tries to have less memory */
#define EMBER_DAEMON_HEAP 65536 /* bytes of a block that is no part of the heap */

void ember_daemon_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void ember_daemon_heap(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, EMBER_DAEMON_HEAP);
	mallopt(M_TOP_PAD, EMBER_DAEMON_HEAP / 4);
#endif
}

void ember_daemon_shrink(struct ember_daemon *d)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (!d->config.memory || (d->shrunk_ns && now - d->shrunk_ns < EMBER_SHRINK_NS) ||
	    ember_daemon_resident() <= d->config.memory)
		return;
	d->shrunk_ns = now;
	ember_loader_forget(&d->session.loader);
	ember_destinations_shrink(&d->to);
	ember_daemon_trim();
	if (ember_daemon_resident() > d->config.memory)
		ember_warning("%llu KiB are resident: more than memory = %llu KiB",
			      (unsigned long long)ember_daemon_resident() / 1024,
			      (unsigned long long)d->config.memory / 1024);
}
