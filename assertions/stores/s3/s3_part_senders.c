#include "assertions/stores/s3/s3_private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

struct sender {
	struct s3_part_senders *senders;
	pthread_t thread;
	struct s3 s3;
	bool busy, ended;
	unsigned number;
	unsigned char *data;
	size_t length, capacity;
};

struct s3_part_senders {
	const struct s3 *s3;
	const struct s3_multipart *multipart;
	struct sender senders[UPLOAD_SENDERS_MAX];
	unsigned limit, started; /* senders */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct s3_multipart_part *parts;
	unsigned part_count, part_capacity;
	bool failed;
	struct error error; /* of the first that failed */
};

void s3_copy_for_thread(const struct s3 *s3, int64_t silence_ms, bool deaf, struct s3 *ret_copy)
{
	*ret_copy = *s3;
	ret_copy->http = http_client_new_like(s3->http, silence_ms, deaf);
}

void s3_copy_release(struct s3 *copy)
{
	http_client_free(copy->http);
}

struct s3_part_senders *s3_part_senders_new(const struct s3 *s3, const struct s3_multipart *multipart, unsigned count)
{
	struct s3_part_senders *senders = memory_alloc(sizeof(*senders));

	senders->s3 = s3;
	senders->multipart = multipart;
	senders->limit = count;
	pthread_mutex_init(&senders->lock, NULL);
	pthread_cond_init(&senders->changed, NULL);
	return senders;
}

static void note_result(struct s3_part_senders *senders, unsigned number, int result,
			const struct s3_multipart_part *part, const struct error *err)
{
	if (result == 0) {
		senders->parts[number - 1] = *part;
		return;
	}
	if (!senders->failed)
		senders->error = *err;
	senders->failed = true;
	for (unsigned i = 0; i < senders->started; i++)
		http_client_cancel(senders->senders[i].s3.http);
}

static void *send_parts(void *context)
{
	struct sender *sender = context;
	struct s3_part_senders *senders = sender->senders;

	pthread_mutex_lock(&senders->lock);
	for (;;) {
		struct s3_multipart_part part;
		struct error err = {""};

		while (!sender->busy && !sender->ended)
			pthread_cond_wait(&senders->changed, &senders->lock);
		if (sender->ended)
			break;
		pthread_mutex_unlock(&senders->lock);

		int result = s3_multipart_send(&sender->s3, senders->multipart, sender->number, sender->data,
					       sender->length, &part, &err);

		pthread_mutex_lock(&senders->lock);
		note_result(senders, sender->number, result, &part, &err);
		sender->busy = false;
		pthread_cond_broadcast(&senders->changed);
	}
	pthread_mutex_unlock(&senders->lock);
	return NULL;
}

/* Signals are for the thread that waits for children. */
static int start(struct s3_part_senders *senders, struct error *err)
{
	struct sender *sender = &senders->senders[senders->started];
	sigset_t all, before;
	int failed;

	*sender = (struct sender){.senders = senders};
	s3_copy_for_thread(senders->s3, senders->s3->timeout_ms, false, &sender->s3);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&sender->thread, NULL, send_parts, sender);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed == 0) {
		senders->started++;
		return 0;
	}
	s3_copy_release(&sender->s3);
	return error_set(err, "cannot start a thread: %s", strerror(failed));
}

static struct sender *find_free(struct s3_part_senders *senders)
{
	for (unsigned i = 0; i < senders->started; i++)
		if (!senders->senders[i].busy)
			return &senders->senders[i];
	return NULL;
}

/* With the lock held. NULL where the upload has failed. */
static struct sender *wait_for_free(struct s3_part_senders *senders, struct error *err)
{
	struct sender *sender;

	while (!senders->failed) {
		sender = find_free(senders);
		if (sender != NULL)
			return sender;
		if (senders->started < senders->limit && senders->started < UPLOAD_SENDERS_MAX) {
			if (start(senders, err) == 0)
				continue;
			if (senders->started == 0)
				return NULL;
			senders->limit = senders->started;
		}
		pthread_cond_wait(&senders->changed, &senders->lock);
	}
	*err = senders->error;
	return NULL;
}

static void make_room(struct s3_part_senders *senders, unsigned number)
{
	if (number > senders->part_capacity) {
		senders->part_capacity = number < 64 ? 64 : 2 * number;
		senders->parts = memory_grow(senders->parts, senders->part_capacity, sizeof(*senders->parts));
	}
	senders->part_count = number;
}

static void swap(struct sender *sender, unsigned char **data, size_t *capacity)
{
	unsigned char *other = sender->data;
	size_t other_capacity = sender->capacity;

	sender->data = *data;
	sender->capacity = *capacity;
	*data = other;
	*capacity = other_capacity;
}

int s3_part_senders_give(struct s3_part_senders *senders, unsigned number, unsigned char **data, size_t *capacity,
			 size_t length, struct error *err)
{
	pthread_mutex_lock(&senders->lock);

	struct sender *sender = wait_for_free(senders, err);

	if (sender != NULL) {
		make_room(senders, number);
		swap(sender, data, capacity);
		sender->length = length;
		sender->number = number;
		sender->busy = true;
		pthread_cond_broadcast(&senders->changed);
	}
	pthread_mutex_unlock(&senders->lock);
	return sender != NULL ? 0 : -1;
}

static bool is_busy(const struct s3_part_senders *senders)
{
	for (unsigned i = 0; i < senders->started; i++)
		if (senders->senders[i].busy)
			return true;
	return false;
}

int s3_part_senders_finish(struct s3_part_senders *senders, struct error *err)
{
	pthread_mutex_lock(&senders->lock);
	while (is_busy(senders))
		pthread_cond_wait(&senders->changed, &senders->lock);
	pthread_mutex_unlock(&senders->lock);
	if (!senders->failed)
		return 0;
	*err = senders->error;
	return -1;
}

const struct s3_multipart_part *s3_part_senders_parts(const struct s3_part_senders *senders, unsigned *ret_count)
{
	*ret_count = senders->part_count;
	return senders->parts;
}

void s3_part_senders_free(struct s3_part_senders *senders)
{
	if (senders == NULL)
		return;
	pthread_mutex_lock(&senders->lock);
	for (unsigned i = 0; i < senders->started; i++) {
		http_client_cancel(senders->senders[i].s3.http);
		senders->senders[i].ended = true;
	}
	pthread_cond_broadcast(&senders->changed);
	pthread_mutex_unlock(&senders->lock);
	/* Until the last has ended, one that fails may still cancel the clients of the others. */
	for (unsigned i = 0; i < senders->started; i++)
		pthread_join(senders->senders[i].thread, NULL);
	for (unsigned i = 0; i < senders->started; i++) {
		s3_copy_release(&senders->senders[i].s3);
		free(senders->senders[i].data);
	}
	pthread_mutex_destroy(&senders->lock);
	pthread_cond_destroy(&senders->changed);
	free(senders->parts);
	free(senders);
}
