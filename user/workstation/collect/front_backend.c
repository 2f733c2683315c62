// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/front_backend.h"

#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/path.h"
#include "http/metrics.h"
#include "log/folder.h"
#include "workstation/collect/store.h"

#define EMBER_FRONT_LAG_NS 2500000000ull /* boards send each second, by default */
#define EMBER_FRONT_BYTES \
	(4ull << 30) /* of a request's process: a report of 256 MiB of logs */
#define EMBER_FRONT_DEAD_NS 30000000000ull /* without a sign of the collector */

/* ---- in the server ---- */

static uint64_t ember_front_sync(void *context)
{
	struct ember_front_backend *b = context;

	/* One that cannot be sent is not answered: what is there has to do. */
	b->asked += send(b->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
	return b->asked;
}

static bool ember_front_synced(void *context, uint64_t number)
{
	const struct ember_front_backend *b = context;

	return b->answered >= number;
}

static void ember_front_metrics(void *context, FILE *out)
{
	/* Of the collector's counters those that also fall. */
	static const char *const gauges[] = { "boards", "streams",    "connections",
					      "logs",	"logs_bytes", "held_bytes" };
	const struct ember_front_backend *b = context;
	const struct ember_front_shared *s = b->front->shared;
	uint32_t i, k, nr = s->nr;
	char name[80], help[120];

	for (i = 0; i < nr; i++) {
		const char *counter = s->name[i];
		bool gauge = false;

		for (k = 0; k < sizeof(gauges) / sizeof(*gauges); k++)
			gauge |= !strcmp(counter, gauges[k]);
		snprintf(name, sizeof(name), "collect_%s%s", counter, gauge ? "" : "_total");
		snprintf(help, sizeof(help), "%s, as emberprof status DIR shows it.", counter);
		ember_metric(out, gauge ? EMBER_METRIC_GAUGE : EMBER_METRIC_COUNTER, name,
			     help, s->value[i]);
	}
}

static bool ember_front_healthy(void *context, const char **why)
{
	const struct ember_front_backend *b = context;
	const struct ember_front_shared *s = b->front->shared;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), seen = s->seen_ns;

	*why = NULL;
	if (s->failing)
		*why = "what boards send cannot be written";
	else if (seen && now > seen + EMBER_FRONT_DEAD_NS)
		*why = "the collector does not answer";
	return !*why;
}

/* ---- in a request's process ---- */

static bool ember_front_logs(void *context, struct ember_logs *logs,
			     const struct ember_log_filter *filter)
{
	const struct ember_front_backend *b = context;

	return ember_logs_add(logs, b->folder, filter, NULL);
}

static int ember_front_names(void *context, struct ember_input *input)
{
	const struct ember_front_backend *b = context;
	char *none[] = { NULL, NULL };
	uint32_t i;
	int err = 0;

	for (i = 0; i < b->front->nr_folder && !err; i++) {
		optarg = b->front->folder[i].value;
		err = ember_input_option(input, b->front->folder[i].option, none, NULL);
	}
	return err;
}

static int ember_front_hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A folder's name as the board's that it encodes: see ember_names_folder(). */
static void ember_front_decode(const char *folder, char name[EMBER_FOLDER_MAX])
{
	for (; *folder; folder++) {
		int high = *folder == '%' ? ember_front_hex(folder[1]) : -1;
		int low = high >= 0 ? ember_front_hex(folder[2]) : -1;

		if (low >= 0)
			folder += 2;
		if (*folder != '%' || low >= 0)
			*name++ = low >= 0 ? (char)(high << 4 | low) : *folder;
	}
	*name = 0;
}

/* Find when the newest log was written, and how large all are. */
static void ember_front_look(const char *path, struct ember_http_board *board)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		char *log;

		if (!ember_log_is_named(entry->d_name))
			continue;
		log = ember_path_in(path, entry->d_name);
		if (!stat(log, &st) && S_ISREG(st.st_mode)) {
			uint64_t ns = st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec;

			board->bytes += st.st_size;
			board->seen_ns = ns > board->seen_ns ? ns : board->seen_ns;
		}
		free(log);
	}
	if (dir)
		closedir(dir);
}

/* A folder is of one board, or of all that were given one name. */
static void ember_front_board(const struct ember_front_backend *b, const char *folder,
			      const char *path, ember_http_board_fn *each, void *to)
{
	char name[EMBER_FOLDER_MAX], encoded[EMBER_FOLDER_MAX];
	struct ember_http_board board = { .name = name };
	bool named = false;
	uint32_t i;

	ember_front_decode(folder, name);
	ember_front_look(path, &board);
	for (i = 0; i < b->names->nr; i++) {
		ember_names_folder(b->names, b->names->item[i].id, encoded);
		if (strcmp(encoded, folder))
			continue;
		board.id = b->names->item[i].id;
		each(to, &board);
		named = true;
	}
	board.id = name;
	if (!named)
		each(to, &board);
}

static void ember_front_boards(void *context, ember_http_board_fn *each, void *to)
{
	const struct ember_front_backend *b = context;
	char *boards = ember_path_in(b->folder, EMBER_STORE_BOARDS);
	DIR *dir = opendir(boards);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		char *path;

		if (*entry->d_name == '.' || strlen(entry->d_name) >= EMBER_FOLDER_MAX)
			continue;
		path = ember_path_in(boards, entry->d_name);
		if (!stat(path, &st) && S_ISDIR(st.st_mode))
			ember_front_board(b, entry->d_name, path, each, to);
		free(path);
	}
	if (dir)
		closedir(dir);
	free(boards);
}

void ember_front_backend_set(struct ember_front_backend *b, const struct ember_front *front,
			     const char *folder, const struct ember_names *names, int fd)
{
	*b = (struct ember_front_backend){
		.http = {
			.context = b,
			.service = "collector",
			.lag_ns = EMBER_FRONT_LAG_NS,
			.child_bytes = EMBER_FRONT_BYTES,
			.sync = ember_front_sync,
			.synced = ember_front_synced,
			.metrics = ember_front_metrics,
			.healthy = ember_front_healthy,
			.logs = ember_front_logs,
			.names = ember_front_names,
			.boards = ember_front_boards,
		},
		.front = front,
		.folder = folder,
		.names = names,
		.fd = fd,
	};
}
