// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * where [-F HZ] [-a] [-r RING-BYTES] [-s] [-v] [-w] COMMAND...: samples a command and its
 * descendants (-a: everything) and prints where the samples taken in user mode lie, by
 * the module's records alone:
 *
 *   samples N user N unknown N sampled_ms N cpu_ms N ...
 *   spaces N generations N arrived N definition_bytes N held_max_us N ...
 *   file COUNT STARTS DEV:INO BUILD-ID PATH     one line a file: its samples, at how many
 *                                               addresses it's mapped; - for no build-id
 *   at TIME PC SPACE PATH                       -v: each sample; - where unknown
 *   late SPACE LATE DROPPED                     -v: what a space lost by its own doing
 *   unknown TIME PC SPACE                       -w: each sample that no mapping has
 *
 * With -s nothing is read before the end, and COMMAND is run again and again until the
 * definitions that found no room in their ring are a quarter of what it holds: waiting
 * N, turns N. After 50 turns that's given up.
 *
 * A sample's mapping is the one of the generation in force at its time, or else of
 * the next one. Exit status: the command's.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "reader.h"

struct file {
	uint32_t number, flags, build_id_bytes;
	unsigned int major, minor;
	uint64_t ino, count, start[16];
	unsigned int starts;
	uint8_t build_id[EMBER_BUILD_ID_MAX];
	char path[512];
};

struct map {
	uint64_t start, end;
	uint32_t file;
};

struct generation {
	uint32_t space, nr;
	uint64_t time;
	struct map *map;
	size_t before; /* index + 1 of the space's one before; 0: none */
};

struct sample {
	uint64_t time, pc;
	uint32_t space;
};

#define GROW(array, nr)                                                                     \
	do {                                                                                \
		if (!((nr) & ((nr)-1)))                                                     \
			(array) = realloc(array, ((nr) ? 2 * (nr) : 1) * sizeof(*(array))); \
		if (!(array))                                                               \
			reader_die("memory");                                               \
		memset(&(array)[(nr)++], 0, sizeof(*(array)));                              \
	} while (0)

static struct reader reader;
static struct file *files;
static struct generation *generations;
static struct sample *samples;
static size_t nr_files, nr_generations, nr_samples, all, broken, definition_bytes;
static size_t *latest; /* by space: index + 1 of its last generation */
static uint32_t nr_latest;
static uint64_t *stack_pc[READER_RINGS]; /* by number; 0: not in user mode */
static uint32_t *thread_space[READER_RINGS];
static bool filling, verbose;

#define SLOTS (1u << 16)

static void on_file(const struct ember_rec_file *rec)
{
	struct file *file = NULL;
	size_t i;

	for (i = 0; i < nr_files && !file; i++)
		if (files[i].number == rec->file)
			file = &files[i];
	if (!file) {
		GROW(files, nr_files);
		file = &files[nr_files - 1];
	}
	file->number = rec->file;
	file->flags = rec->flags;
	file->major = rec->dev_major;
	file->minor = rec->dev_minor;
	file->ino = rec->ino;
	file->build_id_bytes = rec->build_id_bytes;
	memcpy(file->build_id, rec->build_id, sizeof(file->build_id));
	snprintf(file->path, sizeof(file->path), "%.*s", (int)rec->path_bytes, rec->path);
}

static void on_definition(const struct ember_record *record)
{
	const struct ember_rec_space *space = (const void *)record;
	const struct ember_rec_map *map = (const void *)record;
	const struct ember_rec_space_end *end = (const void *)record;
	struct generation *g = nr_generations ? &generations[nr_generations - 1] : NULL;
	size_t i;

	switch (record->type) {
	case EMBER_REC_FILE: on_file((const void *)record); break;
	case EMBER_REC_SPACE:
		broken += filling;
		GROW(generations, nr_generations);
		g = &generations[nr_generations - 1];
		g->space = space->space;
		g->time = space->time;
		while (g->space >= nr_latest)
			GROW(latest, nr_latest);
		g->before = latest[g->space];
		latest[g->space] = nr_generations;
		filling = true;
		break;
	case EMBER_REC_MAP:
		if (!filling || g->space != map->space) {
			broken++;
			break;
		}
		GROW(g->map, g->nr);
		g->map[g->nr - 1] = (struct map){ map->start, map->end, map->file };
		/* A file comes before the first mapping of it. */
		for (i = 0; i < nr_files; i++)
			if (files[i].number == map->file)
				break;
		broken += i == nr_files;
		break;
	case EMBER_REC_SPACE_END:
		broken += !filling || g->space != end->space || g->nr != end->maps;
		filling = false;
		break;
	}
}

