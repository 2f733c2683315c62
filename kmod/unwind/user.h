/* SPDX-License-Identifier: GPL-2.0-only */
/* User frames of this architecture, as unwind.h describes them, inline. */
#ifndef EMBER_UNWIND_USER_H
#define EMBER_UNWIND_USER_H

#if defined(CONFIG_X86)
#include "user_x86.h"
#elif defined(CONFIG_ARM64)
#include "user_arm64.h"
#elif defined(CONFIG_RISCV)
#include "user_riscv.h"
#else
#include "user_arm.h"
#endif

#endif
