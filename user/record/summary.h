/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports on stderr: the progress of a recording, and a summary at its end. */
#ifndef EMBER_SUMMARY_H
#define EMBER_SUMMARY_H

#include <stdbool.h>

#include "model/recording.h"
#include "record/device.h"

/* Whether there is somebody to look: a terminal, and we aren't in its background. */
bool ember_progress_wanted(void);

/* One line that the next one overwrites; `seconds` since the start. */
void ember_progress_show(struct ember_device *device, double seconds);
void ember_progress_clear(void);
/* The same, before sampling begins: files whose unwind tables are compiled. */
void ember_progress_prepare(uint32_t done, uint32_t all);

struct ember_summary {
	const struct ember_recording *recording;
	const struct ember_status *status;	/* of the session, after its end */
	const char *output;
	unsigned int more;			/* outputs besides */
	uint64_t nonsense;			/* see struct ember_device */
	bool kernel_hidden;			/* the kernel hid its symbols */
	uint32_t unread;			/* files left unread at a second signal */
	uint32_t tables, tables_missing;	/* files whose unwind table was loaded; not had */
	bool verbose;
	int nice;				/* at which the rings were read */
};

/* One line of figures, one for each event besides the clock, and one for each thing that went wrong and can be mended. */
void ember_summary_print(const struct ember_summary *summary);

#endif
