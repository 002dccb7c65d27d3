#include "assertions/stores/s3/s3_explain.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_identity.h"
#include "assertions/stores/s3/s3_settings.h"

typedef void take_note(void *context, const char *subject, const char *finding);

static void note_choice(take_note *note, void *context, const char *subject, const struct s3_choice *choice,
			const char *otherwise)
{
	cleanup_free char *finding = choice->value != NULL ? memory_format("%s (%s)", choice->value, choice->origin)
							   : memory_string(otherwise);

	note(context, subject, finding);
}

bool s3_explain(const void *parameters, take_note *note, void *context)
{
	static const struct s3_parameters nothing = {.addressing = -1};
	const struct s3_parameters *declared = parameters != NULL ? parameters : &nothing;
	struct s3_settings settings;
	struct error err = {""};
	struct s3_identity *identity = s3_identity_new(declared, note, context, &settings, &err);

	if (identity == NULL)
		note(context, "credentials", "none that can be used");
	note_choice(note, context, "endpoint", &settings.endpoint, "AWS's own of the region");
	note_choice(note, context, "region", &settings.region, "");
	note_choice(note, context, "CA certificates", &settings.ca_file, "the system's");
	s3_settings_release(&settings);
	s3_identity_free(identity);
	return identity != NULL;
}
