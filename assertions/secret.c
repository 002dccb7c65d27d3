#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/secrets.h"

static char *without_line_end(const char *data, size_t length)
{
	if (length > 0 && data[length - 1] == '\n') {
		length--;
		if (length > 0 && data[length - 1] == '\r')
			length--;
	}
	return memory_substring(data, length);
}

static int read_whole(int fd, char *data, size_t size, size_t *ret_length)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, data + length, size - length);

		if (got < 0 && errno == EINTR)
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

static int read_file(const char *path, char **ret_value, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set(err, "cannot read the secret in file '%s': %s", path, strerror(errno));

	size_t length = 0;
	char *data = memory_alloc(SECRET_MAX + 1);
	int result;

	if (read_whole(fd, data, SECRET_MAX + 1, &length) != 0)
		result = error_set(err, "cannot read the secret in file '%s': %s", path, strerror(errno));
	else
		result = keep("file", path, data, length, ret_value, err);
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
