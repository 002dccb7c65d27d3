/*
 * A store's calls on the command line, for the tests with servers.
 *
 *     s3_driver [NAME=VALUE...] CALL [ARGUMENT...]
 *
 * Names: driver, endpoint, region, bucket (bunny: the zone), prefix, addressing, ca_file, timeout (ms), secrets (PREFIX: the
 * credentials are {env: PREFIX_ACCESS_KEY} and so on, instead of the usual chain; bunny has no other), clock (seconds
 * that our clock is wrong), path, page_keys for list, and expect_size, expect_etag, expect_sha256 for get. Calls, several one after the
 * other: probe, list PREFIX, head KEY, get KEY, newest GLOB. What is seen goes to standard output, a line "name<TAB>value" each; in keys
 * line ends, tabs and backslashes are \n, \t, \\.
 */
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/bunny/bunny_private.h"
#include "assertions/stores/s3/s3_private.h"

struct settings {
	const char *driver, *path, *expect_size, *expect_etag, *expect_sha256, *page_keys;
	struct s3_parameters s3;
	struct credentials_parameters credentials;
	struct secret access_key, secret_key, session_token;
};

static const char *const statuses[] = {"UNREACHABLE", "OK",     "ABSENT",      "NO_BUCKET", "BAD_CREDENTIALS",
				       "DENIED",      "SKEWED", "UNSUPPORTED", "BROKEN"};
static const char *const soundnesses[] = {"SOUND", "DAMAGED", "UNREADABLE", "OPAQUE", "BOUNDED"};

static void show_error(const char *name, const struct error *err)
{
	printf("%s\t%s\n", name, err->message);
}

/* A line and its fields end where they should. */
static void show_key(const char *key)
{
	for (; *key != '\0'; key++) {
		if (*key == '\n' || *key == '\t' || *key == '\\')
			printf("\\%c", *key == '\n' ? 'n' : *key == '\t' ? 't' : '\\');
		else
			putchar(*key);
	}
}

static void show_object(const struct store_object *object)
{
	printf("key\t");
	show_key(object->key);
	printf("\nsize\t%lld\nmodified_ms\t%lld\netag\t%s\nmay_be_md5\t%d\n", (long long)object->size_bytes,
	       (long long)object->modified_ms, object->etag, object->etag_may_be_md5);
	printf("uploader_md5\t%s\nuploader_sha256\t%s\npart_size\t%lld\nparts\t%u\n", object->uploader_md5,
	       object->uploader_sha256, (long long)object->part_size, object->part_count);
	for (size_t i = 0; i < object->checksum_count; i++)
		if (object->checksums[i].algorithm == STORE_SHA256 && !object->checksums[i].is_composite)
			printf("checksum_sha256\t%s\n", object->checksums[i].hex);
}

static void call_probe(struct store *store)
{
	struct store_probe probe;

	store->probe(store, &probe);
	printf("status\t%s\nnot_empty\t%d\nclock_known\t%d\nclock_offset_ms\t%lld\n", statuses[probe.status],
	       probe.not_empty, probe.clock_known, (long long)probe.clock_offset_ms);
	printf("hint\t%s\nregion_status\t%s\nregion\t%s\n", probe.hint, statuses[probe.region_status], probe.region);
	show_error("trouble", &probe.trouble);
	show_error("region_trouble", &probe.region_trouble);
}

static int show_listed(void *context, const struct store_object *object)
{
	unsigned long *count = context;

	(*count)++;
	printf("object\t");
	show_key(object->key);
	printf("\t%lld\t%lld\t%s\n", (long long)object->size_bytes, (long long)object->modified_ms, object->etag);
	return 0;
}

/* As list, with the pages of that size that only a test asks for. */
static enum store_status list_pages(struct store *store, const char *page_keys, const char *prefix,
				    unsigned long *count, struct error *err)
{
	struct s3_answer answer;

	s3_list_ask((struct s3 *)store, prefix, page_keys, show_listed, count, &answer);
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	return answer.status;
}

static void call_list(struct store *store, const struct settings *settings, const char *prefix)
{
	struct error err = {""};
	unsigned long count = 0;
	enum store_status status = settings->page_keys != NULL
					   ? list_pages(store, settings->page_keys, prefix, &count, &err)
					   : store->list(store, prefix, show_listed, &count, &err);

	printf("status\t%s\ncount\t%lu\n", statuses[status], count);
	show_error("trouble", &err);
}

static void call_head(struct store *store, const char *key)
{
	struct store_object object;
	struct error err = {""};
	enum store_status status = store->head(store, key, &object, &err);

	printf("status\t%s\n", statuses[status]);
	show_error("trouble", &err);
	if (status == STORE_OK)
		show_object(&object);
}

static void call_newest(struct store *store, const char *text)
{
	struct glob *glob;
	struct store_object object;
	struct error err = {""};
	uint64_t count = 0;

	if (glob_compile_key(text, &glob, &err) != 0)
		exit(2);

	enum store_status status = store_newest(store, glob, NULL, &object, &count, &err);

	printf("status\t%s\ncount\t%llu\n", statuses[status], (unsigned long long)count);
	show_error("trouble", &err);
	if (status == STORE_OK)
		show_object(&object);
	glob_free(glob);
}

static void read_all(struct source *source)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char hash[32];
	const unsigned char *data;
	struct trouble trouble = {0};
	size_t length;

	EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
	while (source_next(source, &data, &length, &trouble) == 0 && length > 0)
		EVP_DigestUpdate(digest, data, length);
	EVP_DigestFinal_ex(digest, hash, NULL);
	EVP_MD_CTX_free(digest);
	printf("soundness\t%s\nread\t%llu\nsha256\t", soundnesses[trouble.soundness],
	       (unsigned long long)source->offset);
	for (size_t i = 0; i < sizeof(hash); i++)
		printf("%02x", hash[i]);
	printf("\n");
	show_error("trouble", &trouble.error);
}

