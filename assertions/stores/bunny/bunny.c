#include "assertions/stores/bunny/bunny_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"
#include "assertions/stores/bucket.h"

#define ZONE_MAX 255
#define TIMEOUT_MS_MIN 100
#define TIMEOUT_MS_MAX 3600000
#define AT(member) offsetof(struct bunny_parameters, member)

static const char *const regions[] = {"de", "uk", "ny", "la", "sg", "se", "br", "jh", "syd", NULL};

static const struct parameter parameters[] = {
	{"region", &value_choice, .offset = AT(region), .choices = regions, .fallback = "de",
	 .help = "the zone's main region, whose host is asked", .example = "de"},
	{"zone", &value_string, PARAMETER_REQUIRED, AT(zone), .help = "the storage zone's name", .example = "backups"},
	{"prefix", &value_string, .offset = AT(prefix),
	 .help = "what stands in front of every key, as it is: end it in a slash where it means a folder",
	 .example = "postgres/"},
	{"access_key", &value_secret, PARAMETER_REQUIRED, AT(access_key),
	 .help = "the zone's password, or its read-only password where muster need not upload; by reference",
	 .example = "{env: BUNNY_ACCESS_KEY}"},
	{"endpoint", &value_string, .offset = AT(endpoint), .help = "the server's address, instead of the region's own",
	 .example = "https://storage.bunnycdn.com"},
	{"ca_file", &value_string, .offset = AT(ca_file),
	 .help = "a file of CA certificates (PEM) instead of the system's", .example = "/etc/ssl/own-ca.pem"},
	{"timeout", &value_duration, .offset = AT(timeout_ms), .fallback = "30s",
	 .help = "how long what fails for the moment is tried again, and how long the server may say nothing",
	 .example = "1m"},
	{NULL},
};

char *bunny_whole_key(const struct bunny *bunny, const char *key)
{
	return memory_format("%s%s", bunny->prefix, key);
}

bool bunny_is_key(const char *whole)
{
	return strlen(whole) < STORE_KEY_MAX && store_is_path(whole);
}

static int validate_zone(const char *zone, struct error *err)
{
	if (strstr(zone, "://") != NULL)
		return error_set(err, "'zone' is a name, not an address: '%s'", zone);
	if (strchr(zone, '/') != NULL)
		return error_set(err, "a zone's name holds no slash: what follows it belongs under 'prefix'");
	if (strlen(zone) > ZONE_MAX || strcmp(zone, ".") == 0 || strcmp(zone, "..") == 0)
		return error_set(err, "this is no name that a zone can have");
	for (const char *at = zone; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return error_set(err, "a zone's name holds letters, digits and dashes");
	return 0;
}

static int validate(const void *record, struct error *err)
{
	const struct bunny_parameters *bunny = record;
	cleanup_free char *example = memory_format("%sx", bunny->prefix != NULL ? bunny->prefix : "");
	struct endpoint endpoint;

	if (bunny->zone != NULL && validate_zone(bunny->zone, err) != 0)
		return -1;
	if (bunny->endpoint != NULL && endpoint_parse(bunny->endpoint, &endpoint, err) != 0)
		return -1;
	if (!bunny_is_key(example))
		return error_set(err,
				 "no file can have the prefix '%.200s': Bunny knows neither empty parts of a path nor "
				 "dots alone",
				 bunny->prefix);
	if (bunny->timeout_ms < TIMEOUT_MS_MIN || bunny->timeout_ms > TIMEOUT_MS_MAX)
		return error_set(err, "'timeout' is between 100ms and 1h");
	return 0;
}

static const struct record record = {
	.name = "bunny",
	.help = "a zone of Bunny Edge Storage",
	.size = sizeof(struct bunny_parameters),
	.parameters = parameters,
	.validate = validate,
};

/* It is sent in a header as it is: a line end in it would begin a header of its own. */
static int read_access_key(struct bunny *bunny, const struct secret *secret, struct error *err)
{
	if (secret_read(secret, &bunny->access_key, err) != 0)
		return -1;
	for (const char *at = bunny->access_key; *at != '\0'; at++)
		if (*at < '!' || *at > '~')
			return error_set(
				err, "the access key from %s '%s' holds blanks or line ends that cannot belong to it",
				secret->env != NULL ? "the environment variable" : "file",
				secret->env != NULL ? secret->env : secret->file);
	return 0;
}

static int set_endpoint(struct bunny *bunny, const struct bunny_parameters *declared, struct error *err)
{
	const char *region = regions[declared->region];
	cleanup_free char *text = declared->region == BUNNY_DE
					  ? memory_string("https://storage.bunnycdn.com")
					  : memory_format("https://%s.storage.bunnycdn.com", region);

	return endpoint_parse(declared->endpoint != NULL ? declared->endpoint : text, &bunny->endpoint, err);
}

static int set_transport(struct bunny *bunny, const char *ca_file, struct error *err)
{
	const struct http_settings settings = {.ca_file = ca_file, .silence_ms = bunny->timeout_ms};

	if (bunny->endpoint.tls && ca_file != NULL && access(ca_file, R_OK) != 0)
		return error_set(err, "cannot read the CA certificates in '%s': %s", ca_file, strerror(errno));
	bunny->http = http_client_new(&settings);
	return 0;
}

/*
 * What can be asked of a zone as a whole: whether it can be written to, and nothing else.
 *
 * Bunny's storage has no versions, no lifecycle and no locks. Without a key it answers 401 to everybody, also for files that a pull zone
 * gives to the world: that proves nothing of who can read them.
 */
static enum store_status knows_none(const char *what, struct error *err)
{
	error_set(err, "Bunny's storage knows no %s", what);
	return STORE_UNSUPPORTED;
}

static enum store_status versioning(struct store *store, enum bucket_versioning *ret_versioning, struct error *err)
{
	(void)store;
	(void)ret_versioning;
	return knows_none("versions", err);
}

static enum store_status lifecycle(struct store *store, struct bucket_lifecycle *ret_lifecycle, struct error *err)
{
	(void)store;
	*ret_lifecycle = (struct bucket_lifecycle){0};
	return knows_none("lifecycle", err);
}

static enum store_status lock(struct store *store, struct bucket_lock *ret_lock, struct error *err)
{
	(void)store;
	(void)ret_lock;
	return knows_none("locks", err);
}

static enum store_status retention(struct store *store, const char *key, struct store_object *object, struct error *err)
{
	(void)store;
	(void)key;
	(void)object;
	knows_none("locks", err);
	return STORE_ABSENT;
}

static const char *prefix(const struct store *store)
{
	return ((const struct bunny *)store)->prefix;
}

/* The object is removed again. A key that may list and not write is answered 401, as one that is not known. */
static enum store_status put(struct store *store, const char *key, const char *text, char ret_version[STORE_WORD_MAX],
			     struct error *err)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);
	const struct bunny_request writing = {.method = "PUT",
					      .key = whole,
					      .headers = {"Content-Type: application/octet-stream"},
					      .body = text,
					      .body_length = strlen(text),
					      .what = "writing"};
	const struct bunny_request removing = {.method = "DELETE", .key = whole, .what = "removing"};
	struct bunny_answer answer, removed;

	(void)ret_version;
	bunny_ask(bunny, &writing, &answer);
	bunny_answer_release(&answer);
	if (answer.status != STORE_OK) {
		error_set(err, "%s", answer.error.message);
		return answer.status == STORE_BAD_CREDENTIALS ? STORE_DENIED : answer.status;
	}
	bunny_ask(bunny, &removing, &removed);
	bunny_answer_release(&removed);
	return STORE_OK;
}

