// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: odd HOW SECONDS
 * Spends its time in spin(), called in a way that walks up the stack don't meet each day.
 */
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

static volatile unsigned int sink;
static double seconds;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

APART void spin(void)
{
	double end = now() + seconds;

	do
		for (unsigned int i = 0; i < 1000000; i++)
			sink += i;
	while (now() < end);
	sink++;
}

/* ---- in a signal's handler, on the same stack and on another ---- */

APART void handler(int number)
{
	(void)number;
	spin();
	sink++;
}

APART void action(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	handler(number);
	sink++;
}

APART void signalled(void)
{
	struct sigaction act = { .sa_handler = handler };

	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	sink++;
}

APART void elsewhere(void)
{
	struct sigaction act = { .sa_sigaction = action, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_sp = malloc(1 << 16), .ss_size = 1 << 16 };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR2, &act, NULL);
	raise(SIGUSR2);
	sink++;
}

/* ---- a frame whose size isn't known before ---- */

APART void variable(unsigned int n)
{
	char *room = alloca(n);

	memset(room, n, n);
	spin();
	sink += room[n / 2];
}

/* ---- back to where it came by ---- */

static jmp_buf back;

APART void deep(unsigned int n)
{
	if (!n)
		longjmp(back, 1);
	deep(n - 1);
	sink++;
}

APART void jumped(void)
{
	volatile unsigned int times = 0;

	setjmp(back);
	if (times++ < 100)
		deep(50);
	spin();
	sink++;
}

/* ---- on a stack of one's own making ---- */

static ucontext_t outer, inner;

APART void routine(void)
{
	spin();
	sink++;
	swapcontext(&inner, &outer);
}

APART void switched(void)
{
	getcontext(&inner);
	inner.uc_stack.ss_sp = malloc(1 << 17);
	inner.uc_stack.ss_size = 1 << 17;
	inner.uc_link = &outer;
	makecontext(&inner, routine, 0);
	swapcontext(&outer, &inner);
	sink++;
}

/* ---- a child on its parent's stack ---- */

APART void forked(void)
{
	pid_t child = vfork();

	if (!child) {
		spin();
		_exit(0);
	}
	waitpid(child, NULL, 0);
	sink++;
}

/* ---- in another thread ---- */

static void *worker(void *unused)
{
	(void)unused;
	spin();
	sink++;
	return NULL;
}

APART void threaded(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	sink++;
}

/* ---- through code that no file has, which keeps a frame pointer ---- */

#if defined(__aarch64__)
/* The code's callers keep a frame record, as compilers do by default. */
#define RECORD __attribute__((optimize("no-omit-frame-pointer")))
static const uint32_t code[] = { 0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 };
#elif defined(__arm__)
#define RECORD
static const uint32_t code[] = { 0xe92d4800, 0xe28db004, 0xe12fff30, 0xe8bd8800 };
#elif defined(__i386__)
#define RECORD
static const uint8_t code[] = { 0x55, 0x89, 0xe5, 0xff, 0x55, 0x08, 0x5d, 0xc3 };
#else
#define RECORD
static const uint8_t code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
#endif

APART RECORD void generated(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*call)(void (*callee)(void));

	if (at == MAP_FAILED)
		exit(1);
	memcpy(at, code, sizeof(code));
	__builtin___clear_cache(at, (char *)at + sizeof(code));
	memcpy(&call, &at, sizeof(call));
	call(spin);
	sink++;
}

/* ---- over a stack that is written full of what makes no sense ---- */

APART void smashed(unsigned long value)
{
	volatile unsigned long *here = __builtin_frame_address(0);
	unsigned int i;

	/* Ours, and all of our callers': there's no way back. */
	for (i = 0; i < 64; i++)
		here[i] = value;
	spin();
	_exit(0);
}

/* ---- with no stack at all, most of the time ---- */

#if defined(__aarch64__)
#define NOWHERE                                                                  \
	"mov x9, sp\n mov x10, x29\n mov x11, #0\n mov sp, x11\n mov x29, xzr\n" \
	"1: subs %0, %0, #1\n b.ne 1b\n mov sp, x9\n mov x29, x10\n"
#define NOWHERE_USES "x9", "x10", "x11", "cc"
#elif defined(__arm__)
#define NOWHERE                                                \
	"mov r0, sp\n mov r1, r11\n mov r2, r7\n mov r3, #0\n" \
	"mov sp, r3\n mov r11, r3\n mov r7, r3\n"              \
	"1: subs %0, %0, #1\n bne 1b\n mov sp, r0\n mov r11, r1\n mov r7, r2\n"
#define NOWHERE_USES "r0", "r1", "r2", "r3", "cc"
#elif defined(__i386__)
#define NOWHERE                                                                       \
	"mov %%esp, %%ecx\n mov %%ebp, %%edx\n xor %%esp, %%esp\n xor %%ebp, %%ebp\n" \
	"1: sub $1, %0\n jnz 1b\n mov %%ecx, %%esp\n mov %%edx, %%ebp\n"
#define NOWHERE_USES "ecx", "edx", "cc"
#else
#define NOWHERE                                                                       \
	"mov %%rsp, %%rcx\n mov %%rbp, %%rdx\n xor %%esp, %%esp\n xor %%ebp, %%ebp\n" \
	"1: sub $1, %0\n jnz 1b\n mov %%rcx, %%rsp\n mov %%rdx, %%rbp\n"
#define NOWHERE_USES "rcx", "rdx", "cc"
#endif

APART void nowhere(void)
{
	double end = now() + seconds;

	do {
		unsigned long n = 20000000;

		__asm__ volatile(NOWHERE : "+r"(n) : : NOWHERE_USES);
	} while (now() < end);
}

RECORD int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	seconds = atof(argv[2]);
	if (!strcmp(argv[1], "signal"))
		signalled();
	else if (!strcmp(argv[1], "altstack"))
		elsewhere();
	else if (!strcmp(argv[1], "alloca"))
		variable(atoi(argv[2]) * 1000 + 123);
	else if (!strcmp(argv[1], "longjmp"))
		jumped();
	else if (!strcmp(argv[1], "context"))
		switched();
	else if (!strcmp(argv[1], "vfork"))
		forked();
	else if (!strcmp(argv[1], "thread"))
		threaded();
	else if (!strcmp(argv[1], "jit"))
		generated();
	else if (!strcmp(argv[1], "nowhere"))
		nowhere();
	else if (!strcmp(argv[1], "smashed"))
		smashed(0x41414141);
	else if (!strcmp(argv[1], "circle"))
		smashed((unsigned long)__builtin_frame_address(0) & ~15ul);
	else
		return 2;
	sink++;
	return 0;
}
