#include "assertions/stores/s3/s3_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"

#define PAUSE_MS 60000 /* between two searches that did not give later ones */

struct s3_keyring {
	pthread_mutex_t mutex;
	const struct s3_parameters *declared;
	struct credentials credentials;
	unsigned generation;
	int64_t searched_ms; /* monotonic */
};

struct keyring_search {
	const struct s3_parameters *declared;
	struct profile_search profile;
	struct s3_settings settings;
};

static void begin_search(struct keyring_search *search, const struct s3_parameters *declared)
{
	search->declared = declared;
	profile_find(declared->credentials != NULL ? declared->credentials->profile : NULL, &search->profile);
	s3_settings_find(declared, &search->profile, NULL, &search->settings);
}

static void end_search(struct keyring_search *search)
{
	s3_settings_release(&search->settings);
	profile_search_release(&search->profile);
}

static int find_credentials(struct keyring_search *search,
			    void (*note)(void *context, const char *place, const char *finding), void *context,
			    struct credentials *ret_credentials, struct error *err)
{
	const struct credentials_question question = {
		.given = search->declared->credentials,
		.profile = &search->profile,
		.region = search->settings.region.value,
		.ca_file = search->settings.services_ca_file.value,
		.note = note,
		.note_context = context,
	};

	return credentials_find(&question, ret_credentials, err);
}

struct s3_keyring *s3_keyring_new(const struct s3_parameters *declared,
				  void (*note)(void *context, const char *place, const char *finding), void *context,
				  struct s3_settings *ret_settings, struct error *err)
{
	struct keyring_search search;
	struct credentials found = {0};
	struct s3_keyring *keyring = NULL;

	begin_search(&search, declared);
	if (find_credentials(&search, note, context, &found, err) == 0) {
		keyring = memory_alloc(sizeof(*keyring));
		pthread_mutex_init(&keyring->mutex, NULL);
		keyring->declared = declared;
		keyring->credentials = found;
		keyring->searched_ms = clock_monotonic_ms() - PAUSE_MS;
	}
	s3_settings_find(declared, &search.profile, found.s3cfg, ret_settings);
	/* To ask AWS instead of the store that a file would have named is no answer. */
	if (keyring != NULL && ret_settings->endpoint.value == NULL && search.profile.broken) {
		*err = search.profile.trouble;
		if (note != NULL)
			note(context, "endpoint", err->message);
		s3_keyring_free(keyring);
		keyring = NULL;
	}
	end_search(&search);
	return keyring;
}

void s3_keyring_free(struct s3_keyring *keyring)
{
	if (keyring == NULL)
		return;
	credentials_release(&keyring->credentials);
	pthread_mutex_destroy(&keyring->mutex);
	free(keyring);
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* True where others were found. What is there stays where none can be: it may be good yet. */
static bool search_again(struct s3_keyring *keyring)
{
	const struct credentials *now = &keyring->credentials;
	struct credentials found = {0};
	struct keyring_search search;
	struct error ignored;

	begin_search(&search, keyring->declared);

	int result = find_credentials(&search, NULL, NULL, &found, &ignored);

	end_search(&search);
	keyring->searched_ms = clock_monotonic_ms();
	if (result != 0)
		return false;
	if (same_text(found.access_key, now->access_key) && same_text(found.secret_key, now->secret_key) &&
	    same_text(found.session_token, now->session_token)) {
		credentials_release(&found);
		return false;
	}
	credentials_release(&keyring->credentials);
	keyring->credentials = found;
	keyring->generation++;
	return true;
}

static bool is_due(const struct s3_keyring *keyring)
{
	int64_t expires_ms = keyring->credentials.expires_ms;

	return expires_ms != 0 && clock_now_ms() >= expires_ms - S3_KEYRING_EARLY_MS &&
	       clock_monotonic_ms() - keyring->searched_ms >= PAUSE_MS;
}

void s3_keyring_copy(struct s3_keyring *keyring, struct s3_keys *ret_keys)
{
	const struct credentials *now = &keyring->credentials;

	pthread_mutex_lock(&keyring->mutex);
	if (is_due(keyring))
		search_again(keyring);
	*ret_keys = (struct s3_keys){
		.access_key = memory_string(now->access_key),
		.secret_key = memory_string(now->secret_key),
		.session_token = memory_string(now->session_token),
		.origin = memory_string(now->origin),
		.generation = keyring->generation,
	};
	pthread_mutex_unlock(&keyring->mutex);
}

void s3_keys_release(struct s3_keys *keys)
{
	secret_free(keys->access_key);
	secret_free(keys->secret_key);
	secret_free(keys->session_token);
	free(keys->origin);
	*keys = (struct s3_keys){0};
}

bool s3_keyring_renew(struct s3_keyring *keyring, unsigned generation)
{
	pthread_mutex_lock(&keyring->mutex);

	/* Another thread may have met the same refusal first. */
	bool others = keyring->generation != generation || search_again(keyring);

	pthread_mutex_unlock(&keyring->mutex);
	return others;
}
