/* test: waits, slow, about 5 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"

static char path[] = "/tmp/muster-secret-XXXXXX";

static void write_file(const char *data, size_t length)
{
	FILE *file = fopen(path, "w");

	fwrite(data, 1, length, file);
	fclose(file);
}

static void expect_file(const char *data, size_t length, const char *expected)
{
	const struct secret secret = {.file = path};
	struct error err = {""};
	char *value = NULL;

	write_file(data, length);
	EXPECT_NUMBER(secret_read(&secret, &value, &err), expected != NULL ? 0 : -1);
	if (expected != NULL)
		EXPECT_STRING(value, expected);
	else
		EXPECT(strstr(err.message, path) != NULL);
	secret_free(value);
}

TEST(one_line_end_is_dropped)
{
	close(mkstemp(path));
	expect_file("canary", 6, "canary");
	expect_file("canary\n", 7, "canary");
	expect_file("canary\r\n", 8, "canary");
	expect_file("canary\n\n", 8, "canary\n");
	expect_file("canary\r", 7, "canary\r");
	expect_file(" canary ", 8, " canary ");
}

TEST(what_cannot_be_a_secret)
{
	expect_file("", 0, NULL);
	expect_file("\n", 1, NULL);
	expect_file("\r\n", 2, NULL);
	expect_file("a\0b", 3, NULL);
}

TEST(the_longest)
{
	size_t size = SECRET_MAX + 1;
	char *data = malloc(size + 1);

	memset(data, 'x', size);
	data[size] = '\0';
	expect_file(data, size, NULL);
	data[SECRET_MAX] = '\0';
	expect_file(data, SECRET_MAX, data);
	free(data);
}

TEST(a_file_that_cannot_be_read)
{
	const struct secret missing = {.file = "/nonexistent/secret"}, folder = {.file = "/tmp"};
	struct error err = {""};
	char *value = NULL;

	EXPECT_NUMBER(secret_read(&missing, &value, &err), -1);
	EXPECT_STRING(err.message, "cannot read the secret in file '/nonexistent/secret': No such file or directory");
	EXPECT_NUMBER(secret_read(&folder, &value, &err), -1);
	EXPECT(strstr(err.message, "a folder") != NULL);
	EXPECT(value == NULL);
	unlink(path);
}

TEST(from_the_environment_and_masked)
{
	const struct secret secret = {.env = "MUSTER_TEST_SECRET"};
	struct error err = {""};
	char *value = NULL;
	cleanup_buffer struct buffer out;

	unsetenv("MUSTER_TEST_SECRET");
	EXPECT_NUMBER(secret_read(&secret, &value, &err), -1);
	EXPECT(strstr(err.message, "MUSTER_TEST_SECRET") != NULL);
	setenv("MUSTER_TEST_SECRET", "", 1);
	EXPECT_NUMBER(secret_read(&secret, &value, &err), -1);
	setenv("MUSTER_TEST_SECRET", "env-canary-1\n", 1);
	EXPECT_NUMBER(secret_read(&secret, &value, &err), 0);
	EXPECT_STRING(value, "env-canary-1");
	buffer_init(&out, 100);
	secrets_mask("it is env-canary-1.", 19, &out);
	EXPECT_STRING(out.data, "it is [secret].");
	secret_free(value);
	secret_free(NULL);
}

TEST(neither)
{
	const struct secret secret = {NULL, NULL};
	struct error err = {""};
	char *value = NULL;

	EXPECT_NUMBER(secret_read(&secret, &value, &err), -1);
}

/* A child that writes each of the texts to the file, a moment apart. */
static pid_t write_slowly(const char *file, const char *first, const char *second)
{
	pid_t child = fork();

	if (child != 0)
		return child;

	int fd = open(file, O_WRONLY);

	usleep(50000);
	if (write(fd, first, strlen(first)) < 0)
		_exit(1);
	usleep(50000);
	_exit(write(fd, second, strlen(second)) < 0);
}

static int read_from(const char *file, char **ret_value, struct error *err)
{
	const struct secret secret = {.file = file};

	return secret_read(&secret, ret_value, err);
}

TEST(from_a_pipe_with_a_name)
{
	struct error err = {""};
	char *value = NULL;

	unlink(path);
	EXPECT_NUMBER(mkfifo(path, 0600), 0);

	pid_t child = write_slowly(path, "pipe-", "canary\n");

	EXPECT_NUMBER(read_from(path, &value, &err), 0);
	EXPECT_STRING(value, "pipe-canary");
	secret_free(value);
	waitpid(child, NULL, 0);
	child = write_slowly(path, "", "");
	EXPECT_NUMBER(read_from(path, &value, &err), -1);
	EXPECT(strstr(err.message, "empty") != NULL);
	waitpid(child, NULL, 0);
}

TEST(a_pipe_without_a_writer_is_given_up)
{
	struct error err = {""};
	char *value = NULL;
	int64_t began_ms = clock_monotonic_ms();

	EXPECT_NUMBER(read_from(path, &value, &err), -1);
	EXPECT(strstr(err.message, "writer") != NULL);
	EXPECT(clock_monotonic_ms() - began_ms >= SECRET_SILENCE_MS);
	EXPECT(clock_monotonic_ms() - began_ms < SECRET_PIPE_MS);
	unlink(path);
}

/* What bash's <(command) gives: the number of a pipe whose writer may have ended long ago. */
TEST(from_a_pipe_by_its_number)
{
	struct error err = {""};
	char *value = NULL;
	int ends[2];

	EXPECT_NUMBER(pipe(ends), 0);

	cleanup_free char *name = memory_format("/dev/fd/%d", ends[0]);

	EXPECT_NUMBER(write(ends[1], "numbered-canary\n", 16), 16);
	close(ends[1]);
	EXPECT_NUMBER(read_from(name, &value, &err), 0);
	EXPECT_STRING(value, "numbered-canary");
	secret_free(value);
	close(ends[0]);
}

TEST(devices_are_no_secrets)
{
	struct error err = {""};
	char *value = NULL;

	EXPECT_NUMBER(read_from("/dev/zero", &value, &err), -1);
	EXPECT(strstr(err.message, "a device") != NULL);
	EXPECT_NUMBER(read_from("/dev/ptmx", &value, &err), -1);
	EXPECT(value == NULL);
}

UNIT_MAIN
