#include "assertions/stores/s3/s3_private.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/http/printable.h"

#define DAYS_MAX 100000
#define UNSIGNED_ATTEMPTS 3
#define QUERY_MAX 8192

/*
 * What S3 tells of a bucket as a whole: GET ?versioning, ?lifecycle and ?object-lock, and unsigned requests.
 *
 * Some stores answer a subresource that they do not know with a listing, or with nothing: that is STORE_UNSUPPORTED or
 * STORE_BROKEN, and says nothing of the bucket. Where there is no configuration the lifecycle is empty and the lock off.
 * docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html and its neighbours.
 */

static const char *const roots[] = {"VersioningConfiguration", "LifecycleConfiguration", "ObjectLockConfiguration"};

static struct bucket_rule *last_rule(struct s3_bucket_reading *reading)
{
	return reading->lifecycle.count > 0 ? &reading->lifecycle.rules[reading->lifecycle.count - 1] : NULL;
}

static void begin_rule(struct s3_bucket_reading *reading)
{
	struct bucket_lifecycle *lifecycle = &reading->lifecycle;

	if (lifecycle->count == BUCKET_RULES_MAX) {
		reading->is_nonsense = true;
		return;
	}
	lifecycle->rules = memory_grow(lifecycle->rules, lifecycle->count + 1, sizeof(*lifecycle->rules));
	lifecycle->rules[lifecycle->count++] = (struct bucket_rule){.id = ""};
}

static bool is_filter(const char *path)
{
	return strstr(path, "/Filter/") != NULL &&
	       (xml_path_ends(path, "Tag") || xml_path_ends(path, "ObjectSizeGreaterThan") ||
		xml_path_ends(path, "ObjectSizeLessThan"));
}

static void begin(void *context, const char *path)
{
	struct s3_bucket_reading *reading = context;

	if (strchr(path, '/') == NULL)
		printable_copy(reading->root, sizeof(reading->root), path);
	if (reading->document != S3_BUCKET_LIFECYCLE)
		return;
	if (strcmp(path, "LifecycleConfiguration/Rule") == 0)
		begin_rule(reading);

	struct bucket_rule *rule = last_rule(reading);

	if (rule != NULL && is_filter(path))
		rule->is_filtered = true;
}

static void take_versioning(struct s3_bucket_reading *reading, const char *path, const char *text)
{
	if (strcmp(path, "VersioningConfiguration/Status") != 0)
		return;
	reading->has_status = true;
	if (strcmp(text, "Enabled") == 0)
		reading->versioning = BUCKET_VERSIONING_ENABLED;
	else if (strcmp(text, "Suspended") == 0)
		reading->versioning = BUCKET_VERSIONING_SUSPENDED;
	else
		reading->is_nonsense = true;
}

static int64_t take_days(struct s3_bucket_reading *reading, const char *text)
{
	struct error ignored;
	int64_t days;

	if (units_parse_integer(text, &days, &ignored) == 0 && days > 0 && days <= DAYS_MAX)
		return days;
	reading->is_nonsense = true;
	return 0;
}

static void take_rule(struct s3_bucket_reading *reading, const char *path, const char *text)
{
	struct bucket_rule *rule = last_rule(reading);

	if (rule == NULL)
		return;
	if (strcmp(path, "LifecycleConfiguration/Rule/ID") == 0) {
		printable_copy(rule->id, sizeof(rule->id), text);
	} else if (strcmp(path, "LifecycleConfiguration/Rule/Status") == 0) {
		rule->is_enabled = strcmp(text, "Enabled") == 0;
		reading->is_nonsense |= !rule->is_enabled && strcmp(text, "Disabled") != 0;
	} else if (strcmp(path, "LifecycleConfiguration/Rule/Prefix") == 0 || xml_path_ends(path, "Filter/Prefix") ||
		   xml_path_ends(path, "Filter/And/Prefix")) {
		if (strlen(text) < sizeof(rule->prefix))
			strcpy(rule->prefix, text);
		else
			reading->is_nonsense = true;
	} else if (strcmp(path, "LifecycleConfiguration/Rule/Expiration/Days") == 0) {
		rule->expires_days = take_days(reading, text);
	} else if (strcmp(path, "LifecycleConfiguration/Rule/Expiration/Date") == 0) {
		rule->has_date = true;
	}
}

static void take_lock(struct s3_bucket_reading *reading, const char *path, const char *text)
{
	struct bucket_lock *lock = &reading->lock;

	if (strcmp(path, "ObjectLockConfiguration/ObjectLockEnabled") == 0) {
		lock->is_enabled = strcmp(text, "Enabled") == 0;
		reading->has_status = true;
	} else if (xml_path_ends(path, "Rule/DefaultRetention/Mode")) {
		printable_copy(lock->mode, sizeof(lock->mode), text);
	} else if (xml_path_ends(path, "Rule/DefaultRetention/Days")) {
		lock->days = take_days(reading, text);
	} else if (xml_path_ends(path, "Rule/DefaultRetention/Years")) {
		lock->days = take_days(reading, text) * 365;
	}
}

