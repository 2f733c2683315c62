/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The contract between the emberprof module and its readers.
 *
 * 1. Life of a session
 *
 *    open("/dev/emberprof", O_RDWR)      needs CAP_PERFMON (CAP_SYS_ADMIN before
 *                                        5.8) and a kernel that isn't locked
 *                                        down; else -EPERM
 *    ioctl EMBER_IOC_QUERY               what this module can do; at any time
 *    ioctl EMBER_IOC_CONFIG              makes the session's rings; once; needs the
 *                                        same capability, else -EPERM. From here
 *                                        on it counts against the caps on sessions
 *                                        and memory: past them -EBUSY; -ENOMEM
 *                                        for more than half of what is free
 *    mmap                                see 2
 *    ioctl EMBER_IOC_START, _STOP        as often as wanted
 *    ioctl EMBER_IOC_STATUS              counters of this or any other session
 *    poll                                readable when a ring passed its watermark,
 *                                        when anything waits longer than the latency
 *                                        that CONFIG set, or, once, when new files
 *                                        are defined. The first two are checked
 *                                        when a sample is written: idle CPUs cause
 *                                        no wakeup of the reader
 *    ioctl EMBER_IOC_ADOPT               takes over the boot session, in place of
 *                                        CONFIG: see 7
 *    ioctl EMBER_IOC_BUDGET              bounds what it costs: emberprof_budget.h
 *    ioctl EMBER_IOC_THREADS             all threads' stacks now: emberprof_threads.h
 *    close                               undoes all of it
 *
 *    The file may be passed on, and rights be dropped: its holder may map the
 *    rings, START and STOP, load tables and read any session's STATUS. What is
 *    sampled was decided by CONFIG, for good.
 *
 *    Wrong order is -EINVAL (START before CONFIG), -EBUSY (CONFIG twice, START
 *    while running) or -EINVAL (STOP while not running). An unknown command is
 *    -ENOTTY.
 *
 *    Every struct begins with its own `size`, set by the caller. A larger struct
 *    than the module knows is accepted if what the module doesn't know is zero,
 *    else -E2BIG; a smaller one (not below the first published size) reads as
 *    padded by zeros. Unknown flags and reserved fields that aren't zero are
 *    -EINVAL; a bad pointer is -EFAULT.
 *
 * 2. Rings
 *
 *    There is one ring for each possible CPU, numbered by the CPU, and one more,
 *    number `nr_cpus`, for what is found out later in process context: files,
 *    mappings. Ring R is mapped in two parts:
 *
 *      offset R * ring_stride                 the control page; PROT_READ |
 *                                             PROT_WRITE, one page: struct
 *                                             ember_ring_control
 *      offset R * ring_stride + data_offset   the head page and the data after it;
 *                                             PROT_READ only, one page +
 *                                             ring_bytes: struct ember_ring_head
 *
 *    (ring_stride and data_offset come from CONFIG.) MAP_SHARED is required.
 *    Another length, offset or protection is -EINVAL (-EPERM for write access to
 *    the data); the data can't be made writable afterwards. Rings of CPUs that
 *    aren't in the session's set have no memory: mapping them is -ENXIO.
 *
 *    head and tail are byte counts, free-running modulo 2^32; the data of byte n
 *    are at n & (ring_bytes - 1). The module writes records, then head (release).
 *    The reader loads head (acquire), reads, then stores tail (release). A tail
 *    outside [head - ring_bytes, head] counts as a full ring: it loses samples,
 *    it does no other harm.
 *
 *    A record is struct ember_record and what follows, 8-byte aligned, `size`
 *    bytes in all; it never wraps: EMBER_REC_PAD fills the end of the ring.
 *    Records of unknown type are skipped by their size. All values are of the
 *    CPU's own byte order.
 *
 * 3. What the records mean
 *
 *    A sample in a CPU's ring names a stack and a thread by number. Both were
 *    defined earlier in the same ring. A number may be defined again (the map of
 *    stacks is finite): the latest definition before the sample holds. Numbers of
 *    one ring mean nothing in another.
 *
 *    A thread names its address space. Spaces and files are numbered over the
 *    whole session; no number is used again. The last ring describes a space's
 *    mappings: a SPACE record, then one MAP record for each executable mapping,
 *    then SPACE_END. These records are one generation, valid from `time` on until the
 *    next generation of that space. Every MAP names an earlier FILE record.
 *    The module spends 1 % of a CPU on finding that out, and one process has a share
 *    of it and of the room for what waits for the ring: one that maps and unmaps all
 *    the time harms itself. Its changes are noticed later then, or not at all, which
 *    SPACE_LOST reports and snapshots_late and definitions_dropped of STATUS count.
 *    A space's first generation is taken as soon as its first sample is (it can
 *    arrive after the sample: apply it backwards too). A change is noticed at a
 *    sample, at the latest a second after it: a pc that no mapping has belongs to
 *    the next generation, if that has it.
 *
 *    What the module keeps of address spaces and files is as much as the sampled
 *    processes make it. CONFIG sets memory aside for it, an eighth of max_bytes or
 *    4 MiB: memory_bytes has it in. What finds no room there is not kept, and
 *    counted in spaces_refused: a space without a number (mapping_unknown counts its
 *    samples), mappings that aren't defined yet, or whose unwind tables aren't used.
 *
 *    Records that the last ring has no room for wait in the module. STOP writes
 *    those that fit; `definitions_waiting` of STATUS counts the bytes that still wait.
 *
 *    Times are CLOCK_MONOTONIC nanoseconds. A sample's is its point's own, or the
 *    end of the handler that the point fell into. It carries the low 32 bits of
 *    its time; a TIME record gives the whole and comes first in a ring, and again
 *    before the low half could be mistaken (at least every 2^31 ns).
 *
 *    Each sample stands for one period, or for as many as the last RATE record says.
 *    Losses are written in-band, as a LOST record, as soon as there is room, and are
 *    counted by cause in the head page.
 *
 * 4. The grid
 *
 *    A CPU's points lie one in each period cell, [n * period, (n + 1) * period)
 *    after the CPU's own origin; without EMBER_CONFIG_NO_JITTER at a uniformly
 *    random place in the cell. Every point of a running session's online CPU ends
 *    in exactly one of the counters points_sampled, points_lost, points_filtered,
 *    points_idle, points_skipped, points_throttled of struct ember_counters; `points` is
 *    their sum.
 *
 * 5. Unwind tables
 *
 *    ioctl EMBER_IOC_UNWIND, after CONFIG, running or not, loads the unwind table of a
 *    file that a FILE record of this session defined, and replaces an earlier table of
 *    that file; without pages, it drops the table. From then on frames in that file are
 *    unwound by the table's rules; where there is no table or no rule (EMBER_CFA_NONE),
 *    by frame pointer. Samples that were written before stay as they are. samples_table
 *    counts samples of which at least one frame was unwound by a rule.
 *
 *    With EMBER_CONFIG_TABLES (where QUERY has EMBER_FEATURE_GAPS) tables are expected
 *    for all files: a stack that was left by frame pointer in a file that has none yet, or
 *    went on where no mapping was known, and that reached its start all the same, may lack
 *    frames in its middle. It ends with EMBER_END_GAPS in place of EMBER_END_WHOLE, and
 *    samples_gaps counts its samples. A table whose only rule is rule 0 says that there's
 *    nothing better than frame pointers for that file; it isn't among `tables`.
 *
 *    A table is checked whole before it's used: rows in order, each page's first at
 *    offset 0, numbers in range; else -EINVAL. What a rule says is only ever read
 *    from user memory, a step up the stack at a time: a wrong one ends the walk.
 *    All tables take max_table_bytes of the module's at most: those that were sampled
 *    longest ago go for a new one (tables_evicted); one that finds no room even so is
 *    -ENOSPC.
 *
 * 6. Events
 *
 *    The clock is the event EMBER_EVENT_CPU: each of its points weighs one period, and its
 *    samples are SAMPLE records. CONFIG selects further events (where QUERY has their
 *    EMBER_FEATURE_*; else -EOPNOTSUPP), each at most once, and each with a period in the
 *    event's own unit. With further events, `hz` may be 0: the clock doesn't run.
 *
 *    An occurrence of a period's weight or more becomes a sample of that weight. Those of
 *    less are laid end to end, in cells of one period with a mark in each, at a random place
 *    (in the middle with EMBER_CONFIG_NO_JITTER): one that covers a mark becomes a sample that
 *    weighs a period. So sums of weights are unbiased.
 *
 *    The record of a sample is WEIGHTED and never SAMPLE: it says nothing of CPU time. An EVENT
 *    record defines the event's number in the same ring before. The module takes the stack by
 *    an interrupt that it sends to its own CPU, within microseconds of the occurrence; if
 *    more of them occur until then, one sample has the sum of their weights. A filter applies
 *    as to the clock's points, the flags NO_KERNEL and NO_USER don't.
 *
 *    Each event has its own counters, in STATUS; `points` and what adds up to it are the
 *    clock's. Samples for which the ring had no room are reported in-band by an EVENT_LOST
 *    record, with their weight. Counters of samples by their stacks (samples_hardirq,
 *    samples_table, truncated_*, ...) count samples of all events.
 *
 *    EMBER_EVENT_GROWTH: bytes by which resident memory of the current process grew: anonymous,
 *    shared or file pages that became mapped, at first touch or again after they were
 *    reclaimed. The thread is the one that touched them (or the system call did for it).
 *    `detail` is EMBER_GROWTH_*. The kernel may account for several pages at once, which are
 *    one occurrence: up to 64 page faults of a thread before 6.2, a huge page, the pages around
 *    a file's page. What a process had when the event was first used is no growth of it.
 *
 *    EMBER_EVENT_BLOCK: nanoseconds that a thread waited, from the switch away from it to the
 *    switch back; so the time until it got a CPU once it was woken is in it. The sample has the
 *    stack that the thread waited in, kernel and user, and the time of its end; it is in the
 *    ring of the CPU that the thread runs on then. Waits that began before START, or that last
 *    when STOP comes, don't count; idle tasks don't wait. A thread that could have run on, but
 *    another one got its CPU (preemption, sched_yield()), is EMBER_EVENT_PREEMPT's. `detail` has
 *    the kind of wait and for how many waits the sample counts: of a wait of d ns, shorter than a
 *    period of n, n / d, rounded up or down at random. So sums of counts are unbiased, too.
 *    Which threads wait is kept in a table; where it is full the oldest wait has to go, and is
 *    lost with the time that it took so far (`evicted`).
 *
 *    EMBER_EVENT_MUTEX: nanoseconds that threads waited for a mutex, by the thread that released
 *    it, in its stack at that time (user frames). The mutexes are those that glibc and musl wait
 *    for by futex(), and those with priority inheritance. An occurrence is a release that woke
 *    a waiter. Its weight is what all waiters together waited since the mutex was last released
 *    so, or since they began to wait; from the wakeup on, a waiter waits for nobody. `detail` has
 *    how many releases the sample counts for, as in BLOCK, and 0 as the kind. A wait that no
 *    holder ends (a timeout, a signal, a wakeup by a thread that didn't hold the mutex) is lost,
 *    with its weight. Waits at what isn't known to be a mutex don't occur.
 *
 *    EMBER_EVENT_CYCLES, _INSTRUCTIONS, _CACHE_MISSES, _BRANCH_MISSES: hardware counters that the
 *    clock's ticks read, so they need a clock (else -EINVAL) and no interrupt of the PMU. Their
 *    period is 1. What a counter counted on the CPU since its last sample, of any thread, is a
 *    WEIGHTED record of the same time, thread and stack behind the SAMPLE; where that is 0, there
 *    is none. Time in which the CPU is idle is left out. Samples that count for several points
 *    (RATE), or come after points that were skipped, have all that was counted in between. A
 *    filtered sample takes what was counted with it. A period in which the counter could not be
 *    read is lost, with a weight of 0. CONFIG fails with -ENOSPC where the PMU has no free counter.
 *
 * 7. The boot session
 *
 *    The module can start a session by itself, before any process could open the device: by
 *    its parameters (boot=1) or by a node of the device tree. That session owns itself and
 *    has no filter; its process ids are those of the initial pid namespace, its latency is 0.
 *    STATUS lists it with EMBER_BOOT_WAITS. It doesn't keep the module from being unloaded.
 *
 *    No reader makes room, so it stops, as by STOP, as soon as a CPU's ring is filled to seven
 *    eighths or the last ring is full: all that its samples need is defined by then, in the
 *    last ring or in what waits for it.
 *
 *    ioctl EMBER_IOC_ADOPT (where QUERY has EMBER_FEATURE_ADOPT) makes it the session of this
 *    file, as if the file had configured and started it: mmap, START, STOP, poll and close
 *    do what they do otherwise. The rings have all since its first sample, and it goes on
 *    sampling meanwhile. A poll() that began before ADOPT isn't woken by the session. The
 *    same capability as for CONFIG is needed.
 *
 *      -EPERM    no capability
 *      -EBUSY    this file has a session already, by CONFIG or ADOPT
 *      -ENOENT   there's no boot session, or another file has adopted it
 *      -EPROTO   the reader's abi_version isn't the module's
 *      -EINVAL   watermark or latency that CONFIG wouldn't take
 *
 *    An ADOPT that fails, with -EFAULT too, leaves the boot session as it was.
 */
#ifndef _UAPI_EMBERPROF_H
#define _UAPI_EMBERPROF_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "emberprof_budget.h"
#include "emberprof_threads.h"

#define EMBER_ABI_VERSION	1
#define EMBER_DEVICE		"/dev/emberprof"

#define EMBER_COMM_LEN		16	/* with the NUL */
#define EMBER_BUILD_ID_MAX	20
#define EMBER_FRAMES_MAX	128	/* kernel and user frames together */
#define EMBER_PATH_MAX		4096	/* with the NUL */

/* ---- ioctl ---- */

/* features in struct ember_query */
#define EMBER_FEATURE_KERNEL_FRAMES	(1ULL << 0)	/* can walk kernel stacks */
#define EMBER_FEATURE_USER_FRAMES	(1ULL << 1)	/* can walk user stacks */
#define EMBER_FEATURE_COMPAT_FRAMES	(1ULL << 2)	/* and those of 32-bit tasks */
#define EMBER_FEATURE_IDLE_STOP		(1ULL << 3)	/* leaves idle CPUs asleep */
#define EMBER_FEATURE_SOFTIRQ		(1ULL << 4)	/* sees softirqs on idle CPUs */
#define EMBER_FEATURE_HARDIRQ		(1ULL << 5)	/* names interrupt handlers */
#define EMBER_FEATURE_HRTIMER		(1ULL << 6)	/* names hrtimer callbacks */
#define EMBER_FEATURE_INHERIT		(1ULL << 7)	/* EMBER_FILTER_TREE works */
#define EMBER_FEATURE_GAPS		(1ULL << 8)	/* knows EMBER_CONFIG_TABLES */
#define EMBER_FEATURE_EVENTS		(1ULL << 9)	/* CONFIG takes further events */
#define EMBER_FEATURE_GROWTH		(1ULL << 10)	/* EMBER_EVENT_GROWTH */
#define EMBER_FEATURE_ADOPT		(1ULL << 11)	/* EMBER_IOC_ADOPT */
#define EMBER_FEATURE_BUDGET		(1ULL << 12)	/* EMBER_IOC_BUDGET */
#define EMBER_FEATURE_CGROUPS		(1ULL << 13)	/* EMBER_FILTER_CGROUP works */
#define EMBER_FEATURE_BLOCK		(1ULL << 14)	/* EMBER_EVENT_BLOCK and _PREEMPT */
#define EMBER_FEATURE_THREADS		(1ULL << 15)	/* EMBER_EVENT_THREADS */
#define EMBER_FEATURE_MUTEX		(1ULL << 16)	/* EMBER_EVENT_MUTEX */
#define EMBER_FEATURE_COUNTERS		(1ULL << 17)	/* knows hardware counters; the PMU has: */
#define EMBER_FEATURE_CYCLES		(1ULL << 24)	/* EMBER_EVENT_CYCLES, */
#define EMBER_FEATURE_INSTRUCTIONS	(1ULL << 25)	/* EMBER_EVENT_INSTRUCTIONS, */
#define EMBER_FEATURE_CACHE_MISSES	(1ULL << 26)	/* EMBER_EVENT_CACHE_MISSES, */
#define EMBER_FEATURE_BRANCH_MISSES	(1ULL << 27)	/* EMBER_EVENT_BRANCH_MISSES */

struct ember_query {
	__u32 size;
	__u32 abi_version;
	__u64 features;
	__u32 nr_cpus;			/* possible CPUs: rings 0 .. nr_cpus - 1 */
	__u32 max_hz;			/* caps, from the module's parameters */
	__u32 max_sessions;
	__u32 nr_sessions;		/* configured now */
	__u32 min_ring_bytes;
	__u32 max_ring_bytes;		/* of one ring */
	__u64 max_bytes;		/* of all that all sessions take, but for unwind
					 * tables (see 5) */
	__u64 used_bytes;
	__u32 max_frames;
	__u32 reserved;
};

/* flags in struct ember_config */
#define EMBER_CONFIG_NO_JITTER		(1U << 0)	/* points at each cell's middle */
#define EMBER_CONFIG_NO_KERNEL		(1U << 1)	/* points in kernel mode: filtered */
#define EMBER_CONFIG_NO_USER		(1U << 2)	/* points in user mode: filtered */
#define EMBER_CONFIG_TABLES		(1U << 3)	/* unwind tables are expected, see 5 */
#define EMBER_CONFIG_FLAGS		15U

/* filter in struct ember_config */
#define EMBER_FILTER_NONE		0	/* every task; interrupts too */
#define EMBER_FILTER_PROCESSES		1	/* ids are process ids (tgid) */
#define EMBER_FILTER_THREADS		2	/* ids are thread ids */
#define EMBER_FILTER_TREE		3	/* ids are process ids, and all that
						 * descend from them */
#define EMBER_FILTER_CGROUP		4	/* ids are those of cgroups in the default
						 * hierarchy (cgroup2), as
						 * name_to_handle_at() has them: tasks that
						 * are in one of them now, or below it. An
						 * id that no cgroup has matches nothing */

#define EMBER_IDS_MAX			256

/* type in struct ember_event and struct ember_rec_event */
#define EMBER_EVENT_CPU			0	/* the clock: never listed */
#define EMBER_EVENT_GROWTH		1	/* EMBER_UNIT_BYTES */
#define EMBER_EVENT_BLOCK		2	/* EMBER_UNIT_NANOSECONDS */
#define EMBER_EVENT_PREEMPT		3	/* EMBER_UNIT_NANOSECONDS */
#define EMBER_EVENT_THREADS		4	/* EMBER_UNIT_NANOSECONDS: emberprof_threads.h */
#define EMBER_EVENT_MUTEX		5	/* EMBER_UNIT_NANOSECONDS */
#define EMBER_EVENT_CYCLES		8	/* EMBER_UNIT_COUNT, as the three below */
#define EMBER_EVENT_INSTRUCTIONS	9
#define EMBER_EVENT_CACHE_MISSES	10
#define EMBER_EVENT_BRANCH_MISSES	11
#define EMBER_EVENTS_MAX		8	/* further events of one session */

/* unit in struct ember_rec_event */
#define EMBER_UNIT_COUNT		0
#define EMBER_UNIT_NANOSECONDS		1
#define EMBER_UNIT_BYTES		2

struct ember_event {
	__u32 type;			/* EMBER_EVENT_* */
	__u32 flags;			/* 0 */
	__u64 period;			/* in the event's unit; 1 .. 2^32 - 1 */
	__u64 reserved[2];
};

struct ember_config {
	__u32 size;
	__u32 flags;
	__u32 hz;			/* samples per second and CPU; 1 .. max_hz; with
					 * further events 0, too */
	__u32 filter;
	__u32 ring_bytes;		/* in: of each ring's data, 0 for the default;
					 * a power of two, a page at least.
					 * out: what was made */
	__u32 nr_ids;			/* in the caller's pid namespace */
	__u64 ids;			/* pointer to __u32[nr_ids]; with
					 * EMBER_FILTER_CGROUP to __u64[nr_ids] */
	__u64 cpus;			/* pointer to a bit mask, or 0 for all CPUs:
					 * bit n of byte n / 8 is CPU n */
	__u32 cpus_bytes;
	__u32 max_frames;		/* 1 .. EMBER_FRAMES_MAX, 0 for the most */
	__u32 watermark_bytes;		/* wakes the reader; 0: half a ring */
	__u32 latency_ms;		/* wakes it at the latest; 0: never */
	__u32 stack_slots;		/* known stacks per CPU; 0 for the default */
	__u32 thread_slots;		/* known threads per CPU; 0 for the default */
	/* filled in by the module */
	__u32 nr_rings;			/* nr_cpus + 1 */
	__u32 session;			/* number, as `status` shows it */
	__u64 period_ns;		/* of the clock; 0 without one */
	__u64 ring_stride;
	__u64 data_offset;
	/* and in again */
	__u64 events;			/* pointer to struct ember_event[nr_events] */
	__u32 nr_events;		/* further events, see 6 */
	__u32 reserved;
};

struct ember_adopt {
	__u32 size;
	__u32 abi_version;		/* EMBER_ABI_VERSION, as the reader knows it */
	__u32 watermark_bytes;		/* these two as in CONFIG */
	__u32 latency_ms;
	/* filled in by the module: as CONFIG has them */
	__u32 flags;
	__u32 hz;
	__u32 ring_bytes;
	__u32 max_frames;
	__u32 nr_rings;
	__u32 session;
	__u64 period_ns;
	__u64 ring_stride;
	__u64 data_offset;
	__u64 started;			/* CLOCK_MONOTONIC ns: when it was started */
	__u32 state;			/* EMBER_STATE_STOPPED: a ring was full */
	__u32 reserved[5];		/* and in */
};

/*
 * What became of the points of one CPU (or, added up, of a session), and what
 * went wrong. 64-bit values in the head page are written with plain stores: on a
 * 32-bit CPU read them twice.
 */
struct ember_counters {
	__u64 points;			/* the next five and points_throttled added up */
	__u64 points_sampled;
	__u64 points_lost;		/* ring full */
	__u64 points_filtered;		/* not asked for */
	__u64 points_idle;		/* the CPU was idle */
	__u64 points_skipped;		/* passed with nobody looking: interrupts
					 * off, a late timer */
	__u64 samples_hardirq;		/* of points_sampled, in a hard interrupt */
	__u64 samples_softirq;
	__u64 stacks_defined;		/* STACK records */
	__u64 stacks_evicted;
	__u64 threads_defined;		/* THREAD records */
	__u64 truncated_depth;		/* stacks that max_frames cut */
	__u64 truncated_user_read;	/* a frame record that couldn't be read */
	__u64 truncated_user_frame;	/* a frame pointer that made no sense */
	__u64 truncated_kernel;		/* the kernel's unwinder gave up */
	__u64 mapping_unknown;		/* samples whose space couldn't be held */
	__u64 definitions_lost;		/* FILE, SPACE: last ring full */
	__u64 handler_ns;		/* spent in our own handlers */
	__u64 wakeups;			/* of the reader */
	__u64 samples_table;		/* whose user stack a table's rule helped to walk */
	__u64 samples_gaps;		/* whose user stack ended with EMBER_END_GAPS */
	__u64 truncated_time;		/* stacks that ended with EMBER_END_TIME */
	__u64 points_throttled;		/* left out to stay within the budget */
	__u64 reserved;
};

/* Of one further event, on one CPU or added up. */
struct ember_event_counters {
	__u32 type;			/* EMBER_EVENT_*; 0: no such event */
	__u32 evicted;			/* waits that had to go for others, modulo 2^32 */
	__u64 period;
	__u64 occurred;			/* occurrences, before any filter */
	__u64 weight;			/* and their weights' sum */
	__u64 sampled;			/* WEIGHTED records */
	__u64 sampled_weight;
	__u64 lost;			/* samples: ring full, the thread was gone, or its
					 * wait evicted */
	__u64 filtered;			/* samples that weren't asked for */
};

#define EMBER_STATUS_CPU_ALL	(~0U)
#define EMBER_STATUS_SELF	(~0U)

/* state in struct ember_status */
#define EMBER_STATE_NEW		0	/* not configured */
#define EMBER_STATE_STOPPED	1
#define EMBER_STATE_RUNNING	2

/* boot in struct ember_status */
#define EMBER_BOOT_NOT		0	/* CONFIG made it */
#define EMBER_BOOT_WAITS	1	/* a boot session that has no file yet, */
#define EMBER_BOOT_ADOPTED	2	/* or that a file has adopted */

/* Bytes of the first struct that was published, which the ioctl's number has in it. */
#define EMBER_STATUS_SIZE_1	312

struct ember_status {
	__u32 size;
	__u32 index;			/* in: the n-th configured session, in the order of
					 * `session`, or EMBER_STATUS_SELF; past the last:
					 * -ENOENT */
	__u32 cpu;			/* in: a CPU, or EMBER_STATUS_CPU_ALL */
	__u32 session;
	__u32 state;
	__u32 hz;
	__u32 flags;
	__u32 filter;
	__u32 owner;			/* process that opened it, or adopted it, in
					 * the caller's pid namespace, 0 outside of it */
	__u32 nr_ids;
	__u32 ring_bytes;
	__u32 cpus_online;		/* CPUs that sample now */
	__u64 running_ns;		/* time between STARTs and STOPs */
	__u64 memory_bytes;		/* of max_bytes: rings, tables, and what is set
					 * aside for what the sampled processes decide */
	__u32 ring_recommended;		/* for one second of a stalled reader, at the
					 * fullest seen so far; 0 before any sample */
	__u32 spaces;			/* address spaces known */
	__u64 space_hold_max_ns;	/* longest that a snapshot kept an mm alive */
	__u64 snapshots;		/* generations written */
	__u64 definitions_waiting;	/* bytes for the last ring, which is full: read it
					 * and ask again */
	__u64 table_bytes;		/* of unwind tables */
	__u32 tables;
	__u32 tables_evicted;		/* for want of room */
	__u32 table_rows;
	__u32 boot;			/* EMBER_BOOT_* */
	struct ember_counters counters;
	__u64 spaces_bytes;		/* of memory_bytes: what the sampled processes take of it
					 * now, dead ones' page tables included */
	__u64 spaces_refused;		/* times that they found no more of it */
	__u64 snapshot_ns;		/* spent on snapshots */
	__u64 snapshots_late;		/* put off, though something had changed */
	__u64 definitions_dropped;	/* generations beyond their own process's share of
					 * what waits for room */
	struct ember_event_counters events[EMBER_EVENTS_MAX];
	struct ember_status_budget budget;
};

/*
 * An unwind table of one file: how the callers of its functions are found. Code at an
 * offset in the file has the rule of the last row that isn't past it. Rows are kept by
 * pages of 64 KiB of the file: pages[p] .. pages[p + 1] - 1 are those of page first + p,
 * the first of them at offset 0, the others in order. Rule 0 says that nothing is known.
 */
#define EMBER_UNWIND_PAGE_SHIFT	16
#define EMBER_UNWIND_RULES_MAX	65535

/* What was on the stack before the call (the CFA) is found by, with cfa_offset added: */
#define EMBER_CFA_NONE		0	/* nothing is known; rule 0, and it alone */
#define EMBER_CFA_END		1	/* nobody called this: the stack is whole */
#define EMBER_CFA_SP		2
#define EMBER_CFA_FP		3	/* rbp, ebp, x29, r11 */
#define EMBER_CFA_R7		4	/* ARM: Thumb code's */
#define EMBER_CFA_SP_AT		5	/* the word at sp + cfa_offset, and cfa_add */
#define EMBER_CFA_FP_AT		6
#define EMBER_CFA_PLT		7	/* x86-64: sp + 8; 8 more from byte cfa_offset
					 * of 16 on */
#define EMBER_CFA_SIGNAL	8	/* a signal's frame, which has all registers; on ARM
					 * r0 is at sp + cfa_offset */
#define EMBER_CFA_LAST		8

/* Where a register of the caller is. */
#define EMBER_SAVED_NOT		0	/* still there (return address: in lr) */
#define EMBER_SAVED_CFA		1	/* the word at CFA + offset */
#define EMBER_SAVED_FP		2	/* the word at fp + offset */
#define EMBER_SAVED_LOST	3	/* nowhere that could be found */
#define EMBER_SAVED_UNIT	4	/* bytes: what offsets are counted in */

struct ember_rule {
	__s32 cfa_offset;		/* bytes */
	__s16 ra_offset;		/* EMBER_SAVED_UNIT */
	__s16 fp_offset;
	__s16 r7_offset;
	__u8 cfa;			/* EMBER_CFA_* */
	__u8 cfa_add;			/* bytes */
	__u8 ra;			/* EMBER_SAVED_* */
	__u8 fp;
	__u8 r7;
	__u8 source;			/* the reader's own */
};

struct ember_row {
	__u16 offset;			/* in its page */
	__u16 rule;
};

struct ember_unwind {
	__u32 size;
	__u32 file;			/* number from a FILE record of this session */
	__u32 first;			/* page of the file: offset >> 16 */
	__u32 nr_pages;			/* 0: the file's table is dropped */
	__u32 nr_rows;
	__u32 nr_rules;
	__u64 pages;			/* pointer to __u32[nr_pages + 1] */
	__u64 rows;			/* pointer to struct ember_row[nr_rows] */
	__u64 rules;			/* pointer to struct ember_rule[nr_rules] */
	__u64 reserved[2];
};

#define EMBER_IOC_MAGIC		0xEB
#define EMBER_IOC_QUERY		_IOWR(EMBER_IOC_MAGIC, 0x00, struct ember_query)
#define EMBER_IOC_CONFIG	_IOWR(EMBER_IOC_MAGIC, 0x01, struct ember_config)
#define EMBER_IOC_START		_IO(EMBER_IOC_MAGIC, 0x02)
#define EMBER_IOC_STOP		_IO(EMBER_IOC_MAGIC, 0x03)
#define EMBER_IOC_STATUS	_IOC(_IOC_READ | _IOC_WRITE, EMBER_IOC_MAGIC, 0x04, \
				     EMBER_STATUS_SIZE_1)
