#include "unit.h"

#include <stdlib.h>

#include "assertions/base/clock.h"
#include "assertions/stores/s3/s3_private.h"

static const struct s3_parameters declared = {.endpoint = "http://127.0.0.1:1", .bucket = "b", .addressing = -1};

static void set_keys(const char *access_key, const char *expiration)
{
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("HOME", "/nonexistent", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "canary", 1);
	setenv("AWS_ACCESS_KEY_ID", access_key, 1);
	if (expiration != NULL)
		setenv("AWS_CREDENTIAL_EXPIRATION", expiration, 1);
	else
		unsetenv("AWS_CREDENTIAL_EXPIRATION");
}

static struct s3_keyring *begin(const char *access_key, const char *expiration)
{
	struct s3_settings settings;
	struct error err = {""};

	set_keys(access_key, expiration);

	struct s3_keyring *keyring = s3_keyring_new(&declared, NULL, NULL, &settings, &err);

	EXPECT(keyring != NULL);
	s3_settings_release(&settings);
	return keyring;
}

static unsigned expect_keys(struct s3_keyring *keyring, const char *access_key)
{
	struct s3_keys keys;
	unsigned generation;

	s3_keyring_copy(keyring, &keys);
	EXPECT_STRING(keys.access_key, access_key);
	generation = keys.generation;
	s3_keys_release(&keys);
	EXPECT(keys.secret_key == NULL);
	return generation;
}

TEST(kept_while_they_are_good)
{
	struct s3_keyring *keyring = begin("AK1", "2099-01-01T00:00:00Z");

	set_keys("AK2", NULL);
	expect_keys(keyring, "AK1");
	s3_keyring_free(keyring);
	keyring = begin("AK1", NULL);
	set_keys("AK2", NULL);
	expect_keys(keyring, "AK1");
	s3_keyring_free(keyring);
}

TEST(found_again_before_they_expire)
{
	char soon[CLOCK_TEXT_MAX], later[CLOCK_TEXT_MAX];

	clock_format_rfc3339(clock_now_ms() + S3_KEYRING_EARLY_MS - 1000, soon);
	clock_format_rfc3339(clock_now_ms() + S3_KEYRING_EARLY_MS + 60000, later);

	struct s3_keyring *keyring = begin("AK1", later);

	set_keys("AK2", NULL);
	expect_keys(keyring, "AK1");
	s3_keyring_free(keyring);

	keyring = begin("AK1", soon);
	set_keys("AK2", soon);
	expect_keys(keyring, "AK2");
	/* Not at every request, where those that are found are no later. */
	set_keys("AK3", NULL);
	expect_keys(keyring, "AK2");
	s3_keyring_free(keyring);
}

TEST(kept_where_no_others_can_be_found)
{
	char soon[CLOCK_TEXT_MAX];

	clock_format_rfc3339(clock_now_ms() + 1000, soon);

	struct s3_keyring *keyring = begin("AK1", soon);

	unsetenv("AWS_ACCESS_KEY_ID");
	expect_keys(keyring, "AK1");
	EXPECT(!s3_keyring_renew(keyring, 0));
	expect_keys(keyring, "AK1");
	s3_keyring_free(keyring);
}

TEST(renewed_once_for_all_who_were_refused)
{
	struct s3_keyring *keyring = begin("AK1", NULL);
	unsigned generation = expect_keys(keyring, "AK1");

	EXPECT(!s3_keyring_renew(keyring, generation));
	set_keys("AK2", NULL);
	EXPECT(s3_keyring_renew(keyring, generation));
	EXPECT(expect_keys(keyring, "AK2") != generation);
	/* Another thread, refused with the old ones. */
	EXPECT(s3_keyring_renew(keyring, generation));
	expect_keys(keyring, "AK2");
	s3_keyring_free(keyring);
}

TEST(no_other_endpoint_is_asked_where_the_file_that_may_name_it_cannot_be_read)
{
	static const struct s3_parameters without = {.bucket = "b", .addressing = -1};
	struct s3_settings settings;
	struct error err = {""};

	set_keys("AK1", NULL);
	setenv("AWS_CONFIG_FILE", "/", 1);

	struct s3_keyring *keyring = s3_keyring_new(&without, NULL, NULL, &settings, &err);

	EXPECT(keyring == NULL);
	EXPECT(strstr(err.message, "cannot read the config file") != NULL);
	s3_settings_release(&settings);
	keyring = s3_keyring_new(&declared, NULL, NULL, &settings, &err);
	EXPECT(keyring != NULL);
	s3_settings_release(&settings);
	s3_keyring_free(keyring);
}

UNIT_MAIN
