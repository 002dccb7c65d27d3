#include "assertions/stores/s3/s3_private.h"

#include <string.h>

#include "assertions/stores/http/printable.h"

/*
 * One look at a bucket, without side effects: whether the credentials may list it, whether it holds anything, where it is,
 * and how far the store's clock is from ours.
 */

struct location {
	bool is_told;
	char name[64];
};

static int take_location(void *context, const char *path, const char *text, struct error *err)
{
	struct location *location = context;

	(void)err;
	if (xml_path_ends(path, "LocationConstraint")) {
		location->is_told = true;
		printable_copy(location->name, sizeof(location->name), text);
	}
	return 0;
}

static int check_location(void *context, struct error *err)
{
	const struct location *location = context;

	return location->is_told ? 0 : error_set(err, "the answer has no LocationConstraint");
}

/* What AWS calls its first two regions in a LocationConstraint. */
static void set_region(struct store_probe *probe, const char *name)
{
	if (name[0] == '\0')
		name = "us-east-1";
	else if (strcmp(name, "EU") == 0)
		name = "eu-west-1";
	printable_copy(probe->region, sizeof(probe->region), name);
	probe->region_status = STORE_OK;
}

static bool region_from_headers(struct s3 *s3, struct store_probe *probe, struct s3_answer *answer)
{
	const struct s3_request request = {.method = "HEAD", .what = "asked for", .permission = "s3:ListBucket"};

	if (answer->region[0] == '\0') {
		s3_ask(s3, &request, answer);
		s3_answer_release(answer);
	}
	if (answer->region[0] == '\0')
		return false;
	set_region(probe, answer->region);
	return true;
}

static void region_from_location(struct s3 *s3, struct store_probe *probe)
{
	static const struct xml_events events = {.end = take_location};
	struct location location = {false, ""};
	struct s3_request request = {.method = "GET",
				     .xml = &events,
				     .xml_context = &location,
				     .xml_check = check_location,
				     .what = "asked for the region of",
				     .permission = "s3:GetBucketLocation"};
	struct s3_answer answer;

	s3_request_add_query(&request, "location", NULL);
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	if (answer.status == STORE_OK)
		set_region(probe, location.name);
	else
		probe->region_status = answer.status;
	probe->region_trouble = answer.error;
}

/* HEAD names the region even to those who may not list; then GetBucketLocation need not be allowed. */
static void find_region(struct s3 *s3, struct store_probe *probe, struct s3_answer *answer)
{
	if (region_from_headers(s3, probe, answer))
		return;
	if (answer->http_status == 0) {
		probe->region_status = answer->status;
		probe->region_trouble = answer->error;
		return;
	}
	region_from_location(s3, probe);
}

static void hint_at_region(const struct s3 *s3, struct store_probe *probe)
{
	struct buffer hint;

	if (probe->hint[0] != '\0' || strcmp(s3->region, s3->declared_region) == 0)
		return;
	buffer_init(&hint, sizeof(probe->hint) - 1);
	buffer_print(&hint, "the bucket is in '%s', while 'region' says '%s'", s3->region, s3->declared_region);
	memcpy(probe->hint, hint.data, hint.length + 1);
	buffer_release(&hint);
}

void s3_probe(struct store *store, struct store_probe *ret_probe)
{
	struct s3 *s3 = (struct s3 *)store;
	struct s3_answer answer;

	*ret_probe = (struct store_probe){0};
	s3_list_ask(s3, "", "1", store_note_object, &ret_probe->not_empty, &answer);
	ret_probe->status = answer.status;
	ret_probe->trouble = answer.error;
	memcpy(ret_probe->hint, answer.hint, sizeof(ret_probe->hint));
	if (answer.status == STORE_OK || answer.status == STORE_DENIED || answer.status == STORE_UNSUPPORTED) {
		find_region(s3, ret_probe, &answer);
	} else {
		ret_probe->region_status = answer.status;
		ret_probe->region_trouble = answer.error;
	}
	ret_probe->clock_known = s3->clock_known;
	ret_probe->clock_offset_ms = store->clock_offset_ms;
	hint_at_region(s3, ret_probe);
}