#define EMBER_IOC_UNWIND	_IOW(EMBER_IOC_MAGIC, 0x05, struct ember_unwind)
#define EMBER_IOC_ADOPT		_IOWR(EMBER_IOC_MAGIC, 0x06, struct ember_adopt)

/* ---- rings ---- */

/* First mapping of a ring: the only page that a reader may write. */
struct ember_ring_control {
	__u32 tail;
	__u32 reserved[15];
};

/* First page of a ring's second mapping; the data begin one page after it. */
struct ember_ring_head {
	__u32 head;
	__u32 ring_bytes;
	__u32 page_bytes;		/* where the data begin, from here */
	__u32 reserved[13];
	struct ember_counters counters;
};

/* type in struct ember_record */
#define EMBER_REC_PAD		0	/* nothing; up to the end of the ring */
#define EMBER_REC_TIME		1
#define EMBER_REC_SAMPLE	2
#define EMBER_REC_STACK		3
#define EMBER_REC_THREAD	4
#define EMBER_REC_LOST		5
#define EMBER_REC_FILE		6
#define EMBER_REC_SPACE		7
#define EMBER_REC_MAP		8
#define EMBER_REC_SPACE_END	9
#define EMBER_REC_SPACE_LOST	10
#define EMBER_REC_EVENT		11
#define EMBER_REC_WEIGHTED	12
#define EMBER_REC_EVENT_LOST	13
#define EMBER_REC_RATE		14	/* emberprof_budget.h */

