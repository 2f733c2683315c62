/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The flight recorder: what ran before the last reboot, in memory that a reboot leaves alone.
 *
 * The module writes a region of reserved memory while it samples, and after the next boot
 * hands out the region as it found it: read /dev/emberprof-last-boot (root's), which is there
 * if anything was found. All numbers have the byte order and the alignment of the machine.
 *
 *	head	segment 0	segment 1	...	segment nr_segments - 1	(unused)	head
 *
 * Both heads are the same, EMBER_FLIGHT_HEAD_BYTES each, so that one may be damaged. The first
 * `cpu_segments` segments are CPU 0's, the next CPU 1's and so on; behind those of nr_cpus CPUs
 * the last `definition_segments` have what samples of all CPUs share: files and mappings.
 *
 * The module fills the segments of a CPU one after the other and then overwrites the oldest, as
 * a whole. The larger `sequence` is the later segment. Within a segment:
 *
 *	struct ember_flight_segment
 *	struct ember_flight_frame, `bytes` bytes of records (emberprof.h, 5)
 *	struct ember_flight_frame, ...
 *
 * The first frame that has no records, does not fit or whose CRC is wrong ends the segment. A
 * CPU's segment defines all threads, stacks and events of its samples, and its first record is
 * a TIME: a reader needs no segment before it. Files and mappings are defined at least once in
 * each half of their segments.
 *
 * CRCs are CRC-32 as in zlib, of which a frame's continues its segment's: leftovers of an
 * earlier use of the segment do not match. Believe nothing of a region that a reboot left.
 */
#ifndef _UAPI_EMBERPROF_FLIGHT_H
#define _UAPI_EMBERPROF_FLIGHT_H

#include <linux/types.h>

#define EMBER_FLIGHT_HEAD_BYTES		4096
#define EMBER_FLIGHT_SEGMENT_LEAST	4096	/* bytes of a segment, */
#define EMBER_FLIGHT_SEGMENT_MOST	65536	/* a power of two */
#define EMBER_FLIGHT_REGION_MOST	(16U << 20)

#define EMBER_FLIGHT_MAGIC		0x4c464245U	/* "EBFL" on a little-endian machine */
#define EMBER_FLIGHT_SEGMENT_MAGIC	0x53464245U	/* "EBFS" */
#define EMBER_FLIGHT_VERSION		1

/* flags in struct ember_flight_head, set where the module hands the region out */
#define EMBER_FLIGHT_SAME_KERNEL	(1U << 0)	/* as runs now: `moved` is valid */

struct ember_flight_head {
	__u32 magic;
	__u32 crc;			/* of all that follows in this struct */
	__u32 version;
	__u32 flags;			/* EMBER_FLIGHT_* */
	__u64 region_bytes;
	__u32 segment_bytes;
	__u32 nr_segments;
	__u32 nr_cpus;
	__u32 cpu_segments;		/* of each CPU */
	__u32 definition_segments;	/* an even number */
	__u32 generation;		/* boots, modulo 2^32, that wrote to the region */
	__u64 period_ns;
	__u64 monotonic_ns;		/* CLOCK_MONOTONIC when it began, */
	__u64 boottime_ns;		/* and CLOCK_BOOTTIME, */
	__u64 realtime_ns;		/* and CLOCK_REALTIME */
	__u64 anchor;			/* address of a function of the kernel */
	__s64 moved;			/* how far that function is behind it now */
	char release[72];		/* the kernel's, as in uname(2), NUL-terminated; */
	char build[72];			/* version in uname(2) */
};

struct ember_flight_segment {
	__u32 magic;
	__u32 crc;			/* of all that follows in this struct */
	__u32 generation;		/* the head's */
	__u32 ring;			/* the CPU; nr_cpus: definitions */
	__u64 sequence;			/* 1 for the ring's first segment, then one more each */
	__u64 time;			/* CLOCK_MONOTONIC, ns */
};

struct ember_flight_frame {
	__u32 bytes;			/* of records; a multiple of 8, 0: the end */
	__u32 crc;			/* of `bytes` and the records, continuing the segment's */
};

#endif
