/* SPDX-License-Identifier: GPL-2.0-only */
/* The node of the device tree that asks for a boot session (dts/). */
#ifndef EMBER_PLATFORM_H
#define EMBER_PLATFORM_H

int ember_platform_init(void);
void ember_platform_exit(void);

#endif
