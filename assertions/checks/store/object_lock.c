#include "assertions/checks/stored.h"

#define PERMISSION "s3:GetBucketObjectLockConfiguration"

struct object_lock_parameters {
	bool enabled;
	int mode; /* of lock_modes; -1: either */
	int64_t days;
};

static const struct parameter parameters[] = {
	{"enabled", &value_bool, PARAMETER_SHORTHAND, offsetof(struct object_lock_parameters, enabled),
	 .fallback = "true", .more = MORE_IS_STRONGER, .help = "true: objects of the bucket can be locked",
	 .example = "true"},
	{"mode", &value_choice, 0, offsetof(struct object_lock_parameters, mode), .choices = lock_modes,
	 .more = MORE_IS_STRONGER,
	 .help = "what locks every new object by default; 'compliance' is as good for 'governance'",
	 .example = "compliance"},
	{"days", &value_integer, 0, offsetof(struct object_lock_parameters, days), .minimum = 1, .maximum = 36500,
	 .more = MORE_IS_STRONGER, .help = "for how many days at least every new object is locked by default",
	 .example = "30"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	if (!((const struct object_lock_parameters *)self)->enabled)
		return error_set(err, "'object_lock: false' declares nothing: leave it out");
	return 0;
}

static const struct record record = {.name = "an object_lock",
				     .help = "a bucket's lock",
				     .size = sizeof(struct object_lock_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static bool wants_default(const struct object_lock_parameters *lock)
{
	return lock->mode >= 0 || lock->days != PARAMETER_UNSET;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct object_lock_parameters *lock = self;

	(void)row;
	buffer_string(out, wants_default(lock) ? "every new object is locked" : "objects can be locked");
	if (lock->days != PARAMETER_UNSET)
		buffer_print(out, " for at least %lld days", (long long)lock->days);
	if (lock->mode >= 0)
		buffer_print(out, ", mode %s", lock_modes[lock->mode]);
}

static void conclude_by_settings(const struct object_lock_parameters *wanted, const struct bucket_lock *lock,
				 struct finding *finding)
{
	if (!lock->is_enabled)
		finding_fail(finding, "the bucket has no object lock");
	else if (!wants_default(wanted) && lock->mode[0] == '\0')
		finding_pass(finding, "it is enabled, without a default");
	else if (lock->mode[0] == '\0')
		finding_fail(finding, "it is enabled, but without a default: what is not locked by its writer is not");
	else if (!lock_mode_is_enough(wanted->mode, lock->mode) ||
		 (wanted->days != PARAMETER_UNSET && lock->days < wanted->days))
		finding_fail(finding, "new objects are locked for %lld days, mode %s", (long long)lock->days,
			     lock->mode);
	else
		finding_pass(finding, "new objects are locked for %lld days, mode %s", (long long)lock->days,
			     lock->mode);
}

/* Only a bucket with a lock holds locked objects; what its default is cannot be told from one of them. */
static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct object_lock_parameters *wanted = self;
	const struct store_evidence *store = evidence->store;
	const struct bucket_facts *facts = store->facts;

	(void)state;
	if (bucket_finding_of_no_settings(findings, store))
		return;
	if (facts->lock_status == STORE_OK)
		conclude_by_settings(wanted, &facts->lock, findings);
	else if (!wants_default(wanted) && facts->sample.status == STORE_OK &&
		 facts->sample.object.lock_mode[0] != '\0')
		finding_pass(findings, "the newest object, '%s', is locked, mode %s", facts->sample.object.key,
			     facts->sample.object.lock_mode);
	else
		bucket_finding_unproven(findings, facts->lock_status, &facts->lock_trouble, PERMISSION);
}

const struct assertion_kind kind_object_lock = {
	.name = "object_lock",
	.subject = SUBJECT_STORE,
	.summary = "objects of the bucket can be locked against overwriting and deletion, or are by default",
	.details = "As the bucket's settings say, which needs " PERMISSION
		   ". Without it only a locked object shows that there is a lock, to credentials with "
		   "s3:GetObjectRetention.",
	.example = "object_lock: {mode: compliance, days: 30}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_OBJECT_LOCK,
};
