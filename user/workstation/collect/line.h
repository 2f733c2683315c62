/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A serial line at the workstation, and the console that may share it. */
#ifndef EMBER_LINE_H
#define EMBER_LINE_H

#include "workstation/collect/source.h"

/* Opens the line's device; one that isn't there is tried again (said once). */
void ember_line_open(struct ember_source *line);
/* A terminal for the line's console, whose name is printed. 0, or 1 (said). */
int ember_line_pty(struct ember_source *line);
/* Hands out what came; tries again if the device is gone. */
void ember_line_turn(struct ember_sources *sources, struct ember_source *line);
/* The device is gone. err: an errno. */
void ember_line_broken(struct ember_source *line, int err);

#endif
