/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flight recorder: a session of the module's own, whose records go to reserved memory that
 * survives a reboot (include/uapi/emberprof_flight.h) in place of a reader.
 */
#ifndef EMBER_FLIGHT_H
#define EMBER_FLIGHT_H

struct ember_flight_request;

/*
 * Take the region, keep what the last boot left there for readers, and start to record. 0, or an
 * error (said in one line). There is one recorder at most.
 */
int ember_flight_start(const struct ember_flight_request *request);
/* End the session. */
void ember_flight_stop(void);
/* Give the region back: behind the end of all workers, which may have finished the session. */
void ember_flight_exit(void);

#endif
