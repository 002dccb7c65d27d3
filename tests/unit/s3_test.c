#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/s3/s3_private.h"
#include "assertions/stores/http/http.h"

static void expect_target(const char *text, bool virtual_host, const char *bucket, const char *key, const char *host,
			  const char *path)
{
	struct endpoint endpoint = {0};
	struct endpoint_target target;
	struct error err = {""};

	EXPECT_NUMBER(endpoint_parse(text, &endpoint, &err), 0);
	endpoint_target(&endpoint, virtual_host, bucket, key, &target);
	EXPECT_STRING(target.host, host);
	EXPECT_STRING(target.path, path);
	endpoint_target_release(&target);
}

TEST(endpoints)
{
	expect_target("https://h.example", false, "b", NULL, "h.example", "/b");
	expect_target("https://H.Example/", false, "b", "k", "h.example", "/b/k");
	expect_target("http://h:8000", false, "b", "a//b", "h:8000", "/b/a//b");
	expect_target("https://h:443", true, "b", NULL, "b.h", "/");
	expect_target("http://h:443", true, "b", "k", "b.h:443", "/k");
	expect_target("http://h:80/x/y//", false, "b", "k", "h", "/x/y/b/k");
	expect_target("https://h/x", true, "b", "k", "b.h", "/x/k");
	expect_target("h.example:9000", false, "b", "k", "h.example:9000", "/b/k");
	expect_target("http://[::1]:8000", false, "b", "k", "[::1]:8000", "/b/k");
	expect_target("http://[::1]", false, "b", "/k", "[::1]", "/b//k");
	expect_target("http://h", false, "B_c", "a b+c=%2F@\xc3\xa9/../.", "h", "/B_c/a%20b%2Bc%3D%252F%40%C3%A9/../.");
}

static void expect_no_endpoint(const char *text, const char *part)
{
	struct endpoint endpoint = {0};
	struct error err = {""};

	EXPECT_NUMBER(endpoint_parse(text, &endpoint, &err), -1);
	EXPECT(strstr(err.message, part) != NULL);
	EXPECT(strstr(err.message, "canary") == NULL);
}

TEST(what_is_no_endpoint)
{
	expect_no_endpoint("", "host name");
	expect_no_endpoint("https://", "host name");
	expect_no_endpoint("ftp://h", "begins with");
	expect_no_endpoint("s3://bucket", "begins with");
	expect_no_endpoint("https://user:canary@h", "user and password");
	expect_no_endpoint("https://h:0", "port");
	expect_no_endpoint("https://h:65536", "port");
	expect_no_endpoint("https://h:1x", "port");
	expect_no_endpoint("https://h:", "port");
	expect_no_endpoint("https://h?x", "query");
	expect_no_endpoint("https://h/a b", "blanks");
	expect_no_endpoint("https://h\r\nX: y", "port");
	expect_no_endpoint("https://h{}", "host name");
}

TEST(aws_is_known)
{
	struct endpoint endpoint = {0};
	struct error err = {""};
	cleanup_free char *text = NULL;

	EXPECT_NUMBER(endpoint_of_region("eu-west-1", &endpoint, &err), 0);
	text = endpoint_text(&endpoint);
	EXPECT_STRING(text, "https://s3.eu-west-1.amazonaws.com");
	EXPECT(endpoint_is_aws(&endpoint) && !endpoint_is_address(&endpoint));
	EXPECT_NUMBER(endpoint_of_region("cn-north-1", &endpoint, &err), 0);
	EXPECT_STRING(endpoint.host, "s3.cn-north-1.amazonaws.com.cn");
	EXPECT_NUMBER(endpoint_parse("https://s3.amazonaws.com.evil.example", &endpoint, &err), 0);
	EXPECT(!endpoint_is_aws(&endpoint));
	EXPECT_NUMBER(endpoint_parse("http://127.0.0.1:80", &endpoint, &err), 0);
	EXPECT(endpoint_is_address(&endpoint));
}

static struct s3 *open_s3(struct s3_parameters parameters, struct error *err)
{
	struct store *store = NULL;

