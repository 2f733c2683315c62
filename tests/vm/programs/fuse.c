// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program on a file server that is stopped: fuse MOUNTPOINT. Mounts a FUSE file
 * system with itself as its one file, runs that, stops the server and samples the
 * process, while it burns and while it waits for a page that doesn't come. The server
 * is left stopped, its pid and the process's are printed: the module has to go now.
 */
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "session.h"

#define ROOT	FUSE_ROOT_ID
#define PROGRAM 2
#define WHILE	300000000000ull /* longer than any test */
#define PROMPT	10000000000ull /* however busy the host */
#define READY	9 /* where the program says that it runs */

/* A page of this that nobody has touched is on the server alone. */
static const char far[1 << 20] __attribute__((aligned(4096))) = { 1, 2, 3 };

static int server_fd, server_file;

static void reply(uint64_t unique, int error, const void *data, size_t bytes)
{
	static char out[sizeof(struct fuse_out_header) + (1 << 20)];
	struct fuse_out_header *h = (void *)out;

	h->unique = unique;
	h->error = error;
	h->len = sizeof(*h) + bytes;
	memcpy(out + sizeof(*h), data, bytes);
	if (write(server_fd, out, h->len) < 0 && errno != ENOENT)
		_exit(1);
}

static void attributes(uint64_t node, struct fuse_attr *attr)
{
	struct stat st;

	fstat(server_file, &st);
	memset(attr, 0, sizeof(*attr));
	attr->ino = node;
	attr->nlink = 1;
	attr->blksize = 4096;
	attr->mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0755;
	attr->size = node == ROOT ? 4096 : st.st_size;
	attr->blocks = attr->size / 512;
}

static void serve_one(const struct fuse_in_header *in, const void *argument)
{
	static char data[1 << 20];
	const struct fuse_read_in *rd = argument;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096, .time_gran = 1
	};
	struct fuse_entry_out entry = { .nodeid = PROGRAM,
					.entry_valid = 3600,
					.attr_valid = 3600 };
	struct fuse_attr_out attr = { .attr_valid = 3600 };
	struct fuse_open_out opened = { 0 };
	struct fuse_statfs_out statfs = { 0 };
	ssize_t n;

	switch (in->opcode) {
	case FUSE_INIT: reply(in->unique, 0, &init, sizeof(init)); break;
	case FUSE_LOOKUP:
		if (strcmp(argument, "program")) {
			reply(in->unique, -ENOENT, NULL, 0);
			break;
		}
		attributes(PROGRAM, &entry.attr);
		reply(in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		attributes(in->nodeid, &attr.attr);
		reply(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR: reply(in->unique, 0, &opened, sizeof(opened)); break;
	case FUSE_READ:
		n = pread(server_file, data, rd->size, rd->offset);
		reply(in->unique, n < 0 ? -EIO : 0, data, n < 0 ? 0 : n);
		break;
	case FUSE_STATFS: reply(in->unique, 0, &statfs, sizeof(statfs)); break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH: reply(in->unique, 0, NULL, 0); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: break;
	default: reply(in->unique, -ENOSYS, NULL, 0);
	}
}

static void serve(void)
{
	static char in[(1 << 20) + 4096];

	while (read(server_fd, in, sizeof(in)) > 0 || errno == EINTR || errno == ENOENT)
		serve_one((void *)in, in + sizeof(struct fuse_in_header));
	_exit(0);
}

static pid_t server_start(const char *where)
{
	char options[128];
	pid_t pid;

	server_fd = open("/dev/fuse", O_RDWR);
	server_file = open("/proc/self/exe", O_RDONLY);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", server_fd);
	if (server_fd < 0 || mount("fuse", where, "fuse", MS_NOSUID | MS_NODEV, options))
		return -1;
	pid = fork();
	if (!pid)
		serve();
	close(server_fd);
	return pid;
}

static volatile sig_atomic_t go_far;

static void on_signal(int signal)
{
	(void)signal;
	go_far = 1;
}

/* What runs from the server. */
static int program(void)
{
	uint64_t end = now() + WHILE;

	/* All that it runs comes from the server before that's stopped. */
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	go_far = 0;
	burn(now() + 1000000);
	if (write(READY, "", 1) != 1)
		return 1;
	while (now() < end) {
		burn(now() + 1000000);
		if (go_far) {
			go_far = 0;
			burn_sink += *(volatile const char *)&far[sizeof(far) / 2];
		}
	}
	return 0;
}

static char file_path[EMBER_PATH_MAX];
static uint8_t file_build_id;

/* The FILE record of what is mounted at `where`. */
static void find_file(struct session *s, const char *where)
{
	uint32_t ring = s->config.nr_rings - 1, at = s->control[ring]->tail;
	const struct ember_ring_head *head = s->head[ring];
	uint32_t end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);

	while (at != end) {
		uint32_t place = at & (head->ring_bytes - 1);
		const struct ember_rec_file *f =
			(const void *)((const char *)head + head->page_bytes + place);

		if (f->h.type == EMBER_REC_FILE && !strncmp(f->path, where, strlen(where))) {
			snprintf(file_path, sizeof(file_path), "%s", f->path);
			file_build_id = f->build_id_bytes;
		}
		at += f->h.size ? f->h.size : head->ring_bytes - place;
	}
}

