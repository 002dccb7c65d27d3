#include "assertions/stores/credentials/credentials_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/http/json_values.h"

#define WORDS_MAX 64
#define PROCESS_MS 60000 /* what people log in with may take a while, and no longer */
#define SLICE_MS 100

/*
 * credential_process of a profile: a program that prints credentials as JSON (docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
 *
 * It is no step: it gets muster's whole environment, as it does from AWS's tools, and only what it prints is looked at. What it says on its error output may
 * hold what it prints, and goes nowhere.
 */

/* As AWS's tools take it apart, without a shell: blanks divide words, quotes and backslashes keep them. The words are in *text. */
static int split(char *text, char *words[WORDS_MAX + 1], struct error *err)
{
	char *from = text, *into = text, quote = '\0';
	size_t count = 0;
	bool in_word = false;

	for (; *from != '\0'; from++) {
		bool is_blank = quote == '\0' && (*from == ' ' || *from == '\t');
		if (!is_blank && !in_word && count == WORDS_MAX)
			return error_set(err, "it has more than %d words", WORDS_MAX);
		if (!is_blank && !in_word)
			words[count++] = into;
		if (is_blank && in_word)
			*into++ = '\0';
		in_word = !is_blank;
		if (is_blank)
			continue;
		if (quote != '\0' ? *from == quote : *from == '\'' || *from == '"')
			quote = quote != '\0' ? '\0' : *from;
		else if (*from == '\\' && quote != '\'' && from[1] != '\0')
			*into++ = *++from;
		else
			*into++ = *from;
	}
	*into = '\0';
	words[count] = NULL;
	if (quote != '\0')
		return error_set(err, "a quote in it is not closed");
	return count > 0 ? 0 : error_set(err, "it is empty");
}

static int start(char *const *words, int output, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int result;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	result = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

static int read_output(int fd, struct buffer *body, struct error *err)
{
	int64_t end_ms = clock_monotonic_ms() + PROCESS_MS;
	char block[4096];

	for (;;) {
		struct pollfd waited = {.fd = fd, .events = POLLIN};
		int ready = poll(&waited, 1, SLICE_MS);
		if (clock_monotonic_ms() >= end_ms)
			return error_set(err, "it did not end within %d s", PROCESS_MS / 1000);
		if (ready == 0 && !http_sleep(1))
			return error_set(err, "muster was told to end");
		if (ready == 0)
			continue;
		ssize_t got = read(fd, block, sizeof(block));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, "its output cannot be read: %s", strerror(errno));
		if (got == 0)
			break;
		buffer_append(body, block, (size_t)got);
		if (body->truncated)
			return error_set(err, "it printed more than %zu bytes", CREDENTIALS_ANSWER_MAX);
	}
	explicit_bzero(block, sizeof(block));
	return 0;
}

/* Who watches children may have taken it in already: then what it printed has to do. */
static int reap(pid_t pid, bool is_done, struct error *err)
{
	siginfo_t info;
	int status = 0;

	if (!is_done && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	if (!is_done || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return 0;
	return WIFEXITED(status) ? error_set(err, "it exited with %d", WEXITSTATUS(status))
				 : error_set(err, "it was killed by signal %d", WTERMSIG(status));
}

static int run(char *const *words, struct buffer *body, struct error *err)
{
	struct error ignored;
	int ends[2], result;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, "no pipe: %s", strerror(errno));

	int failure = start(words, ends[1], &pid);

	close(ends[1]);
	if (failure != 0) {
		close(ends[0]);
		return error_set(err, "it cannot be started: %s", strerror(failure));
	}
	result = read_output(ends[0], body, err);
	close(ends[0]);
	return reap(pid, result == 0, result == 0 ? err : &ignored) < 0 ? -1 : result;
}

static int check_version(const struct buffer *body, struct error *err)
{
	struct json_values *values = json_values_parse(body->data, body->length);
	cleanup_free char *version = values != NULL ? json_values_text(values, "/Version") : NULL;

	json_values_free(values);
	if (version != NULL && strcmp(version, "1") == 0)
		return 0;
	return error_set(err, "what it printed is no JSON object with 'Version' 1");
}

int credentials_from_process(const char *command, struct credentials *found, struct error *err)
{
	cleanup_free char *text = memory_string(command);
	char *words[WORDS_MAX + 1];
	struct buffer body;
	int result = -1;

	buffer_init(&body, CREDENTIALS_ANSWER_MAX);
	if (split(text, words, err) == 0 && run(words, &body, err) == 0 && check_version(&body, err) == 0)
		result = credentials_from_json(&body, "it", found, err);
	credentials_answer_release(&body);
	return result;
}
