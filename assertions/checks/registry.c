#include "assertions/checks/registry.h"

#include <string.h>

/* THE table of kinds: X(NAME) is `const struct assertion_kind kind_NAME`, in a file of checks/. In the order of the reference. */
/* clang-format off */
#define KIND_TABLE(X) \
	X(exit) X(output) X(stdout) X(stderr) X(duration) \
	X(size) X(unpacked) X(age) X(digest) X(format) X(text) X(entropy) X(archive) X(covers) X(sample) \
	X(artifact_exists) X(max_age) \
	X(put) X(upload_exists) X(upload_size) X(upload_fresh) X(upload_max_age) X(match) X(storage_class) X(encryption) X(expires) \
	X(locked) X(kept) \
	X(reachable) X(credentials) X(bucket) X(clock) X(region) X(not_empty) X(private) X(versioning) X(lifecycle) X(object_lock) \
	X(writable) \
	X(env) X(tool) X(disk) X(file) X(command) X(http) \
	X(items)
/* clang-format on */

#define DECLARE(name) extern const struct assertion_kind kind_##name;
KIND_TABLE(DECLARE)

#define ROW(name) &kind_##name,
const struct assertion_kind *const registry_kinds[] = {KIND_TABLE(ROW) NULL};

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