static char state_of(pid_t pid)
{
	char path[32], line[256], *end = NULL;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	if (stat && fgets(line, sizeof(line), stat))
		end = strrchr(line, ')');
	if (stat)
		fclose(stat);
	return end ? end[2] : 0;
}

/* far: half-way the process wants a page that the server doesn't bring. */
static void sample(pid_t pid, const char *where, bool far)
{
	uint32_t id = pid;
	struct session s = { .config = { .hz = 499,
					 .filter = EMBER_FILTER_PROCESSES,
					 .ids = (uintptr_t)&id,
					 .nr_ids = 1 } };
	struct ember_counters c;
	uint64_t begin;

	if (!ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "a session"))
		return;
	sleep_ms(500);
	if (far)
		kill(pid, SIGUSR1);
	sleep_ms(1000);
	ok((state_of(pid) == 'R') == !far, far ? "it waits for a page" : "it runs");
	begin = now();
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	ok(now() - begin < PROMPT, "stop is prompt");
	find_file(&s, where);
	drain(&s);
	c = counters(&s, EMBER_STATUS_CPU_ALL);
	ok(c.points_sampled > 10 && s.samples == c.points_sampled && !s.bad,
	   "the process is sampled");
	begin = now();
	session_close(&s);
	ok(now() - begin < PROMPT, "close is prompt");
}

int main(int argc, char **argv)
{
	char path[128], byte;
	pid_t server, pid;
	int ready[2];

	if (argc == 1)
		return program();
	setvbuf(stdout, NULL, _IOLBF, 0);
	server = server_start(argv[1]);
	if (!ok(server > 0, "a FUSE server"))
		return cases_end("fuse");
	snprintf(path, sizeof(path), "%s/program", argv[1]);
	if (pipe2(ready, O_CLOEXEC))
		return 1;
	pid = fork();
	if (!pid) {
		dup2(ready[1], READY);
		execl(path, "program", (char *)NULL);
		perror("# exec");
		_exit(1);
	}
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "a program runs from it");
	ok(!kill(server, SIGSTOP), "the server stops");
	ok(!kill(pid, 0) && !waitpid(pid, NULL, WNOHANG), "its program runs on");
	sample(pid, argv[1], false);
	ok(!strcmp(file_path, path), "its file has its path");
	printf("# %s, a build-id of %u bytes\n", file_path, file_build_id);
	sample(pid, argv[1], true);
	printf("pids %d %d\n", server, pid);
	return cases_end("fuse");
}