static void on_record(void *context, unsigned int ring, const struct ember_record *record)
{
	const struct ember_rec_stack *stack = (const void *)record;
	const struct ember_rec_thread *thread = (const void *)record;
	const struct ember_rec_sample *sample = (const void *)record;
	const struct ember_rec_space_lost *lost = (const void *)record;
	uint64_t time;

	(void)context;
	if (!stack_pc[ring]) {
		stack_pc[ring] = calloc(SLOTS, sizeof(uint64_t));
		thread_space[ring] = calloc(SLOTS, sizeof(uint32_t));
	}
	switch (record->type) {
	case EMBER_REC_STACK:
		stack_pc[ring][stack->stack % SLOTS] =
			!stack->nr_kernel && stack->nr_user ? stack->frames[0] : 0;
		break;
	case EMBER_REC_THREAD:
		thread_space[ring][thread->thread % SLOTS] = thread->space;
		break;
	case EMBER_REC_SAMPLE:
		all++;
		time = reader_time(&reader, ring, sample);
		if (!stack_pc[ring][sample->stack % SLOTS])
			break;
		GROW(samples, nr_samples);
		samples[nr_samples - 1] =
			(struct sample){ time, stack_pc[ring][sample->stack % SLOTS],
					 thread_space[ring][sample->thread % SLOTS] };
		break;
	case EMBER_REC_SPACE_LOST:
		if (verbose)
			printf("late %u %u %u\n", lost->space, lost->late, lost->dropped);
		break;
	case EMBER_REC_FILE:
	case EMBER_REC_SPACE:
	case EMBER_REC_MAP:
	case EMBER_REC_SPACE_END:
		definition_bytes += record->size;
		on_definition(record);
		break;
	}
}

static const struct map *in_generation(const struct generation *g, uint64_t pc)
{
	for (uint32_t i = 0; g && i < g->nr; i++)
		if (pc >= g->map[i].start && pc < g->map[i].end)
			return &g->map[i];
	return NULL;
}

static const struct map *find(const struct sample *s)
{
	const struct generation *force = NULL, *next = NULL;
	const struct map *map;
	size_t at = s->space < nr_latest ? latest[s->space] : 0;

	for (; at && !force; at = generations[at - 1].before) {
		if (generations[at - 1].time <= s->time)
			force = &generations[at - 1];
		else
			next = &generations[at - 1];
	}
	map = in_generation(force, s->pc);
	return map ? map : in_generation(next, s->pc);
}

static void print_file(const struct file *f)
{
	printf("file %llu %u %u:%u:%llu ", (unsigned long long)f->count, f->starts, f->major,
	       f->minor, (unsigned long long)f->ino);
	for (uint32_t i = 0; i < f->build_id_bytes; i++)
		printf("%02x", f->build_id[i]);
	printf("%s %s%s\n", f->build_id_bytes ? "" : "-", f->path,
	       f->flags & EMBER_FILE_DELETED ? " (deleted)" : "");
}

static struct file *file_of(const struct map *map)
{
	size_t i;

	for (i = 0; map && i < nr_files; i++)
		if (files[i].number == map->file)
			return &files[i];
	return NULL;
}

