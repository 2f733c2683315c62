// SPDX-License-Identifier: GPL-2.0-or-later
#define WORK delta_work
#include "library.h"