struct ember_record {
	__u16 type;
	__u16 size;			/* with this header; a multiple of 8. A PAD may
					 * say 0: all that is left up to the end */
};

struct ember_rec_pad {
	struct ember_record h;
	__u32 reserved;
};

struct ember_rec_time {
	struct ember_record h;
	__u32 reserved;
	__u64 time;			/* CLOCK_MONOTONIC, ns */
};

struct ember_rec_sample {
	struct ember_record h;
	__u32 time;			/* low half of ns */
	__u32 thread;			/* number from a THREAD record */
	__u32 stack;			/* number from a STACK record */
};

/* context in struct ember_rec_stack: what the CPU was doing */
#define EMBER_CONTEXT_TASK	0	/* the thread's own work */
#define EMBER_CONTEXT_SOFTIRQ	1
#define EMBER_CONTEXT_HARDIRQ	2	/* one kernel frame: the handler */
#define EMBER_CONTEXT_HRTIMER	3	/* one kernel frame: the callback */

/* end_kernel, end_user in struct ember_rec_stack: why the walk ended */
#define EMBER_END_NONE		0	/* no such frames were looked for or there */
#define EMBER_END_WHOLE		1	/* reached the start of the stack */
#define EMBER_END_DEPTH		2	/* max_frames */
#define EMBER_END_READ		3	/* the next frame record can't be read, or isn't
					 * in memory but in a device's registers */