	parameters.timeout_ms = parameters.timeout_ms != 0 ? parameters.timeout_ms : 1000;
	if (parameters.bucket == NULL)
		parameters.bucket = "b";
	if (s3_driver.parameters->validate(&parameters, err) != 0 || s3_driver.open(&parameters, &store, err) != 0)
		return NULL;
	return (struct s3 *)store;
}

static void expect_store(struct s3_parameters parameters, const char *description, const char *region,
			 bool virtual_host)
{
	struct error err = {""};
	struct s3 *s3 = open_s3(parameters, &err);

	EXPECT_STRING(err.message, "");
	if (s3 == NULL)
		return;
	EXPECT_STRING(s3->store.description, description);
	EXPECT_STRING(s3->region, region);
	EXPECT_NUMBER(s3->virtual_host, virtual_host);
	store_close(&s3->store);
}

static void expect_no_store(struct s3_parameters parameters, const char *part)
{
	struct error err = {""};
	struct s3 *s3 = open_s3(parameters, &err);

	EXPECT(s3 == NULL);
	EXPECT(strstr(err.message, part) != NULL);
	if (strstr(err.message, part) == NULL)
		printf("  %s\n", err.message);
}

static void clear_environment(void)
{
	static const char *const names[] = {"AWS_REGION",       "AWS_DEFAULT_REGION",
					    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
					    "AWS_CA_BUNDLE",    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
					    "AWS_SESSION_TOKEN"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKTEST", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canarycanary", 1);
}

TEST(where_a_store_is)
{
	clear_environment();
	expect_store((struct s3_parameters){.addressing = -1}, "s3://b at https://s3.us-east-1.amazonaws.com",
		     "us-east-1", true);
	expect_store((struct s3_parameters){.addressing = -1, .region = "eu-west-1", .bucket = "a.b", .prefix = "x/"},
		     "s3://a.b/x/ at https://s3.eu-west-1.amazonaws.com", "eu-west-1", false);
	expect_store((struct s3_parameters){.addressing = -1, .endpoint = "http://h"}, "s3://b at http://h",
		     "us-east-1", false);
	expect_store((struct s3_parameters){.addressing = S3_VIRTUAL, .endpoint = "http://h", .bucket = "a.b"},
		     "s3://a.b at http://h", "us-east-1", true);
	expect_store((struct s3_parameters){.addressing = S3_PATH, .region = "x"},
		     "s3://b at https://s3.x.amazonaws.com", "x", false);
	setenv("AWS_DEFAULT_REGION", "r1", 1);
	setenv("AWS_ENDPOINT_URL", "http://e1", 1);
	expect_store((struct s3_parameters){.addressing = -1}, "s3://b at http://e1", "r1", false);
	setenv("AWS_REGION", "r2", 1);
	setenv("AWS_ENDPOINT_URL_S3", "http://e2", 1);
	expect_store((struct s3_parameters){.addressing = -1}, "s3://b at http://e2", "r2", false);
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	expect_store((struct s3_parameters){.addressing = -1}, "s3://b at https://s3.r2.amazonaws.com", "r2", true);
	expect_store((struct s3_parameters){.addressing = -1, .endpoint = "h", .region = "r3"}, "s3://b at https://h",
		     "r3", false);
}

TEST(what_cannot_be_a_store)
{
	clear_environment();
	expect_no_store((struct s3_parameters){.bucket = "a/b"}, "'prefix'");
	expect_no_store((struct s3_parameters){.bucket = "s3://a"}, "not an address");
	expect_no_store((struct s3_parameters){.bucket = "a b"}, "no blanks");
	expect_no_store((struct s3_parameters){.endpoint = "ftp://x"}, "begins with");
	expect_no_store((struct s3_parameters){.endpoint = "http://127.0.0.1", .addressing = S3_VIRTUAL}, "numeric");
	expect_no_store((struct s3_parameters){.endpoint = "http://h", .addressing = S3_VIRTUAL, .bucket = "A_b"},
			"host name");
	expect_no_store((struct s3_parameters){.addressing = -1, .region = "no region"}, "region");
	expect_no_store((struct s3_parameters){.addressing = -1, .region = "evil.example/"}, "region");
	expect_no_store((struct s3_parameters){.timeout_ms = 99}, "'timeout'");
	expect_no_store((struct s3_parameters){.endpoint = "https://h", .ca_file = "/nonexistent.pem"},
			"/nonexistent.pem");
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
	expect_no_store((struct s3_parameters){.endpoint = "https://h"}, "no credentials found");
}

