#include "unit.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/error.h"
#include "assertions/stores/http/sigv4.h"

/* The examples of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html. */
#define HOST "examplebucket.s3.amazonaws.com"
#define TIME "20130524T000000Z"

static const struct sigv4_credentials example = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
						 NULL};
static const struct sigv4_scope scope = {INT64_C(1369353600000), "us-east-1", "s3"};

static void expect_signature(const struct sigv4_request *request, const char *expected)
{
	struct sigv4_signature signature = {0};

	sigv4_sign(request, &example, &scope, &signature);
	EXPECT_STRING(signature.signature, expected);
	EXPECT(strstr(signature.authorization, expected) != NULL);
	sigv4_signature_release(&signature);
}

TEST(the_scope_is_the_day_of_the_examples)
{
	char text[CLOCK_TEXT_MAX];

	EXPECT_STRING(clock_format_basic(scope.unix_ms, text), TIME);
}

TEST(get_object_with_range)
{
	const struct sigv4_pair headers[] = {{"Host", HOST},
					     {"Range", "bytes=0-9"},
					     {"x-amz-content-sha256", SIGV4_SHA256_OF_NOTHING},
					     {"x-amz-date", TIME}};
	const struct sigv4_request request = {
		"GET", "/test.txt", NULL, 0, headers, 4, SIGV4_SHA256_OF_NOTHING,
	};

	expect_signature(&request, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(put_object)
{
	char hash[65];
	sigv4_sha256("Welcome to Amazon S3.", 21, hash);
	const struct sigv4_pair headers[] = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
					     {"x-amz-date", TIME},
					     {"host", HOST},
					     {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
					     {"x-amz-content-sha256", hash}};
	const struct sigv4_request request = {"PUT", "/test%24file.text", NULL, 0, headers, 5, hash};

	expect_signature(&request, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static const struct sigv4_pair plain_headers[] = {{"host", HOST},
						  {"x-amz-content-sha256", SIGV4_SHA256_OF_NOTHING},
						  {"x-amz-date", TIME}};

TEST(get_lifecycle_has_a_parameter_without_a_value)
{
	const struct sigv4_pair query[] = {{"lifecycle", NULL}};
	const struct sigv4_request request = {"GET", "/", query, 1, plain_headers, 3, SIGV4_SHA256_OF_NOTHING};

	expect_signature(&request, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(list_objects_in_whatever_order)
{
	const struct sigv4_pair query[] = {{"prefix", "J"}, {"max-keys", "2"}};
	const struct sigv4_pair turned[] = {{"max-keys", "2"}, {"prefix", "J"}};
	struct sigv4_request request = {"GET", "/", query, 2, plain_headers, 3, SIGV4_SHA256_OF_NOTHING};

	expect_signature(&request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
	request.query = turned;
	expect_signature(&request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(presigned)
{
	const struct sigv4_pair headers[] = {{"host", HOST}};
	const struct sigv4_request request = {"GET", "/test.txt", NULL, 0, headers, 1, NULL};
	struct sigv4_signature signature = {0};

	sigv4_presign(&request, &example, &scope, 86400, &signature);
	EXPECT_STRING(signature.signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	EXPECT(strncmp(signature.query, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F",
		       72) == 0);
	sigv4_signature_release(&signature);
}

TEST(parameters_sort_by_name_then_value_after_encoding)
{
	const struct sigv4_pair query[] = {{"a=", "1"}, {"a", "2"},     {"a-b", "3"},
					   {"a", "1"},  {"b c", "+/&"}, {"A", ""}};
	const struct sigv4_request request = {"GET", "/", query, 6, plain_headers, 3, SIGV4_SHA256_OF_NOTHING};
	struct sigv4_signature signature = {0};

	sigv4_sign(&request, &example, &scope, &signature);
	EXPECT_STRING(signature.query, "A=&a=1&a=2&a%3D=1&a-b=3&b%20c=%2B%2F%26");
	sigv4_signature_release(&signature);
}

TEST(headers_are_trimmed_joined_and_sorted_by_name)
{
	const struct sigv4_pair headers[] = {{"X-Amz-Meta-A-B", " two  words\t here "},
					     {"x-amz-meta-a", "1"},
					     {"User-Agent", "muster"},
					     {"Expect", ""},
					     {"Proxy-Connection", "x"},
					     {"Content-Length", "3"},
					     {"Accept-Encoding", "gzip"},
					     {"Host", "h"},
					     {"X-AMZ-META-A", "0"}};
	const struct sigv4_request request = {"GET", "/", NULL, 0, headers, 9, SIGV4_UNSIGNED_PAYLOAD};
	struct sigv4_signature signature = {0};

	sigv4_sign(&request, &example, &scope, &signature);
	EXPECT_STRING(signature.canonical_request,
		      "GET\n/\n\nhost:h\nx-amz-meta-a:1,0\nx-amz-meta-a-b:two words here\n\n"
		      "host;x-amz-meta-a;x-amz-meta-a-b\nUNSIGNED-PAYLOAD");
	EXPECT(strncmp(signature.string_to_sign,
		       "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n", 69) == 0);
	sigv4_signature_release(&signature);
}

TEST(encoding_knows_every_byte)
{
	cleanup_buffer struct buffer out;
	char every[256];

	for (int i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	buffer_init(&out, 1024);
	sigv4_encode(every, false, &out);
	EXPECT_NUMBER(out.length, 66 + (255 - 66) * 3);
	EXPECT(strstr(out.data, "%2F") != NULL && strstr(out.data, "%7F%80") != NULL && strstr(out.data, "~") != NULL);
	buffer_clear(&out);
	sigv4_encode("a//b/../c d+e=%2F\xc3\xa9", true, &out);
	EXPECT_STRING(out.data, "a//b/../c%20d%2Be%3D%252F%C3%A9");
}

TEST(another_key_region_service_or_time_is_another_signature)
{
	const struct sigv4_request request = {"GET", "/", NULL, 0, plain_headers, 3, SIGV4_SHA256_OF_NOTHING};
	const struct sigv4_scope scopes[] = {scope,
					     {scope.unix_ms, "us-east-2", "s3"},
					     {scope.unix_ms, "us-east-1", "sts"},
					     {scope.unix_ms + 1000, "us-east-1", "s3"}};
	struct sigv4_signature signatures[4] = {0};

	for (size_t i = 0; i < 4; i++) {
		sigv4_sign(&request, &example, &scopes[i], &signatures[i]);
		for (size_t j = 0; j < i; j++)
			EXPECT(strcmp(signatures[i].signature, signatures[j].signature) != 0);
	}
	for (size_t i = 0; i < 4; i++)
		sigv4_signature_release(&signatures[i]);
}

UNIT_MAIN
