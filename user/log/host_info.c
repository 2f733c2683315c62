// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/host_info.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/kallsyms.h"
#include "elf/note.h"
#include "log/fields.h"

#define EMBER_BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The bytes of a small file; 0: it can't be read. */
static size_t ember_small(const char *path, void *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, to, room);

	if (fd >= 0)
		close(fd);
	return n > 0 ? n : 0;
}

/* A small file's first line; false if it has none. */
static bool ember_line_of(const char *path, char *to, size_t room)
{
	size_t n = ember_small(path, to, room - 1);

	to[n] = 0;
	to[strcspn(to, "\r\n")] = 0;
	return *to;
}

/* Of the card whose name comes first: the order of a folder may change. */
static bool ember_board_mac(char *to, size_t room)
{
	DIR *dir = opendir("/sys/class/net");
	const struct dirent *entry;
	char path[300], first[256] = "", address[EMBER_BOARD_MAX];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/address", entry->d_name);
		if ((*first && strcmp(entry->d_name, first) > 0) ||
		    !ember_line_of(path, address, sizeof(address)) ||
		    strspn(address, "0:") == strlen(address))
			continue;
		strcpy(first, entry->d_name);
		snprintf(to, room, "%s", address);
	}
	if (dir)
		closedir(dir);
	return *first;
}

static void ember_board(char *to, size_t room)
{
	struct utsname host;

	if (ember_line_of("/proc/device-tree/serial-number", to, room) ||
	    ember_line_of("/etc/machine-id", to, room) || ember_board_mac(to, room))
		return;
	if (uname(&host))
		*host.nodename = 0;
	snprintf(to, room, "%.*s", (int)room - 1, host.nodename);
}

void ember_host_info(struct ember_stream_header *h, const char *board)
{
	struct utsname host;

	memset(h, 0, sizeof(*h));
	h->here = true;
	if (board)
		snprintf(h->board, sizeof(h->board), "%s", board);
	else
		ember_board(h->board, sizeof(h->board));
	ember_line_of(EMBER_BOOT_ID, h->boot, sizeof(h->boot));
	if (!uname(&host))
		snprintf(h->release, sizeof(h->release), "%s", host.release);
}

bool ember_host_is_same(const struct ember_stream_header *h)
{
	char boot[EMBER_BOOT_MAX];

	return ember_line_of(EMBER_BOOT_ID, boot, sizeof(boot)) && !strcmp(boot, h->boot);
}

static void ember_build_id_put(struct ember_buf *to, unsigned int field, const char *path)
{
	uint8_t notes[EMBER_NOTES_BYTES];
	const uint8_t *id;
	unsigned int n =
		ember_note_build_id(notes, ember_small(path, notes, sizeof(notes)), 4, &id);

	if (n)
		ember_proto_bytes(to, field, id, n);
}

/* Return the address of one of the kernel's symbols; 0: it's hidden. */
static uint64_t ember_host_symbol(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	uint64_t address = 0;

	if (!file)
		return 0;
	ember_kernel_symbol_find(file, name, &address);
	fclose(file);
	return address;
}

void ember_host_modules_put(struct ember_buf *to)
{
	FILE *file = fopen("/proc/modules", "re");
	struct ember_kernel_module m;
	struct ember_buf module = {};
	char path[128];

	while (file && ember_kernel_module_next(file, &m)) {
		ember_proto_text(&module, EMBER_MODULE_NAME, m.name);
		ember_proto_number(&module, EMBER_MODULE_ADDRESS, m.start);
		ember_proto_number(&module, EMBER_MODULE_BYTES, m.end - m.start);
		snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id",
			 m.name);
		ember_build_id_put(&module, EMBER_MODULE_BUILD_ID, path);
		ember_proto_part(to, EMBER_HELLO_MODULE, &module);
	}
	if (file)
		fclose(file);
	free(module.bytes);
}

/* begin: where its first symbol is, or was; 0: unknown. */
static void ember_kernel_at_put(struct ember_buf *to, uint64_t begin)
{
	struct utsname host;

	if (!uname(&host))
		ember_proto_text(to, EMBER_HELLO_MACHINE, host.machine);
	ember_build_id_put(to, EMBER_HELLO_KERNEL_BUILD_ID, "/sys/kernel/notes");
	if (begin)
		ember_proto_text(to, EMBER_HELLO_SYMBOL, EMBER_KERNEL_BEGIN);
	ember_proto_number(to, EMBER_HELLO_SYMBOL_ADDRESS, begin);
}

void ember_host_kernel_put(struct ember_buf *to)
{
	ember_kernel_at_put(to, ember_host_symbol(EMBER_KERNEL_BEGIN));
}

/* Where modules may have been: no symbol of the kernel is there, whichever is there now. */
static void ember_outside_put(struct ember_buf *to, uint64_t from, uint64_t until)
{
	struct ember_buf module = {};

	ember_proto_text(&module, EMBER_MODULE_NAME, "modules");
	ember_proto_number(&module, EMBER_MODULE_ADDRESS, from);
	ember_proto_number(&module, EMBER_MODULE_BYTES, until - from);
	ember_proto_part(to, EMBER_HELLO_MODULE, &module);
	free(module.bytes);
}

void ember_host_past_kernel_put(struct ember_buf *to, int64_t moved)
{
	uint64_t begin = ember_host_symbol(EMBER_KERNEL_BEGIN);
	uint64_t end = ember_host_symbol("_etext");

	if (!begin || end <= begin)
		return;
	ember_kernel_at_put(to, begin - moved);
	ember_outside_put(to, 1, begin - moved);
	ember_outside_put(to, end - moved, UINT64_MAX);
}