static int read_page(struct s3_key_page *page, const char *inside, struct error *err)
{
	cleanup_free char *text =
		memory_format("<?xml version=\"1.0\"?><ListBucketResult "
			      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">%s</ListBucketResult>",
			      inside);

	err->message[0] = '\0';
	s3_key_page_clear(page);
	if (xml_read(&s3_key_page_events, page, text, strlen(text), err) != 0)
		return -1;
	return s3_key_page_finish(page, err);
}

#define ENTRY(key)                                                                                                   \
	"<Contents><Owner><ID>x</ID></Owner><Key>" key "</Key><LastModified>2026-04-21T02:30:00.123Z</LastModified>" \
	"<ETag>&quot;AB12&quot;</ETag><Size>12</Size></Contents>"

TEST(pages_of_a_listing)
{
	struct s3_key_page page;
	struct store_object object;
	struct error err;

	s3_key_page_init(&page);
	EXPECT_NUMBER(read_page(&page, "<IsTruncated>false</IsTruncated>", &err), 0);
	EXPECT_NUMBER(page.count, 0);
	EXPECT(!page.truncated && !page.has_marker);
	EXPECT_NUMBER(read_page(&page,
				"<Marker/><IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>" ENTRY(
					"p/a%20b+&amp;")
					ENTRY("p/b") "<NextContinuationToken>t=1</NextContinuationToken>",
				&err),
		      0);
	EXPECT_NUMBER(page.count, 2);
	EXPECT(page.truncated && page.has_marker);
	EXPECT_STRING(page.next_token, "t=1");
	EXPECT_STRING(page.next_marker, "m");
	EXPECT_NUMBER(s3_key_page_object(&page, 0, 2, &object, &err), 0);
	EXPECT_STRING(object.key, "a%20b+&");
	EXPECT_STRING(object.etag, "ab12");
	EXPECT_NUMBER(object.size_bytes, 12);
	EXPECT_NUMBER(object.modified_ms, INT64_C(1776738600123));
	EXPECT(!object.etag_may_be_md5);
	EXPECT_STRING(s3_key_page_key(&page, 1), "p/b");
	s3_key_page_release(&page);
}

TEST(keys_are_decoded_only_if_announced)
{
	struct s3_key_page page;
	struct error err;

	s3_key_page_init(&page);
	EXPECT_NUMBER(read_page(&page,
				ENTRY("a%20b+%2Bc%C3%a9") "<NextMarker>%2F</NextMarker><EncodingType>url</EncodingType>"
							  "<IsTruncated>false</IsTruncated>",
				&err),
		      0);
	EXPECT_STRING(s3_key_page_key(&page, 0), "a b +c\xc3\xa9");
	EXPECT_STRING(page.next_marker, "/");
	EXPECT_NUMBER(read_page(&page, ENTRY("a%zz") "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>",
				&err),
		      -1);
	EXPECT_NUMBER(read_page(&page, ENTRY("a%2") "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>",
				&err),
		      -1);
	EXPECT_NUMBER(read_page(&page,
				ENTRY("a%00b") "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>",
				&err),
		      -1);
	EXPECT_NUMBER(read_page(&page, ENTRY("a%zz") "<IsTruncated>false</IsTruncated>", &err), 0);
	s3_key_page_release(&page);
}