static int end(void *context, const char *path, const char *text, struct error *err)
{
	struct s3_bucket_reading *reading = context;

	(void)err;
	switch (reading->document) {
	case S3_BUCKET_VERSIONING:
		take_versioning(reading, path, text);
		break;
	case S3_BUCKET_LIFECYCLE:
		take_rule(reading, path, text);
		break;
	case S3_BUCKET_LOCK:
		take_lock(reading, path, text);
		break;
	}
	return 0;
}

const struct xml_events s3_bucket_events = {begin, end};

bool s3_bucket_is_understood(const struct s3_bucket_reading *reading)
{
	if (strcmp(reading->root, roots[reading->document]) != 0 || reading->is_nonsense)
		return false;
	return reading->document != S3_BUCKET_LOCK || reading->has_status;
}

static void begin_reading(void *context)
{
	struct s3_bucket_reading *reading = context;

	bucket_lifecycle_release(&reading->lifecycle);
	*reading = (struct s3_bucket_reading){.document = reading->document, .versioning = BUCKET_VERSIONING_OFF};
}

/* STORE_ABSENT: there is no such configuration, and the store says so by name. */
static enum store_status ask(struct s3 *s3, struct s3_bucket_reading *reading, const char *subresource,
			     const char *permission, struct error *err)
{
	struct s3_request request = {.method = "GET",
				     .xml = &s3_bucket_events,
				     .xml_context = reading,
				     .xml_begin = begin_reading,
				     .what = "asked for the settings of",
				     .permission = permission};
	struct s3_answer answer;

	s3_request_add_query(&request, subresource, NULL);
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	if (strcmp(answer.code, "NoSuchLifecycleConfiguration") == 0 ||
	    strcmp(answer.code, "ObjectLockConfigurationNotFoundError") == 0)
		return STORE_ABSENT;
	if (answer.status != STORE_OK) {
		error_set(err, "%s", answer.error.message);
		return answer.status;
	}
	if (s3_bucket_is_understood(reading))
		return STORE_OK;
	error_set(err, "the store answered ?%s with <%s>, which does not tell", subresource, reading->root);
	return strcmp(reading->root, roots[reading->document]) == 0 ? STORE_BROKEN : STORE_UNSUPPORTED;
}

static enum store_status versioning(struct store *store, enum bucket_versioning *ret_versioning, struct error *err)
{
	struct s3_bucket_reading reading = {.document = S3_BUCKET_VERSIONING};
	enum store_status status = ask((struct s3 *)store, &reading, "versioning", "s3:GetBucketVersioning", err);

	*ret_versioning = reading.versioning;
	return status;
}

static enum store_status lifecycle(struct store *store, struct bucket_lifecycle *ret_lifecycle, struct error *err)
{
	struct s3_bucket_reading reading = {.document = S3_BUCKET_LIFECYCLE};
	enum store_status status = ask((struct s3 *)store, &reading, "lifecycle", "s3:GetLifecycleConfiguration", err);

	*ret_lifecycle = reading.lifecycle;
	return status == STORE_ABSENT ? STORE_OK : status;
}

static enum store_status lock(struct store *store, struct bucket_lock *ret_lock, struct error *err)
{
	struct s3_bucket_reading reading = {.document = S3_BUCKET_LOCK};
	enum store_status status =
		ask((struct s3 *)store, &reading, "object-lock", "s3:GetBucketObjectLockConfiguration", err);

	*ret_lock = status == STORE_OK ? reading.lock : (struct bucket_lock){0};
	return status == STORE_ABSENT ? STORE_OK : status;
}

static int take_retention(void *context, const char *path, const char *text, struct error *err)
{
	struct store_object *object = context;

	if (strcmp(path, "Retention/Mode") == 0)
		printable_copy(object->lock_mode, sizeof(object->lock_mode), text);
	else if (strcmp(path, "Retention/RetainUntilDate") == 0)
		return clock_parse_rfc3339(text, &object->locked_until_ms, err);
	return 0;
}

static int check_retention(void *context, struct error *err)
{
	const struct store_object *object = context;
	bool is_told = object->lock_mode[0] != '\0' && object->locked_until_ms != 0;

	return is_told ? 0 : error_set(err, "the answer tells no retention");
}

/* 400 InvalidRequest is how a bucket without a lock answers. */
static bool says_not_locked(const struct s3_answer *answer)
{
	return strcmp(answer->code, "NoSuchObjectLockConfiguration") == 0 ||
	       strcmp(answer->code, "ObjectLockConfigurationNotFoundError") == 0 ||
	       (answer->http_status == 400 && strcmp(answer->code, "InvalidRequest") == 0);
}

static enum store_status retention(struct store *store, const char *key, struct store_object *object, struct error *err)
{
	static const struct xml_events events = {.end = take_retention};
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	struct store_object told = {.size_bytes = 0};
	struct s3_request request = {.method = "GET",
				     .key = whole,
				     .xml = &events,
				     .xml_context = &told,
				     .xml_check = check_retention,
				     .what = "asked for the lock of",
				     .permission = "s3:GetObjectRetention"};
	struct s3_answer answer;

