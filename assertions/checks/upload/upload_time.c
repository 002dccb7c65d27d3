#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "assertions/checks/stored.h"

struct expires_parameters {
	int64_t after_ms;
};

static const struct parameter expires_parameters[] = {
	{"after", &value_duration, PARAMETER_REQUIRED | PARAMETER_SHORTHAND,
	 offsetof(struct expires_parameters, after_ms), .help = "how long after it was written: whole days",
	 .example = "30d"},
	{0},
};

static int validate_expires(const void *self, struct error *err)
{
	return expiry_validate(((const struct expires_parameters *)self)->after_ms, err);
}

static const struct record expires_record = {.name = "an expires",
					     .help = "when the store takes it away",
					     .size = sizeof(struct expires_parameters),
					     .parameters = expires_parameters,
					     .validate = validate_expires};

static void expect_expires(const void *self, size_t row, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_print(out, "taken away %s after it was written",
		     units_declared_duration(((const struct expires_parameters *)self)->after_ms, text));
}

static void conclude_expires(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	int64_t after_ms = ((const struct expires_parameters *)self)->after_ms;

	(void)state;
	if (upload_finding_of_silence(findings, upload))
		return;
	if (upload->object->expires_ms == 0 && upload->lifecycle != NULL)
		expiry_judge_by_rules(upload->lifecycle, &(struct expiry_of){upload->whole_key, true}, after_ms,
				      findings);
	else
		expiry_judge(upload->object, upload->object->key, after_ms, findings);
}

const struct assertion_kind kind_expires = {
	.name = "expires",
	.subject = SUBJECT_UPLOAD,
	.summary = "how long after it was written the store takes the object away",
	.details =
		"As the store says when it is asked for the object (x-amz-expiration). A rule of N days takes an "
		"object away at the midnight (UTC) after them. Where the store says nothing, the bucket's rules tell, "
		"which needs s3:GetLifecycleConfiguration; without it that is a failure only with stores that are "
		"known to say it.",
	.example = "expires: 30d",
	.parameters = &expires_record,
	.expect = expect_expires,
	.conclude = conclude_expires,
	.needs = NEED_LIFECYCLE,
};

struct locked_parameters {
	int64_t for_ms;
	int mode; /* of lock_modes; -1: either */
};

static const struct parameter locked_parameters[] = {
	{"for", &value_duration, PARAMETER_SHORTHAND, offsetof(struct locked_parameters, for_ms),
	 .more = MORE_IS_STRONGER, .help = "for how long at least, counted from when it was written", .example = "30d"},
	{"mode", &value_choice, 0, offsetof(struct locked_parameters, mode), .choices = lock_modes,
	 .more = MORE_IS_STRONGER, .help = "'compliance' is as good for 'governance'", .example = "compliance"},
	{0},
};

static const struct record locked_record = {.name = "a locked",
					    .help = "whether and for how long it cannot be deleted",
					    .size = sizeof(struct locked_parameters),
					    .parameters = locked_parameters,
					    .needs_one = true};

static void expect_locked(const void *self, size_t row, struct buffer *out)
{
	const struct locked_parameters *locked = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_string(out, "locked");
	if (locked->for_ms != PARAMETER_UNSET)
		buffer_print(out, " for at least %s", units_declared_duration(locked->for_ms, text));
	if (locked->mode >= 0)
		buffer_print(out, ", mode %s", lock_modes[locked->mode]);
}

static void judge_unlocked(const struct upload_evidence *upload, struct finding *finding)
{
	if (upload->retention_status == STORE_ABSENT) {
		finding_fail(finding, "it is not locked%s", upload->object->legal_hold ? ", but for a legal hold" : "");
		finding_hint(finding, "has the bucket a default retention, or does the uploader ask for one?");
		return;
	}
	finding_unproven(finding, "not proven: needs s3:GetObjectRetention (%s)",
			 upload->retention_trouble.message[0] != '\0' ? upload->retention_trouble.message
								      : store_status_text(upload->retention_status));
	finding_hint(finding,
		     "without it a store does not tell of locks: allow these credentials s3:GetObjectRetention");
}

static void conclude_locked(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct locked_parameters *locked = self;
	const struct upload_evidence *upload = evidence->upload;
	const struct store_object *object = upload->object;
	char until[CLOCK_TEXT_MAX];
	bool is_enough;

	(void)state;
	if (upload_finding_of_silence(findings, upload))
		return;
	if (object->lock_mode[0] == '\0' || object->locked_until_ms == 0) {
		judge_unlocked(upload, findings);
		return;
	}
	clock_format_rfc3339(object->locked_until_ms, until);
	is_enough = (locked->for_ms == PARAMETER_UNSET ||
		     object->locked_until_ms - object->modified_ms >= locked->for_ms) &&
		    lock_mode_is_enough(locked->mode, object->lock_mode);
	if (is_enough)
		finding_pass(findings, "until %s, mode %s", until, object->lock_mode);
	else
		finding_fail(findings, "until %s, mode %s", until, object->lock_mode);
}

const struct assertion_kind kind_locked = {
	.name = "locked",
	.subject = SUBJECT_UPLOAD,
	.summary = "the object is locked against overwriting and deletion, and for how long",
	.details = "As the store tells it, which needs s3:GetObjectRetention.",
	.example = "locked: {for: 30d, mode: compliance}",
	.parameters = &locked_record,
	.expect = expect_locked,
	.conclude = conclude_locked,
	.needs = NEED_RETENTION,
};