static void report(const struct ember_status *st, double cpu_ms, bool which)
{
	unsigned int unknown = 0, no_space = 0;
	size_t i, k;

	for (i = 0; i < nr_samples; i++) {
		const struct map *map = find(&samples[i]);
		struct file *file = file_of(map);

		if (verbose || (which && !map))
			printf("%s %llu %llx %u %s\n", verbose ? "at" : "unknown",
			       (unsigned long long)samples[i].time,
			       (unsigned long long)samples[i].pc, samples[i].space,
			       file ? file->path : "-");
		unknown += !map;
		no_space += !samples[i].space;
		if (!file)
			continue;
		file->count++;
		for (k = 0; k < file->starts && file->start[k] != map->start; k++)
			;
		if (k == file->starts && k < 16)
			file->start[file->starts++] = map->start;
	}
	for (k = 0; k < nr_files; k++)
		print_file(&files[k]);
	printf("samples %zu user %zu unknown %u no_space %u sampled_ms %.1f cpu_ms %.1f lost %llu skipped %llu\n",
	       all, nr_samples, unknown, no_space, all * (reader.config.period_ns / 1e6),
	       cpu_ms, (unsigned long long)st->counters.points_lost,
	       (unsigned long long)st->counters.points_skipped);
	printf("spaces %u generations %llu arrived %zu definition_bytes %zu broken %zu definitions_lost %llu mapping_unknown %llu held_max_us %llu\n",
	       st->spaces, (unsigned long long)st->snapshots, nr_generations, definition_bytes,
	       broken, (unsigned long long)st->counters.definitions_lost,
	       (unsigned long long)st->counters.mapping_unknown,
	       (unsigned long long)st->space_hold_max_ns / 1000);
	printf("snapshot_us %llu snapshots_late %llu definitions_dropped %llu\n",
	       (unsigned long long)st->snapshot_ns / 1000,
	       (unsigned long long)st->snapshots_late,
	       (unsigned long long)st->definitions_dropped);
}

static double ms(struct timeval t)
{
	return t.tv_sec * 1e3 + t.tv_usec / 1e3;
}

/* Bytes of definitions that wait for room. */
static uint32_t waiting(void)
{
	struct ember_status st = { .size = sizeof(st),
				   .index = EMBER_STATUS_SELF,
				   .cpu = EMBER_STATUS_CPU_ALL };

	if (ioctl(reader.fd, EMBER_IOC_STATUS, &st))
		reader_die("status");
	return st.definitions_waiting;
}

/* Runs the command, and reads meanwhile unless stalled; `begin`: starts sampling. */
static int run(char **command, bool begin, bool stalled)
{
	struct pollfd wait = { .fd = reader.fd, .events = POLLIN };
	int status, go[2];
	pid_t pid;

	if (pipe(go))
		reader_die("pipe");
	pid = fork();
	if (!pid) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) != 0)
			_exit(126);
		close(go[0]);
		execvp(command[0], command);
		_exit(127);
	}
	if (begin)
		reader_start(&reader);
	close(go[0]);
	close(go[1]);
	while (wait4(pid, &status, stalled ? 0 : WNOHANG, NULL) != pid) {
		if (stalled)
			continue;
		poll(&wait, 1, 100);
		reader_read(&reader, on_record, NULL);
	}
	return status;
}

static void on_child(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	struct ember_config config = {
		.hz = 999, .filter = EMBER_FILTER_TREE, .nr_ids = 1, .latency_ms = 200
	};
	uint32_t self = getpid();
	struct ember_status st;
	struct rusage usage;
	bool stalled = false, which = false;
	unsigned int turns = 1;
	int option, status;

	while ((option = getopt(argc, argv, "+F:ar:svw")) != -1) {
		switch (option) {
		case 'F': config.hz = atoi(optarg); break;
		case 'a': config.filter = EMBER_FILTER_NONE; break;
		case 'r': config.ring_bytes = atoi(optarg); break;
		case 's': stalled = true; break;
		case 'v': verbose = true; break;
		case 'w': which = true; break;
		default: return 2;
		}
	}
	if (optind == argc)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	config.ids = (uintptr_t)&self;
	if (config.filter == EMBER_FILTER_NONE)
		config.ids = config.nr_ids = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, on_child);
	reader_open(&reader, &config);
	status = run(argv + optind, true, stalled);
	while (stalled && !status && waiting() <= reader.config.ring_bytes / 4 && turns < 50) {
		status = run(argv + optind, false, true);
		turns++;
	}
	if (stalled)
		printf("waiting %u turns %u\n", waiting(), turns);
	reader_stop(&reader, &st, on_record, NULL);
	getrusage(RUSAGE_CHILDREN, &usage);
	report(&st, ms(usage.ru_utime) + ms(usage.ru_stime), which);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
