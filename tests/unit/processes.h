/* What the tests of wrapper/process share: running shell scripts as stages, and a process of their own to be muster in. */
#ifndef MUSTER_TESTS_PROCESSES_H
#define MUSTER_TESTS_PROCESSES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "wrapper/process/pipeline.h"
#include "unit.h"

#define STAGES_MAX 8

struct seen { /* what came of each channel, and how much */
	char text[3][4096];
	size_t kept[3];
	long long total;
};

static inline void see(void *context, enum pipeline_stream stream, const char *data, size_t length)
{
	struct seen *seen = context;
	int place = stream == PIPELINE_STDOUT ? 0 : stream == PIPELINE_STDERR ? 1 : 2;
	size_t room = sizeof seen->text[place] - 1 - seen->kept[place];
	size_t taken = length < room ? length : room;

	memcpy(seen->text[place] + seen->kept[place], data, taken);
	seen->kept[place] += taken;
	seen->total += (long long)length;
}

struct scripts { /* a pipeline of sh -c; `is` is what pipeline_run() gets */
	struct pipeline is;
	const char *argv[STAGES_MAX][4];
	char *const *stages[STAGES_MAX];
};

/* The scripts end with NULL. */
static inline void scripts_set(struct scripts *scripts, const char *const *list)
{
	*scripts = (struct scripts){.is = {.timeout_ms = PARAMETER_UNSET, .grace_ms = PARAMETER_UNSET}};
	for (size_t i = 0; list[i] != NULL && i < STAGES_MAX; i++) {
		const char *argv[] = {"sh", "-c", list[i], NULL};

		memcpy(scripts->argv[i], argv, sizeof argv);
		/* execve() takes argv without const and changes none of it. */
		union {
			const char **from;
			char *const *to;
		} same = {.from = scripts->argv[i]};

		scripts->stages[i] = same.to;
		scripts->is.stage_count = i + 1;
	}
	scripts->is.stages = scripts->stages;
}

#define SCRIPTS(name, ...)   \
	struct scripts name; \
	scripts_set(&name, (const char *const[]){__VA_ARGS__, NULL})

static inline struct pipeline_result run_scripts(const struct scripts *scripts)
{
	struct pipeline_result result;
	struct error err = {""};
	int status = pipeline_run(&scripts->is, &result, &err);

	EXPECT_NUMBER(status, 0);
	EXPECT_STRING(err.message, "");
	return result;
}

static inline void expect_end(const struct process_end *end, const char *expected, const char *file, int line)
{
	char text[PROCESS_END_TEXT_MAX];

	unit_expect_string(process_end_text(end, text), expected, file, line);
}
#define EXPECT_END(end, expected) expect_end(end, expected, __FILE__, __LINE__)

/* Runs it in a process of its own: signals and descriptors of muster are then those of that process. */
static inline bool alone(void (*body)(void))
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		int before = unit_failures;

		body();
		fflush(stdout);
		exit(unit_failures > before);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A test in a process of its own. To mean anything, all tests of the file have to be such: muster begins but once. */
#define ALONE(name)                          \
	static void alone_##name(void);      \
	TEST(name)                           \
	{                                    \
		EXPECT(alone(alone_##name)); \
	}                                    \
	static void alone_##name(void)

static inline unsigned open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (folder != NULL && readdir(folder) != NULL)
		count++;
	if (folder != NULL)
		closedir(folder);
	return count;
}

static inline char *scratch_folder(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/muster-test-%d-XXXXXX", (int)getpid());
	return mkdtemp(path);
}

/* Entries beside "." and ".."; -1 where it cannot be read. */
static inline int count_entries(const char *path)
{
	DIR *folder = opendir(path);
	int count = -2;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static inline const char *content_of(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");
	size_t length = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

	text[length] = '\0';
	if (file != NULL)
		fclose(file);
	return file != NULL ? text : NULL;
}

#endif
