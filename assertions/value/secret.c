#include "assertions/value/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"

static char *without_line_end(const char *data, size_t length)
{
	if (length > 0 && data[length - 1] == '\n') {
		length--;
		if (length > 0 && data[length - 1] == '\r')
			length--;
	}
	return memory_substring(data, length);
}

/* Whether a pipe has something to read, or has ended. A regular file always has. */
static bool wait_for_writer(int fd, bool is_pipe, int64_t began_ms)
{
	int64_t left_ms = SECRET_PIPE_MS - (clock_monotonic_ms() - began_ms);
	struct pollfd waited = {.fd = fd, .events = POLLIN};

	if (!is_pipe)
		return true;
	if (left_ms > SECRET_SILENCE_MS)
		left_ms = SECRET_SILENCE_MS;
	return left_ms > 0 && poll(&waited, 1, (int)left_ms) != 0;
}

static int read_whole(int fd, bool is_pipe, char *data, size_t size, size_t *ret_length)
{
	int64_t began_ms = clock_monotonic_ms();
	size_t length = 0;

	while (length < size) {
		if (!wait_for_writer(fd, is_pipe, began_ms)) {
			errno = ETIMEDOUT;
			return -1;
		}

		ssize_t got = read(fd, data + length, size - length);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_length = length;
	return 0;
}

static int keep(const char *what, const char *name, const char *data, size_t length, char **ret_value,
		struct error *err)
{
	if (length > SECRET_MAX)
		return error_set(err, "the secret in %s '%s' is longer than %zu bytes", what, name, SECRET_MAX);
	if (memchr(data, '\0', length) != NULL)
		return error_set(err, "the secret in %s '%s' holds a NUL byte", what, name);

	char *value = without_line_end(data, length);

	if (value[0] == '\0') {
		free(value);
		return error_set(err, "the secret in %s '%s' is empty", what, name);
	}
	secrets_register(value);
	*ret_value = value;
	return 0;
}

/* Without O_NONBLOCK a pipe that nobody writes to would be waited for in open() itself. */
static int open_file(const char *path, bool *ret_is_pipe, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	int result = fd;

	if (fd < 0 || fstat(fd, &status) != 0)
		return error_set(err, "cannot read the secret in file '%s': %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
		return error_set(err, "cannot read the secret in file '%s': it is %s", path,
				 S_ISDIR(status.st_mode) ? "a folder" : "a device");
	*ret_is_pipe = S_ISFIFO(status.st_mode);
	fd = -1;
	return result;
}

static int read_file(const char *path, char **ret_value, struct error *err)
{
	bool is_pipe = false;
	cleanup_fd int fd = open_file(path, &is_pipe, err);

	if (fd < 0)
		return -1;

	size_t length = 0;
	char *data = memory_alloc(SECRET_MAX + 1);
	int result;

	if (read_whole(fd, is_pipe, data, SECRET_MAX + 1, &length) == 0)
		result = keep("file", path, data, length, ret_value, err);
	else if (is_pipe && errno == ETIMEDOUT)
		result = error_set(err,
				   "cannot read the secret in file '%s': it is a pipe whose writer gave nothing, or no "
				   "end, within %d s",
				   path, SECRET_SILENCE_MS / 1000);
	else
		result = error_set(err, "cannot read the secret in file '%s': %s", path, strerror(errno));
	explicit_bzero(data, SECRET_MAX + 1);
	free(data);
	return result;
}

int secret_read(const struct secret *secret, char **ret_value, struct error *err)
{
	if (secret->file != NULL)
		return read_file(secret->file, ret_value, err);
	if (secret->env == NULL)
		return error_set(err, "the secret names neither an environment variable nor a file");

	const char *value = getenv(secret->env);

	if (value == NULL)
		return error_set(err, "the environment variable '%s', which should hold a secret, is not set",
				 secret->env);
	return keep("the environment variable", secret->env, value, strlen(value), ret_value, err);
}

void secret_free(char *value)
{
	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	free(value);
}

static const struct parameter secret_parameters[] = {
	{"env", &value_string, PARAMETER_ALTERNATIVE, offsetof(struct secret, env),
	 .help = "the environment variable that holds it", .example = "AWS_SECRET_ACCESS_KEY"},
	{"file", &value_string, PARAMETER_ALTERNATIVE, offsetof(struct secret, file),
	 .help = "the file that holds it; one line end after it is dropped", .example = "/run/secrets/key"},
	{0},
};

static const struct record secret_record = {
	.name = "a secret",
	.help = "where a secret is read from; it is never written in the manifest, and masked wherever it would appear",
	.size = sizeof(struct secret),
	.parameters = secret_parameters};

static enum value_change compare_secrets(const struct parameter *parameter, const void *before, const void *after)
{
	const struct secret *old = *(const struct secret *const *)before, *new = *(const struct secret *const *)after;

	(void)parameter;
	if (old == NULL || new == NULL)
		return old == new ? VALUE_SAME : VALUE_CHANGED;
	return value_compare_records(&secret_record, NULL, old, new) == VALUE_SAME ? VALUE_SAME : VALUE_CHANGED;
}

const struct value_type value_secret = {
	.one = "a secret",
	.many = "secrets",
	.size = sizeof(struct secret *),
	.example = "{env: NAME}",
	.record = &secret_record,
	.compare = compare_secrets,
};

static enum value_change compare_texts_or_secrets(const struct parameter *parameter, const void *before,
						  const void *after)
{
	const struct text_or_secret *old = before, *new = after;
	const struct parameter text = {.type = &value_text};
	enum value_change secrets = compare_secrets(parameter, &old->secret, &new->secret);

	return secrets != VALUE_SAME ? secrets : value_compare_printed(&text, &old->text, &new->text);
}

const struct value_type value_text_or_secret = {
	.one = "a string or a secret",
	.many = "strings or secrets",
	.size = sizeof(struct text_or_secret),
	.record = &secret_record,
	.schema = {{"string", "number", "boolean"}},
	.compare = compare_texts_or_secrets,
};
