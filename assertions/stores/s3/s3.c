#include "assertions/stores/s3/s3_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/backoff.h"

#define BUCKET_MAX 255
#define TIMEOUT_MS_MIN 100
#define TIMEOUT_MS_MAX 3600000
#define AT(member) offsetof(struct s3_parameters, member)

static const char *const addressings[] = {"path", "virtual", NULL};

static const struct parameter retry_parameters[] = {
	{"budget", &value_duration, .offset = offsetof(struct s3_retry_parameters, budget_ms),
	 .help = "from the first attempt to the last; without it the store's 'timeout'", .example = "2m"},
	{"attempts", &value_integer, .offset = offsetof(struct s3_retry_parameters, attempts), .fallback = "10",
	 .minimum = 1, .maximum = 100, .help = "how often at most, the first included", .example = "8"},
	{NULL},
};

static int validate_retry(const void *record, struct error *err)
{
	const struct s3_retry_parameters *retry = record;

	if (retry->budget_ms != PARAMETER_UNSET &&
	    (retry->budget_ms < TIMEOUT_MS_MIN || retry->budget_ms > TIMEOUT_MS_MAX))
		return error_set(err, "'budget' is between 100ms and 1h");
	return 0;
}

static const struct record retry_record = {
	.name = "retries of a store",
	.help = "how long and how often one request is tried",
	.size = sizeof(struct s3_retry_parameters),
	.parameters = retry_parameters,
	.validate = validate_retry,
	.needs_one = true,
};

static const struct parameter parameters[] = {
	{"endpoint", &value_string, .offset = AT(endpoint),
	 .help = "the server's address; without it AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's, else AWS's "
		 "own of the region",
	 .example = "https://objects.example.net"},
	{"region", &value_string, .offset = AT(region),
	 .help = "the region that requests are signed for; without it AWS_REGION, AWS_DEFAULT_REGION, the profile's, "
		 "else us-east-1",
	 .example = "europe-1"},
	{"bucket", &value_string, PARAMETER_REQUIRED, AT(bucket), .help = "the bucket's name", .example = "backups"},
	{"prefix", &value_string, .offset = AT(prefix),
	 .help = "what stands in front of every key, as it is: end it in a slash where it means a folder",
	 .example = "postgres/"},
	{"addressing", &value_choice, .offset = AT(addressing), .choices = addressings,
	 .help = "whether the bucket stands in the path or in front of the host; without it 'virtual' for AWS unless "
		 "the name has dots, else 'path'",
	 .example = "path"},
	{"ca_file", &value_string, .offset = AT(ca_file),
	 .help = "a file of CA certificates (PEM) instead of the system's; without it AWS_CA_BUNDLE, the "
		 "profile's ca_bundle",
	 .example = "/etc/ssl/own-ca.pem"},
	{"timeout", &value_duration, .offset = AT(timeout_ms), .fallback = "30s",
	 .help = "how long what fails for the moment is tried again, and how long the server may say nothing",
	 .example = "1m"},
	{"retry", &value_record, .offset = AT(retry), .record = &retry_record,
	 .help = "how long and how often one request is tried again that failed for the moment (5xx, throttling, "
		 "broken connections), signed afresh after growing random waits; nothing else is tried again",
	 .example = "{budget: 2m, attempts: 8}"},
	{"plain_head", &value_bool, .offset = AT(plain_head), .fallback = "false",
	 .help = "true: objects are asked for without x-amz-checksum-mode, for a store that cannot cope with it",
	 .example = "true"},
	{"credentials", &value_record, .offset = AT(credentials), .record = &credentials_record,
	 .help = "the keys, by reference; without them those that AWS's tools would find",
	 .example = "{access_key: {env: BACKUP_ACCESS_KEY}, secret_key: {file: /run/secrets/s3/secret_key}}"},
	{NULL},
};