TEST(what_is_no_listing)
{
	struct s3_key_page page;
	struct error err;
	cleanup_free char *token = memory_alloc(S3_TOKEN_MAX + 1), *text = NULL;

	s3_key_page_init(&page);
	EXPECT_NUMBER(read_page(&page, "", &err), -1);
	EXPECT(strstr(err.message, "whether there is more") != NULL);
	EXPECT_NUMBER(read_page(&page, "<IsTruncated>perhaps</IsTruncated>", &err), -1);
	EXPECT_NUMBER(read_page(&page, "<Contents><Key>a</Key><Size>1</Size></Contents>", &err), -1);
	EXPECT_NUMBER(read_page(&page,
				"<Contents><Size>1</Size><LastModified>2026-04-21T02:30:00Z</LastModified></Contents>",
				&err),
		      -1);
	EXPECT_NUMBER(read_page(&page,
				"<Contents><Key>a</Key><Size>-1</Size><LastModified>2026-04-21T02:30:00Z</LastModified>"
				"</Contents>",
				&err),
		      -1);
	EXPECT_NUMBER(read_page(&page,
				"<Contents><Key>a</Key><Size>1</Size><LastModified>yesterday</LastModified></Contents>",
				&err),
		      -1);
	memset(token, 't', S3_TOKEN_MAX);
	text = memory_format("<NextContinuationToken>%s</NextContinuationToken>", token);
	EXPECT_NUMBER(read_page(&page, text, &err), -1);
	EXPECT_NUMBER(xml_read(&s3_key_page_events, &page, "<html><body/></html>", 20, &err), 0);
	s3_key_page_clear(&page);
	EXPECT_NUMBER(s3_key_page_finish(&page, &err), -1);
	s3_key_page_release(&page);
}

TEST(a_key_that_is_too_long)
{
	struct s3_key_page page;
	struct store_object object;
	struct error err;
	cleanup_free char *key = memory_alloc(STORE_KEY_MAX + 1), *text = NULL, *longer = NULL;

	memset(key, 'k', STORE_KEY_MAX - 1);
	s3_key_page_init(&page);
	text = memory_format(
		"<Contents><Key>%s</Key><Size>1</Size><LastModified>2026-04-21T02:30:00Z</LastModified></Contents>"
		"<IsTruncated>false</IsTruncated>",
		key);
	EXPECT_NUMBER(read_page(&page, text, &err), 0);
	EXPECT_NUMBER(s3_key_page_object(&page, 0, 0, &object, &err), 0);
	EXPECT_STRING(object.key, key);
	EXPECT_STRING(object.etag, "");
	key[STORE_KEY_MAX - 1] = 'k';
	longer = memory_format(
		"<Contents><Key>%s</Key><Size>1</Size><LastModified>2026-04-21T02:30:00Z</LastModified></Contents>"
		"<IsTruncated>false</IsTruncated>",
		key);
	EXPECT_NUMBER(read_page(&page, longer, &err), 0);
	EXPECT_NUMBER(s3_key_page_object(&page, 0, 0, &object, &err), -1);
	s3_key_page_release(&page);
}

TEST(etags)
{
	char etag[STORE_ETAG_MAX];
	cleanup_free char *longer = memory_alloc(STORE_ETAG_MAX + 1);

	http_etag("\"D41D8CD98F00B204E9800998ECF8427E-12\"", etag, STORE_ETAG_MAX);
	EXPECT_STRING(etag, "d41d8cd98f00b204e9800998ecf8427e-12");
	http_etag("W/\"xYZ\"", etag, STORE_ETAG_MAX);
	EXPECT_STRING(etag, "W/\"xYZ\"");
	http_etag("\"", etag, STORE_ETAG_MAX);
	EXPECT_STRING(etag, "\"");
	http_etag("", etag, STORE_ETAG_MAX);
	EXPECT_STRING(etag, "");
	memset(longer, 'a', STORE_ETAG_MAX);
	http_etag(longer, etag, STORE_ETAG_MAX);
	EXPECT_STRING(etag, "");
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-12"), 12);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-10000"), 10000);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-10001"), 0);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-0"), 0);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-N"), 0);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e-"), 0);
	EXPECT_NUMBER(s3_parts_of_etag("d41d8cd98f00b204e9800998ecf8427e"), 0);
	EXPECT_NUMBER(s3_parts_of_etag("x41d8cd98f00b204e9800998ecf8427e-1"), 0);
}

static char *mutable(const char *text)
{
	union {
		const char *constant;
		char *variable;
	} both = {text};

	return both.variable;
}

