/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way in which the module includes its contract. */
#ifndef EMBER_UAPI_H
#define EMBER_UAPI_H

#include "../../include/uapi/emberprof.h"

#endif
