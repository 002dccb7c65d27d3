#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/credentials/credentials_private.h"

static char folder[] = "/tmp/muster-credentials-XXXXXX";
static char file[64], config[64];

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

static void write_shared(const char *text)
{
	write_file(file, text);
}

static void clear_environment(void)
{
	static const char *const names[] = {"AWS_ACCESS_KEY_ID",
					    "AWS_SECRET_ACCESS_KEY",
					    "AWS_SESSION_TOKEN",
					    "AWS_SECURITY_TOKEN",
					    "AWS_PROFILE",
					    "AWS_DEFAULT_PROFILE",
					    "AWS_WEB_IDENTITY_TOKEN_FILE",
					    "AWS_ROLE_ARN",
					    "AWS_CREDENTIAL_EXPIRATION",
					    "S3CMD_CONFIG",
					    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
					    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
					    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
					    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_SHARED_CREDENTIALS_FILE", file, 1);
	setenv("AWS_CONFIG_FILE", config, 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("HOME", folder, 1);
	unlink(file);
	unlink(config);
}

static char notes[4000];

static void take_note(void *context, const char *place, const char *finding)
{
	size_t length = strlen(notes);

	(void)context;
	snprintf(notes + length, sizeof(notes) - length, "%s: %s\n", place, finding);
}

static int find(const struct credentials_parameters *given, struct credentials *found, struct error *err)
{
	struct profile_search profile;

	notes[0] = '\0';
	profile_find(given != NULL ? given->profile : NULL, &profile);

	const struct credentials_question question = {.given = given,
						      .profile = &profile,
						      .region = "eu-test-1",
						      .note = take_note};
	int result = credentials_find(&question, found, err);

	profile_search_release(&profile);
	EXPECT(strstr(notes, "canary") == NULL);
	return result;
}

static void expect_found(const struct credentials_parameters *given, const char *access_key, const char *secret_key,
			 const char *token, const char *origin)
{
	struct credentials found = {0};
	struct error err = {""};

	EXPECT_NUMBER(find(given, &found, &err), 0);
	EXPECT_STRING(err.message, "");
	if (found.access_key == NULL)
		return;
	EXPECT_STRING(found.access_key, access_key);
	EXPECT_STRING(found.secret_key, secret_key);
	EXPECT((found.session_token == NULL) == (token == NULL));
	if (token != NULL)
		EXPECT_STRING(found.session_token, token);
	EXPECT(strstr(found.origin, origin) != NULL);

	cleanup_buffer struct buffer masked;

	buffer_init(&masked, 1000);
	secrets_mask(secret_key, strlen(secret_key), &masked);
	EXPECT_STRING(masked.data, "[secret]");
	credentials_release(&found);
	EXPECT(found.secret_key == NULL);
}

static void expect_none(const struct credentials_parameters *given, const char *part)
{
	struct credentials found = {0};
	struct error err = {""};

	EXPECT_NUMBER(find(given, &found, &err), -1);
	EXPECT(strstr(err.message, part) != NULL);
	if (strstr(err.message, part) == NULL)
		printf("  %s\n", err.message);
	EXPECT(strstr(err.message, "canary") == NULL);
	EXPECT(found.access_key == NULL);
}

TEST(from_the_environment)
{
	EXPECT(mkdtemp(folder) != NULL);
	snprintf(file, sizeof(file), "%s/credentials", folder);
	snprintf(config, sizeof(config), "%s/config", folder);
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary/env", 1);
	expect_found(NULL, "AKENV", "canary/env", NULL, "the environment");
	setenv("AWS_SESSION_TOKEN", "token-env", 1);
	expect_found(NULL, "AKENV", "canary/env", "token-env", "the environment");
}

TEST(half_an_environment_is_an_error)
{
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	expect_none(NULL, "has 'AWS_ACCESS_KEY_ID' but not 'AWS_SECRET_ACCESS_KEY'");
	clear_environment();
	setenv("AWS_SECRET_ACCESS_KEY", "canary", 1);
	expect_none(NULL, "has 'AWS_SECRET_ACCESS_KEY' but not 'AWS_ACCESS_KEY_ID'");
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	expect_none(NULL, "not 'AWS_ACCESS_KEY_ID'");
}

TEST(from_the_shared_file)
{
	clear_environment();
	write_shared("# a comment\n[default]\naws_access_key_id = AKFILE\r\n aws_secret_access_key=canary=a b\r\n\n"
		     "[other]\nAWS_ACCESS_KEY_ID=AKOTHER\naws_secret_access_key = canary-other # not a comment\n"
		     "aws_session_token = tok==\n[default2]\naws_access_key_id=wrong\n");
	expect_found(NULL, "AKFILE", "canary=a b", NULL, "profile 'default'");
	setenv("AWS_DEFAULT_PROFILE", "other", 1);
	expect_found(NULL, "AKOTHER", "canary-other # not a comment", "tok==", "profile 'other'");
	setenv("AWS_PROFILE", "default", 1);
	expect_found(NULL, "AKFILE", "canary=a b", NULL, "profile 'default'");
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary/env", 1);
	expect_found(NULL, "AKENV", "canary/env", NULL, "the environment");
}

TEST(below_the_home_folder)
{
	char path[128];

	clear_environment();
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	setenv("HOME", folder, 1);
	expect_none(NULL, "/.aws/credentials");
	snprintf(path, sizeof(path), "mkdir %s/.aws", folder);
	EXPECT_NUMBER(system(path), 0);
	snprintf(path, sizeof(path), "%s/.aws/credentials", folder);
	memcpy(file, path, sizeof(file));
	write_shared("[default]\naws_access_key_id=AKHOME\naws_secret_access_key=canary-home\n");
	expect_found(NULL, "AKHOME", "canary-home", NULL, "/.aws/credentials");
	unlink(file);
	snprintf(path, sizeof(path), "%s/.aws", folder);
	rmdir(path);
	snprintf(file, sizeof(file), "%s/credentials", folder);
}

TEST(nothing_says_where_was_looked)
{
	clear_environment();
	expect_none(NULL, "AWS_ACCESS_KEY_ID is not set");
	expect_none(NULL, file);
	setenv("AWS_PROFILE", "nobody", 1);
	write_shared("[default]\naws_access_key_id=AK\naws_secret_access_key=canary\n");
	expect_none(NULL, "no profile 'nobody'");
	write_shared("[nobody]\nregion=x\n");
	expect_none(NULL, "the profile 'nobody' has no aws_access_key_id");
	write_shared("[nobody]\naws_secret_access_key=canary\n");
	expect_none(NULL, "must have both");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/x", 1);
	write_shared("");
	expect_none(NULL, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	clear_environment();
	setenv("AWS_SHARED_CREDENTIALS_FILE", folder, 1);
	expect_none(NULL, "cannot read the credentials file");
}

TEST(from_the_manifest)
{
	struct secret access_key = {.env = "TEST_AK"}, secret_key = {.file = file}, token = {.env = "TEST_TOKEN"};
	struct credentials_parameters given = {&access_key, &secret_key, NULL, NULL, NULL};

	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary/env", 1);
	unsetenv("TEST_AK");
	write_shared("canary-manifest\n");
	expect_none(&given, "TEST_AK");
	setenv("TEST_AK", "AKMANIFEST", 1);
	expect_found(&given, "AKMANIFEST", "canary-manifest", NULL, "the manifest");
	given.session_token = &token;
	unsetenv("TEST_TOKEN");
	expect_none(&given, "TEST_TOKEN");
	setenv("TEST_TOKEN", "tokentoken", 1);
	expect_found(&given, "AKMANIFEST", "canary-manifest", "tokentoken", "the manifest");
}

TEST(what_would_begin_another_header)
{
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AK\r\nX-Evil: 1", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary", 1);
	expect_none(NULL, "the access key from the environment holds blanks");
	setenv("AWS_ACCESS_KEY_ID", "AK", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary ", 1);
	expect_none(NULL, "the secret key");
	setenv("AWS_SECRET_ACCESS_KEY", "canary\n", 1);
	expect_none(NULL, "the secret key");
	setenv("AWS_SECRET_ACCESS_KEY", "can ary", 1);
	setenv("AWS_SESSION_TOKEN", "a\nb", 1);
	expect_none(NULL, "the session token");
}

TEST(from_the_config_file)
{
	clear_environment();
	write_file(config, "[default]\naws_access_key_id=AKCONFIG\naws_secret_access_key=canary-config\n"
			   "aws_session_token=canary-token-config\n"
			   "[profile \"with blank\"]\naws_access_key_id=AKBLANK\naws_secret_access_key=canary-blank\n"
			   "[bare]\naws_access_key_id=AKBARE\naws_secret_access_key=canary-bare\n");
	expect_found(NULL, "AKCONFIG", "canary-config", "canary-token-config", config);
	setenv("AWS_PROFILE", "with blank", 1);
	expect_found(NULL, "AKBLANK", "canary-blank", NULL, config);
	setenv("AWS_PROFILE", "bare", 1);
	expect_none(NULL, "no profile 'bare'");
	unsetenv("AWS_PROFILE");
	/* The token of one file is not the other's. */
	write_shared("[default]\naws_access_key_id=AKFILE\naws_secret_access_key=canary-file\n");
	expect_found(NULL, "AKFILE", "canary-file", NULL, file);
}

TEST(profiles_that_lead_elsewhere_are_named)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"role_arn=arn:x\nsource_profile=other\n", "'role_arn' with 'source_profile', which muster does not"},
		{"role_arn=arn:x\ncredential_source=Environment\n", "'credential_source'"},
		{"sso_session=work\n", "single sign-on"},
		{"sso_start_url=https://x\n", "single sign-on"},
		{"login_session=x\n", "'login_session'"},
		{"role_arn=arn:x\nsource_profile=o\naws_access_key_id=AK\naws_secret_access_key=canary\n",
		 "'source_profile'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[300];

		clear_environment();
		snprintf(text, sizeof(text), "[default]\n%s", cases[i].text);
		write_file(config, text);
		expect_none(NULL, cases[i].part);
	}
	clear_environment();
	write_file(config, "[default]\ncredential_process=/bin/canary\n");
	struct error err = {""};
	struct credentials found = {0};
	EXPECT_NUMBER(find(NULL, &found, &err), -1);
	EXPECT(strstr(err.message, "'credential_process', which muster does not support") == NULL);
	EXPECT(strstr(err.message, "credential_process of the profile 'default'") != NULL);
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary/env", 1);
	expect_found(NULL, "AKENV", "canary/env", NULL, "the environment");
}

TEST(a_profile_of_the_manifest)
{
	struct credentials_parameters given = {.profile = "other"};

	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary/env", 1);
	setenv("AWS_PROFILE", "default", 1);
	write_shared("[default]\naws_access_key_id=AKD\naws_secret_access_key=canary-d\n"
		     "[other]\naws_access_key_id=AKO\naws_secret_access_key=canary-o\n");
	expect_found(&given, "AKO", "canary-o", NULL, "profile 'other'");
	EXPECT(strstr(notes, "environment") == NULL);
	given.profile = "nobody";
	expect_none(&given, "no profile 'nobody'");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent", 1);
	setenv("AWS_ROLE_ARN", "arn:x", 1);
	expect_none(&given, "no profile 'nobody'");
}

TEST(from_s3cmd)
{
	struct credentials_parameters given = {.s3cfg = "~/named.cfg"};
	char path[128];
	struct credentials found = {0};
	struct error err = {""};

	clear_environment();
	snprintf(path, sizeof(path), "%s/.s3cfg", folder);
	write_file(path, "[default]\naccess_key = AKS3CMD\nsecret_key = \"canary s3cmd\"\naccess_token = \n"
			 "host_base = objects.example.net:8080\nhost_bucket = %(bucket)s.objects.example.net\n"
			 "bucket_location = europe-1\nuse_https = False\n");
	expect_found(NULL, "AKS3CMD", "canary s3cmd", NULL, path);
	EXPECT_NUMBER(find(NULL, &found, &err), 0);
	char *endpoint = s3cfg_endpoint(found.s3cfg);
	EXPECT_STRING(endpoint, "http://objects.example.net:8080");
	EXPECT(s3cfg_is_virtual(found.s3cfg));
	EXPECT_STRING(s3cfg_region(found.s3cfg), "europe-1");
	free(endpoint);
	credentials_release(&found);

	/* What AWS's tools find comes before. */
	write_shared("[default]\naws_access_key_id=AKD\naws_secret_access_key=canary-d\n");
	expect_found(NULL, "AKD", "canary-d", NULL, "profile 'default'");
	unlink(path);
	unlink(file);
	expect_none(NULL, "there is no file");
	expect_none(&given, "named.cfg'");
}

TEST(s3cmd_s_words)
{
	static const struct {
		const char *text, *endpoint, *region;
		bool virtual_host;
	} cases[] = {
		{"", NULL, NULL, false},
		{"host_base = s3.amazonaws.com\nbucket_location = US\n", NULL, NULL, false},
		{"host_base = h\nbucket_location = EU\nhost_bucket = h\n", "https://h", "eu-west-1", false},
		{"host_base = h:1\nuse_https = no\nhost_bucket = %(bucket)s.h\n", "http://h:1", NULL, true},
		{"host_base = \"h\"\n# host_base = x\n;host_base = y\n", "https://h", NULL, false},
		{"host_base = $TEST_HOST\n", "https://env", NULL, false},
		{"host_base = $TEST_UNSET\n", NULL, NULL, false},
	};

	setenv("TEST_HOST", "env", 1);
	unsetenv("TEST_UNSET");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct s3cfg *s3cfg = calloc(1, sizeof(*s3cfg));

		s3cfg_parse(cases[i].text, s3cfg);
		char *endpoint = s3cfg_endpoint(s3cfg);
		EXPECT((endpoint == NULL) == (cases[i].endpoint == NULL));
		if (cases[i].endpoint != NULL)
			EXPECT_STRING(endpoint, cases[i].endpoint);
		EXPECT((s3cfg_region(s3cfg) == NULL) == (cases[i].region == NULL));
		if (cases[i].region != NULL)
			EXPECT_STRING(s3cfg_region(s3cfg), cases[i].region);
		EXPECT_NUMBER(s3cfg_is_virtual(s3cfg), cases[i].virtual_host);
		free(endpoint);
		s3cfg_free(s3cfg);
	}
}