#define EMBER_END_FRAME		4	/* the next frame pointer makes no sense */
#define EMBER_END_UNWINDER	5	/* the kernel's unwinder gave up */
#define EMBER_END_EXEC		6	/* in execve: registers and memory of two images */
#define EMBER_END_REPLACED	7	/* user frames gave way to kernel frames' depth */
#define EMBER_END_GAPS		8	/* reached the start of the stack, by frame pointer in
					 * a file whose unwind table wasn't there yet: frames
					 * may be missing in the middle (see 5) */
#define EMBER_END_TIME		9	/* the walks of this interrupt, of all sessions
					 * together, took max_walk_us, a parameter of the
					 * module; kernel or user frames */

/*
 * Frames are innermost first, kernel frames before user frames. The first frame
 * is where the CPU was; the others are return addresses. When the context is
 * SOFTIRQ, HARDIRQ or HRTIMER, the frames below the interrupt aren't part of the
 * stack: that time isn't the thread's.
 */
struct ember_rec_stack {
	struct ember_record h;
	__u32 stack;
	__u16 nr_kernel;
	__u16 nr_user;
	__u8 context;
	__u8 end_kernel;
	__u8 end_user;
	__u8 vector;			/* of a SOFTIRQ without frames, else 0 */
	__u64 frames[];
};

