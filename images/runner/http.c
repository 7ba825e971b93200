// SPDX-License-Identifier: GPL-3.0-or-later
#include "http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* Waits for `events`; 0 and errno when they do not come before the deadline. */
static short wait_for(int fd, short events, long long deadline)
{
	struct pollfd polled = {fd, events, 0};

	for (;;) {
		const long long left = deadline - now_ms();
		const int ready = left > 0 ? poll(&polled, 1, (int)left) : 0;

		if (ready > 0)
			return polled.revents;
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || errno != EINTR)
			return 0;
	}
}

static int connect_to(const struct http_server *server, long long deadline)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -1;
	inet_pton(AF_INET, server->address, &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline)) {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (!error)
			return fd;
		errno = error;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* A server that has seen enough answers early: then the rest is not sent, and that is no error. */
static bool send_all(int fd, const char *bytes, size_t length, long long deadline)
{
	while (length) {
		const short ready = wait_for(fd, POLLOUT | POLLIN, deadline);
		ssize_t sent;

		if (!ready)
			return false;
		if (ready & POLLIN)
			return true;
		sent = send(fd, bytes, length, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (sent > 0) {
			bytes += sent;
			length -= (size_t)sent;
		}
	}
	return true;
}

/* The length that the head of an answer names; -1 when it names none. */
static long content_length(const char *head)
{
	static const char name[] = "\r\nContent-Length:";
	const char *line = strcasestr(head, name);
	char *end;
	long length;

	if (!line || line >= strstr(head, "\r\n\r\n"))
		return -1;
	line += sizeof(name) - 1;
	length = strtol(line, &end, 10);
	return end == line || *end != '\r' || length < 0 ? -1 : length;
}

/* The answer's body within `answer`, cut to its length; NULL while it is not whole. */
static char *whole_body(char *answer, size_t length, bool at_end)
{
	char *body = strstr(answer, "\r\n\r\n");
	long named;

	if (!body)
		return NULL;
	body += 4;
	named = content_length(answer);
	if (named < 0)
		return at_end ? body : NULL;
	if ((size_t)named > length - (size_t)(body - answer))
		return NULL;
	body[named] = '\0';
	return body;
}

/* False and errno when no whole answer comes. */
static bool receive(int fd, char *answer, size_t size, char **body, long long deadline)
{
	size_t length = 0;

	while (length < size - 1 && wait_for(fd, POLLIN, deadline)) {
		const ssize_t got = recv(fd, answer + length, size - 1 - length, 0);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return false;
		length += (size_t)got;
		answer[length] = '\0';
		*body = strlen(answer) == length ? whole_body(answer, length, got == 0) : NULL;
		if (*body)
			return true;
		if (got == 0)
			errno = ECONNRESET;
		if (got == 0)
			return false;
	}
	if (length == size - 1)
		errno = EMSGSIZE;
	return false;
}

static bool read_next(const char *body, unsigned long long *next)
{
	char *end;

	if (strncmp(body, "next ", 5) || !isdigit((unsigned char)body[5]))
		return false;
	errno = 0;
	*next = strtoull(body + 5, &end, 10);
	return !errno && !strcmp(end, "\n");
}

static enum http_result judge(const char *answer, const char *body, unsigned long long *next, char *reason,
			      size_t reason_size)
{
	int status = 0, end = 0;

	if (sscanf(answer, "HTTP/1.%*1[01] %3d%n", &status, &end) != 1 || end != 12 || isdigit((unsigned char)answer[12])) {
		snprintf(reason, reason_size, "the answer is not HTTP");
		return HTTP_FAILED;
	}
	snprintf(reason, reason_size, "the lab answered with status %d: %.200s", status, body);
	reason[strcspn(reason, "\r\n")] = '\0';
	for (char *c = reason; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	if (status == 400 || status == 409)
		return HTTP_REFUSED;
	if (status == 404 || status == 410)
		return HTTP_GONE;
	if (status != 200)
		return HTTP_FAILED;
	if (read_next(body, next))
		return HTTP_TAKEN;
	snprintf(reason, reason_size, "the lab's answer is not \"next NUMBER\"");
	return HTTP_FAILED;
}

static enum http_result failed(const char *what, const struct http_server *server, char *reason, size_t reason_size)
{
	snprintf(reason, reason_size, "cannot %s %s:%d: %s", what, server->address, server->port, strerror(errno));
	return HTTP_FAILED;
}

enum http_result http_post(const struct http_server *server, const char *body, size_t length, long long limit,
			   unsigned long long *next, char *reason, size_t reason_size)
{
	char head[1024], answer[4096], *said = NULL;
	enum http_result result;
	int fd = connect_to(server, now_ms() + limit);
	int head_length, error;
	bool sent;

	if (fd < 0)
		return failed("connect to", server, reason, reason_size);
	head_length = snprintf(head, sizeof(head),
			       "POST %.500s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n"
			       "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
			       server->path, server->address, server->port, length);
	sent = send_all(fd, head, (size_t)head_length, now_ms() + limit) &&
	       send_all(fd, body, length, now_ms() + limit);
	error = errno;
	/* Where sending failed an answer may be there all the same, and says more. */
	if (receive(fd, answer, sizeof(answer), &said, now_ms() + (sent ? limit : 1))) {
		result = judge(answer, said, next, reason, reason_size);
	} else {
		if (!sent)
			errno = error;
		result = failed(sent ? "get an answer from" : "send to", server, reason, reason_size);
	}
	close(fd);
	return result;
}
