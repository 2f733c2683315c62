// SPDX-License-Identifier: GPL-2.0-only
#include "queue.h"
#include "../compat/workqueue.h"

struct workqueue_struct *ember_mms_queue;
struct workqueue_struct *ember_away_queue;

int ember_queues_init(void)
{
	/* Mem reclaim: processes are held that memory may be wanted from. */
	ember_mms_queue =
		alloc_workqueue("emberprof", WQ_HIGHPRI | WQ_MEM_RECLAIM | EMBER_WQ_PERCPU, 0);
	if (!ember_mms_queue)
		return -ENOMEM;
	ember_away_queue =
		alloc_workqueue("emberprof-away", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (ember_away_queue)
		return 0;
	destroy_workqueue(ember_mms_queue);
	return -ENOMEM;
}

void ember_queues_exit(void)
{
	destroy_workqueue(ember_away_queue);
	destroy_workqueue(ember_mms_queue);
}