struct ember_rec_thread {
	struct ember_record h;
	__u32 thread;
	__u32 tid;			/* in the pid namespace that CONFIG was called
					 * from; 0: outside of it, or the idle task */
	__u32 tgid;
	__u64 start_time;		/* CLOCK_BOOTTIME ns, as in /proc/PID/stat */
	__u32 space;			/* 0: none (a kernel thread), or unknown */
	__u32 flags;
	char comm[EMBER_COMM_LEN];
};
#define EMBER_THREAD_KERNEL	(1U << 0)	/* a kernel thread */
#define EMBER_THREAD_IDLE	(1U << 1)	/* the idle task: interrupts on top */
#define EMBER_THREAD_COMPAT	(1U << 2)	/* a 32-bit task on a 64-bit kernel */

/* Points of this ring since the last LOST record that became no sample. */
struct ember_rec_lost {
	struct ember_record h;
	__u32 reserved;
	__u64 lost;			/* ring full */
	__u64 skipped;
};

/* Samples behind this count 2^shift points each: see emberprof_budget.h. */
struct ember_rec_rate {
	struct ember_record h;
	__u32 shift;			/* EMBER_BUDGET_SHIFT_MAX at most */
	__u64 time;			/* CLOCK_MONOTONIC ns: of the first of them */
};

