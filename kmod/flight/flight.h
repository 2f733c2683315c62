/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flight recorder: a session of the module's own, whose records go to reserved memory that
 * survives a reboot (include/uapi/emberprof_flight.h) in place of a reader.
 */
#ifndef EMBER_FLIGHT_H
#define EMBER_FLIGHT_H

#include <linux/types.h>

struct ember_flight_request;
struct ember_flight_ring;
struct ember_session;

/* Of each of its CPUs. */
#define EMBER_FLIGHT_STACKS	256
#define EMBER_FLIGHT_THREADS	64

/* How it comes to its session, whose records go to ring[0..nr_cpus], the last one's definitions. */
struct ember_flight_ops {
	unsigned long (*room)(void);	/* bytes that the module may still take */
	struct ember_session *(*start)(const struct ember_flight_request *request,
				       struct ember_flight_ring *ring, unsigned int nr_cpus);
	void (*end)(struct ember_session *s);
};

/*
 * Take the region, keep what the last boot left there for readers, and start to record. 0, or an
 * error (said in one line). There is one recorder at most.
 */
int ember_flight_start(const struct ember_flight_request *request,
		       const struct ember_flight_ops *ops);
/* End the session. */
void ember_flight_stop(void);
/* Give the region back: behind the end of all workers, which may have finished the session. */
void ember_flight_exit(void);

#endif
