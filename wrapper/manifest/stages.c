#include "wrapper/manifest/manifest_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/checks/assertion.h"

/* NULL where it waits for a step's output, or for a variable. */
static char *program_of(const struct parameter_list *argv)
{
	const struct text *text = argv->count > 0 ? ((struct text *const *)argv->items)[0] : NULL;
	char *program = NULL;
	struct error ignored;

	if (text == NULL || !text_is_known(text) || strstr(text->written, "${env.") != NULL ||
	    text_resolve(text, NULL, NULL, &program, &ignored) < 0)
		return NULL;
	return program;
}

static void check_step(const struct manifest_step *step, struct diagnostics *diagnostics)
{
	const struct parameter_list *pipe = step->pipe.items;
	size_t count = step->pipe.count > 0 ? step->pipe.count : 1;
	cleanup_free char **programs = memory_array(count, sizeof(*programs));
	struct place place = step->place;
	struct error err;

	for (size_t i = 0; i < count; i++)
		programs[i] = step->shell != NULL ? memory_string("bash")
						  : program_of(step->pipe.count > 0 ? &pipe[i] : &step->run);
	for (size_t i = 0; i < step->expect->count; i++) {
		const struct check *check = step->expect->items[i];
		if (check->kind->fits_stages != NULL &&
		    check->kind->fits_stages(check->parameters, programs, count, &place, &err) < 0)
			diagnostics_error(diagnostics, place, NULL, "%s", err.message);
	}
	for (size_t i = 0; i < count; i++)
		free(programs[i]);
}

void stages_check(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct manifest_step *const *steps = manifest->steps.items;

	for (size_t i = 0; i < manifest->steps.count; i++)
		if (steps[i]->expect != NULL)
			check_step(steps[i], diagnostics);
}