/* Pairs of name and value, ended by NULL. */
static int read_headers(int status, const char *const *pairs, struct store_object *object)
{
	struct http_field fields[16];
	struct http_response response = {status, fields, 0};
	struct error err = {""};

	for (; *pairs != NULL; pairs += 2)
		fields[response.count++] = (struct http_field){mutable(pairs[0]), mutable(pairs[1])};
	return s3_object_from_headers(&response, object, &err);
}

#define FACTS "Content-Length", "7", "Last-Modified", "Tue, 21 Apr 2026 02:30:00 GMT"
#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

TEST(an_object_from_headers)
{
	struct store_object object;
	const char *const plain[] = {FACTS, "ETag", "\"" MD5 "\"", NULL};
	const char *const managed[] = {FACTS, "etag", "\"" MD5 "\"", "x-amz-server-side-encryption", "AES256", NULL};
	const char *const kms[] = {FACTS, "ETag", "\"" MD5 "\"", "x-amz-server-side-encryption", "aws:kms", NULL};
	const char *const customer[] = {FACTS,         "ETag",
					"\"" MD5 "\"", "x-amz-server-side-encryption-customer-algorithm",
					"AES256",      NULL};
	const char *const google[] = {FACTS, "ETag", "\"" MD5 "\"", "x-goog-component-count", "2", NULL};
	const char *const parts[] = {FACTS, "ETag", "\"" MD5 "-3\"", NULL};
	const char *const bare[] = {FACTS, NULL};

	EXPECT_NUMBER(read_headers(200, plain, &object), 0);
	EXPECT_NUMBER(object.size_bytes, 7);
	EXPECT_NUMBER(object.modified_ms, INT64_C(1776738600000));
	EXPECT_STRING(object.etag, MD5);
	EXPECT(object.etag_may_be_md5 && object.part_count == 0);
	EXPECT(read_headers(200, managed, &object) == 0 && object.etag_may_be_md5);
	EXPECT(read_headers(200, kms, &object) == 0 && !object.etag_may_be_md5);
	EXPECT(read_headers(200, customer, &object) == 0 && !object.etag_may_be_md5);
	EXPECT(read_headers(200, google, &object) == 0 && !object.etag_may_be_md5);
	EXPECT(read_headers(200, parts, &object) == 0 && !object.etag_may_be_md5 && object.part_count == 3);
	EXPECT(read_headers(200, bare, &object) == 0 && object.etag[0] == '\0' && !object.etag_may_be_md5);
}

TEST(sizes_must_be_there_and_times_may_be_unknown)
{
	struct store_object object;
	const char *const modified[] = {"Last-Modified", "Tue, 21 Apr 2026 02:30:00 GMT", NULL};
	const char *const length[] = {"Content-Length", "7", NULL};
	const char *const nonsense[] = {"Content-Length", "7x", "Last-Modified", "Tue, 21 Apr 2026 02:30:00 GMT", NULL};
	const char *const negative[] = {"Content-Length", "-7", "Last-Modified", "Tue, 21 Apr 2026 02:30:00 GMT", NULL};
	const char *const later[] = {"Content-Length", "7", "Last-Modified", "later", NULL};
	const char *const range[] = {"Content-Length",
				     "1",
				     "Content-Range",
				     "bytes 0-0/123",
				     "Last-Modified",
				     "Tue, 21 Apr 2026 02:30:00 GMT",
				     NULL};
	const char *const star[] = {"Content-Length",
				    "1",
				    "Content-Range",
				    "bytes 0-0/*",
				    "Last-Modified",
				    "Tue, 21 Apr 2026 02:30:00 GMT",
				    NULL};

	EXPECT_NUMBER(read_headers(200, modified, &object), -1);
	EXPECT_NUMBER(read_headers(200, length, &object), 0);
	EXPECT_NUMBER(object.modified_ms, 0);
	EXPECT_NUMBER(read_headers(200, nonsense, &object), -1);
	EXPECT_NUMBER(read_headers(200, negative, &object), -1);
	EXPECT_NUMBER(read_headers(200, later, &object), 0);
	EXPECT_NUMBER(object.modified_ms, 0);
	EXPECT_NUMBER(read_headers(206, length, &object), -1);
	EXPECT_NUMBER(read_headers(206, star, &object), -1);
	EXPECT_NUMBER(read_headers(206, range, &object), 0);
	EXPECT_NUMBER(object.modified_ms, INT64_C(1776738600000));
	EXPECT_NUMBER(object.size_bytes, 123);
}

