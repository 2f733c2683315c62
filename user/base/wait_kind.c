// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/wait_kind.h"

#include <emberprof.h>
#include <stdbool.h>
#include <string.h>

/*
 * A kind and what names of its functions begin with, leading underscores apart. The innermost
 * function that is known decides, unless an outer one is of a kind that replaces that of the
 * inner one: a page fault reads from the disk, and a futex may take a lock of the kernel.
 */
static const struct ember_wait_row {
	const char *kind, *replaces, *begins;
} ember_wait_rows[] = {
	{ "futex", "lock", "futex_" },
	{ "fault", "io",
	  "handle_mm_fault do_user_addr_fault exc_page_fault do_page_fault "
	  "do_translation_fault do_swap_page filemap_fault handle_userfault" },
	{ "sleep", "", "do_nanosleep hrtimer_nanosleep msleep usleep_range timerfd_read" },
	{ "poll", "",
	  "ep_poll do_epoll_wait do_poll do_sys_poll do_select core_sys_select "
	  "poll_schedule io_cqring" },
	{ "pipe", "", "pipe_ anon_pipe_ fifo_ wait_for_partner" },
	{ "socket", "",
	  "unix_ tcp_ udp_ inet_ inet6_ sk_ sock_ skb_ netlink_ packet_ raw_ vsock_ "
	  "wait_for_more_packets" },
	{ "io", "",
	  "io_schedule folio_wait wait_on_page wait_on_buffer bit_wait_io blk_ "
	  "submit_bio_wait jbd2_ nfs_ rpc_ fuse_" },
	{ "lock", "",
	  "mutex_lock rwsem_down down_ rt_mutex percpu_down rt_spin_lock rtlock_ rwbase_" },
	{ "child", "", "kernel_wait do_sys_wait wait_for_vfork" },
	{ "signal", "", "do_sigtimedwait sigsuspend do_sys_pause x64_sys_pause sys_pause" },
	{ "event", "", "eventfd_ signalfd_ inotify_ fanotify_" },
	{ "ipc", "", "do_semtimedop do_msgrcv do_msgsnd wq_sleep" },
	{ "tty", "", "n_tty_ tty_" },
};
#define EMBER_WAIT_ROWS (sizeof(ember_wait_rows) / sizeof(*ember_wait_rows))

/* Kinds of which nothing is known but the state: any function decides. */
static const char ember_wait_interruptible[] = "interruptible";
static const char ember_wait_uninterruptible[] = "uninterruptible";

static bool ember_wait_begins(const char *words, const char *function)
{
	size_t n;

	for (; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (!strncmp(words, function, n))
			return true;
	}
	return false;
}

const char *ember_wait_kind(uint32_t state)
{
	switch (state) {
	case EMBER_WAIT_SLEEP: return ember_wait_interruptible;
	case EMBER_WAIT_IO: return "io";
	case EMBER_WAIT_STOPPED: return "stopped";
	case EMBER_WAIT_PREEMPTED: return "preempted";
	default: return ember_wait_uninterruptible;
	}
}

const char *ember_wait_kind_frame(const char *kind, const char *function)
{
	bool open = kind == ember_wait_interruptible || kind == ember_wait_uninterruptible;
	unsigned int i;

	while (*function == '_')
		function++;
	for (i = 0; i < EMBER_WAIT_ROWS; i++) {
		const struct ember_wait_row *row = &ember_wait_rows[i];

		if ((open || !strcmp(row->replaces, kind)) &&
		    ember_wait_begins(row->begins, function))
			return row->kind;
	}
	return kind;
}
