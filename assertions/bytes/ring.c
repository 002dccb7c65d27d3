#include "assertions/bytes/ring.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assertions/base/memory.h"

#define CANCEL_POLL_MS 100
#define STACK_BYTES (1024 * 1024)

struct block {
	unsigned char *data;
	size_t length;
};

struct ring {
	struct source source; /* what the caller takes from */
	struct source *under;
	const unsigned char *left; /* of the block that `under` gave last: what did not fit */
	size_t left_length;
	struct digest *digest; /* NULL: none is asked for */
	bool (*cancelled)(void *context);
	void (*progress)(void *context, uint64_t bytes);
	void *context;

	pthread_mutex_t lock; /* of all below, as soon as there are threads */
	pthread_cond_t filled_one, freed_one;
	struct block blocks[RING_BLOCKS];
	uint64_t filled, taken, digested; /* blocks since the begin; block i stands at i % RING_BLOCKS */
	bool holds; /* the caller looks at block `taken` */
	bool ended; /* no block comes after `filled` */
	bool stopped; /* nobody wants more */
	struct trouble trouble; /* how it ended */
	uint64_t bytes;

	bool threads_tried, threaded, digesting;
	pthread_t reader, digester;
};

/* One block's worth; a length below the block's is the end, or a failure, which then is told in *ret_trouble. */
static size_t fill(struct ring *ring, struct block *block, struct trouble *ret_trouble)
{
	size_t length = 0, got = 0;

	if (block->data == NULL)
		block->data = memory_grow(NULL, RING_BLOCK_BYTES, 1);
	while (length < RING_BLOCK_BYTES) {
		size_t room = RING_BLOCK_BYTES - length;

		if (ring->under->read != NULL) {
			if (source_read(ring->under, block->data + length, room, &got, ret_trouble) < 0 || got == 0)
				break;
		} else {
			if (ring->left_length == 0 &&
			    (source_next(ring->under, &ring->left, &ring->left_length, ret_trouble) < 0 ||
			     ring->left_length == 0))
				break;
			got = ring->left_length < room ? ring->left_length : room;
			memcpy(block->data + length, ring->left, got);
			ring->left += got;
			ring->left_length -= got;
		}
		length += got;
	}
	block->length = length;
	return length;
}

static void note_filled(struct ring *ring, size_t length, const struct trouble *trouble)
{
	ring->bytes += length;
	if (length > 0)
		ring->filled++;
	if (length < RING_BLOCK_BYTES) {
		ring->ended = true;
		ring->trouble = *trouble;
	}
}

