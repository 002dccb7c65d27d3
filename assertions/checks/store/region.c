#include "assertions/checks/assertion.h"

#include <strings.h>

struct region_parameters {
	const char *name;
};

static const struct parameter parameters[] = {
	{"name", &value_string, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct region_parameters, name),
	 .help = "the region, as the store names it", .example = "europe-1"},
	{0},
};

static const struct record record = {.name = "a region",
				     .help = "a region",
				     .size = sizeof(struct region_parameters),
				     .parameters = parameters};

static void expect(const void *self, size_t row, struct buffer *out)
{
	(void)row;
	buffer_print(out, "the bucket is in %s", ((const struct region_parameters *)self)->name);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct region_parameters *region = self;
	const struct store_probe *probe = evidence->store->probe;

	(void)state;
	if (probe->status != STORE_OK && probe->region_status != STORE_OK)
		finding_unproven(findings, "%s", probe->trouble.message);
	else if (probe->region_status != STORE_OK)
		finding_unproven(findings, "%s",
				 probe->region_trouble.message[0] != '\0' ? probe->region_trouble.message
									  : store_status_text(probe->region_status));
	else if (strcasecmp(probe->region, region->name) != 0)
		finding_fail(findings, "the bucket is in %s", probe->region);
	else
		finding_pass(findings, "%s", probe->region);
}

const struct assertion_kind kind_region = {
	.name = "region",
	.subject = SUBJECT_STORE,
	.summary = "the region that the bucket lies in",
	.details = "As HEAD of the bucket tells it, or GetBucketLocation, which needs s3:GetBucketLocation. An empty "
		   "answer is us-east-1, EU is eu-west-1.",
	.example = "region: europe-1",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};
