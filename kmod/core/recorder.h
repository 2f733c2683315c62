/* SPDX-License-Identifier: GPL-2.0-only */
/* The flight recorder's session. */
#ifndef EMBER_RECORDER_H
#define EMBER_RECORDER_H

struct ember_flight_ops;

extern const struct ember_flight_ops ember_recorder_ops;

#endif
