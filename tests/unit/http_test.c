/* test: waits, about 3 */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/http/http.h"

struct server { /* answers one request with what it is given */
	int listener;
	int port;
	const char *answer; /* NULL: says nothing until the client leaves */
	size_t length, filler; /* then so many bytes of 'x' */
	char request[4096];
	pthread_t thread;
};

static void give(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		data += sent;
		length -= (size_t)sent;
	}
}

static void *serve(void *context)
{
	struct server *server = context;
	int fd = accept(server->listener, NULL, NULL);
	size_t length = 0;
	ssize_t got;
	char block[1000];

	while (strstr(server->request, "\r\n\r\n") == NULL && length < sizeof(server->request) - 1 &&
	       (got = recv(fd, server->request + length, sizeof(server->request) - 1 - length, 0)) > 0)
		length += (size_t)got;
	memset(block, 'x', sizeof(block));
	if (server->answer != NULL)
		give(fd, server->answer, server->length);
	for (size_t given = 0; given < server->filler; given += sizeof(block))
		give(fd, block, sizeof(block));
	while (server->answer == NULL && recv(fd, block, sizeof(block), 0) > 0)
		continue;
	close(fd);
	return NULL;
}

static void start(struct server *server, const char *answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->answer = answer;
	server->length = answer != NULL ? strlen(answer) : 0;
	EXPECT_NUMBER(bind(server->listener, (struct sockaddr *)&address, size), 0);
	EXPECT_NUMBER(listen(server->listener, 1), 0);
	EXPECT_NUMBER(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	EXPECT_NUMBER(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listener);
}

struct call {
	struct http_client *client;
	struct http_exchange *exchange;
	struct http_failure failure;
};

static int begin(struct call *call, const struct server *server, const char *method, const char *target,
		 int64_t silence_ms, const char *const *headers)
{
	const struct http_settings settings = {.silence_ms = silence_ms};
	cleanup_free char *url = memory_format("http://127.0.0.1:%d%s", server->port, target);
	const struct http_request request = {.method = method, .url = url, .headers = headers};

	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	*call = (struct call){.client = http_client_new(&settings)};
	return http_begin(call->client, &request, &call->exchange, &call->failure);
}

static void end(struct call *call)
{
	http_end(call->exchange);
	http_client_free(call->client);
}

TEST(a_request_is_sent_as_it_is_given)
{
	static const char *const headers[] = {"Host: other.example", "x-amz-date: now", NULL};
	struct server server = {0};
	struct call call;

	start(&server, "HTTP/1.1 204 No Content\r\nX-One: a\r\nx-one: b\r\n\r\n");
	EXPECT_NUMBER(begin(&call, &server, "GET", "/b/a//../%2E/c%20d?b=2&a=%2F", 5000, headers), 0);
	stop(&server);
	EXPECT_NUMBER(http_response(call.exchange)->status, 204);
	EXPECT_STRING(http_field(http_response(call.exchange), "x-ONE"), "a");
	EXPECT(http_field(http_response(call.exchange), "x-two") == NULL);
	EXPECT(strncmp(server.request, "GET /b/a//../%2E/c%20d?b=2&a=%2F HTTP/1.1\r\n", 42) == 0);
	EXPECT(strstr(server.request, "\r\nHost: other.example\r\n") != NULL);
	EXPECT(strstr(server.request, "\r\nx-amz-date: now\r\n") != NULL);
	EXPECT(strcasestr(server.request, "expect:") == NULL);
	EXPECT(strcasestr(server.request, "accept-encoding:") == NULL);
	EXPECT(strcasestr(server.request, "content-type:") == NULL);
	end(&call);
}

TEST(head_has_no_body)
{
	struct server server = {0};
	struct call call;
	const unsigned char *data;
	size_t length = 1;

	start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n");
	EXPECT_NUMBER(begin(&call, &server, "HEAD", "/", 5000, NULL), 0);
	EXPECT_NUMBER(http_read(call.exchange, &data, &length, &call.failure), 0);
	EXPECT_NUMBER(length, 0);
	EXPECT(strncmp(server.request, "HEAD / HTTP/1.1\r\n", 17) == 0);
	stop(&server);
	end(&call);
}

TEST(a_large_body_comes_in_bounded_blocks)
{
	struct server server = {.filler = 8000000};
	struct call call;
	const unsigned char *data;
	size_t length = 1, whole = 0, largest = 0;

	start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n");
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 5000, NULL), 0);
	while (length > 0 && http_read(call.exchange, &data, &length, &call.failure) == 0) {
		whole += length;
		largest = length > largest ? length : largest;
		for (size_t i = 0; i < length; i++)
			if (data[i] != 'x')
				largest = HTTP_BUFFER_MAX + 1;
		if (whole < 3000000)
			usleep(2000);
	}
	EXPECT_NUMBER(whole, 8000000);
	EXPECT(largest <= HTTP_BUFFER_MAX);
	stop(&server);
	end(&call);
}

TEST(a_body_that_is_over_the_bound)
{
	struct server server = {.filler = 5000};
	struct call call;
	cleanup_buffer struct buffer body;

	buffer_init(&body, 4999);
	start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 5000, NULL), 0);
	EXPECT_NUMBER(http_read_all(call.exchange, &body, &call.failure), -1);
	EXPECT_NUMBER(call.failure.trouble, HTTP_MALFORMED);
	stop(&server);
	end(&call);
}

TEST(a_body_that_is_cut)
{
	struct server server = {.filler = 4000};
	struct call call;
	cleanup_buffer struct buffer body;

	buffer_init(&body, 10000);
	start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 5000, NULL), 0);
	EXPECT_NUMBER(http_read_all(call.exchange, &body, &call.failure), -1);
	EXPECT_NUMBER(body.length, 4000);
	EXPECT_NUMBER(call.failure.trouble, HTTP_CUT);
	stop(&server);
	end(&call);
}

