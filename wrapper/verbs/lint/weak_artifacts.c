#include "wrapper/verbs/lint/lint.h"

#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/checks/registry.h"

static bool has_minimum(const struct check_list *checks)
{
	for (size_t i = 0; checks != NULL && i < checks->count; i++)
		if (checks->items[i]->kind->bounds_size && weakness_is_given(checks->items[i], "min"))
			return true;
	return false;
}

static void no_minimum_size(const struct weakness_search *search, const struct weakness_bytes *bytes)
{
	if (bytes->is_member || has_minimum(bytes->checks))
		return;
	weakness_say(search, bytes->place, "size: {min: 10KiB}, or half of what it has today",
		     "nothing says how small '%s' may be", bytes->artifact->name);
}

const struct weakness weakness_no_minimum_size = {
	.name = "no-minimum-size",
	.summary = "an artifact may be of any size",
	.details = "A dump of an empty database, or of the wrong one, is whole and sound. A floor that nobody has to "
		   "think about, such as half of today's size, catches it.",
	.example = "size: {min: 10KiB}",
	.find_in_bytes = no_minimum_size,
};

static void shrink_without_minimum(const struct weakness_search *search, const struct check *check)
{
	const double *shrink = weakness_parameter(check, "shrink");

	if (shrink == NULL || *shrink < 0 || weakness_is_given(check, "min"))
		return;
	weakness_say(search, check->place, "size: {min: 10KiB, shrink: 20%}",
		     "'shrink' without 'min': what dwindles a little each night never fails");
}

const struct weakness weakness_shrink_without_minimum = {
	.name = "shrink-without-minimum",
	.summary = "a size is compared with earlier ones only",
	.details = "The first backup has none to be compared with, and one that loses a little every night drags the "
		   "median down with it. 'min' holds for all of them.",
	.example = "size: {min: 10KiB, shrink: 20%}",
	.find_in_check = shrink_without_minimum,
};

static bool is_compressed(const char *path)
{
	static const char *const endings[] = {".gz",  ".tgz", ".zst",  ".tzst", ".xz",
					      ".txz", ".bz2", ".tbz2", ".lz4",  ".zip"};
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);
		if (length > ending && strcmp(path + length - ending, endings[i]) == 0)
			return true;
	}
	return false;
}

static void compressed_not_read(const struct weakness_search *search, const struct weakness_bytes *bytes)
{
	if (!is_compressed(bytes->path) || check_list_channels(bytes->checks) != 0)
		return;
	weakness_say(search, bytes->place,
		     "format: gzip reads it to its end; text, archive, unpacked and covers do as well",
		     "'%s' looks compressed, and nothing reads what is in it", bytes->path);
}

const struct weakness weakness_compressed_not_read = {
	.name = "compressed-not-read",
	.summary = "a compressed file is never read to its end",
	.details = "A gzip that was cut has a name, a size and a good first block. Only reading it to its last byte, "
		   "checksums included, tells.",
	.example = "format: gzip",
	.find_in_bytes = compressed_not_read,
};

static bool matches_everything(const char *text)
{
	struct glob *glob = NULL;
	struct error ignored;
	bool everything = false;

	if (glob_compile(text, &glob, &ignored) == 0)
		everything = glob_is_everything(glob) || strspn(text, "*/") == strlen(text);
	glob_free(glob);
	return everything;
}

static void glob_of_everything(const struct weakness_search *search, const struct weakness_bytes *bytes)
{
	if (!matches_everything(bytes->path))
		return;
	weakness_say(search, bytes->place,
		     bytes->is_member ? "name the members that must be there" : "name what it ends in",
		     "'%s' matches whatever is there", bytes->path);
}

const struct weakness weakness_glob_of_everything = {
	.name = "glob-of-everything",
	.summary = "a glob matches whatever is there",
	.details = "The newest object of a bucket may be a log, a test file or half an upload; an archive with any "
		   "member at all satisfies '**'.",
	.example = "object: {store: backups, key: '*_gitlab_backup.tar'}",
	.find_in_bytes = glob_of_everything,
};

static void artifact_of_no_step(const struct weakness_search *search, const struct weakness_bytes *bytes)
{
	const struct assertion_kind *made = registry_on(SUBJECT_BYTES, OCCASION_MAKER);

	if (search->manifest->steps.count == 0 || bytes->is_member || bytes->artifact->step != NULL ||
	    check_list_find(bytes->checks, made->name) != NULL)
		return;
	weakness_say(search, bytes->place, "step: NAME, or age: {max: 26h}", "'%s' may be of any night",
		     bytes->artifact->name);
}

const struct weakness weakness_artifact_of_no_step = {
	.name = "artifact-of-no-step",
	.summary = "an artifact may have been made by an earlier run",
	.details = "With 'step' it must have been made by that step, in this run. Without it, last week's file passes "
		   "every other check.",
	.example = "step: dump",
	.find_in_bytes = artifact_of_no_step,
};

static void no_max_age(const struct weakness_search *search)
{
	const struct manifest *manifest = search->manifest;

	if (manifest->artifacts.count > 0 && manifest->max_age_ms == PARAMETER_UNSET)
		weakness_say(search, manifest->place, "max_age: 26h for a nightly backup",
			     "nothing says how old the newest backup may be when 'verify' looks at it");
}

const struct weakness weakness_no_max_age = {
	.name = "no-max-age",
	.summary = "a canary cannot tell that backups have stopped",
	.details = "'muster verify' examines the newest backup there is. When the Job has not run for 74 days that "
		   "one is still sound.",
	.example = "max_age: 26h",
	.find = no_max_age,
};

static bool is_used(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->artifacts.count; i++) {
		const struct manifest_artifact *artifact =
			((struct manifest_artifact *const *)manifest->artifacts.items)[i];
		if (artifact->object != NULL && strcmp(artifact->object->store, name) == 0)
			return true;
		for (size_t u = 0; u < artifact->uploads.count; u++)
			if (strcmp(((struct manifest_upload *const *)artifact->uploads.items)[u]->store, name) == 0)
				return true;
	}
	return false;
}

static void store_not_private(const struct weakness_search *search)
{
	const struct parameter_map *stores = &search->manifest->stores;

	for (size_t i = 0; i < stores->count; i++) {
		const struct manifest_store *store = stores->entries[i].value;
		if (!store->driver->has_server || store->driver->hides_strangers ||
		    !is_used(search->manifest, stores->entries[i].name) ||
		    check_list_needing(store->expect, NEED_STRANGER) != NULL)
			continue;
		weakness_say(search, stores->entries[i].place, "expect: {private: true}",
			     "nothing says that the backups in '%s' are not public", stores->entries[i].name);
	}
}

const struct weakness weakness_store_not_private = {
	.name = "store-not-private",
	.summary = "a store that backups lie in is not declared private",
	.details =
		"A backup holds everything that there is to steal. 'private' asks the store without credentials, as a "
		"stranger would.",
	.example = "expect: {private: true}",
	.find = store_not_private,
};
