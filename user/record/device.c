// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/message.h"
#include "doctor/permissions.h"

/* A ring's room is given back after as many bytes. */
#define EMBER_GIVE_BACK 4096

int ember_device_open(struct ember_device *d)
{
	memset(d, 0, sizeof(*d));
	d->query.size = sizeof(d->query);
	d->fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (d->fd < 0)
		return ember_permissions_refused(errno);
	if (ioctl(d->fd, EMBER_IOC_QUERY, &d->query)) {
		if (errno == ENOTTY)
			return ember_error(
				EMBER_DEVICE
				" isn't the module's device, or another version's: install module and tool from one release");
		return ember_error(EMBER_DEVICE ": query: %s", strerror(errno));
	}
	if (d->query.abi_version != EMBER_ABI_VERSION)
		return ember_error(
			"the module speaks version %u, this tool %u: install both from one release",
			d->query.abi_version, EMBER_ABI_VERSION);
	return 0;
}

static int ember_device_unconfigured(struct ember_device *d, int error)
{
	switch (error) {
	case ESRCH: return -1;
	case ENOSPC:
		return ember_error(
			"the PMU has no free counter: perf or the NMI watchdog has them (fewer with -e)");
	case ENOMEM:
		return ember_error(
			"the kernel has no memory for rings of %u KiB: a smaller one with -m",
			d->config.ring_bytes / 1024);
	case EBUSY:
		ioctl(d->fd, EMBER_IOC_QUERY, &d->query);
		if (d->query.nr_sessions >= d->query.max_sessions)
			return ember_error(
				"%u sessions run already, as many as may: see emberprof status (module parameter max_sessions)",
				d->query.nr_sessions);
		return ember_error(
			"sessions may take %llu KiB in all, %llu are taken: a smaller ring with -m (module parameter max_bytes)",
			(unsigned long long)d->query.max_bytes / 1024,
			(unsigned long long)d->query.used_bytes / 1024);
	}
	return ember_error("the module refuses the session: %s", strerror(error));
}

static int ember_device_map(struct ember_device *d)
{
	unsigned int i, n = d->config.nr_rings;
	long page = sysconf(_SC_PAGESIZE);

	d->control = calloc(n, sizeof(*d->control));
	d->head = calloc(n, sizeof(*d->head));
	d->end = calloc(n, sizeof(*d->end));
	if (!d->control || !d->head || !d->end)
		return ember_error("out of memory");
	for (i = 0; i < n; i++) {
		off_t at = i * d->config.ring_stride;
		void *map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, at);

		if (map == MAP_FAILED && errno == ENXIO)
			continue; /* a CPU that isn't sampled */
		if (map == MAP_FAILED)
			return ember_error("ring %u can't be mapped: %s", i, strerror(errno));
		d->control[i] = map;
		map = mmap(NULL, page + d->config.ring_bytes, PROT_READ, MAP_SHARED, d->fd,
			   at + d->config.data_offset);
		if (map == MAP_FAILED)
			return ember_error("ring %u can't be mapped: %s", i, strerror(errno));
		d->head[i] = map;
	}
	return 0;
}

int ember_device_configure(struct ember_device *d, const struct ember_config *config)
{
	d->config = *config;
	if (ioctl(d->fd, EMBER_IOC_CONFIG, &d->config))
		return ember_device_unconfigured(d, errno);
	return ember_device_map(d);
}

int ember_device_adopt(struct ember_device *d, struct ember_adopt *adopt)
{
	if (!(d->query.features & EMBER_FEATURE_ADOPT))
		return ember_error(
			"the module has no boot sessions: install module and tool from one release");
	adopt->size = sizeof(*adopt);
	adopt->abi_version = EMBER_ABI_VERSION;
	if (ioctl(d->fd, EMBER_IOC_ADOPT, adopt))
		return errno == ENOENT ?
			       ember_error(
				       "no boot session to adopt: none was started, or a recorder has it (see emberprof status; module parameter boot=1)") :
			       ember_error("boot session: cannot adopt it: %s",
					   strerror(errno));
	d->config = (struct ember_config){
		.hz = adopt->hz,
		.ring_bytes = adopt->ring_bytes,
		.nr_rings = adopt->nr_rings,
		.session = adopt->session,
		.period_ns = adopt->period_ns,
		.ring_stride = adopt->ring_stride,
		.data_offset = adopt->data_offset,
	};
	return ember_device_map(d);
}

