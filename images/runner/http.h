/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One POST of frames to the lab, and what it answered. */
#ifndef KLAB_HTTP_H
#define KLAB_HTTP_H

#include <stddef.h>

#define HTTP_BODY_LIMIT (256u << 10) /* of one POST: a slow way gets it through in time */

struct http_server {
	const char *address; /* dotted IPv4 */
	int port;
	const char *path;
};

enum http_result {
	HTTP_TAKEN,   /* `next` is what the lab said */
	HTTP_FAILED,  /* no answer, or none that makes sense: worth another try */
	HTTP_REFUSED, /* 400, 409: these frames will never be taken */
	HTTP_GONE,    /* 404, 410: nobody waits for results of this boot any longer */
};

/*
 * Connecting, sending and the whole answer may take `limit` milliseconds each. `reason` says what went wrong in
 * everything but HTTP_TAKEN.
 */
enum http_result http_post(const struct http_server *server, const char *body, size_t length, long long limit,
			   unsigned long long *next, char *reason, size_t reason_size);

#endif
