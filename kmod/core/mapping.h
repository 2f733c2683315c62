/* SPDX-License-Identifier: GPL-2.0-only */
/* Which ring of a session, and what of it, is at an offset of the device. */
#ifndef EMBER_MAPPING_H
#define EMBER_MAPPING_H

struct ember_session;
struct vm_area_struct;

/* 0, -EINVAL, -ENXIO or -EPERM. */
int ember_session_mmap(struct ember_session *s, struct vm_area_struct *vma);

#endif
