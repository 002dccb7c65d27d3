#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/secrets.h"
#include "../../assertions/store/credentials.h"
#include "../../assertions/store/profile.h"

static char folder[] = "/tmp/muster-credentials-XXXXXX";
static char file[64];

static void write_shared(const char *text)
{
	FILE *out = fopen(file, "w");

	fputs(text, out);
	fclose(out);
}

static void clear_environment(void)
{
	static const char *const names[] = {
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",          "AWS_SECURITY_TOKEN",
		"AWS_PROFILE",       "AWS_DEFAULT_PROFILE",   "AWS_WEB_IDENTITY_TOKEN_FILE"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_SHARED_CREDENTIALS_FILE", file, 1);
	unlink(file);
}

static void expect_found(const struct credentials_parameters *given, const char *access_key, const char *secret_key,
			 const char *token, const char *origin)
{
	struct credentials found = {0};
	struct error err = {""};

	EXPECT_NUMBER(credentials_find(given, &found, &err), 0);
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

	EXPECT_NUMBER(credentials_find(given, &found, &err), -1);
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
	expect_none(NULL, "AWS_WEB_IDENTITY_TOKEN_FILE");
	clear_environment();
	setenv("AWS_SHARED_CREDENTIALS_FILE", folder, 1);
	expect_none(NULL, "cannot read the credentials file");
}

TEST(from_the_manifest)
{
	struct secret access_key = {.env = "TEST_AK"}, secret_key = {.file = file}, token = {.env = "TEST_TOKEN"};
	struct credentials_parameters given = {&access_key, &secret_key, NULL};

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

TEST(the_file_is_bounded)
{
	struct profile profile;
	struct error err = {""};
	FILE *out = fopen(file, "w");

	for (size_t i = 0; i < PROFILE_FILE_MAX / 16 + 1; i++)
		fputs("0123456789abcde\n", out);
	fclose(out);
	EXPECT_NUMBER(profile_read(file, "default", &profile, &err), -1);
	EXPECT(strstr(err.message, "longer than") != NULL);
	unlink(file);
	rmdir(folder);
}

UNIT_MAIN
