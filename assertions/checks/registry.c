#include "assertions/checks/registry.h"

#include <string.h>

extern const struct assertion_kind kind_exit, kind_output, kind_stdout, kind_stderr, kind_duration;
extern const struct assertion_kind kind_size, kind_unpacked, kind_age, kind_digest, kind_format, kind_text,
	kind_archive, kind_covers, kind_sample;
extern const struct assertion_kind kind_artifact_exists, kind_max_age;
extern const struct assertion_kind kind_upload_exists, kind_upload_size, kind_upload_fresh, kind_upload_max_age,
	kind_match, kind_put, kind_storage_class, kind_encryption, kind_expires, kind_locked, kind_kept;
extern const struct assertion_kind kind_reachable, kind_credentials, kind_bucket, kind_clock, kind_region,
	kind_not_empty, kind_private, kind_versioning, kind_lifecycle, kind_object_lock, kind_writable;
extern const struct assertion_kind kind_env, kind_tool, kind_disk, kind_file, kind_command, kind_http;
extern const struct assertion_kind kind_items;

const struct assertion_kind *const registry_kinds[] = {
	&kind_exit,
	&kind_output,
	&kind_stdout,
	&kind_stderr,
	&kind_duration,
	&kind_size,
	&kind_unpacked,
	&kind_age,
	&kind_digest,
	&kind_format,
	&kind_text,
	&kind_archive,
	&kind_covers,
	&kind_sample,
	&kind_artifact_exists,
	&kind_max_age,
	&kind_put,
	&kind_upload_exists,
	&kind_upload_size,
	&kind_upload_fresh,
	&kind_upload_max_age,
	&kind_match,
	&kind_storage_class,
	&kind_encryption,
	&kind_expires,
	&kind_locked,
	&kind_kept,
	&kind_reachable,
	&kind_credentials,
	&kind_bucket,
	&kind_clock,
	&kind_region,
	&kind_not_empty,
	&kind_private,
	&kind_versioning,
	&kind_lifecycle,
	&kind_object_lock,
	&kind_writable,
	&kind_env,
	&kind_tool,
	&kind_disk,
	&kind_file,
	&kind_command,
	&kind_http,
	&kind_items,
	NULL,
};

const struct assertion_kind *registry_find(enum subject subject, const char *name)
{
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && strcmp((*kind)->name, name) == 0)
			return *kind;
	return NULL;
}

const struct assertion_kind *registry_on(enum subject subject, enum occasion occasion)
{
	const struct assertion_kind *const *kind = registry_kinds;

	while ((*kind)->subject != subject || (*kind)->occasion != occasion)
		kind++;
	return *kind;
}

const char *registry_subject_name(enum subject subject)
{
	switch (subject) {
	case SUBJECT_STEP:
		return "a step";
	case SUBJECT_BYTES:
		return "bytes: an artifact, an object, a member of an archive";
	case SUBJECT_ARTIFACT:
		return "an artifact";
	case SUBJECT_UPLOAD:
		return "an upload";
	case SUBJECT_STORE:
		return "a store";
	case SUBJECT_SURROUNDINGS:
		return "the surroundings (preflight)";
	case SUBJECT_INVENTORY:
		return "an inventory";
	case SUBJECT_COUNT:
		break;
	}
	return "nothing";
}
