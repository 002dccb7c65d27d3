#include "assertions/stores/s3/s3_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"

#define PAUSE_MS 60000 /* between two searches that did not give later ones */

struct s3_identity {
	pthread_mutex_t mutex;
	const struct s3_parameters *declared;
	struct credentials credentials;
	unsigned generation;
	int64_t searched_ms; /* monotonic */
};

struct search {
	const struct s3_parameters *declared;
	struct profile_search profile;
	struct s3_settings settings;
};

static void begin_search(struct search *search, const struct s3_parameters *declared)
{
	search->declared = declared;
	profile_find(declared->credentials != NULL ? declared->credentials->profile : NULL, &search->profile);
	s3_settings_find(declared, &search->profile, NULL, &search->settings);
}

static void end_search(struct search *search)
{
	s3_settings_release(&search->settings);
	profile_search_release(&search->profile);
}

static int find_credentials(struct search *search, void (*note)(void *context, const char *place, const char *finding),
			    void *context, struct credentials *ret_credentials, struct error *err)
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

struct s3_identity *s3_identity_new(const struct s3_parameters *declared,
				    void (*note)(void *context, const char *place, const char *finding), void *context,
				    struct s3_settings *ret_settings, struct error *err)
{
	struct search search;
	struct credentials found = {0};
	struct s3_identity *identity = NULL;

	begin_search(&search, declared);
	if (find_credentials(&search, note, context, &found, err) == 0) {
		identity = memory_alloc(sizeof(*identity));
		pthread_mutex_init(&identity->mutex, NULL);
		identity->declared = declared;
		identity->credentials = found;
		identity->searched_ms = clock_monotonic_ms() - PAUSE_MS;
	}
	s3_settings_find(declared, &search.profile, found.s3cfg, ret_settings);
	/* To ask AWS instead of the store that a file would have named is no answer. */
	if (identity != NULL && ret_settings->endpoint.value == NULL && search.profile.broken) {
		*err = search.profile.trouble;
		if (note != NULL)
			note(context, "endpoint", err->message);
		s3_identity_free(identity);
		identity = NULL;
	}
	end_search(&search);
	return identity;
}

void s3_identity_free(struct s3_identity *identity)
{
	if (identity == NULL)
		return;
	credentials_release(&identity->credentials);
	pthread_mutex_destroy(&identity->mutex);
	free(identity);
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* True where others were found. What is there stays where none can be: it may be good yet. */
static bool search_again(struct s3_identity *identity)
{
	const struct credentials *now = &identity->credentials;
	struct credentials found = {0};
	struct search search;
	struct error ignored;

	begin_search(&search, identity->declared);

	int result = find_credentials(&search, NULL, NULL, &found, &ignored);

	end_search(&search);
	identity->searched_ms = clock_monotonic_ms();
	if (result != 0)
		return false;
	if (same_text(found.access_key, now->access_key) && same_text(found.secret_key, now->secret_key) &&
	    same_text(found.session_token, now->session_token)) {
		credentials_release(&found);
		return false;
	}
	credentials_release(&identity->credentials);
	identity->credentials = found;
	identity->generation++;
	return true;
}

static bool is_due(const struct s3_identity *identity)
{
	int64_t expires_ms = identity->credentials.expires_ms;

	return expires_ms != 0 && clock_now_ms() >= expires_ms - S3_IDENTITY_EARLY_MS &&
	       clock_monotonic_ms() - identity->searched_ms >= PAUSE_MS;
}

void s3_identity_keys(struct s3_identity *identity, struct s3_keys *ret_keys)
{
	const struct credentials *now = &identity->credentials;

	pthread_mutex_lock(&identity->mutex);
	if (is_due(identity))
		search_again(identity);
	*ret_keys = (struct s3_keys){
		.access_key = memory_string(now->access_key),
		.secret_key = memory_string(now->secret_key),
		.session_token = memory_string(now->session_token),
		.origin = memory_string(now->origin),
		.generation = identity->generation,
	};
	pthread_mutex_unlock(&identity->mutex);
}

void s3_keys_release(struct s3_keys *keys)
{
	secret_free(keys->access_key);
	secret_free(keys->secret_key);
	secret_free(keys->session_token);
	free(keys->origin);
	*keys = (struct s3_keys){0};
}

bool s3_identity_renew(struct s3_identity *identity, unsigned generation)
{
	pthread_mutex_lock(&identity->mutex);

	/* Another thread may have met the same refusal first. */
	bool others = identity->generation != generation || search_again(identity);

	pthread_mutex_unlock(&identity->mutex);
	return others;
}
