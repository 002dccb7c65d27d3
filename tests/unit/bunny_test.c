#include "unit.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/bunny/bunny_private.h"
#include "assertions/stores/s3/s3_private.h"

static const struct secret access_key = {.env = "MUSTER_TEST_BUNNY"};

static struct bunny *open_bunny(struct bunny_parameters parameters, struct error *err)
{
	struct secret key = access_key;
	struct store *store = NULL;

	parameters.timeout_ms = parameters.timeout_ms != 0 ? parameters.timeout_ms : 1000;
	parameters.access_key = parameters.access_key != NULL ? parameters.access_key : &key;
	if (parameters.zone == NULL)
		parameters.zone = "backups";
	if (bunny_driver.parameters->validate(&parameters, err) != 0 ||
	    bunny_driver.open(&parameters, &store, err) != 0)
		return NULL;
	return (struct bunny *)store;
}

static void expect_store(struct bunny_parameters parameters, const char *description, const char *place)
{
	struct error err = {""};
	struct bunny *bunny = open_bunny(parameters, &err);

	EXPECT_STRING(err.message, "");
	if (bunny == NULL)
		return;
	EXPECT_STRING(bunny->store.description, description);
	EXPECT_STRING(bunny->store.place, place);
	EXPECT_STRING(bunny->store.bucket, bunny->zone);
	store_close(&bunny->store);
}

TEST(where_a_zone_is)
{
	setenv("MUSTER_TEST_BUNNY", "bunny-canary\n", 1);
	expect_store((struct bunny_parameters){.region = BUNNY_DE}, "bunny://backups at https://storage.bunnycdn.com",
		     "bunny://backups/");
	expect_store((struct bunny_parameters){.region = BUNNY_SYD, .prefix = "pg/"},
		     "bunny://backups/pg/ at https://syd.storage.bunnycdn.com", "bunny://backups/pg/");
	expect_store((struct bunny_parameters){.region = BUNNY_NY, .endpoint = "http://127.0.0.1:9", .prefix = "x-"},
		     "bunny://backups/x- at http://127.0.0.1:9", "bunny://backups/x-");
	EXPECT(store_driver_find("bunny") == &bunny_driver && bunny_driver.has_server);
}

/* The words of the manifest and the regions' numbers are in one order. */
TEST(regions_by_their_names)
{
	static const char *const hosts[] = {"storage",    "uk.storage", "ny.storage", "la.storage", "sg.storage",
					    "se.storage", "br.storage", "jh.storage", "syd.storage"};

	for (int region = BUNNY_DE; region <= BUNNY_SYD; region++) {
		cleanup_free char *description =
			memory_format("bunny://backups at https://%s.bunnycdn.com", hosts[region]);

		expect_store((struct bunny_parameters){.region = region}, description, "bunny://backups/");
	}
}

static void expect_no_store(struct bunny_parameters parameters, const char *part)
{
	struct error err = {""};

	EXPECT(open_bunny(parameters, &err) == NULL);
	EXPECT(strstr(err.message, part) != NULL);
	if (strstr(err.message, part) == NULL)
		printf("  %s\n", err.message);
	EXPECT(strstr(err.message, "canary") == NULL);
}

TEST(what_is_no_zone)
{
	struct secret unset = {.env = "MUSTER_TEST_UNSET"};

	expect_no_store((struct bunny_parameters){.zone = "a/b"}, "slash");
	expect_no_store((struct bunny_parameters){.zone = "https://x"}, "not an address");
	expect_no_store((struct bunny_parameters){.zone = "a b"}, "letters");
	expect_no_store((struct bunny_parameters){.zone = ".."}, "no name");
	expect_no_store((struct bunny_parameters){.prefix = "a//"}, "prefix");
	expect_no_store((struct bunny_parameters){.prefix = "../"}, "prefix");
	expect_no_store((struct bunny_parameters){.prefix = "/a"}, "prefix");
	expect_no_store((struct bunny_parameters){.timeout_ms = 1}, "timeout");
	expect_no_store((struct bunny_parameters){.endpoint = "ftp://h"}, "begins with");
	expect_no_store((struct bunny_parameters){.ca_file = "/nonexistent/ca"}, "CA certificates");
	expect_no_store((struct bunny_parameters){.access_key = &unset}, "MUSTER_TEST_UNSET");
	setenv("MUSTER_TEST_BUNNY", "split\r\ncanary", 1);
	expect_no_store((struct bunny_parameters){.region = BUNNY_DE}, "blanks or line ends");
}

