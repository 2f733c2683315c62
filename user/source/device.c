// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

static int ember_device_refused(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
		return ember_error("no " EMBER_DEVICE ": load the module (insmod emberprof.ko)");
	case EPERM:
	case EACCES:
		return ember_error("needs CAP_PERFMON or root, and a kernel that isn't locked down");
	}
	return ember_error(EMBER_DEVICE ": %s", strerror(error));
}

static int ember_device_configure(struct ember_device *d)
{
	if (!ioctl(d->fd, EMBER_IOC_CONFIG, &d->config))
		return 0;
	switch (errno) {
	case ESRCH:
		return ember_error("no such process or thread");
	case EBUSY:
		if (!ioctl(d->fd, EMBER_IOC_QUERY, &d->query) &&
		    d->query.nr_sessions >= d->query.max_sessions)
			return ember_error("too many sessions are open (module parameter max_sessions)");
		return ember_error("sessions have all the memory they may (module parameter max_bytes)");
	}
	return ember_error("session refused: %s", strerror(errno));
}

static int ember_device_map(struct ember_device *d)
{
	unsigned int i, n = d->config.nr_rings;
	long page = sysconf(_SC_PAGESIZE);

	d->control = calloc(n, sizeof(*d->control));
	d->head = calloc(n, sizeof(*d->head));
	if (!d->control || !d->head)
		return ember_error("out of memory");
	for (i = 0; i < n; i++) {
		off_t at = i * d->config.ring_stride;

		d->control[i] = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, at);
		if (d->control[i] == MAP_FAILED) {
			d->control[i] = NULL;
			if (errno == ENXIO)
				continue;	/* a CPU that isn't sampled */
			return ember_error("ring %u: %s", i, strerror(errno));
		}
		d->head[i] = mmap(NULL, page + d->config.ring_bytes, PROT_READ, MAP_SHARED,
				  d->fd, at + d->config.data_offset);
		if (d->head[i] == MAP_FAILED)
			return ember_error("ring %u: %s", i, strerror(errno));
	}
	return 0;
}

int ember_device_open(struct ember_device *d, const struct ember_config *config)
{
	memset(d, 0, sizeof(*d));
	d->query.size = sizeof(d->query);
	d->config = *config;
	d->fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (d->fd < 0)
		return ember_device_refused(errno);
	if (ioctl(d->fd, EMBER_IOC_QUERY, &d->query) ||
	    d->query.abi_version != EMBER_ABI_VERSION)
		return ember_error("the module speaks version %u, this tool %u: install both from one release",
				   d->query.abi_version, EMBER_ABI_VERSION);
	if (!config->hz || config->hz > d->query.max_hz)
		return ember_error("rate %u: 1 to %u Hz (module parameter max_hz)",
				   config->hz, d->query.max_hz);
	return ember_device_configure(d) || ember_device_map(d);
}

int ember_device_start(struct ember_device *d)
{
	if (ioctl(d->fd, EMBER_IOC_START))
		return ember_error("start: %s", strerror(errno));
	return 0;
}

int ember_device_stop(struct ember_device *d, struct ember_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	status->index = EMBER_STATUS_SELF;
	status->cpu = EMBER_STATUS_CPU_ALL;
	if (ioctl(d->fd, EMBER_IOC_STOP) || ioctl(d->fd, EMBER_IOC_STATUS, status))
		return ember_error("stop: %s", strerror(errno));
	return 0;
}

void ember_device_close(struct ember_device *d)
{
	if (d->fd >= 0)
		close(d->fd);
	free(d->control);
	free(d->head);
}

static bool ember_ring_read(struct ember_device *d, unsigned int ring,
			    ember_record_fn record, void *context)
{
	const struct ember_ring_head *head = d->head[ring];
	const uint8_t *data = (const uint8_t *)head + head->page_bytes;
	uint32_t bytes = d->config.ring_bytes;
	uint32_t end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);
	uint32_t at = d->control[ring]->tail;
	bool good = true;

	while (at != end) {
		uint32_t place = at & (bytes - 1);
		const struct ember_record *rec = (const void *)(data + place);
		uint32_t size = rec->size ? rec->size : bytes - place;

		if (size < 8 || size % 8 || size > end - at || size > bytes - place) {
			good = false;
			break;
		}
		if (rec->type != EMBER_REC_PAD)
			record(context, ring, rec);
		at += size;
	}
	__atomic_store_n(&d->control[ring]->tail, end, __ATOMIC_RELEASE);
	return good;
}

unsigned int ember_device_read(struct ember_device *d, ember_record_fn record,
			       void *context)
{
	unsigned int bad = 0, i = d->config.nr_rings;

	while (i--)
		if (d->head[i])
			bad += !ember_ring_read(d, i, record, context);
	return bad;
}
