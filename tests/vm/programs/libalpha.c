// SPDX-License-Identifier: GPL-2.0-or-later
#define WORK alpha_work
#include "library.h"