static void call_get(struct store *store, const struct settings *settings, const char *key)
{
	struct source *source = NULL;
	struct store_object expected = {.size_bytes = settings->expect_size != NULL ? atoll(settings->expect_size) : 0};
	struct error err = {""};

	if (settings->expect_sha256 != NULL) {
		expected.checksum_count = 1;
		expected.checksums[0].algorithm = STORE_SHA256;
		snprintf(expected.checksums[0].hex, sizeof(expected.checksums[0].hex), "%s", settings->expect_sha256);
	}
	if (settings->expect_etag != NULL)
		snprintf(expected.etag, sizeof(expected.etag), "%s", settings->expect_etag);

	enum store_status status =
		store->get(store, key, settings->expect_size != NULL ? &expected : NULL, &source, &err);

	printf("status\t%s\n", statuses[status]);
	if (status == STORE_OK)
		read_all(source);
	else
		show_error("trouble", &err);
	source_close(source);
}

static void set_secrets(struct settings *settings, const char *prefix)
{
	settings->access_key.env = memory_format("%s_ACCESS_KEY", prefix);
	settings->secret_key.env = memory_format("%s_SECRET_KEY", prefix);
	settings->session_token.env = memory_format("%s_SESSION_TOKEN", prefix);
	settings->credentials.access_key = &settings->access_key;
	settings->credentials.secret_key = &settings->secret_key;
	if (getenv(settings->session_token.env) != NULL)
		settings->credentials.session_token = &settings->session_token;
	settings->s3.credentials = &settings->credentials;
}

static bool set(struct settings *settings, const char *argument)
{
	const struct {
		const char *name;
		const char **target;
	} texts[] = {
		{"driver=", &settings->driver},
		{"path=", &settings->path},
		{"page_keys=", &settings->page_keys},
		{"endpoint=", &settings->s3.endpoint},
		{"region=", &settings->s3.region},
		{"bucket=", &settings->s3.bucket},
		{"prefix=", &settings->s3.prefix},
		{"ca_file=", &settings->s3.ca_file},
		{"expect_size=", &settings->expect_size},
		{"expect_etag=", &settings->expect_etag},
		{"expect_sha256=", &settings->expect_sha256},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strncmp(argument, texts[i].name, strlen(texts[i].name)) == 0) {
			*texts[i].target = argument + strlen(texts[i].name);
			return true;
		}
	}
	if (strncmp(argument, "addressing=", 11) == 0)
		settings->s3.addressing = strcmp(argument + 11, "virtual") == 0 ? S3_VIRTUAL : S3_PATH;
	else if (strncmp(argument, "timeout=", 8) == 0)
		settings->s3.timeout_ms = atoll(argument + 8);
	else if (strncmp(argument, "clock=", 6) == 0)
		clock_set_for_test(clock_now_ms() + atoll(argument + 6) * 1000);
	else if (strncmp(argument, "secrets=", 8) == 0)
		set_secrets(settings, argument + 8);
	else
		return false;
	return true;
}

static struct store *open_store(const struct settings *settings)
{
	const struct {
		const char *path, *prefix;
	} directory = {settings->path, settings->s3.prefix};
	const struct bunny_parameters bunny = {
		.zone = settings->s3.bucket,
		.prefix = settings->s3.prefix,
		.access_key = settings->credentials.access_key,
		.endpoint = settings->s3.endpoint,
		.ca_file = settings->s3.ca_file,
		.timeout_ms = settings->s3.timeout_ms,
	};
	const struct store_driver *driver = store_driver_find(settings->driver);
	const void *parameters = strcmp(settings->driver, "s3") == 0      ? (const void *)&settings->s3
				 : strcmp(settings->driver, "bunny") == 0 ? (const void *)&bunny
									  : (const void *)&directory;
	struct store *store = NULL;
	struct error err = {""};

	if (driver == NULL)
		exit(2);
	if (driver->parameters->validate != NULL && driver->parameters->validate(parameters, &err) != 0) {
		printf("status\tINVALID\n");
		show_error("trouble", &err);
		return NULL;
	}
	if (driver->open(parameters, &store, &err) != 0) {
		printf("status\tCLOSED\n");
		show_error("trouble", &err);
		return NULL;
	}
	printf("description\t%s\n", store->description);
	return store;
}

int main(int argc, char **argv)
{
	static struct settings settings = {.driver = "s3", .s3 = {.addressing = -1, .timeout_ms = 30000}};
	int at = 1;

	signal(SIGPIPE, SIG_IGN);
	while (at < argc && set(&settings, argv[at]))
		at++;
	if (at == argc)
		return 2;

	struct store *store = open_store(&settings);

	if (store == NULL)
		return 1;
	for (; at < argc; at++) {
		const char *call = argv[at], *argument = at + 1 < argc ? argv[at + 1] : "";

		if (strcmp(call, "probe") == 0)
			call_probe(store);
		else if (strcmp(call, "list") == 0)
			call_list(store, &settings, argument);
		else if (strcmp(call, "head") == 0)
			call_head(store, argument);
		else if (strcmp(call, "newest") == 0)
			call_newest(store, argument);
		else if (strcmp(call, "get") == 0)
			call_get(store, &settings, argument);
		else
			return 2;
		at += strcmp(call, "probe") != 0;
	}
	store_close(store);
	return 0;
}
