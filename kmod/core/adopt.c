// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>
#include <linux/string.h>

#include "adopt.h"
#include "boot.h"
#include "config.h"
#include "../sample/session_state.h"

int ember_adopt_check(const struct ember_adopt *a)
{
	if (a->flags || a->hz || a->ring_bytes || a->max_frames || a->nr_rings || a->session ||
	    a->period_ns || a->ring_stride || a->data_offset || a->started || a->state ||
	    memchr_inv(a->reserved, 0, sizeof(a->reserved)))
		return -EINVAL;
	if (a->abi_version != EMBER_ABI_VERSION)
		return -EPROTO;
	return a->latency_ms > EMBER_LATENCY_MAX_MS ? -EINVAL : 0;
}

static void ember_adopt_answer(const struct ember_session *s, struct ember_adopt *a)
{
	struct ember_config config = { .ring_bytes = s->spaces.definitions.ring.mask + 1 };

	ember_config_answer(s, &config);
	a->flags = s->flags;
	a->hz = s->hz;
	a->ring_bytes = config.ring_bytes;
	a->max_frames = s->max_frames;
	a->nr_rings = config.nr_rings;
	a->session = config.session;
	a->period_ns = config.period_ns;
	a->ring_stride = config.ring_stride;
	a->data_offset = config.data_offset;
	a->started = s->first_started;
	a->state = s->state;
}

struct ember_session *ember_adopt_begin(struct ember_adopt *a)
{
	struct ember_session *s = ember_boot_take();

	if (!s)
		return ERR_PTR(-ENOENT);
	if (a->watermark_bytes > s->spaces.definitions.ring.mask + 1) {
		ember_boot_return(s);
		return ERR_PTR(-EINVAL);
	}
	/* Below the lock of the file's own session; the other way there is none. */
	mutex_lock_nested(&s->lock, SINGLE_DEPTH_NESTING);
	/* From here on nobody stops it for a full ring: its state is the caller's to know. */
	s->boot = EMBER_BOOT_ADOPTED;
	ember_adopt_answer(s, a);
	mutex_unlock(&s->lock);
	return s;
}

void ember_adopt_undo(struct ember_session *s)
{
	mutex_lock_nested(&s->lock, SINGLE_DEPTH_NESTING);
	s->boot = EMBER_BOOT_WAITS;
	mutex_unlock(&s->lock);
	ember_boot_return(s);
}

void ember_adopt_end(struct ember_session *s, const struct ember_adopt *a)
{
	u32 watermark = a->watermark_bytes ?: a->ring_bytes / 2;

	mutex_lock_nested(&s->lock, SINGLE_DEPTH_NESTING);
	s->owner = get_pid(task_tgid(current));
	/* Samples are taken meanwhile: they find the old values, or the new ones. */
	WRITE_ONCE(s->watermark, watermark);
	WRITE_ONCE(s->spaces.definitions.watermark, watermark);
	WRITE_ONCE(s->latency_ns, (u64)a->latency_ms * NSEC_PER_MSEC);
	WRITE_ONCE(s->spaces.definitions.unread, false);
	mutex_unlock(&s->lock);
	/* What waits for room is tried again from here on. */
	ember_definitions_drain(&s->spaces.definitions);
}