static void *read_ahead(void *context)
{
	struct ring *ring = context;
	struct trouble trouble = {.soundness = SOUND};

	pthread_mutex_lock(&ring->lock);
	while (!ring->ended && !ring->stopped) {
		bool digests = ring->digest != NULL && !ring->digesting;
		uint64_t slowest = ring->digesting && ring->digested < ring->taken ? ring->digested : ring->taken;
		struct block *block = &ring->blocks[ring->filled % RING_BLOCKS];
		size_t length;

		if (ring->filled - slowest >= RING_BLOCKS) {
			pthread_cond_wait(&ring->freed_one, &ring->lock);
			continue;
		}
		pthread_mutex_unlock(&ring->lock);
		length = fill(ring, block, &trouble);
		if (digests)
			digest_update(ring->digest, block->data, length);
		pthread_mutex_lock(&ring->lock);
		note_filled(ring, length, &trouble);
		pthread_cond_broadcast(&ring->filled_one);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

static void *digest_behind(void *context)
{
	struct ring *ring = context;

	pthread_mutex_lock(&ring->lock);
	while (!ring->stopped && (ring->digested < ring->filled || !ring->ended)) {
		const struct block *block = &ring->blocks[ring->digested % RING_BLOCKS];

		if (ring->digested == ring->filled) {
			pthread_cond_wait(&ring->filled_one, &ring->lock);
			continue;
		}
		pthread_mutex_unlock(&ring->lock);
		digest_update(ring->digest, block->data, block->length);
		pthread_mutex_lock(&ring->lock);
		ring->digested++;
		pthread_cond_signal(&ring->freed_one);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* Signals are the main thread's. A source may be a TLS connection, which some libraries' usual stacks are too small for. */
static bool start_thread(pthread_t *ret_thread, void *(*run)(void *), struct ring *ring)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int failed;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(ret_thread, &attributes, run, ring);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return failed == 0;
}

/* Both wait for the lock at first, and so find `digesting` settled. */
static void start_threads(struct ring *ring)
{
	ring->threads_tried = true;
	ring->digested = ring->filled;
	ring->threaded = start_thread(&ring->reader, read_ahead, ring);
	if (ring->threaded && ring->digest != NULL)
		ring->digesting = start_thread(&ring->digester, digest_behind, ring);
}

/* Without a reader's thread the next block is read here and now. */
static void fill_here(struct ring *ring)
{
	struct trouble trouble = {.soundness = SOUND};
	struct block *block = &ring->blocks[ring->filled % RING_BLOCKS];
	size_t length = fill(ring, block, &trouble);

	if (ring->digest != NULL)
		digest_update(ring->digest, block->data, length);
	note_filled(ring, length, &trouble);
}

static void wait_a_little(struct ring *ring)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += CANCEL_POLL_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(&ring->filled_one, &ring->lock, &until);
}

static bool is_cancelled(const struct ring *ring)
{
	return ring->cancelled != NULL && ring->cancelled(ring->context);
}

static void stop(struct ring *ring)
{
	ring->stopped = true;
	pthread_cond_broadcast(&ring->filled_one);
	pthread_cond_broadcast(&ring->freed_one);
}

/* True where there is one at `taken`. */
static bool await_block(struct ring *ring)
{
	if (!ring->threads_tried && !ring->ended && ring->bytes >= RING_INLINE_BYTES)
		start_threads(ring);
	if (!ring->threaded && !ring->ended && !ring->stopped)
		fill_here(ring);
	while (ring->threaded && ring->taken == ring->filled && !ring->ended && !ring->stopped) {
		wait_a_little(ring);
		if (is_cancelled(ring))
			stop(ring);
	}
	return ring->taken < ring->filled && !ring->stopped;
}

static int ring_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct ring *ring = (struct ring *)source;
	int result = 0;

	if (ring->progress != NULL)
		ring->progress(ring->context, source->offset);
	pthread_mutex_lock(&ring->lock);
	if (ring->holds) {
		ring->holds = false;
		ring->taken++;
		pthread_cond_signal(&ring->freed_one);
	}
	if (is_cancelled(ring))
		stop(ring);
	*ret_length = 0;
	if (await_block(ring)) {
		*ret_data = ring->blocks[ring->taken % RING_BLOCKS].data;
		*ret_length = ring->blocks[ring->taken % RING_BLOCKS].length;
		ring->holds = true;
	} else if (ring->stopped) {
		result = trouble_set(ret_trouble, UNREADABLE, "stopped before everything was read");
	} else if (ring->trouble.soundness != SOUND) {
		*ret_trouble = ring->trouble;
		result = -1;
	}
	pthread_mutex_unlock(&ring->lock);
	return result;
}

static void ring_ignore_close(struct source *source)
{
	(void)source;
}

struct ring *ring_open(struct source *source, const struct digest_request *digests, bool (*cancelled)(void *context),
		       void *context)
{
	struct ring *ring = memory_alloc(sizeof(*ring));
	pthread_condattr_t monotonic;

	ring->source = (struct source){.next = ring_next, .close = ring_ignore_close};
	ring->under = source;
	ring->cancelled = cancelled;
	ring->context = context;
	if (digests->sha256 || digests->md5 || digests->part_size_count > 0)
		ring->digest = digest_new(digests);
	pthread_mutex_init(&ring->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&ring->filled_one, &monotonic);
	pthread_cond_init(&ring->freed_one, NULL);
	pthread_condattr_destroy(&monotonic);
	return ring;
}

void ring_set_progress(struct ring *ring, void (*progress)(void *context, uint64_t bytes))
{
	ring->progress = progress;
}

struct source *ring_source(struct ring *ring)
{
	return &ring->source;
}

static void join(struct ring *ring)
{
	if (ring->threaded)
		pthread_join(ring->reader, NULL);
	if (ring->digesting)
		pthread_join(ring->digester, NULL);
	ring->threaded = ring->digesting = false;
}

uint64_t ring_finish(struct ring *ring, struct digest_result *ret_digests)
{
	join(ring);
	*ret_digests = (struct digest_result){.bytes = 0};
	if (ring->digest != NULL && !ring->stopped && ring->trouble.soundness == SOUND)
		digest_finish(ring->digest, ret_digests);
	digest_free(ring->digest);
	ring->digest = NULL;
	return ring->bytes;
}

void ring_close(struct ring *ring)
{
	if (ring == NULL)
		return;
	pthread_mutex_lock(&ring->lock);
	stop(ring);
	pthread_mutex_unlock(&ring->lock);
	join(ring);
	for (size_t i = 0; i < RING_BLOCKS; i++)
		free(ring->blocks[i].data);
	digest_free(ring->digest);
	pthread_cond_destroy(&ring->filled_one);
	pthread_cond_destroy(&ring->freed_one);
	pthread_mutex_destroy(&ring->lock);
	free(ring);
}
