#include <strings.h>

#include "assertions/checks/stored.h"

#define STANDARD "STANDARD"

struct names_parameters {
	struct parameter_list list; /* of const char * */
};

static const struct parameter class_name = {.type = &value_string,
					    .help = "a class, as the store names it; STANDARD where it names none"};
static const struct parameter encryption_name = {.type = &value_string,
						 .help = "a method, as the store names it, or 'any'"};

static const struct parameter class_parameters[] = {
	{"classes", &value_list, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct names_parameters, list),
	 .item = &class_name, .more = MORE_IS_WEAKER, .help = "one of these", .example = "[STANDARD, STANDARD_IA]"},
	{0},
};

static const struct parameter encryption_parameters[] = {
	{"methods", &value_list, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct names_parameters, list),
	 .item = &encryption_name, .more = MORE_IS_WEAKER, .help = "one of these", .example = "[AES256, aws:kms]"},
	{0},
};

static const struct record class_record = {.name = "a storage_class",
					   .help = "what kind of storage it lies in",
					   .size = sizeof(struct names_parameters),
					   .parameters = class_parameters};

static const struct record encryption_record = {.name = "an encryption",
						.help = "how the store encrypts it",
						.size = sizeof(struct names_parameters),
						.parameters = encryption_parameters};

static bool holds(const struct names_parameters *names, const char *name)
{
	const char *const *items = names->list.items;

	for (size_t i = 0; i < names->list.count; i++)
		if (strcasecmp(items[i], name) == 0)
			return true;
	return false;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct names_parameters *names = self;
	const char *const *items = names->list.items;

	(void)row;
	for (size_t i = 0; i < names->list.count; i++)
		buffer_print(out, "%s%s", i == 0 ? "" : " or ", items[i]);
}

static void conclude_class(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	const char *name;

	(void)state;
	if (upload_finding_of_silence(findings, upload))
		return;
	name = upload->object->storage_class[0] != '\0' ? upload->object->storage_class : STANDARD;
	(holds(self, name) ? finding_pass : finding_fail)(findings, "%s", name);
}

static void conclude_encryption(const void *self, void *state, const struct evidence *evidence,
				struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	const char *name = upload->object->encryption;

	(void)state;
	if (upload_finding_of_silence(findings, upload))
		return;
	if (name[0] == '\0') {
		finding_fail(findings, "the store names no encryption");
		finding_hint(findings, "does the bucket encrypt by default, or the uploader ask for it?");
	} else {
		(holds(self, name) || holds(self, "any") ? finding_pass : finding_fail)(findings, "%s", name);
	}
}

const struct assertion_kind kind_storage_class = {
	.name = "storage_class",
	.subject = SUBJECT_UPLOAD,
	.summary = "the kind of storage that the object lies in",
	.details = "As HEAD tells it. What lies in an archive must be fetched from there before it can be restored.",
	.example = "storage_class: STANDARD_IA",
	.parameters = &class_record,
	.expect = expect,
	.conclude = conclude_class,
};

const struct assertion_kind kind_encryption = {
	.name = "encryption",
	.subject = SUBJECT_UPLOAD,
	.summary = "how the store encrypts the object",
	.details = "As HEAD tells it: AES256 for keys of the store's own, aws:kms for a key of KMS, SSE-C for one that "
		   "its uploader gave. What a store encrypts without saying so is not told here.",
	.example = "encryption: [AES256, aws:kms]",
	.parameters = &encryption_record,
	.expect = expect,
	.conclude = conclude_encryption,
};
