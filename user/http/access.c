// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"

#define EMBER_HTTP_TOKEN_LEAST 16
#define EMBER_HTTP_HEADER_MAX  512 /* of Basic's text, decoded */

/* ---- at the start ---- */

static int ember_http_token_wrong(const char *path, const char *why)
{
	return ember_error("%s: is no token: %s (one line of 16 to 128 letters and digits)",
			   path, why);
}

static int ember_http_token_set(struct ember_http_access *a, const char *path, char *text)
{
	size_t n = strcspn(text, "\r\n"), i;

	if (text[n + strspn(text + n, "\r\n")])
		return ember_http_token_wrong(path, "has several lines");
	text[n] = 0;
	if (n < EMBER_HTTP_TOKEN_LEAST || n > EMBER_HTTP_TOKEN_MAX)
		return ember_http_token_wrong(path,
					      n ? "is too short or too long" : "is empty");
	for (i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return ember_http_token_wrong(
				path, "has a character that headers cannot carry");
	memcpy(a->token, text, n + 1);
	return 0;
}

static int ember_http_token_read(struct ember_http_access *a, const char *path)
{
	char text[EMBER_HTTP_TOKEN_MAX + 8];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return ember_error("%s: %s", path, strerror(errno));
	n = read(fd, text, sizeof(text) - 1);
	err = n < 0 ? errno : 0;
	if (!err && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & 07)
		ember_warning("%s: others can read the token: chmod o= %s", path, path);
	close(fd);
	if (err)
		return ember_error("%s: %s", path, strerror(err));
	text[n] = 0;
	if (strlen(text) != (size_t)n)
		return ember_http_token_wrong(path, "has a NUL");
	return ember_http_token_set(a, path, text);
}

static bool ember_http_is_loopback(const union ember_inet *inet)
{
	if (inet->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&inet->six.sin6_addr);
	return ntohl(inet->four.sin_addr.s_addr) >> 24 == 127;
}

int ember_http_access_read(struct ember_http_access *a, const char *text,
			   const char *token_file)
{
	static const char word[] = ",insecure";
	size_t n = strlen(text), m = sizeof(word) - 1;
	bool insecure = n > m && !strcmp(text + n - m, word);
	const char *host = *text == ':' || !strchr(text, ':') ? "127.0.0.1" : "";

	memset(a, 0, sizeof(*a));
	n -= insecure ? m : 0;
	if (snprintf(a->text, sizeof(a->text), "tcp://%s%s%.*s", host,
		     *host && *text != ':' ? ":" : "", (int)n, text) >= (int)sizeof(a->text) ||
	    ember_address_parse(&a->address, a->text)) {
		ember_error(
			"--http %s: an address in digits and a port, as 127.0.0.1:6060 or [::1]:6060 (no names are looked up)",
			text);
		return 2;
	}
	if (token_file && ember_http_token_read(a, token_file))
		return 1;
	if (!ember_http_is_loopback(&a->address.inet) && !insecure && !*a->token) {
		ember_error(
			"--http %s: others could read all profiles: say --http-token FILE, or %s,insecure",
			text, text);
		return 2;
	}
	if (gethostname(a->host, sizeof(a->host) - 1))
		*a->host = 0;
	return 0;
}

/* ---- each request ---- */

/* Compare in a time that does not depend on where they differ. */
static bool ember_http_token_is(const struct ember_http_access *a, const char *text, size_t n)
{
	size_t i, known = strlen(a->token);
	volatile uint8_t differ = n != known;

	for (i = 0; i < EMBER_HTTP_TOKEN_MAX; i++)
		differ |= (i < n ? text[i] : 0) ^ a->token[i];
	return !differ;
}

static int ember_http_base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Return the bytes that it is, or -1: it is no base64, or too long. */
static int ember_http_base64(const char *text, char *to, int room)
{
	uint32_t bits = 0, have = 0;
	int digit, n = 0;

	for (; (digit = ember_http_base64_digit(*text)) >= 0; text++) {
		bits = bits << 6 | digit;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n == room)
			return -1;
		to[n++] = bits >> have;
	}
	return text[strspn(text, "= ")] ? -1 : n;
}

static bool ember_http_authorized(const struct ember_http_access *a, const char *header)
{
	char text[EMBER_HTTP_HEADER_MAX];
	const char *colon;
	int n;

	if (!header)
		return false;
	if (!strncasecmp(header, "Bearer ", 7)) {
		header += 7 + strspn(header + 7, " ");
		return ember_http_token_is(a, header, strlen(header));
	}
	if (strncasecmp(header, "Basic ", 6))
		return false;
	header += 6 + strspn(header + 6, " ");
	n = ember_http_base64(header, text, sizeof(text));
	colon = n > 0 ? memchr(text, ':', n) : NULL;
	return colon && ember_http_token_is(a, colon + 1, text + n - colon - 1);
}

/*
 * Return whether a host is an address or this machine. Names of other hosts may be made to
 * resolve to an address of this machine, and the pages of those hosts would read answers.
 */
static bool ember_http_host_is_ours(const struct ember_http_access *a, const char *header)
{
	char host[128];
	size_t n = strcspn(header, "]"), m;
	uint8_t address[16];

	if (*header == '[') {
		if (header[n] != ']' || n > sizeof(host) ||
		    (header[n + 1] && header[n + 1] != ':'))
			return false;
		memcpy(host, header + 1, n - 1);
		host[n - 1] = 0;
		return inet_pton(AF_INET6, host, address) == 1;
	}
	n = strcspn(header, ":");
	if (n >= sizeof(host))
		return false;
	memcpy(host, header, n);
	host[n] = 0;
	m = strlen(a->host);
	return inet_pton(AF_INET, host, address) == 1 || !strcasecmp(host, "localhost") ||
	       (m && !strncasecmp(host, a->host, m) &&
		(!host[m] || !strcmp(host + m, ".local")));
}

enum ember_http_verdict ember_http_access_check(const struct ember_http_access *a,
						const char *authorization, const char *host)
{
	if (*a->token)
		return ember_http_authorized(a, authorization) ? EMBER_HTTP_WELCOME :
								 EMBER_HTTP_UNAUTHORIZED;
	/* HTTP/1.0 has no such header, and browsers always send it. */
	return !host || ember_http_host_is_ours(a, host) ? EMBER_HTTP_WELCOME :
							   EMBER_HTTP_FOREIGN;
}