/* Of a further event; in each CPU's ring. */
struct ember_rec_event {
	struct ember_record h;
	__u32 event;			/* number: its place in CONFIG's events */
	__u32 type;			/* EMBER_EVENT_* */
	__u32 unit;			/* EMBER_UNIT_*: of period and weights */
	__u64 period;			/* as in CONFIG: not 0 */
};

/* detail in struct ember_rec_weighted, of EMBER_EVENT_GROWTH */
#define EMBER_GROWTH_ANON	0
#define EMBER_GROWTH_FILE	1
#define EMBER_GROWTH_SHARED	2	/* shared memory, tmpfs */

/*
 * detail of EMBER_EVENT_BLOCK and EMBER_EVENT_PREEMPT: what kind of wait it was, and how many
 * waits the sample counts for.
 */
#define EMBER_WAIT_KIND(detail)		((detail) & 15)
#define EMBER_WAIT_COUNT(detail)	((detail) >> 4)
#define EMBER_WAIT_COUNT_MAX		((1U << 28) - 1)

#define EMBER_WAIT_SLEEP		0	/* interruptible, or a kernel thread that idles */
#define EMBER_WAIT_UNINTERRUPTIBLE	1
#define EMBER_WAIT_IO			2	/* in_iowait: for a disk, as a rule */
#define EMBER_WAIT_STOPPED		3	/* by a signal, a debugger, or parked */
#define EMBER_WAIT_PREEMPTED		4	/* it didn't wait, but another task ran */

