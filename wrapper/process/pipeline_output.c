#include "wrapper/process/pipeline.h"

#include <stdlib.h>
#include <unistd.h>

#include "wrapper/process/outfile.h"

static bool all_exited(const struct pipeline_result *result)
{
	for (size_t i = 0; i < result->stage_count; i++) {
		if (result->ends[i].outcome != PROCESS_EXITED)
			return false;
	}
	return result->stage_count > 0;
}

static void forget_output(struct pipeline_result *result)
{
	free(result->temporary_path);
	free(result->output_path);
	result->temporary_path = NULL;
	result->output_path = NULL;
	result->sink = NULL;
}

static int commit_sink(struct pipeline_result *result, struct error *err)
{
	struct sink *sink = result->sink;

	forget_output(result);
	return sink->commit(sink, err);
}

int pipeline_commit_output(struct pipeline_result *result, struct error *err)
{
	int status = 0;

	err->message[0] = '\0';
	if (result->output_error.message[0] != '\0')
		status = error_set(err, "%s", result->output_error.message);
	else if (!all_exited(result))
		status = error_set(err, "the step did not come to its end");
	else if (result->sink != NULL)
		return commit_sink(result, err);
	else if (result->temporary_path != NULL)
		status = outfile_rename(result->temporary_path, result->output_path, err);
	if (status < 0)
		pipeline_discard_output(result);
	forget_output(result);
	return status;
}

void pipeline_discard_output(struct pipeline_result *result)
{
	if (result->sink != NULL && result->sink->discard(result->sink, &result->discard_error) == 0)
		result->discard_error.message[0] = '\0';
	if (result->temporary_path != NULL)
		unlink(result->temporary_path);
	forget_output(result);
}

void pipeline_result_release(struct pipeline_result *result)
{
	pipeline_discard_output(result);
	free(result->ends);
	result->ends = NULL;
	result->stage_count = 0;
}