static void expect_digests(const char *name, const char *value, const char *md5, const char *sha256)
{
	struct store_object object;
	const char *const pairs[] = {FACTS, name, value, NULL};

	EXPECT_NUMBER(read_headers(200, pairs, &object), 0);
	EXPECT_STRING(object.uploader_md5, md5);
	EXPECT_STRING(object.uploader_sha256, sha256);
}

TEST(digests_that_uploaders_wrote)
{
	expect_digests("x-amz-meta-s3cmd-attrs", "atime:1/gname:root/md5:" MD5 "/mode:33188", MD5, "");
	expect_digests("X-Amz-Meta-S3cmd-Attrs", "md5:D41D8CD98F00B204E9800998ECF8427E", MD5, "");
	expect_digests("x-amz-meta-s3cmd-attrs", "md5:" MD5 "0/x:1", "", "");
	expect_digests("x-amz-meta-s3cmd-attrs", "md5:zz1d8cd98f00b204e9800998ecf8427e/x:1", "", "");
	expect_digests("x-amz-meta-s3cmd-attrs", "xmd5:" MD5, "", "");
	expect_digests("x-amz-meta-s3cmd-attrs", "", "", "");
	expect_digests("x-amz-meta-md5chksum", "1B2M2Y8AsgTpgAmY7PhCfg==", MD5, "");
	expect_digests("x-amz-meta-md5chksum", "//////////////////////==", "ffffffffffffffffffffffffffffffff", "");
	expect_digests("x-amz-meta-md5chksum", "1B2M2Y8AsgTpgAmY7PhCfg", "", "");
	expect_digests("x-amz-meta-md5chksum", "1B2M2Y8AsgTpgAmY7PhCf===", "", "");
	expect_digests("x-amz-meta-md5chksum", "1B2M2Y8Asg*pgAmY7PhCfg==", "", "");
	expect_digests("x-amz-meta-sha256", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "",
		       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_digests("x-amz-meta-sha256", "e3b0", "", "");
}

TEST(ranges)
{
	int64_t begin = -1, size = -1;

	EXPECT(http_range("bytes 5-9/10", &begin, &size) == 0 && begin == 5 && size == 10);
	EXPECT_NUMBER(http_range("bytes */10", &begin, &size), -1);
	EXPECT_NUMBER(http_range("bytes 5-9/*", &begin, &size), -1);
	EXPECT_NUMBER(http_range("bytes 5-9", &begin, &size), -1);
	EXPECT_NUMBER(http_range("items 5-9/10", &begin, &size), -1);
	EXPECT_NUMBER(http_range("bytes 99999999999999999999999999999-9/10", &begin, &size), -1);
	EXPECT_NUMBER(http_range("bytes 5-9/99999999999999999999999999999", &begin, &size), -1);
	EXPECT_NUMBER(http_range("", &begin, &size), -1);
}

struct meaning_case {
	int http_status;
	const char *code;
	bool about_object;
	enum store_status expected;
	bool transient;
};

TEST(what_answers_mean)
{
	static const struct meaning_case cases[] = {
		{404, "NoSuchKey", true, STORE_ABSENT, false},
		{404, "NoSuchBucket", true, STORE_NO_BUCKET, false},
		{404, "NoSuchBucket", false, STORE_NO_BUCKET, false},
		{400, "InvalidBucketName", false, STORE_NO_BUCKET, false},
		{403, "InvalidAccessKeyId", false, STORE_BAD_CREDENTIALS, false},
		{403, "SignatureDoesNotMatch", false, STORE_BAD_CREDENTIALS, false},
		{400, "ExpiredToken", false, STORE_BAD_CREDENTIALS, false},
		{403, "AccessDenied", false, STORE_DENIED, false},
		{403, "UserSuspended", false, STORE_DENIED, false},
		{403, "SomethingNew", false, STORE_DENIED, false},
		{403, "", true, STORE_DENIED, false},
		{401, "", true, STORE_BAD_CREDENTIALS, false},
		{403, "RequestTimeTooSkewed", false, STORE_SKEWED, false},
		{503, "SlowDown", false, STORE_UNREACHABLE, true},
		{200, "SlowDown", false, STORE_UNREACHABLE, true},
		{200, "InternalError", false, STORE_UNREACHABLE, true},
		{200, "AccessDenied", false, STORE_DENIED, false},
		{200, "", false, STORE_BROKEN, false},
		{400, "RequestTimeout", false, STORE_UNREACHABLE, true},
		{429, "", false, STORE_UNREACHABLE, true},
		{408, "", false, STORE_UNREACHABLE, true},
		{500, "", false, STORE_UNREACHABLE, true},
		{502, "", false, STORE_UNREACHABLE, true},
		{504, "", false, STORE_UNREACHABLE, true},
		{520, "", false, STORE_UNREACHABLE, true},
		{501, "", false, STORE_UNSUPPORTED, false},
		{501, "NotImplemented", false, STORE_UNSUPPORTED, false},
		{405, "MethodNotAllowed", true, STORE_UNSUPPORTED, false},
		{404, "", false, STORE_BROKEN, false},
		{404, "", true, STORE_BROKEN, false},
		{301, "PermanentRedirect", false, STORE_BROKEN, false},
		{302, "", false, STORE_BROKEN, false},
		{418, "", false, STORE_BROKEN, false},
		{400, "Whatever", true, STORE_BROKEN, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct s3_answer answer = {.http_status = cases[i].http_status};

		snprintf(answer.code, sizeof(answer.code), "%s", cases[i].code);
		s3_answer_judge(&answer, cases[i].about_object);
		if (answer.status != cases[i].expected || answer.transient != cases[i].transient)
			printf("  %d %s\n", cases[i].http_status, cases[i].code);
		EXPECT_NUMBER(answer.status, cases[i].expected);
		EXPECT_NUMBER(answer.transient, cases[i].transient);
	}
}

TEST(a_404_of_a_store_without_a_code)
{
	struct s3_answer answer = {.http_status = 404, .request_id = "tx1"};

	s3_answer_judge(&answer, true);
	EXPECT_NUMBER(answer.status, STORE_ABSENT);
	s3_answer_judge(&answer, false);
	EXPECT_NUMBER(answer.status, STORE_NO_BUCKET);
	answer = (struct s3_answer){.http_status = 405, .code = "MethodNotAllowed", .delete_marker = true};
	s3_answer_judge(&answer, true);
	EXPECT_NUMBER(answer.status, STORE_ABSENT);
}

TEST(errors_are_told_without_secrets_and_control_characters)
{
	static const char body[] = "<Error><Code>SignatureDoesNotMatch</Code><Message>bad \x1b[31m"
				   "</Message></Error>";
	static const char good[] =
		"<Error><Code>SignatureDoesNotMatch</Code><Message>your key is canary-of-s3&#10;x</Message>"
		"<Region>eu west</Region><RequestId>r1</RequestId></Error>";
	struct s3_answer answer = {.http_status = 403};
	struct s3_question question = {.what = "listing",
				       .bucket = "b",
				       .key = "k\n",
				       .origin = "https://h",
				       .permission = "s3:ListBucket",
				       .credentials = "the environment",
				       .attempts = 3,
				       .elapsed_ms = 1500};
	struct error err;

	secrets_register("canary-of-s3");
	EXPECT_NUMBER(xml_read(&s3_answer_error_events, &answer, body, strlen(body), &err), -1);
	EXPECT_STRING(answer.code, "SignatureDoesNotMatch");
	EXPECT_NUMBER(xml_read(&s3_answer_error_events, &answer, good, strlen(good), &err), 0);
	EXPECT_STRING(answer.region, "");
	s3_answer_judge(&answer, false);
	s3_answer_describe(&answer, &question);
	EXPECT_STRING(answer.error.message,
		      "the secret key does not fit the access key: 'https://h' answered 403 "
		      "SignatureDoesNotMatch when listing 's3://b/k?' (request r1), 3 times in 1.5 s: "
		      "your key is [secret]?x");
	EXPECT(strstr(answer.hint, "the environment") != NULL);
}

UNIT_MAIN