static int validate_bucket(const char *bucket, struct error *err)
{
	for (const char *at = bucket; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return error_set(err, "a bucket's name holds no blanks");
	if (strstr(bucket, "://") != NULL)
		return error_set(err, "'bucket' is a name, not an address: '%s'", bucket);
	if (strchr(bucket, '/') != NULL)
		return error_set(err, "a bucket's name holds no slash: what follows it belongs under 'prefix'");
	return strlen(bucket) <= BUCKET_MAX ? 0 : error_set(err, "a bucket's name has at most %d bytes", BUCKET_MAX);
}

static int validate(const void *record, struct error *err)
{
	const struct s3_parameters *s3 = record;
	struct endpoint endpoint;

	if (s3->bucket != NULL && validate_bucket(s3->bucket, err) != 0)
		return -1;
	if (s3->endpoint != NULL && endpoint_parse(s3->endpoint, &endpoint, err) != 0)
		return -1;
	if (s3->endpoint != NULL && s3->addressing == S3_VIRTUAL && endpoint_is_address(&endpoint))
		return error_set(err,
				 "'addressing: virtual' needs a host name under 'endpoint', not a numeric address");
	if (s3->region != NULL && strlen(s3->region) >= S3_REGION_MAX)
		return error_set(err, "a region's name has at most %d bytes", S3_REGION_MAX - 1);
	if (s3->prefix != NULL && strlen(s3->prefix) >= STORE_KEY_MAX - 1)
		return error_set(err, "a prefix leaves room for keys: it has at most %d bytes", STORE_KEY_MAX - 2);
	if (s3->timeout_ms < TIMEOUT_MS_MIN || s3->timeout_ms > TIMEOUT_MS_MAX)
		return error_set(err, "'timeout' is between 100ms and 1h");
	return 0;
}

static const struct record record = {
	.name = "s3",
	.help = "a bucket on a server that speaks S3",
	.size = sizeof(struct s3_parameters),
	.parameters = parameters,
	.validate = validate,
};

static int set_region(struct s3 *s3, const struct s3_choice *choice, struct error *err)
{
	const char *region = choice->value;

	if (strlen(region) >= sizeof(s3->region) || strpbrk(region, "/ \t\r\n") != NULL)
		return error_set(err, "this is no region: '%.80s' (%s)", region, choice->origin);
	memcpy(s3->region, region, strlen(region) + 1);
	memcpy(s3->declared_region, region, strlen(region) + 1);
	return 0;
}

static int set_endpoint(struct s3 *s3, const struct s3_choice *choice, struct error *err)
{
	if (choice->value != NULL && endpoint_parse(choice->value, &s3->endpoint, err) != 0)
		return error_wrap(err, "the endpoint from %s cannot be used", choice->origin);
	if (choice->value != NULL)
		return 0;
	s3->endpoint_follows_region = true;
	if (!s3_answer_is_region(s3->region))
		return error_set(err, "AWS has no region '%s': 'endpoint' is needed for other stores", s3->region);
	return endpoint_of_region(s3->region, &s3->endpoint, err);
}

static bool is_host_label(const char *bucket)
{
	return strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(bucket) && strlen(bucket) < 64;
}

static bool is_host_name(const char *bucket)
{
	return strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(bucket) && bucket[0] != '.' &&
	       strlen(bucket) < 64;
}

static int set_addressing(struct s3 *s3, int declared, struct error *err)
{
	if (declared == S3_VIRTUAL && endpoint_is_address(&s3->endpoint))
		return error_set(err,
				 "'addressing: virtual' needs a host name under 'endpoint', not a numeric address");
	if (declared == S3_VIRTUAL && !is_host_name(s3->bucket))
		return error_set(err, "the bucket '%s' cannot be part of a host name: 'addressing: path' is needed",
				 s3->bucket);
	s3->virtual_host = declared == S3_VIRTUAL ||
			   (declared != S3_PATH && endpoint_is_aws(&s3->endpoint) && is_host_label(s3->bucket));
	return 0;
}

static int set_transport(struct s3 *s3, const struct s3_choice *ca_file, struct error *err)
{
	struct http_settings settings = {.ca_file = ca_file->value, .silence_ms = s3->timeout_ms};

	if (s3->endpoint.tls && settings.ca_file != NULL && access(settings.ca_file, R_OK) != 0)
		return error_set(err, "cannot read the CA certificates in '%s' (%s): %s", settings.ca_file,
				 ca_file->origin, strerror(errno));
	s3->http = http_client_new(&settings);
	return 0;
}

static void close_s3(struct store *store)
{
	struct s3 *s3 = (struct s3 *)store;

	http_client_free(s3->http);
	s3_keyring_free(s3->keyring);
	free(s3->bucket);
	free(s3->prefix);
	store_release_texts(&s3->store);
	free(s3);
}

static int apply(struct s3 *s3, const struct s3_settings *settings, struct error *err)
{
	if (set_region(s3, &settings->region, err) != 0 || set_endpoint(s3, &settings->endpoint, err) != 0 ||
	    set_addressing(s3, settings->addressing, err) != 0 || set_transport(s3, &settings->ca_file, err) != 0)
		return -1;
	store_describe(&s3->store, "s3", s3->bucket, s3->prefix, &s3->endpoint);
	return 0;
}

static int set_up(struct s3 *s3, const struct s3_parameters *declared, struct error *err)
{
	struct s3_settings settings;
	struct error no_keys;

	s3->bucket = memory_string(declared->bucket);
	s3->prefix = memory_string(declared->prefix != NULL ? declared->prefix : "");
	s3->timeout_ms = declared->timeout_ms;
	s3->plain_head = declared->plain_head;
	s3->retry_budget_ms = declared->timeout_ms;
	s3->retry_attempts = BACKOFF_ATTEMPTS_MAX;
	if (declared->retry != NULL) {
		s3->retry_attempts = (unsigned)declared->retry->attempts;
		if (declared->retry->budget_ms != PARAMETER_UNSET)
			s3->retry_budget_ms = declared->retry->budget_ms;
	}
	s3->keyring = s3_keyring_new(declared, NULL, NULL, &settings, &no_keys);

	int result = apply(s3, &settings, err);

	s3_settings_release(&settings);
	if (result == 0 && s3->keyring == NULL)
		result = error_set(err, "%s", no_keys.message);
	return result;
}

static int open_s3(const void *declared, struct store **ret_store, struct error *err)
{
	struct s3 *s3 = memory_alloc(sizeof(*s3));

	s3->store = (struct store){
		.driver = &s3_driver,
		.probe = s3_probe,
		.list = s3_list,
		.head = s3_head,
		.get = s3_get,
		.get_range = s3_get_range,
		.begin_put = s3_begin_put,
		.about_bucket = &s3_bucket_calls,
		.close = close_s3,
	};
	if (set_up(s3, declared, err) != 0) {
		close_s3(&s3->store);
		return -1;
	}
	*ret_store = &s3->store;
	return 0;
}

typedef void take_note(void *context, const char *subject, const char *finding);

static void note_choice(take_note *note, void *context, const char *subject, const struct s3_choice *choice,
			const char *otherwise)
{
	cleanup_free char *finding = choice->value != NULL ? memory_format("%s (%s)", choice->value, choice->origin)
							   : memory_string(otherwise);

	note(context, subject, finding);
}

/* What it would sign with and where it would ask, and why. `given` NULL: of a manifest that says nothing. */
static bool explain_s3(const void *given, take_note *note, void *context)
{
	static const struct s3_parameters nothing = {.addressing = -1};
	const struct s3_parameters *declared = given != NULL ? given : &nothing;
	struct s3_settings settings;
	struct error err = {""};
	struct s3_keyring *keyring = s3_keyring_new(declared, note, context, &settings, &err);

	if (keyring == NULL)
		note(context, "credentials", "none that can be used");
	note_choice(note, context, "endpoint", &settings.endpoint, "AWS's own of the region");
	note_choice(note, context, "region", &settings.region, "");
	note_choice(note, context, "CA certificates", &settings.ca_file, "the system's");
	s3_settings_release(&settings);
	s3_keyring_free(keyring);
	return keyring != NULL;
}

void s3_backoff_begin(const struct s3 *s3, struct backoff *backoff)
{
	backoff_begin(backoff, s3->retry_budget_ms);
	backoff->attempts_max = s3->retry_attempts;
	backoff->client = s3->http;
}

char *s3_whole_key(const struct s3 *s3, const char *key)
{
	return memory_format("%s%s", s3->prefix, key);
}

int s3_check_key(const struct s3 *s3, const char *key, struct error *err)
{
	size_t length = strlen(s3->prefix) + strlen(key);

	if (key[0] != '\0' && length < STORE_KEY_MAX)
		return 0;
	return error_set(err, "no object can have this key: it has %zu bytes, not 1 to %d", length, STORE_KEY_MAX - 1);
}

const struct store_driver s3_driver = {
	.name = "s3",
	.help = "a bucket on a server that speaks S3: AWS, Ceph, MinIO, UpCloud and others. Buckets whose requester pays, "
		"and objects that are encrypted with a key of their uploader's (SSE-C), are not supported",
	.example = "{endpoint: 'https://objects.example.net', region: europe-1, bucket: backups}",
	.parameters = &record,
	.has_server = true,
	.open = open_s3,
	.explain = explain_s3,
};