static enum bucket_door cannot_tell(struct error *err)
{
	error_set(err,
		  "Bunny's storage refuses everybody without a key; whether a pull zone gives the files to the world "
		  "cannot be asked here");
	return BUCKET_DOOR_UNKNOWN;
}

static enum bucket_door unsigned_listing(struct store *store, struct error *err)
{
	(void)store;
	return cannot_tell(err);
}

static enum bucket_door unsigned_object(struct store *store, const char *key, struct error *err)
{
	(void)store;
	(void)key;
	return cannot_tell(err);
}

static const struct bucket_calls about_zone = {
	.versioning = versioning,
	.lifecycle = lifecycle,
	.lock = lock,
	.retention = retention,
	.prefix = prefix,
	.put = put,
	.unsigned_listing = unsigned_listing,
	.unsigned_object = unsigned_object,
};

static void close_bunny(struct store *store)
{
	struct bunny *bunny = (struct bunny *)store;

	http_client_free(bunny->http);
	secret_free(bunny->access_key);
	free(bunny->zone);
	free(bunny->prefix);
	store_release_texts(&bunny->store);
	free(bunny);
}

static int set_up(struct bunny *bunny, const struct bunny_parameters *declared, struct error *err)
{
	bunny->zone = memory_string(declared->zone);
	bunny->prefix = memory_string(declared->prefix != NULL ? declared->prefix : "");
	bunny->timeout_ms = declared->timeout_ms;
	if (set_endpoint(bunny, declared, err) != 0 || set_transport(bunny, declared->ca_file, err) != 0)
		return -1;
	store_describe(&bunny->store, "bunny", bunny->zone, bunny->prefix, &bunny->endpoint);
	return read_access_key(bunny, declared->access_key, err);
}

static int open_bunny(const void *declared, struct store **ret_store, struct error *err)
{
	struct bunny *bunny = memory_alloc(sizeof(*bunny));

	bunny->store = (struct store){
		.driver = &bunny_driver,
		.probe = bunny_probe,
		.list = bunny_list,
		.head = bunny_head,
		.get = bunny_get,
		.get_range = bunny_get_range,
		.begin_put = bunny_begin_put,
		.about_bucket = &about_zone,
		.close = close_bunny,
	};
	if (set_up(bunny, declared, err) != 0) {
		close_bunny(&bunny->store);
		return -1;
	}
	*ret_store = &bunny->store;
	return 0;
}

const struct store_driver bunny_driver = {
	.name = "bunny",
	.help = "a zone of Bunny Edge Storage, by its own API (its S3 mode is an 's3' store)",
	.example = "{zone: backups, access_key: {env: BUNNY_ACCESS_KEY}}",
	.parameters = &record,
	.has_server = true,
	.hides_strangers = true,
	.open = open_bunny,
};