bool ember_device_boot_waits(const struct ember_device *d)
{
	struct ember_status status = { .size = sizeof(status) };

	for (status.cpu = EMBER_STATUS_CPU_ALL; !ioctl(d->fd, EMBER_IOC_STATUS, &status);
	     status.size = sizeof(status), status.index++)
		if (status.boot == EMBER_BOOT_WAITS)
			return d->query.features & EMBER_FEATURE_ADOPT;
	return false;
}

int ember_device_start(struct ember_device *d)
{
	if (ioctl(d->fd, EMBER_IOC_START))
		return ember_error("sampling can't be started: %s", strerror(errno));
	return 0;
}

int ember_device_stop(struct ember_device *d)
{
	if (ioctl(d->fd, EMBER_IOC_STOP))
		return ember_error("sampling can't be stopped: %s", strerror(errno));
	return 0;
}

int ember_device_budget(struct ember_device *d, uint32_t ppm)
{
	struct ember_cpu_budget budget = { .size = sizeof(budget), .ppm = ppm };

	if (!(d->query.features & EMBER_FEATURE_BUDGET))
		return ember_error(
			"--budget: the module keeps none: install module and tool from one release");
	if (ioctl(d->fd, EMBER_IOC_BUDGET, &budget))
		return ember_error("--budget: %s", strerror(errno));
	return 0;
}

int ember_device_status(struct ember_device *d, struct ember_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	status->index = EMBER_STATUS_SELF;
	status->cpu = EMBER_STATUS_CPU_ALL;
	if (ioctl(d->fd, EMBER_IOC_STATUS, status))
		return ember_error("no status of the session: %s", strerror(errno));
	return 0;
}

void ember_device_close(struct ember_device *d)
{
	unsigned int i;
	long page = sysconf(_SC_PAGESIZE);

	for (i = 0; i < d->config.nr_rings; i++) {
		if (d->control && d->control[i])
			munmap(d->control[i], page);
		if (d->head && d->head[i])
			munmap((void *)d->head[i], page + d->config.ring_bytes);
	}
	free(d->control);
	free(d->head);
	free(d->end);
	if (d->fd >= 0)
		close(d->fd);
	d->control = NULL;
	d->head = NULL;
	d->end = NULL;
	d->config.nr_rings = 0;
	d->fd = -1;
}

static void ember_ring_read(struct ember_device *d, unsigned int ring, ember_record_fn record,
			    void *context)
{
	const struct ember_ring_head *head = d->head[ring];
	const uint8_t *data = (const uint8_t *)head + head->page_bytes;
	uint32_t *tail = &d->control[ring]->tail;
	uint32_t bytes = d->config.ring_bytes, end = d->end[ring], at = *tail, given = at;

	while (at != end) {
		uint32_t place = at & (bytes - 1);
		const struct ember_record *rec = (const void *)(data + place);
		uint32_t size = rec->size ? rec->size : bytes - place;

		if (size < 8 || size % 8 || size > end - at || size > bytes - place) {
			d->nonsense++;
			break;
		}
		if (rec->type != EMBER_REC_PAD)
			record(context, ring, rec);
		at += size;
		if (at - given >= EMBER_GIVE_BACK) {
			__atomic_store_n(tail, at, __ATOMIC_RELEASE);
			given = at;
		}
	}
	__atomic_store_n(tail, end, __ATOMIC_RELEASE);
}

void ember_device_read(struct ember_device *d, ember_record_fn record, void *context)
{
	unsigned int i;

	/*
	 * Load the head of the last ring, which has the mappings, last, and read that ring
	 * first: mappings that were reported before a sample are known when it is read.
	 */
	for (i = 0; i < d->config.nr_rings; i++)
		if (d->head[i])
			d->end[i] = __atomic_load_n(&d->head[i]->head, __ATOMIC_ACQUIRE);
	while (i--)
		if (d->head[i])
			ember_ring_read(d, i, record, context);
}