struct ember_rec_weighted {
	struct ember_record h;
	__u32 time;			/* these three as in SAMPLE */
	__u32 thread;
	__u32 stack;
	__u32 event;			/* number from an EVENT record */
	__u32 detail;			/* what the type makes of it */
	__u64 weight;			/* in the event's unit: not 0 */
};

/* Of an event, in this ring since its last EVENT_LOST record. */
struct ember_rec_event_lost {
	struct ember_record h;
	__u32 event;
	__u64 lost;			/* samples: ring full */
	__u64 weight;			/* of those */
};

/* In the last ring only. */
struct ember_rec_file {
	struct ember_record h;
	__u32 file;
	__u32 dev_major;
	__u32 dev_minor;
	__u64 ino;
	__u64 generation;		/* of the inode; 0 where there is none */
	__u32 flags;
	__u8 build_id_bytes;		/* 0: unknown */
	__u8 build_id[EMBER_BUILD_ID_MAX];
	__u8 reserved[3];
	__u32 path_bytes;		/* without the NUL */
	char path[];			/* NUL-padded to a multiple of 8; from the
					 * root of the module's mount namespace, or
					 * of the file's own where that's another
					 * one. A path too long for the ring is cut
					 * at the front. Of what is no file: its
					 * name, such as [vdso] */
};
#define EMBER_FILE_DELETED	(1U << 0)	/* unlinked, or a memfd: path leads nowhere */
#define EMBER_FILE_VDSO		(1U << 1)
#define EMBER_FILE_ANON		(1U << 2)	/* no file: JIT code, say */
#define EMBER_FILE_CUT		(1U << 3)	/* path was cut */