TEST(nothing_is_followed_and_nothing_unpacked)
{
	struct server server = {0};
	struct call call;
	cleanup_buffer struct buffer body;

	buffer_init(&body, 100);
	start(&server, "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Encoding: gzip\r\nContent-Length: "
		       "3\r\n\r\nabc");
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 5000, NULL), 0);
	EXPECT_NUMBER(http_response(call.exchange)->status, 307);
	EXPECT_NUMBER(http_read_all(call.exchange, &body, &call.failure), 0);
	EXPECT_STRING(body.data, "abc");
	stop(&server);
	end(&call);
}

TEST(silence_ends)
{
	struct server server = {0};
	struct call call;
	int64_t began_ms = clock_monotonic_ms();

	start(&server, NULL);
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 300, NULL), -1);
	EXPECT_NUMBER(call.failure.trouble, HTTP_SLOW);
	EXPECT(strstr(call.failure.error.message, "said nothing for 0.3 s") != NULL);
	EXPECT(clock_monotonic_ms() - began_ms < 2000);
	end(&call);
	stop(&server);
}

static bool cancel_later(void *context)
{
	int *asked = context;

	return ++*asked > 2;
}

TEST(a_wait_can_be_cancelled)
{
	struct server server = {0};
	struct call call;
	int asked = 0;
	int64_t began_ms = clock_monotonic_ms();

	start(&server, NULL);
	http_set_cancelled(cancel_later, &asked);
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 60000, NULL), -1);
	EXPECT_NUMBER(call.failure.trouble, HTTP_CANCELLED);
	end(&call);
	stop(&server);
	asked = 0;
	EXPECT(!http_sleep(60000));
	EXPECT(clock_monotonic_ms() - began_ms < 5000);
	http_set_cancelled(NULL, NULL);
	EXPECT(http_sleep(1));
}

static bool told(void *context)
{
	(void)context;
	return true;
}

TEST(a_client_has_waits_and_an_end_of_its_own)
{
	const struct http_settings settings = {.silence_ms = 1000};
	const struct http_settings deaf_settings = {.silence_ms = 1000, .deaf = true};
	struct http_client *client = http_client_new(&settings), *deaf = http_client_new(&deaf_settings);
	int64_t began_ms = clock_monotonic_ms();

	http_set_cancelled(told, NULL);
	EXPECT(!http_client_sleep(client, 60000));
	EXPECT(http_client_sleep(deaf, 10));
	http_client_set_end(deaf, clock_monotonic_ms() + 300);
	EXPECT(!http_client_sleep(deaf, 60000));
	http_client_free(client);
	client = http_client_new(&settings);
	http_client_set_patience(client, 300);
	EXPECT(http_client_sleep(client, 10));
	EXPECT(!http_client_sleep(client, 60000));
	http_set_cancelled(NULL, NULL);
	http_client_cancel(client);
	EXPECT(!http_client_sleep(client, 60000));
	EXPECT(clock_monotonic_ms() - began_ms < 3000);
	http_client_free(client);
	http_client_free(deaf);
}

TEST(a_deadline_is_for_all_that_hear)
{
	const struct http_settings settings = {.silence_ms = 1000, .deaf = true};
	struct http_client *deaf = http_client_new(&settings);
	struct server server = {0};
	struct call call;
	int64_t began_ms = clock_monotonic_ms();

	start(&server, NULL);
	http_set_deadline(began_ms + 400);
	EXPECT_NUMBER(begin(&call, &server, "GET", "/", 60000, NULL), -1);
	EXPECT_NUMBER(call.failure.trouble, HTTP_CANCELLED);
	EXPECT(call.failure.sent);
	EXPECT(strstr(call.failure.error.message, "no time was left") != NULL);
	EXPECT(!http_sleep(60000));
	EXPECT(http_client_sleep(deaf, 10));
	EXPECT(clock_monotonic_ms() - began_ms < 3000);
	http_set_deadline(INT64_MAX);
	EXPECT(http_sleep(1));
	end(&call);
	stop(&server);
	http_client_free(deaf);
}

TEST(a_url_of_another_kind_is_not_asked)
{
	const struct http_settings settings = {.silence_ms = 1000};
	struct http_client *client = http_client_new(&settings);
	struct http_exchange *exchange = NULL;
	struct http_failure failure;
	static const char *const urls[] = {"file:///etc/hostname", "ftp://127.0.0.1/", "", "http://"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		const struct http_request request = {.method = "GET", .url = urls[i]};

		EXPECT_NUMBER(http_begin(client, &request, &exchange, &failure), -1);
		EXPECT(failure.trouble == HTTP_IMPOSSIBLE || failure.trouble == HTTP_MALFORMED);
	}
	http_client_free(client);
	http_client_free(NULL);
	http_end(NULL);
}

TEST(waits_stay_within_the_budget)
{
	struct backoff backoff;
	int64_t began_ms = clock_monotonic_ms();
	unsigned waits = 0;

	backoff_begin(&backoff, 400);
	while (backoff_wait(&backoff, 0))
		waits++;
	EXPECT(clock_monotonic_ms() - began_ms <= 600);
	EXPECT(backoff.attempts == waits + 1 && waits < BACKOFF_ATTEMPTS_MAX);
	backoff_begin(&backoff, 100);
	EXPECT(!backoff_wait(&backoff, 100));
	backoff_begin(&backoff, 10000);
	began_ms = clock_monotonic_ms();
	EXPECT(backoff_wait(&backoff, 350));
	EXPECT(clock_monotonic_ms() - began_ms >= 350);
}

UNIT_MAIN