TEST(where_container_tokens_may_go)
{
	static const char *const refused[] = {"http://evil.example/x", "http://127.0.0.1.evil.example/",
					      "http://10.0.0.1/",      "http://localhost@evil/",
					      "ftp://localhost/",      "localhost/x",
					      "http://169.254.170.3/", "http://[fd00:ec2::24]/",
					      "http://local host/"};

	clear_environment();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", refused[i], 1);
		expect_none(NULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	}
	/* Nobody listens there; that it is asked is what is tested. */
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x?id=1", 1);
	expect_none(NULL, "cannot ask the container's endpoint 'http://127.0.0.1:1/x'");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary\r\nX-Evil: 1", 1);
	expect_none(NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line end");
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent", 1);
	expect_none(NULL, "no container authorization token");
	setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/", 1);
	expect_none(NULL, "does not begin with a slash");
	clear_environment();
}

TEST(what_was_looked_at_is_told_in_order)
{
	clear_environment();
	setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary", 1);
	setenv("AWS_SESSION_TOKEN", "canary-token", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z", 1);

	struct credentials found = {0};
	struct error err = {""};

	EXPECT_NUMBER(find(NULL, &found, &err), 0);
	EXPECT_STRING(notes,
		      "manifest: not there: the manifest gives none\n"
		      "environment: found: the environment, access key AKIA...MPLE, with a session token, expired at "
		      "2001-01-01T00:00:00.000Z\n"
		      "web identity: not looked at\nprofile: not looked at\ncontainer: not looked at\n"
		      "instance metadata: not looked at\ns3cmd's settings: not looked at\n");
	credentials_release(&found);
	clear_environment();
	EXPECT_NUMBER(find(NULL, &found, &err), -1);
	EXPECT(strstr(notes, "instance metadata: not there: AWS_EC2_METADATA_DISABLED is set\n") != NULL);
}

TEST(the_config_file_s_settings)
{
	static const char text[] =
		"[default]\nregion = r0\n[profile a]\nregion=r1\nservices = own\nendpoint_url=http://all\n"
		"ca_bundle = /ca.pem\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 20\n"
		"role_arn = arn:role\n[services own]\ns3 =\n\tendpoint_url = http://s3\nsts =\n"
		"  endpoint_url = http://sts\n[services other]\ns3 =\n  endpoint_url = http://other\n"
		"[profile b]\ns3 =\nendpoint_url = http://b\n";
	struct profile profile = {0};

	profile_parse(text, PROFILE_CONFIG, "a", &profile);
	EXPECT(profile.found);
	EXPECT_STRING(profile.region, "r1");
	EXPECT_STRING(profile.endpoint_url, "http://all");
	EXPECT_STRING(profile.endpoint_url_s3, "http://s3");
	EXPECT_STRING(profile.endpoint_url_sts, "http://sts");
	EXPECT_STRING(profile.ca_bundle, "/ca.pem");
	EXPECT_STRING(profile.addressing_style, "path");
	EXPECT_STRING(profile.role_arn, "arn:role");
	profile_release(&profile);
	profile_parse(text, PROFILE_CONFIG, "b", &profile);
	EXPECT_STRING(profile.endpoint_url, "http://b");
	EXPECT(profile.endpoint_url_s3 == NULL && profile.region == NULL);
	profile_release(&profile);
	profile_parse(text, PROFILE_CONFIG, "default", &profile);
	EXPECT_STRING(profile.region, "r0");
	profile_release(&profile);
	profile_parse(text, PROFILE_CONFIG, "own", &profile);
	EXPECT(!profile.found);
	profile_release(&profile);
}

TEST(the_file_is_bounded)
{
	struct profile_search search;
	FILE *out = fopen(file, "w");

	clear_environment();
	out = freopen(file, "w", out);
	for (size_t i = 0; i < INI_FILE_MAX / 16 + 1; i++)
		fputs("0123456789abcde\n", out);
	fclose(out);
	profile_find(NULL, &search);
	EXPECT(search.broken && strstr(search.trouble.message, "longer than") != NULL);
	profile_search_release(&search);
	unlink(file);
	rmdir(folder);
}

UNIT_MAIN