TEST(keys)
{
	static const char *const good[] = {"a", "a/b", "...", ".a", "..a", "a..", "a/.b/c", " "};
	static const char *const bad[] = {"", "/", "a/", "/a", "a//b", ".", "..", "./a", "a/.", "a/../b", "../a"};
	char longest[STORE_KEY_MAX + 1];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		EXPECT(bunny_is_key(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT(!bunny_is_key(bad[i]));
	memset(longest, 'k', sizeof(longest));
	longest[STORE_KEY_MAX] = '\0';
	EXPECT(!bunny_is_key(longest));
	longest[STORE_KEY_MAX - 1] = '\0';
	EXPECT(bunny_is_key(longest));
}

struct listing {
	const char *rest;
	bool breaks; /* before its end */
};

static int next_block(void *context, const unsigned char **ret_data, size_t *ret_length)
{
	struct listing *text = context;
	size_t length = strlen(text->rest);

	*ret_data = (const unsigned char *)text->rest;
	*ret_length = length < 7 ? length : 7;
	text->rest += *ret_length;
	return length == 0 && text->breaks ? -1 : 0;
}

static int show(void *context, const struct bunny_file *entry)
{
	buffer_print(context, "%s%s %lld %lld %.4s\n", entry->name, entry->is_folder ? "/" : "",
		     (long long)entry->object.size_bytes, (long long)entry->object.modified_ms,
		     entry->object.checksums[0].hex);
	return strcmp(entry->name, "stop") == 0;
}

static void expect_entries(const char *json, bool breaks, const char *expected, const char *part)
{
	struct listing text = {json, breaks};
	struct bunny_json reader = {.next = next_block, .context = &text};
	struct error err = {""};
	cleanup_buffer struct buffer seen;

	buffer_init(&seen, 10000);
	EXPECT_NUMBER(bunny_json_read_all(&reader, show, &seen, &err), part == NULL ? 0 : -1);
	EXPECT_STRING(seen.data, expected);
	EXPECT(strstr(err.message, part != NULL ? part : "") != NULL);
}

#define FILE_A                                                                                                        \
	"{\"ObjectName\": \"a\", \"IsDirectory\": false, \"Length\": 5, \"LastChanged\": \"1970-01-01T00:00:01.5\", " \
	"\"Checksum\": \"ABCD0123ABCD0123ABCD0123ABCD0123ABCD0123ABCD0123ABCD0123ABCD0123\"}"
#define FOLDER_B "{\"IsDirectory\":true,\"ObjectName\":\"b\"}"
#define FILE_STOP \
	"{\"ObjectName\": \"stop\", \"IsDirectory\": false, \"Length\": 0, \"LastChanged\": \"1970-01-01T00:00:00\"}"

TEST(listings)
{
	expect_entries("[]", false, "", NULL);
	expect_entries(" [ ] \n", false, "", NULL);
	expect_entries("[" FILE_A "," FOLDER_B "]", false, "a 5 1500 abcd\nb/ 0 0 \n", NULL);
	expect_entries("[" FILE_A ",\n" FILE_STOP "garbage", false, "a 5 1500 abcd\nstop 0 0 \n", NULL);
	expect_entries("", false, "", "ends in the middle");
	expect_entries("[", false, "", "ends in the middle");
	expect_entries("[" FILE_A, false, "a 5 1500 abcd\n", "ends in the middle");
	expect_entries("[" FILE_A ",", false, "a 5 1500 abcd\n", "ends in the middle");
	expect_entries("[" FILE_A ",]", false, "a 5 1500 abcd\n", "not JSON");
	expect_entries("[," FILE_A "]", false, "", "not JSON");
	expect_entries("[" FILE_A "]", true, "a 5 1500 abcd\n", "ends in the middle");
	expect_entries("[" FILE_A FILE_A "]", false, "a 5 1500 abcd\n", "between two");
	expect_entries("[]]", false, "", "after its end");
	expect_entries(FILE_A, false, "", "no listing");
	expect_entries("[{\"ObjectName\": \"a\", \"ObjectName\": \"b\"}]", false, "", "not well-formed");
	expect_entries("[{\"ObjectName\": \"a\\u0000b\"}]", false, "", "not well-formed");
}

static enum store_status judged(int status, const char *body, const char *server, const char *key)
{
	struct http_field fields[] = {{memory_string("Server"), memory_string(server)}};
	const struct http_response response = {status, fields, 1};
	struct bunny_answer answer = {.status = STORE_OK};

	bunny_answer_take_headers(&answer, &response);
	bunny_answer_take_body(&answer, body, strlen(body));
	bunny_answer_judge(&answer, key);
	free(fields[0].name);
	free(fields[0].value);
	return answer.status;
}

TEST(what_answers_mean)
{
	static const char missing[] = "{\"HttpCode\": 404, \"Message\": \"Object Not Found\"}";

	EXPECT_NUMBER(judged(404, missing, "x", "k"), STORE_ABSENT);
	EXPECT_NUMBER(judged(404, "", "BunnyCDN-DE1", "k"), STORE_ABSENT);
	EXPECT_NUMBER(judged(404, missing, "x", ""), STORE_NO_BUCKET);
	EXPECT_NUMBER(judged(404, "<html>", "nginx", "k"), STORE_BROKEN);
	EXPECT_NUMBER(judged(404, "{\"HttpCode\": 200}", "nginx", "k"), STORE_BROKEN);
	EXPECT_NUMBER(judged(401, "", "x", "k"), STORE_BAD_CREDENTIALS);
	EXPECT_NUMBER(judged(403, "", "x", "k"), STORE_DENIED);
	EXPECT_NUMBER(judged(405, "", "x", "k"), STORE_UNSUPPORTED);
	EXPECT_NUMBER(judged(429, "", "x", "k"), STORE_UNREACHABLE);
	EXPECT_NUMBER(judged(503, "", "x", "k"), STORE_UNREACHABLE);
	EXPECT_NUMBER(judged(302, "", "x", "k"), STORE_BROKEN);
	EXPECT_NUMBER(judged(204, "", "x", "k"), STORE_BROKEN);
}

static void expect_s3(const char *endpoint, const char *declared, const char *region, const char *path)
{
	const struct s3_parameters parameters = {
		.endpoint = endpoint, .region = declared, .bucket = "backups", .addressing = -1, .timeout_ms = 1000};
	struct endpoint_target target;
	struct store *store = NULL;
	struct error err = {""};

	EXPECT_NUMBER(s3_driver.open(&parameters, &store, &err), 0);
	EXPECT_STRING(err.message, "");
	if (store == NULL)
		return;

	const struct s3 *s3 = (const struct s3 *)store;

	EXPECT_STRING(s3->region, region);
	endpoint_target(&s3->endpoint, s3->virtual_host, s3->bucket, "a b", &target);
	EXPECT_STRING(target.path, path);
	endpoint_target_release(&target);
	store_close(store);
}

/* Bunny's other face: the zone is the bucket, in the path, and the host's region is the one that is signed for. */
TEST(the_s3_mode)
{
	setenv("AWS_ACCESS_KEY_ID", "backups", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canarycanary", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("HOME", "/nonexistent", 1);
	expect_s3("https://de-s3.storage.bunnycdn.com", NULL, "de", "/backups/a%20b");
	expect_s3("https://syd-s3.storage.bunnycdn.com/", NULL, "syd", "/backups/a%20b");
	expect_s3("https://de-s3.storage.bunnycdn.com", "ny", "ny", "/backups/a%20b");
	expect_s3("https://de-s3.storage.bunnycdn.com.evil.example", NULL, "eu-west-1", "/backups/a%20b");
	expect_s3("https://x.de-s3.storage.bunnycdn.com", NULL, "eu-west-1", "/backups/a%20b");
	unsetenv("AWS_REGION");
}

UNIT_MAIN