	s3_request_add_query(&request, "retention", NULL);
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	if (says_not_locked(&answer))
		return STORE_ABSENT;
	if (answer.status != STORE_OK) {
		error_set(err, "%s", answer.error.message);
		return answer.status == STORE_ABSENT ? STORE_BROKEN : answer.status;
	}
	memcpy(object->lock_mode, told.lock_mode, sizeof(object->lock_mode));
	object->locked_until_ms = told.locked_until_ms;
	return STORE_OK;
}

static const char *prefix(const struct store *store)
{
	return ((const struct s3 *)store)->prefix;
}

/* With Content-MD5: a bucket that locks its objects takes none without. */
static enum store_status put(struct store *store, const char *key, const char *text, char ret_version[STORE_WORD_MAX],
			     struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	struct s3_request request = {.method = "PUT",
				     .key = whole,
				     .what = "asked to take",
				     .permission = "s3:PutObject"};
	struct s3_answer answer;
	struct s3_body body;

	s3_body_init(&body, NULL, text, strlen(text));
	s3_request_set_body(&request, &body);
	s3_request_add_header(&request, "Content-MD5", body.md5_base64);
	s3_ask(s3, &request, &answer);

	const char *version =
		answer.status == STORE_OK ? http_field(http_response(answer.exchange), "x-amz-version-id") : NULL;

	if (version != NULL)
		printable_copy(ret_version, STORE_WORD_MAX, version);
	s3_answer_release(&answer);
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	return answer.status;
}

static char *url_of(const struct s3 *s3, const char *key, const char *query)
{
	struct endpoint_target target;
	char *url;

	endpoint_target(&s3->endpoint, s3->virtual_host, s3->bucket, key, &target);
	url = memory_format("%s://%s%s%s", s3->endpoint.tls ? "https" : "http", target.host, target.path, query);
	endpoint_target_release(&target);
	return url;
}

static int ask_unsigned_once(struct s3 *s3, const char *url, const char *header, struct s3_answer *answer,
			     struct error *err)
{
	const char *const headers[] = {header, NULL};
	const struct http_request request = {.method = "GET", .url = url, .headers = headers};

	*answer = (struct s3_answer){0};
	if (http_begin(s3->http, &request, &answer->exchange, &answer->failure) != 0) {
		s3_answer_judge_failure(answer);
		return error_set(err, "without credentials: %s", answer->failure.error.message);
	}
	s3_answer_take_headers(answer, http_response(answer->exchange));
	if (answer->http_status >= 300)
		s3_answer_read_error(answer, true);
	http_end(answer->exchange);
	error_set(err, "without credentials the store answered %d%s%s", answer->http_status,
		  answer->code[0] != '\0' ? " " : "", answer->code);
	return 0;
}

/*
 * What is refused for another reason than that nobody signed was not refused to strangers: InvalidObjectState and
 * InvalidRange come after the permission was given.
 */
static enum bucket_door door_of(const struct s3_answer *answer)
{
	if (answer->http_status == 200 || answer->http_status == 206 || answer->http_status == 416 ||
	    strcmp(answer->code, "InvalidObjectState") == 0 || strcmp(answer->code, "InvalidRange") == 0)
		return BUCKET_DOOR_OPEN;
	if ((answer->http_status == 401 || answer->http_status == 403) && !answer->transient)
		return BUCKET_DOOR_SHUT;
	return BUCKET_DOOR_UNKNOWN;
}

static enum bucket_door ask_unsigned(struct s3 *s3, const char *url, const char *header, struct error *err)
{
	struct backoff backoff;
	struct s3_answer answer;

	backoff_begin(&backoff, s3->timeout_ms);
	do
		ask_unsigned_once(s3, url, header, &answer, err);
	while (answer.transient && backoff_wait_within(&backoff, UNSIGNED_ATTEMPTS, answer.retry_after_ms));
	return answer.http_status == 0 ? BUCKET_DOOR_UNKNOWN : door_of(&answer);
}

/* A policy may open what is below a prefix, and refuse to list the whole. */
static enum bucket_door unsigned_listing(struct store *store, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = url_of(s3, NULL, "?list-type=2&max-keys=1");
	enum bucket_door door = ask_unsigned(s3, whole, "Range:", err);
	cleanup_buffer struct buffer query;

	buffer_init(&query, QUERY_MAX);
	if (s3->prefix[0] == '\0' || door != BUCKET_DOOR_SHUT)
		return door;
	buffer_string(&query, "?list-type=2&max-keys=1&prefix=");
	sigv4_encode(s3->prefix, false, &query);

	cleanup_free char *below = url_of(s3, NULL, query.data);

	return ask_unsigned(s3, below, "Range:", err);
}

static enum bucket_door unsigned_object(struct store *store, const char *key, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	cleanup_free char *url = url_of(s3, whole, "");

	return ask_unsigned(s3, url, "Range: bytes=0-0", err);
}

const struct bucket_calls s3_bucket_calls = {
	.prefix = prefix,
	.put = put,
	.versioning = versioning,
	.lifecycle = lifecycle,
	.lock = lock,
	.retention = retention,
	.unsigned_listing = unsigned_listing,
	.unsigned_object = unsigned_object,
};
