/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_DEVICE_H
#define EMBER_DEVICE_H

int ember_device_init(void);
void ember_device_exit(void);

#endif