struct ember_rec_space {
	struct ember_record h;
	__u32 space;
	__u32 generation;		/* from 1 */
	__u32 tgid;			/* a process that has it, as in THREAD */
	__u64 time;			/* when it was taken */
};

struct ember_rec_map {
	struct ember_record h;
	__u32 space;
	__u64 start;
	__u64 end;
	__u64 offset;			/* of start in the file, bytes */
	__u32 file;
	__u32 reserved;
};

struct ember_rec_space_end {
	struct ember_record h;
	__u32 space;
	__u32 generation;
	__u32 maps;			/* MAP records since SPACE; if fewer arrived,
					 * the generation is to be dropped */
};

/* Of a space, before a generation of it: what was lost by its own doing since the one
 * before.
 */
struct ember_rec_space_lost {
	struct ember_record h;
	__u32 space;
	__u32 late;			/* changes whose snapshot was put off */
	__u32 dropped;			/* generations that weren't written */
};

/* ---- the layout is the same for 32 and 64 bit ---- */

#ifdef __cplusplus
#define EMBER_ASSERT(what)	static_assert(what, #what)
#else
#define EMBER_ASSERT(what)	_Static_assert(what, #what)
#endif
#define EMBER_AT(type, member, where) \
	EMBER_ASSERT(__builtin_offsetof(struct type, member) == (where))
#define EMBER_SIZE(type, bytes)	EMBER_ASSERT(sizeof(struct type) == (bytes))

EMBER_SIZE(ember_query, 64);
EMBER_AT(ember_query, features, 8);
EMBER_AT(ember_query, max_bytes, 40);
EMBER_AT(ember_query, max_frames, 56);
EMBER_SIZE(ember_config, 112);
EMBER_AT(ember_config, ids, 24);
EMBER_AT(ember_config, cpus, 32);
EMBER_AT(ember_config, watermark_bytes, 48);
EMBER_AT(ember_config, nr_rings, 64);
EMBER_AT(ember_config, period_ns, 72);
EMBER_AT(ember_config, events, 96);
EMBER_AT(ember_config, reserved, 108);
EMBER_SIZE(ember_adopt, 96);
EMBER_AT(ember_adopt, period_ns, 40);
EMBER_AT(ember_adopt, state, 72);
EMBER_SIZE(ember_event, 32);
EMBER_SIZE(ember_event_counters, 64);
EMBER_SIZE(ember_counters, 192);
EMBER_AT(ember_counters, handler_ns, 136);
EMBER_SIZE(ember_status, 896);
EMBER_AT(ember_status, budget, 864);
EMBER_SIZE(ember_cpu_budget, 32);
EMBER_SIZE(ember_rec_rate, 16);
EMBER_SIZE(ember_thread_list, 32);
EMBER_AT(ember_counters, points_throttled, 176);
EMBER_AT(ember_status, events, 352);
EMBER_AT(ember_status, running_ns, 48);
EMBER_AT(ember_status, space_hold_max_ns, 72);
EMBER_AT(ember_status, counters, 120);
EMBER_AT(ember_status, spaces_bytes, EMBER_STATUS_SIZE_1);
EMBER_SIZE(ember_ring_control, 64);
EMBER_SIZE(ember_ring_head, 256);
EMBER_AT(ember_ring_head, counters, 64);
EMBER_SIZE(ember_record, 4);
EMBER_SIZE(ember_rec_pad, 8);
EMBER_SIZE(ember_rule, 16);
EMBER_SIZE(ember_row, 4);
EMBER_SIZE(ember_unwind, 64);
EMBER_SIZE(ember_rec_time, 16);
EMBER_SIZE(ember_rec_sample, 16);
EMBER_SIZE(ember_rec_stack, 16);
EMBER_AT(ember_rec_stack, frames, 16);
EMBER_SIZE(ember_rec_thread, 48);
EMBER_AT(ember_rec_thread, start_time, 16);
EMBER_AT(ember_rec_thread, comm, 32);
EMBER_SIZE(ember_rec_lost, 24);
EMBER_SIZE(ember_rec_event, 24);
EMBER_SIZE(ember_rec_weighted, 32);
EMBER_AT(ember_rec_weighted, weight, 24);
EMBER_SIZE(ember_rec_event_lost, 24);
EMBER_AT(ember_rec_file, path, 64);
EMBER_SIZE(ember_rec_file, 64);
EMBER_AT(ember_rec_file, build_id, 37);
EMBER_SIZE(ember_rec_space, 24);
EMBER_SIZE(ember_rec_map, 40);
EMBER_SIZE(ember_rec_space_end, 16);
EMBER_SIZE(ember_rec_space_lost, 16);

#endif /* _UAPI_EMBERPROF_H */
